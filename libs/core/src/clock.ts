/** Milliseconds on CLOCK_MONOTONIC: for deadlines and durations; it stands still while the machine is suspended. */
export type Monotonic = number

/** A timer that can be taken back; cancelling one that has fired or was cancelled does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * The only source of time. Deadlines are monotonic; wall time is for display and for the `since` of records.
 * Nothing in the pure ring reads a clock of its own, so that the simulator can.
 */
export interface Clock {
  now(): Monotonic
  /** ISO 8601 with milliseconds, in UTC. For display only: it may jump. */
  wallTime(): string
  /** Runs `action` once, not before `delay` ms from now; never inside this call. */
  after(delay: number, action: () => void): Timer
}

/** Resolves after `delay` ms. */
export function sleep(clock: Clock, delay: number): Promise<void> {
  return new Promise((resolve) => clock.after(delay, resolve))
}
