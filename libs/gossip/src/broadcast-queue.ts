import type { HostId } from '#core'
import { newsSize } from './news-size.js'
import type { News } from './packet.js'

/** No item is smaller, in bytes. */
const SMALLEST_NEWS = 16

/** Each item is sent to this many members in all (SWIM §4.1, λ log n; memberlist util.go `retransmitLimit`). */
export function retransmitLimit(mult: number, members: number): number {
  return mult * Math.ceil(Math.log10(members + 1))
}

/** What goes first when two items were sent equally often: good news stops harm, suspicion can wait a packet. */
type Lane = 0 | 1

interface Queued {
  readonly news: News
  readonly subject: string
  readonly size: number
  readonly lane: Lane
  sent: number
}

/**
 * News on its way to the others, piggybacked on whatever leaves: least often sent first, each at most `limit` times. A newer item about
 * the same subject takes the place of the older one (memberlist queue.go), so the queue never holds more than a few items per member.
 */
export class BroadcastQueue {
  private readonly byMember = new Map<HostId, Map<string, Queued>>()
  /** Per number of times sent, per lane: items in the order they came. */
  private readonly rounds: [Set<Queued>, Set<Queued>][] = []
  private count = 0

  get length(): number {
    return this.count
  }

  put(news: News): void {
    for (const queued of this.outdatedBy(news)) this.remove(queued)
    let subjects = this.byMember.get(news.id)
    if (!subjects) this.byMember.set(news.id, (subjects = new Map<string, Queued>()))
    const lane = news.kind === 'alive' ? 0 : 1
    const queued: Queued = { news, subject: subjectOf(news), size: newsSize(news), lane, sent: 0 }
    subjects.set(queued.subject, queued)
    this.round(0)[lane].add(queued)
    this.count++
  }

  /**
   * Takes items that fit into `budget` bytes and counts them as sent; those sent `limit` times are dropped.
   * Items that are too large for what is left are passed over.
   */
  take(budget: number, limit: number): News[] {
    const taken: Queued[] = []
    if (this.count === 0) return []
    for (const lanes of this.rounds) {
      for (const lane of lanes) {
        for (const queued of lane) {
          if (queued.size > budget) continue
          budget -= queued.size
          taken.push(queued)
        }
        if (budget < SMALLEST_NEWS) break
      }
      if (budget < SMALLEST_NEWS) break
    }
    for (const queued of taken) this.countSent(queued, limit)
    return taken.map((queued) => queued.news)
  }

  private countSent(queued: Queued, limit: number): void {
    this.round(queued.sent)[queued.lane].delete(queued)
    queued.sent++
    if (queued.sent < limit) this.round(queued.sent)[queued.lane].add(queued)
    else this.remove(queued)
  }

  private remove(queued: Queued): void {
    this.round(queued.sent)[queued.lane].delete(queued)
    const subjects = this.byMember.get(queued.news.id)
    subjects?.delete(queued.subject)
    if (subjects?.size === 0) this.byMember.delete(queued.news.id)
    this.count--
  }

  private outdatedBy(news: News): Queued[] {
    const subjects = this.byMember.get(news.id)
    if (!subjects) return []
    const all = [...subjects.values()]
    // A word about the member itself settles what was suspected of it; findings about its kernel stay true.
    if (news.kind === 'alive' || news.kind === 'dead') return all.filter((queued) => queued.news.kind !== 'echo')
    return all.filter((queued) => queued.subject === subjectOf(news))
  }

  private round(sent: number): [Set<Queued>, Set<Queued>] {
    while (this.rounds.length <= sent) this.rounds.push([new Set(), new Set()])
    return this.rounds[sent] as [Set<Queued>, Set<Queued>]
  }
}

/** A suspicion by another accuser, or an echo by another observer, is news of its own. */
function subjectOf(news: News): string {
  if (news.kind === 'suspect') return `suspect ${news.from}`
  if (news.kind === 'echo') return `echo ${news.observer}`
  return 'state'
}
