/** Upper end of the score (memberlist: AwarenessMaxMultiplier 8, so 0..7). */
const WORST = 7

/**
 * How much this agent trusts itself (Lifeguard, "local health multiplier"): 0 is healthy. Everything that could be its own fault
 * (a probe without answer, an accusation against itself, a late timer) raises the score, and its patience with others by as many times.
 */
export class Awareness {
  private value = 0
  private blamed = false

  get score(): number {
    return this.value
  }

  add(change: number): void {
    if (change > 0) this.blamed = true
    this.value = Math.min(WORST, Math.max(0, this.value + change))
  }

  /**
   * A while has passed in which this agent heard others. When nothing spoke against it, it gains confidence: probes alone would restore it
   * too slowly, as they become rarer the less it trusts itself.
   */
  wellForAWhile(): void {
    if (!this.blamed) this.add(-1)
    this.blamed = false
  }

  /** A time in ms, stretched by the score, at most by so many times. */
  scale(time: number, most = WORST + 1): number {
    return time * Math.min(most, this.value + 1)
  }
}
