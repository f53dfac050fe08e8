import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { parsePrefix, WeftError } from '#core'
import { withHost, type TestHost } from '#netlink/testkit'
import { createDesired, diff, type KernelObject, type Plan } from '#plan'
import { aCluster, BLUE, type TestCluster } from '#plan/testkit'
import { REPOSITORY } from '../lab/repository.js'
import { row, type BenchResult, type Row } from './result.js'
import { ratios, summarise } from './statistics.js'

const SIZES = [1, 100, 1_000, 10_000]
const ROUNDS = 9
const run = promisify(execFile)

/**
 * What was measured of Weft, in ms, a value for each round. `cpu` is all of it, in both modes; `encode` and `kernel` are those of apply.
 */
type Series = Record<'observe' | 'desired' | 'diff' | 'apply' | 'encode' | 'kernel' | 'total' | 'cpu', number[]>

/** The same of other programs. */
type OtherSeries = Record<'total' | 'cpu', number[]>

/**
 * Programs peers (neighbour, FDB entry, next hop, a route to the VTEP address and one to the subnet, each) into fresh namespaces that
 * have the network's devices already: Weft from records to kernel, against iproute2's batch mode with the same objects in the same order.
 */
export async function program(): Promise<BenchResult> {
  const directory = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  try {
    return await compare(await compile(directory))
  } finally {
    await rm(directory, { recursive: true })
  }
}

/** @param compiled the C program, where there is one */
async function compare(compiled: string | undefined): Promise<BenchResult> {
  const rows: Row[] = []
  let atLargest = Number.NaN
  let toPacked = Number.NaN
  for (const size of SIZES) {
    const cluster = aCluster(size + 1, { ...BLUE, pool: parsePrefix('10.0.0.0/8') })
    const weft: Series = { observe: [], desired: [], diff: [], apply: [], encode: [], kernel: [], total: [], cpu: [] }
    const batch: OtherSeries = { total: [], cpu: [] }
    const packed: OtherSeries = { total: [], cpu: [] }
    for (let round = 0; round < ROUNDS; round++) {
      const ours = (): Promise<void> => withHost((host) => measureWeft(host, cluster, weft))
      const theirs = (): Promise<void> => withHost((host) => measureBatch(host, cluster, batch))
      const inC = (): Promise<void> =>
        withHost((host) => (compiled === undefined ? Promise.resolve() : measurePacked(host, cluster, compiled, packed)))
      // By turns, so that none always runs on the warmer machine.
      for (const side of round % 2 === 0 ? [ours, theirs, inC] : [inC, theirs, ours]) await side()
    }
    const of = size === 1 ? '1 peer' : `${size.toLocaleString('en')} peers`
    // Clock ticks are too coarse for the CPU time of a few milliseconds.
    const cpu =
      size < 1_000
        ? []
        : [
            row(of, 'CPU: Weft', 'ms', weft.cpu),
            row(of, 'CPU: batch', 'ms', batch.cpu),
            row(of, 'CPU: Weft / batch', '×', ratios(weft.cpu, batch.cpu)),
          ]
    const ratio = ratios(weft.total, batch.total)
    atLargest = summarise(ratio).median
    toPacked = compiled === undefined ? Number.NaN : summarise(ratios(weft.total, packed.total)).median
    rows.push(
      row(of, 'Weft, observed → desired → diff → applied', 'ms', weft.total),
      ...(['observe', 'desired', 'diff', 'apply'] as const).map((part) => row(of, `… ${part}`, 'ms', weft[part])),
      row(of, '… apply: CPU in user mode (encoding)', 'ms', weft.encode),
      row(of, '… apply: CPU in the kernel', 'ms', weft.kernel),
      row(of, '`ip -batch` + `bridge -batch`', 'ms', batch.total),
      row(of, 'Weft / batch', '×', ratio),
      row(of, '… apply alone / batch', '×', ratios(weft.apply, batch.total)),
      ...inComparison(of, weft, packed),
      ...cpu,
    )
  }
  return {
    name: 'program',
    about:
      `5 objects a peer; ${ROUNDS} rounds by turns in fresh namespaces, Weft in one warm process, the batch tools started anew` +
      (compiled === undefined ? '. Without `cc` here: no C program.' : ', the packed C program (e2e/bench/packed.c) without its start.'),
    rows,
    aims: [
      { text: 'Weft / batch at 10,000 peers', limit: 0.25, measured: atLargest },
      ...(compiled === undefined ? [] : [{ text: 'Weft / packed C program at 10,000 peers', limit: 1.5, measured: toPacked }]),
    ],
  }
}

function inComparison(of: string, weft: Series, packed: OtherSeries): Row[] {
  if (packed.total.length === 0) return []
  return [
    row(of, 'packed C program', 'ms', packed.total),
    row(of, 'Weft / packed C program', '×', ratios(weft.total, packed.total)),
    row(of, '… apply alone / packed C program', '×', ratios(weft.apply, packed.total)),
    row(of, 'CPU: Weft / packed C program', '×', ratios(weft.cpu, packed.cpu)),
  ]
}

/** The host with its own devices and no peers. */
async function prepare({ kernel }: TestHost, cluster: TestCluster): Promise<void> {
  const alone = aloneIn(cluster)
  const plan = diff(createDesired()(alone.view, alone.local(1)), await kernel.observe())
  await applied({ kernel }, plan)
}

/** The cluster as it is before anybody but the first host has come. */
function aloneIn(cluster: TestCluster): TestCluster {
  const [lease] = cluster.view.leases
  const [claim] = cluster.view.vteps
  const [host] = cluster.view.hosts
  return cluster.with({ hosts: new Map(host ? [host] : []), leases: lease ? [lease] : [], vteps: claim ? [claim] : [] })
}

