import type { Clock, Timer } from '#core'

/** The machine's clocks: CLOCK_MONOTONIC for deadlines, wall time for display. */
export class SystemClock implements Clock {
  now(): number {
    return performance.now()
  }

  wallTime(): string {
    return new Date().toISOString()
  }

  after(delay: number, action: () => void): Timer {
    const timer = setTimeout(action, delay)
    return { cancel: () => clearTimeout(timer) }
  }
}
