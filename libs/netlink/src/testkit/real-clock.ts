import type { Clock, Timer } from '#core'

/** The machine's clocks, for tests that talk to the real kernel. */
export const realClock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date().toISOString(),
  after(delay, action): Timer {
    const timer = setTimeout(action, delay)
    return { cancel: () => clearTimeout(timer) }
  },
}
