import type { Clock, Monotonic, Timer } from '../clock.js'

interface Waiting {
  readonly at: Monotonic
  readonly order: number
  readonly action: () => void
}

/** A clock that moves only when told to; timers run in the order of their deadlines, equal ones in the order they were set. */
export class ManualClock implements Clock {
  private time: Monotonic = 0
  private order = 0
  private readonly waiting = new Set<Waiting>()

  now(): Monotonic {
    return this.time
  }

  /** Wall time starts with the year 2026 and runs along. */
  wallTime(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.time).toISOString()
  }

  after(delay: number, action: () => void): Timer {
    const entry: Waiting = { at: this.time + Math.max(0, delay), order: this.order++, action }
    this.waiting.add(entry)
    return { cancel: () => void this.waiting.delete(entry) }
  }

  /** Moves time on by `ms` and runs every timer that falls due, also those set meanwhile. */
  advance(ms: number): void {
    const end = this.time + ms
    for (let next = this.earliest(); next && next.at <= end; next = this.earliest()) {
      this.waiting.delete(next)
      this.time = Math.max(this.time, next.at)
      next.action()
    }
    this.time = end
  }

  /** How many timers are set: a test can show that none is left behind. */
  get pending(): number {
    return this.waiting.size
  }

  private earliest(): Waiting | undefined {
    let first: Waiting | undefined
    for (const entry of this.waiting) {
      if (!first || entry.at < first.at || (entry.at === first.at && entry.order < first.order)) first = entry
    }
    return first
  }
}
