import type { Clock, Timer } from '#core'

/** The machine's clocks: CLOCK_MONOTONIC, counted from boot, so that a restarted agent goes on with it; wall time for display. */
export class SystemClock implements Clock {
  now(): number {
    const [seconds, nanoseconds] = process.hrtime()
    return seconds * 1e3 + nanoseconds / 1e6
  }

  wallTime(): string {
    return new Date().toISOString()
  }

  after(delay: number, action: () => void): Timer {
    const timer = setTimeout(action, delay)
    return { cancel: () => clearTimeout(timer) }
  }
}
