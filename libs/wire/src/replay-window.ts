import type { Monotonic } from '#core'

/** Counts that may come out of order by so many. */
const WIDTH = 1_024
/** Senders that are remembered; the one that was silent longest goes first. */
const SENDERS = 16_384
/**
 * A sender of whom nothing was taken for so long, in ms, may come with an earlier session: a host whose clock was set back and whose state
 * was lost would otherwise never be heard again. What is replayed then says nothing new: incarnations see to that.
 */
const MEMORY = 60_000
/** Processes of one session: more than one only when two agents share an id. */
const PROCESSES = 2

interface Counts {
  readonly process: string
  highest: number
  readonly seen: Uint32Array
}

interface Sender {
  session: number
  processes: Counts[]
  lastAccepted: Monotonic
}

/**
 * Tells what came before (RFC 4303 §3.4.3, anti-replay), per sender. A sender's process is known by its random bytes; an older process,
 * told by its session, is not listened to once a newer one was heard. Only what was authenticated may be shown to it.
 */
export class ReplayWindow {
  private readonly senders = new Map<string, Sender>()

  /** Notes the count of a frame. @returns whether it is the first time, as far as remembered */
  accept(sender: string, session: number, process: string, count: number, now: Monotonic): boolean {
    const known = this.senders.get(sender)
    if (known && session < known.session && now - known.lastAccepted < MEMORY) return false
    if (known && session === known.session) {
      const counts = known.processes.find((other) => other.process === process)
      const fresh = counts ? note(counts, count) : begin(known, process, count)
      if (fresh) this.refresh(sender, known, now)
      return fresh
    }
    const renewed: Sender = { session, processes: [], lastAccepted: now }
    begin(renewed, process, count)
    this.refresh(sender, renewed, now)
    return true
  }

  private refresh(name: string, sender: Sender, now: Monotonic): void {
    sender.lastAccepted = now
    this.senders.delete(name)
    this.senders.set(name, sender)
    if (this.senders.size <= SENDERS) return
    const oldest = this.senders.keys().next().value
    if (oldest !== undefined) this.senders.delete(oldest)
  }
}

function begin(sender: Sender, process: string, count: number): boolean {
  if (sender.processes.length >= PROCESSES) return false
  const counts: Counts = { process, highest: count, seen: new Uint32Array(WIDTH / 32) }
  mark(counts, count)
  sender.processes.push(counts)
  return true
}

function note(counts: Counts, count: number): boolean {
  if (count + WIDTH <= counts.highest) return false
  if (count > counts.highest) {
    // Places of counts that were never seen held counts of an earlier round.
    for (let at = Math.max(counts.highest + 1, count - WIDTH + 1); at <= count; at++) clear(counts, at)
    counts.highest = count
  } else if (isMarked(counts, count)) return false
  mark(counts, count)
  return true
}

function mark({ seen }: Counts, count: number): void {
  const place = count % WIDTH
  seen[place >>> 5] = (seen[place >>> 5] as number) | (1 << (place & 31))
}

function clear({ seen }: Counts, count: number): void {
  const place = count % WIDTH
  seen[place >>> 5] = (seen[place >>> 5] as number) & ~(1 << (place & 31))
}

function isMarked({ seen }: Counts, count: number): boolean {
  const place = count % WIDTH
  return ((seen[place >>> 5] as number) & (1 << (place & 31))) !== 0
}
