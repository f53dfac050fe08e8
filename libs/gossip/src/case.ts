import type { HostId, Monotonic } from '#core'
import type { DeadNews } from './packet.js'
import { isNewer, type Finding } from './verdict.js'

/** Findings kept per member: those of the observers that are chosen for it, and a few of earlier ones. */
const FINDINGS_LIMIT = 16
/** Accusers beyond these change nothing any more. */
const ACCUSERS_LIMIT = 16

/** What speaks against a member in one incarnation, and for it: accusers, and findings about its kernel. A new incarnation ends it. */
export class Case {
  /** Whoever found the agent silent, in the order of the news. */
  readonly accusers = new Set<HostId>()
  private readonly byObserver = new Map<HostId, Finding>()
  /** From when the suspicion's time counts; begins anew when a kernel that answered falls silent. */
  countedFrom: Monotonic
  /** A death that somebody claims; believed when enough others found the host silent too, and nobody gets answers. */
  claimedDead: DeadNews | undefined

  constructor(
    readonly id: HostId,
    readonly incarnation: number,
    now: Monotonic,
  ) {
    this.countedFrom = now
  }

  get findings(): Iterable<Finding> {
    return this.byObserver.values()
  }

  findingBy(observer: HostId): Finding | undefined {
    return this.byObserver.get(observer)
  }

  /** @returns whether this accuser is new */
  accuse(from: HostId): boolean {
    if (this.accusers.has(from) || this.accusers.size >= ACCUSERS_LIMIT) return false
    this.accusers.add(from)
    return true
  }

  /** Keeps a finding unless a newer one of the same observer is there. @returns whether it was kept */
  note(finding: Finding): boolean {
    const before = this.byObserver.get(finding.observer)
    if (before && !isNewer(finding, before)) return false
    if (!before && this.byObserver.size >= FINDINGS_LIMIT) {
      const oldest = this.byObserver.keys().next().value
      if (oldest !== undefined) this.byObserver.delete(oldest)
    }
    this.byObserver.delete(finding.observer)
    const { observer, session, sequence, result } = finding
    this.byObserver.set(observer, { observer, session, sequence, result })
    return true
  }

  /** Takes back everything that came from this member. */
  unsay(observer: HostId): void {
    this.accusers.delete(observer)
    this.byObserver.delete(observer)
    if (this.claimedDead?.from === observer) this.claimedDead = undefined
  }

  /** Independent voices that found the host silent: accusers and observers of silence together. */
  voices(counts: (observer: HostId) => boolean): number {
    const voices = new Set([...this.accusers].filter(counts))
    for (const finding of this.byObserver.values()) {
      if (finding.result === 'silent' && counts(finding.observer)) voices.add(finding.observer)
    }
    return voices.size
  }
}
