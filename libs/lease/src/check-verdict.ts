import type { Monotonic } from '#core'

/** So many checks in a row must fail before an address moves: one that got lost is no failure. */
const FAILURES = 3
/**
 * An address that was moved from a host because its check failed there stays at least so long, in ms, when it is back; twice as long each
 * time.
 */
const FIRST_HOLD = 5_000
const LONGEST_HOLD = 300_000
/** After so long without a move, in ms, all is forgotten. */
const FORGET = 600_000

/**
 * When a floating address leaves its host because its check fails there. Damped: where the check fails on every host, the address goes
 * round ever more slowly, instead of never being anywhere.
 */
export class CheckVerdict {
  private failures = 0
  private moves = 0
  private movedAt: Monotonic = Number.NEGATIVE_INFINITY

  /** True while the last check failed. */
  get failing(): boolean {
    return this.failures > 0
  }

  /** Takes the result of a check. @returns true when the address is to move now */
  take(passed: boolean, now: Monotonic): boolean {
    this.failures = passed ? 0 : this.failures + 1
    if (now - this.movedAt > FORGET) this.moves = 0
    return this.failures >= FAILURES && now >= this.movedAt + this.hold
  }

  /** This host has got the address, perhaps anew: what failed before is over. How often it was moved is not. */
  begin(): void {
    this.failures = 0
  }

  /** The address was asked to move. */
  moved(now: Monotonic): void {
    this.moves++
    this.movedAt = now
    this.failures = 0
  }

  private get hold(): number {
    return this.moves === 0 ? 0 : Math.min(LONGEST_HOLD, FIRST_HOLD * 2 ** (this.moves - 1))
  }
}
