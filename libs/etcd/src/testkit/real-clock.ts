import type { Clock } from '#core'

/** The machine's own clocks, for tests against real programs. */
export const realClock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date().toISOString(),
  after: (delay, action) => {
    const timer = setTimeout(action, Math.max(0, delay))
    return { cancel: () => clearTimeout(timer) }
  },
}