async function measureWeft(host: TestHost, cluster: TestCluster, series: Series): Promise<void> {
  await prepare(host, cluster)
  const desired = createDesired()
  const start = process.cpuUsage()
  const times = [performance.now()]
  const lap = (): void => void times.push(performance.now())
  const observed = await host.kernel.observe()
  lap()
  const wish = desired(cluster.view, cluster.local(1))
  lap()
  const plan = diff(wish, observed)
  lap()
  const before = process.cpuUsage()
  await applied(host, plan)
  const { user, system } = process.cpuUsage(before)
  lap()
  const all = process.cpuUsage(start)
  const took = (from: number, to: number): number => (times[to] ?? 0) - (times[from] ?? 0)
  series.observe.push(took(0, 1))
  series.desired.push(took(1, 2))
  series.diff.push(took(2, 3))
  series.apply.push(took(3, 4))
  series.total.push(took(0, 4))
  series.cpu.push((all.user + all.system) / 1000)
  series.encode.push(user / 1000)
  series.kernel.push(system / 1000)
}

async function applied({ kernel }: Pick<TestHost, 'kernel'>, plan: Plan): Promise<void> {
  const [failure] = await kernel.apply(plan)
  if (failure) throw failure.error
}

async function measureBatch(host: TestHost, cluster: TestCluster, series: OtherSeries): Promise<void> {
  await prepare(host, cluster)
  const { steps } = diff(createDesired()(cluster.view, cluster.local(1)), await host.kernel.observe())
  const directory = await mkdtemp(join(tmpdir(), 'weft-bench-'))
  try {
    const files = { ip: join(directory, 'ip'), bridge: join(directory, 'bridge') }
    await writeFile(files.bridge, steps.flatMap(({ object }) => (object.kind === 'fdb' ? [batchLine(object)] : [])).join(''))
    await writeFile(files.ip, steps.flatMap(({ object, id }) => (object.kind === 'fdb' ? [] : [batchLine(object, id)])).join(''))
    const start = performance.now()
    const { stdout } = await run('bash', ['-c', BATCH, 'bash', host.ns.name, files.bridge, files.ip])
    series.total.push(performance.now() - start)
    series.cpu.push(childrenCpu(stdout))
  } finally {
    await rm(directory, { recursive: true })
  }
  await nothingLeft(host, cluster)
}

/** Undefined without a compiler. */
async function compile(directory: string): Promise<string | undefined> {
  const program = join(directory, 'packed')
  try {
    await run('cc', ['-O2', '-o', program, join(REPOSITORY, 'e2e/bench/packed.c')])
    return program
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function measurePacked(host: TestHost, cluster: TestCluster, program: string, series: OtherSeries): Promise<void> {
  await prepare(host, cluster)
  const { steps } = diff(createDesired()(cluster.view, cluster.local(1)), await host.kernel.observe())
  const [link] = await host.ns.ipJson('link', 'show', 'dev', 'weft-blue')
  const running = run('ip', ['netns', 'exec', host.ns.name, program])
  running.child.stdin?.end(steps.map(({ object, id }) => packedLine(object, Number(link?.ifindex), id)).join(''))
  const [micros, cpu] = (await running).stdout.split(' ').map(Number)
  series.total.push(Number(micros) / 1000)
  series.cpu.push(Number(cpu) / 1000)
  await nothingLeft(host, cluster)
}

/** The line that has the C program make the same object. */
function packedLine(object: KernelObject, index: number, id?: number): string {
  switch (object.kind) {
    case 'neighbour':
      return `neigh ${index} ${object.address} ${object.mac}\n`
    case 'fdb':
      return `fdb ${index} ${object.mac} ${object.to}\n`
    case 'nexthop':
      return `nexthop ${id} ${index} ${object.gateway}\n`
    case 'route':
      return `route ${object.to.replace('/', ' ')} ${id} ${object.source}\n`
    default:
      throw new WeftError('WEFT_INTERNAL', `a peer has no ${object.kind}`)
  }
}

async function nothingLeft(host: TestHost, cluster: TestCluster): Promise<void> {
  const left = diff(createDesired()(cluster.view, cluster.local(1)), await host.kernel.observe()).steps.length
  if (left > 0) throw new WeftError('WEFT_INTERNAL', `${left} objects were left to be made: the comparison would not be fair`)
}

const BATCH = 'set -e; bridge -netns "$1" -batch "$2"; ip -netns "$1" -batch "$3"; times'

/** From the second line of bash's `times`, `0m0.040s 0m0.232s`: user and system time of the children, in ms. */
function childrenCpu(times: string): number {
  const spans =
    times
      .trim()
      .split('\n')
      .at(-1)
      ?.matchAll(/(\d+)m([\d.]+)s/g) ?? []
  return [...spans].reduce((sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000, 0)
}

/** The command that makes the same object. */
function batchLine(object: KernelObject, id?: number): string {
  switch (object.kind) {
    case 'neighbour':
      return `neigh add ${object.address} dev ${object.dev} lladdr ${object.mac} nud permanent protocol 87\n`
    case 'fdb':
      return `fdb add ${object.mac} dev ${object.dev} dst ${object.to} self permanent\n`
    case 'nexthop':
      return `nexthop add id ${id} via ${object.gateway} dev ${object.dev} onlink protocol 87\n`
    case 'route':
      return `route add ${object.to} nhid ${id} protocol 87${object.source === undefined ? '' : ` src ${object.source}`}\n`
    default:
      throw new WeftError('WEFT_INTERNAL', `a peer has no ${object.kind}`)
  }
}
