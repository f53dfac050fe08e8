import { summarise, type Summary } from './statistics.js'

/** What a benchmark found. */
export interface BenchResult {
  readonly name: string
  /** What was measured and how, for the reader of the table. */
  readonly about: string
  readonly rows: readonly Row[]
  /** What was hoped for, and whether it holds. */
  readonly aims: readonly Aim[]
}

export interface Row {
  /** The size or subject: `10,000 peers`. */
  readonly of: string
  /** What was measured of it. */
  readonly measure: string
  readonly unit: 'µs' | 'ms' | 's' | '/s' | 'kB' | 'kB/s' | 'MB' | 'Gbit/s' | '×'
  readonly summary: Summary
}

export interface Aim {
  readonly text: string
  readonly limit: number
  readonly measured: number
}

export function row(of: string, measure: string, unit: Row['unit'], values: readonly number[]): Row {
  return { of, measure, unit, summary: summarise(values) }
}

/** The result as Markdown, as it stands in docs/benchmarks.md. */
export function markdown(result: BenchResult): string {
  const lines = result.rows.map(({ of, measure, unit, summary: { min, median, max, rounds } }) => {
    return `| ${[of, measure, `${number(median)} ${unit}`, `${number(min)}–${number(max)}`, rounds].join(' | ')} |`
  })
  const aims = result.aims.map(({ text, limit, measured }) => {
    return `- ${text}: ${number(measured)} (aim: at most ${number(limit)}) ${measured <= limit ? 'holds' : 'does not hold'}`
  })
  return [
    `## ${result.name}`,
    '',
    result.about,
    '',
    '| of | measured | median | min–max | rounds |',
    '|---|---|---|---|---|',
    ...lines,
    '',
    ...aims,
    '',
  ].join('\n')
}

/** Three digits that count. */
function number(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(value >= 1 ? 2 : 3)
}
