import type { Monotonic } from '#core'
import { LossEstimate, missesBeyondChance } from '../loss-estimate.js'
import { SMALL_SIZE } from './path-settings.js'

/** Samples before the old ones count half: a few thorough bouts. */
const WINDOW = 32
/** Loss is told from so many samples, of which so many were lost, and this share, on; it is over below the other one. */
const LOSSY = { samples: 20, lost: 4, from: 0.1, until: 0.04 }
/** Chance alone may make a black hole of a path that loses packets with this probability. */
const BLACK_HOLE_RISK = 1e-6
/** The largest size that passes is looked for until it is known so exactly, in bytes. */
const EXACT = 8
/** Sizes that are tried at a time, each with so many echoes. */
const RUNGS = 6
const RUNG_ECHOES = 2

/** What became of the echoes of one size. */
export interface SizeCount {
  readonly size: number
  readonly sent: number
  readonly got: number
}

/** What one direction of one way between two hosts carries: loss by small packets, and the largest size. Sizes are of IP packets. */
export class DirectionQuality {
  readonly loss = new LossEstimate(WINDOW)
  /** Small packets came through at some time; before, their absence means that echoes are filtered. */
  heard = false
  /** Since when it has been losing packets; undefined while it does not. */
  lossySince: Monotonic | undefined
  /** The last bout lost something where nothing should get lost, or nothing where something should. */
  surprising = false
  /** Since when it has lost what is large, undefined while it does not. */
  blackHoleSince: Monotonic | undefined
  /** The size of the sender's largest packets; undefined until they were tried. */
  full: number | undefined
  /** The largest size known to pass, and the smallest known not to. */
  passes = 0
  private fails = Number.POSITIVE_INFINITY
  private fullMissed = 0
  private largestMissed = 0

  /** Takes in the counts of one bout; the largest size is the sender's full one. */
  take(counts: readonly SizeCount[], now: Monotonic): void {
    if (counts.every(({ sent }) => sent === 0)) return
    this.heard ||= counts.some(({ got }) => got > 0)
    if (!this.heard) return
    const small = counts.find(({ size }) => size === SMALL_SIZE)
    const missing = counts.some(({ size, sent, got }) => size >= (this.full ?? 0) && got < sent)
    if (small) this.loss.add(small.sent - small.got, small.got)
    // Without small ones, a large one that came speaks for the path as well; of one that did not it is not known why.
    else if (!missing) this.loss.add(0, 1)
    this.judgeLoss(small ? small.got < small.sent : missing, now)
    // Where not even small ones come through, size is not the reason.
    if (!small || small.sent === 0 || counts.some(({ got }) => got > 0)) this.takeSizes(counts, now)
  }

  /** True while it is not certain whether large packets pass, or up to which size. */
  get doubtful(): boolean {
    return this.blackHoleSince === undefined ? this.fullMissed > 0 : this.searching
  }

  /** True while the size from which on packets are lost is not known well. */
  get searching(): boolean {
    return this.blackHoleSince !== undefined && this.fails - this.passes > EXACT
  }

  /** What is to be tried besides small and full packets, to know the largest size that passes. */
  rungs(): { readonly size: number; readonly count: number }[] {
    if (this.blackHoleSince === undefined || this.full === undefined) return []
    // Both ends of what is known, so that a limit that moves is noticed.
    const sizes = [this.passes, this.fails].filter((size) => size > SMALL_SIZE && size < (this.full ?? 0))
    if (this.searching) {
      const step = (this.fails - this.passes) / (RUNGS + 1)
      for (let rung = 1; rung <= RUNGS; rung++) sizes.push(Math.round(this.passes + rung * step))
    }
    return [...new Set(sizes)].map((size) => ({ size, count: RUNG_ECHOES }))
  }

  private judgeLoss(missed: boolean, now: Monotonic): void {
    const { lost, samples, share } = this.loss.measured
    const lossy = this.lossySince !== undefined
    this.surprising = missed !== lossy
    if (!lossy && samples >= LOSSY.samples && lost >= LOSSY.lost && share >= LOSSY.from) this.lossySince = now
    if (lossy && share < LOSSY.until) this.lossySince = undefined
  }

  private takeSizes(counts: readonly SizeCount[], now: Monotonic): void {
    const full = counts.reduce((largest, count) => (count.size > largest.size ? count : largest))
    if (full.size === SMALL_SIZE) return
    if (full.size !== this.full) this.begin(full.size)
    if (full.got > 0) {
      this.begin(full.size)
      this.passes = full.size
      return
    }
    const enough = missesBeyondChance(this.loss.share, BLACK_HOLE_RISK)
    this.fullMissed += full.sent
    if (this.blackHoleSince === undefined && this.fullMissed >= enough) {
      this.blackHoleSince = now
      this.passes = SMALL_SIZE
    }
    if (this.blackHoleSince === undefined) return
    this.narrow(
      counts.filter(({ sent }) => sent > 0),
      enough,
    )
  }

  /** What came through passes, for certain; what did not is taken for too large as long as nothing says otherwise. */
  private narrow(sent: readonly SizeCount[], enough: number): void {
    const largest = sent.find(({ size }) => size === this.passes)
    this.largestMissed = largest && largest.got === 0 && this.passes > SMALL_SIZE ? this.largestMissed + largest.sent : 0
    if (this.largestMissed >= enough) {
      this.fails = this.passes
      this.passes = SMALL_SIZE
      this.largestMissed = 0
    }
    for (const { size, got } of sent) if (got > 0 && size > this.passes) this.passes = size
    const tooLarge = sent.filter(({ size, got }) => got === 0 && size > this.passes).map(({ size }) => size)
    const fails = Math.min(...tooLarge)
    this.fails = this.fails > this.passes ? Math.min(this.fails, fails) : fails
  }

  private begin(full: number): void {
    this.full = full
    this.passes = 0
    this.fails = Number.POSITIVE_INFINITY
    this.fullMissed = 0
    this.largestMissed = 0
    this.blackHoleSince = undefined
  }
}
