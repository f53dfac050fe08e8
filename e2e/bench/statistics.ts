/** What several rounds of one measurement amount to. */
export interface Summary {
  readonly min: number
  readonly median: number
  readonly max: number
  readonly rounds: number
}

/** @throws RangeError without values */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const [min] = sorted
  if (min === undefined) throw new RangeError('there is nothing to summarise')
  const at = (index: number): number => sorted[index] ?? min
  const middle = (sorted.length - 1) / 2
  return { min, median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, max: at(sorted.length - 1), rounds: sorted.length }
}

/** One value divided by the other, round by round: what disturbs a round disturbs both sides of it. */
export function ratios(values: readonly number[], to: readonly number[]): number[] {
  return values.flatMap((value, round) => {
    const other = to[round]
    return other === undefined || other === 0 ? [] : [value / other]
  })
}
