import type { GossipRunResult } from './gossip-run.js'
import { memberlistDetection } from './memberlist-figures.js'

/** What all runs with one number of members amount to. */
export interface Summary {
  readonly members: number
  readonly seeds: number
  readonly kills: number
  readonly undetected: number
  /** Quantiles of the time until all knew, in ms; absent without kills. */
  readonly p50: number | undefined
  readonly p99: number | undefined
  readonly worst: number | undefined
  readonly firstP50: number | undefined
  readonly falseDeaths: number
  readonly packets: number
  readonly bytes: number
  readonly echoes: number
  /** Virtual time, in ms. */
  readonly simulated: number
}

/** The smallest value that at least this share does not exceed. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
}

export function summarise(results: readonly GossipRunResult[]): Summary[] {
  return [...new Set(results.map(({ members }) => members))].map((members) => {
    const runs = results.filter((run) => run.members === members)
    const detections = runs.flatMap((run) => run.detections)
    const ascending = (times: number[]): number[] => times.filter(Number.isFinite).sort((a, b) => a - b)
    const all = ascending(detections.map((detection) => detection.all))
    const mean = (of: (run: GossipRunResult) => number): number => runs.reduce((sum, run) => sum + of(run), 0) / runs.length
    return {
      members,
      seeds: runs.length,
      kills: detections.length,
      undetected: detections.length - all.length,
      p50: quantile(all, 0.5),
      p99: quantile(all, 0.99),
      worst: all.at(-1),
      firstP50: quantile(ascending(detections.map(({ first }) => first)), 0.5),
      falseDeaths: runs.reduce((sum, run) => sum + run.falseDeaths, 0),
      packets: mean((run) => run.packets),
      bytes: mean((run) => run.bytes),
      echoes: mean((run) => run.echoes),
      simulated: runs.reduce((sum, run) => sum + run.simulated, 0),
    }
  })
}

const ms = (time: number | undefined): string => (time === undefined ? '–' : `${Math.round(time)} ms`)

/** A table for people, in Markdown. */
export function report(summaries: readonly Summary[]): string {
  const head = [
    'members',
    'seeds',
    'kills',
    'first knows, p50',
    'all know, p50',
    'p99',
    'worst',
    'memberlist p50 / p99 (computed)',
    'false deaths',
    'packets/s per member',
    'bytes/s per member',
    'echoes/s per member',
    'simulated',
  ]
  const rows = summaries.map((one) => [
    one.members,
    one.seeds,
    one.undetected > 0 ? `${one.kills}, ${one.undetected} never noticed` : one.kills,
    ms(one.firstP50),
    ms(one.p50),
    ms(one.p99),
    ms(one.worst),
    `${ms(memberlistDetection(one.members, 0.5))} / ${ms(memberlistDetection(one.members, 0.99))}`,
    one.falseDeaths,
    one.packets.toFixed(1),
    Math.round(one.bytes),
    one.echoes.toFixed(1),
    `${(one.simulated / 3_600_000).toFixed(3)} h`,
  ])
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('')
}

/** One line per kill, or per run without any. */
export function csv(results: readonly GossipRunResult[]): string {
  const lines = results.flatMap((run) => {
    const detections = run.detections.length > 0 ? run.detections : [{ victim: '', first: '', all: '' }]
    const rest = [run.falseDeaths, run.packets.toFixed(2), run.bytes.toFixed(0), run.echoes.toFixed(2), (run.simulated / 1_000).toFixed(1)]
    return detections.map(({ victim, first, all }) => [run.members, run.seed, victim, cell(first), cell(all), ...rest].join(','))
  })
  return ['members,seed,victim,first_ms,all_ms,false_deaths_in_run,packets_per_s,bytes_per_s,echoes_per_s,simulated_s', ...lines, ''].join(
    '\n',
  )
}

function cell(time: number | string): string {
  return typeof time === 'number' ? time.toFixed(1) : time
}
