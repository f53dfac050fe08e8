import type { Monotonic } from '#core'

/** What a deadline is for; those of one purpose are told apart by their subject. */
export type Purpose =
  | 'probe'
  | 'pending'
  | 'relay'
  | 'beat'
  | 'watch'
  | 'echo'
  | 'suspicion'
  | 'push'
  | 'gossip'
  | 'exchange'
  | 'contact'
  | 'reap'

export interface Deadline {
  readonly purpose: Purpose
  readonly subject: string | number
}

interface Entry extends Deadline {
  at: Monotonic
  order: number
  live: boolean
}

/**
 * All times at which the protocol has something to do, as data: a binary heap in which a cancelled entry stays until it comes up.
 * Equal times come up in the order in which they were set, so that a run can be repeated exactly.
 */
export class Deadlines {
  private readonly heap: Entry[] = []
  private readonly entries = new Map<Purpose, Map<string | number, Entry>>()
  private order = 0

  set(purpose: Purpose, subject: string | number, at: Monotonic): void {
    let subjects = this.entries.get(purpose)
    if (!subjects) this.entries.set(purpose, (subjects = new Map<string | number, Entry>()))
    const before = subjects.get(subject)
    if (before) before.live = false
    const entry: Entry = { purpose, subject, at, order: this.order++, live: true }
    subjects.set(subject, entry)
    this.heap.push(entry)
    this.rise(this.heap.length - 1)
  }

  cancel(purpose: Purpose, subject: string | number): void {
    const entry = this.entries.get(purpose)?.get(subject)
    if (!entry) return
    entry.live = false
    this.entries.get(purpose)?.delete(subject)
  }

  at(purpose: Purpose, subject: string | number): Monotonic | undefined {
    return this.entries.get(purpose)?.get(subject)?.at
  }

  /** The earliest time, Infinity when nothing is set. */
  get next(): Monotonic {
    for (let top = this.heap[0]; top; top = this.heap[0]) {
      if (top.live) return top.at
      this.removeTop()
    }
    return Number.POSITIVE_INFINITY
  }

  /** Takes out the earliest deadline that is due, or nothing. */
  takeDue(now: Monotonic): Deadline | undefined {
    if (this.next > now) return undefined
    const top = this.heap[0]
    if (!top) return undefined
    this.removeTop()
    top.live = false
    this.entries.get(top.purpose)?.delete(top.subject)
    return top
  }

  /** Moves every deadline `by` ms into the future: the time did not count. */
  postpone(by: number): void {
    for (const entry of this.heap) entry.at += by
  }

  private removeTop(): void {
    const last = this.heap.pop()
    if (!last || this.heap.length === 0) return
    this.heap[0] = last
    this.sink(0)
  }

  private before(a: number, b: number): boolean {
    const first = this.heap[a] as Entry
    const second = this.heap[b] as Entry
    return first.at < second.at || (first.at === second.at && first.order < second.order)
  }

  private swap(a: number, b: number): void {
    const first = this.heap[a] as Entry
    this.heap[a] = this.heap[b] as Entry
    this.heap[b] = first
  }

  private rise(at: number): void {
    for (let parent = (at - 1) >> 1; at > 0 && this.before(at, parent); parent = (at - 1) >> 1) {
      this.swap(at, parent)
      at = parent
    }
  }

  private sink(at: number): void {
    for (;;) {
      const left = 2 * at + 1
      if (left >= this.heap.length) return
      const right = left + 1
      const least = right < this.heap.length && this.before(right, left) ? right : left
      if (!this.before(least, at)) return
      this.swap(at, least)
      at = least
    }
  }
}
