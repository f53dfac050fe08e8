// npm run sim -- failover [--runs N] [--seed N] [--mutants]
// npm run sim -- gossip [--members N[,N…]] [--kill N] [--seeds N | --seed N] [--loss SHARE] [--starve SHARE] [--seconds N]
//                       [--seal] [--no-codec] [--no-echo] [--csv FILE] [--plot FOLDER]
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { asWeftError, WeftError } from '#core'
import { runFailover } from './failover-run.js'
import { runGossip, type GossipRunResult } from './gossip-run.js'
import { plotDetection, plotTraffic } from './plot.js'
import { csv, report, summarise } from './report.js'
import { wireCodec } from './wire-codec.js'

const USAGE = `usage: npm run sim -- gossip [options]
  --members N[,N…]  sizes of the cluster (100)
  --kill N          hosts killed per run, one after the other (1)
  --seed N          the only seed, or the first of --seeds (1)
  --seeds N         runs with so many seeds (1)
  --loss SHARE      share of packets lost in each direction (0)
  --starve SHARE    share of agents without CPU for 5 s out of 10 (0)
  --seconds N       quiet virtual seconds before the kills (10)
  --seal            packets are sealed as well as encoded (slower)
  --no-codec        packets are not even encoded, their size is estimated (fastest)
  --no-echo         kernels do not answer: the long timers of memberlist
  --csv FILE        one line per kill
  --plot FOLDER     gossip-detection.svg and gossip-traffic.svg, with several --members
or:    npm run sim -- failover [options]
  --runs N          runs of the model, or at most so many of each mutant (10000)
  --seed N          the first seed (1)
  --mutants         wrong rules, each of which must be caught
`

const OPTIONS = {
  members: { type: 'string', default: '100' },
  kill: { type: 'string', default: '1' },
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '1' },
  loss: { type: 'string', default: '0' },
  starve: { type: 'string', default: '0' },
  seconds: { type: 'string', default: '10' },
  seal: { type: 'boolean', default: false },
  'no-codec': { type: 'boolean', default: false },
  'no-echo': { type: 'boolean', default: false },
  csv: { type: 'string' },
  plot: { type: 'string' },
} as const

const FAILOVER_OPTIONS = {
  runs: { type: 'string', default: '10000' },
  seed: { type: 'string', default: '1' },
  mutants: { type: 'boolean', default: false },
} as const

/** @returns the exit code: 0 done (whatever gossip's result), 1 failed or a violation, 2 wrong usage */
async function main(args: readonly string[]): Promise<number> {
  const [what, ...rest] = args
  try {
    if (what === 'failover') return simulateFailover(rest)
    if (what !== 'gossip')
      throw new WeftError('WEFT_USAGE', what === undefined ? 'nothing to simulate' : `there is no simulation '${what}'`)
    await simulate(rest)
    return 0
  } catch (thrown) {
    const { code, message } = asWeftError(thrown)
    process.stderr.write(`${code}: ${message}\n${code === 'WEFT_USAGE' ? USAGE : ''}`)
    return code === 'WEFT_USAGE' ? 2 : 1
  }
}

function simulateFailover(args: readonly string[]): number {
  const values = read(args, FAILOVER_OPTIONS)
  const good = runFailover({
    runs: whole('runs', values.runs, 1, 10_000_000),
    seed: whole('seed', values.seed, 0, 2 ** 31),
    mutants: values.mutants,
    tell: (line) => void process.stdout.write(`${line}\n`),
  })
  return good ? 0 : 1
}

async function simulate(args: readonly string[]): Promise<void> {
  const values = read(args, OPTIONS)
  const sizes = values.members.split(',').map((size) => whole('members', size, 2, 16_384))
  const seeds = Array.from({ length: whole('seeds', values.seeds, 1, 100_000) }, (_, at) => whole('seed', values.seed, 0, 2 ** 31) + at)
  const options = {
    kill: whole('kill', values.kill, 0, 10_000),
    seconds: whole('seconds', values.seconds, 0, 1_000_000),
    loss: share('loss', values.loss),
    starve: share('starve', values.starve),
    kernelEchoes: !values['no-echo'],
    ...(!values['no-codec'] && { codec: wireCodec(values.seal) }),
  }
  const began = performance.now()
  const results: GossipRunResult[] = []
  for (const members of sizes) {
    for (const seed of seeds) {
      results.push(runGossip({ ...options, members, seed }))
      process.stderr.write(`${members} members, seed ${seed}: done after ${((performance.now() - began) / 1_000).toFixed(1)} s\n`)
    }
  }
  const summaries = summarise(results)
  process.stdout.write(report(summaries))
  if (values.csv !== undefined) await writeFile(values.csv, csv(results))
  if (values.plot !== undefined) {
    await writeFile(join(values.plot, 'gossip-detection.svg'), plotDetection(summaries))
    await writeFile(join(values.plot, 'gossip-traffic.svg'), plotTraffic(summaries))
  }
}

function read<T extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (thrown) {
    throw new WeftError('WEFT_USAGE', thrown instanceof Error ? thrown.message : String(thrown))
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new WeftError('WEFT_USAGE', `--${name} is a whole number from ${least} to ${most}, not '${text}'`)
  }
  return value
}

function share(name: string, text: string): number {
  const value = Number(text)
  if (!(value >= 0 && value <= 1)) throw new WeftError('WEFT_USAGE', `--${name} is a share from 0 to 1, not '${text}'`)
  return value
}

process.exitCode = await main(process.argv.slice(2))
