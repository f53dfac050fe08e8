import type { Random } from './random.js'

export interface BackoffOptions {
  /** The first delay, in ms. */
  readonly first: number
  /** No delay is longer, in ms. */
  readonly limit: number
}

/**
 * Growing delays with full jitter, so that many agents that failed together do not return together
 * (AWS Architecture Blog, "Exponential Backoff And Jitter"): each delay is uniform in [half, whole] of a doubling bound.
 */
export class Backoff {
  private attempts = 0

  constructor(
    private readonly options: BackoffOptions,
    private readonly random: Random,
  ) {}

  /** The next delay in ms. */
  next(): number {
    const bound = Math.min(this.options.limit, this.options.first * 2 ** Math.min(this.attempts, 30))
    this.attempts++
    return bound * (0.5 + this.random.next() / 2)
  }

  /** To be called after a success: the next delay is a first one again. */
  reset(): void {
    this.attempts = 0
  }
}
