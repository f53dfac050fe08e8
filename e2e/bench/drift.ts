import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { asWeftError, parsePrefix, WeftError } from '#core'
import { withHost, type TestHost } from '#netlink/testkit'
import { createDesired, diff, Settled, type Desired, type Plan, type Sighting, type Touched } from '#plan'
import { aCluster, BLUE } from '#plan/testkit'
import { row, type BenchResult, type Row } from './result.js'
import { ratios, summarise } from './statistics.js'

const SIZES = [1, 100, 1_000, 10_000]
const ROUNDS = 15
const run = promisify(execFile)

/** What the changes of one peer among many cost, in ms, a value for each round. */
type Series = Record<'short' | 'shortCpu' | 'observe' | 'full' | 'fullCpu' | 'repair' | 'repairCpu', number[]>

/**
 * One peer changes in a kernel that holds them all: what the agent's usual pass takes, which works from what it knows, what a full pass
 * takes, which looks at the kernel first, and how long a route stays away that somebody deletes.
 */
export async function drift(): Promise<BenchResult> {
  const rows: Row[] = []
  let cpu = Number.NaN
  let repair = Number.NaN
  for (const size of SIZES) {
    const series: Series = { short: [], shortCpu: [], observe: [], full: [], fullCpu: [], repair: [], repairCpu: [] }
    await withHost((host) => measure(host, size, series))
    const of = size === 1 ? '1 peer' : `1 of ${size.toLocaleString('en')} peers`
    rows.push(
      row(of, 'pass from what is known: desired → plan → applied', 'ms', series.short),
      row(of, '… CPU', 'ms', series.shortCpu),
      row(of, 'full pass: observed → desired → diff → applied', 'ms', series.full),
      row(of, '… CPU', 'ms', series.fullCpu),
      row(of, '… observing alone', 'ms', series.observe),
      row(of, 'CPU: from what is known / full', '×', ratios(series.shortCpu, series.fullCpu)),
      row(of, 'route deleted (`ip` started) → put back', 'ms', series.repair),
      row(of, '… CPU, without that of `ip`', 'ms', series.repairCpu),
    )
    cpu = summarise(series.shortCpu).median
    repair = summarise(series.repair).median
  }
  return {
    name: 'drift',
    about:
      `A peer gets another underlay address, or its route is deleted by \`ip\`; ${ROUNDS} rounds by turns in one warm process, on one ` +
      `kernel for each size. What the whole agent needs, with etcd and the packet filter, is measured by \`peers\`.`,
    rows,
    aims: [
      { text: 'CPU of a pass for one peer among 10,000, ms', limit: 5, measured: cpu },
      { text: 'repair after a deletion, ms', limit: 1_000, measured: repair },
    ],
  }
}

async function measure({ kernel, ns }: TestHost, size: number, series: Series): Promise<void> {
  const cluster = aCluster(size + 1, { ...BLUE, pool: parsePrefix('10.0.0.0/8') })
  const number = 1 + Math.ceil(size / 2)
  const local = cluster.local(1)
  const desired = createDesired()
  await applied(kernel, diff(desired(cluster.view, local), await kernel.observe()))
  let wish = desired(cluster.view, local)
  for (let round = 0; round < ROUNDS; round++) {
    const settled = await settle(kernel, wish)
    const short = timed()
    wish = desired(cluster.moved(number, `203.0.113.${1 + round}`).view, local)
    const plan = settled.plan(wish)
    if (plan?.steps.length !== 1) throw new WeftError('WEFT_INTERNAL', `one change of a peer took ${plan?.steps.length} steps`)
    await applied(kernel, plan)
    settled.done(wish, plan)
    short(series.short, series.shortCpu)

    const next = cluster.moved(number, `203.0.113.${101 + round}`).view
    const full = timed()
    const observe = timed()
    const observed = await kernel.observe(wish.objects)
    observe(series.observe, [])
    wish = desired(next, local)
    await applied(kernel, diff(wish, observed))
    full(series.full, series.fullCpu)
    await repair(kernel, ns.name, wish, await settle(kernel, wish), series)
  }
}

/** What is known after a full pass that found nothing to do. */
async function settle(kernel: TestHost['kernel'], wish: Desired): Promise<Settled> {
  const observed = await kernel.observe()
  const settled = Settled.after(wish, observed, diff(wish, observed))
  if (!settled) throw new WeftError('WEFT_INTERNAL', 'a full pass does not settle the kernel')
  return settled
}

/** Takes the time from now to the call of what it returns: on the clock, and of this process's CPU. */
function timed(): (clock: number[], cpu: number[]) => void {
  const [start, before] = [performance.now(), process.cpuUsage()]
  return (clock, cpu) => {
    const { user, system } = process.cpuUsage(before)
    clock.push(performance.now() - start)
    cpu.push((user + system) / 1000)
  }
}

/**
 * Deletes a route of a peer and makes a pass at each notification of the kernel, as the agent does, until one has put it back: from a look
 * at what was touched, where that is told and does, otherwise at everything.
 */
async function repair(kernel: TestHost['kernel'], ns: string, wish: Desired, settled: Settled, series: Series): Promise<void> {
  const route = [...wish.objects.values()].find(
    (object) => object.kind === 'route' && object.via.type === 'nexthop' && object.to.endsWith('/24'),
  )
  if (route?.kind !== 'route') throw new WeftError('WEFT_INTERNAL', 'there is no route to a peer')
  let busy = false
  const swarms: Touched[] = []
  const before = process.cpuUsage()
  let done: { readonly clock: number; readonly cpu: NodeJS.CpuUsage } | undefined
  let failure: WeftError | undefined
  const passes = async (): Promise<void> => {
    busy = true
    while (swarms.length > 0) {
      const seen = await sightingOf(kernel, swarms.splice(0))
      const plan = (seen && settled.plan(wish, seen)) ?? diff(wish, await kernel.observe(wish.objects))
      await applied(kernel, plan)
      if (plan.steps.length > 0) done = { clock: performance.now(), cpu: process.cpuUsage(before) }
    }
    busy = false
  }
  const stop = kernel.onChange((touched) => {
    swarms.push(touched)
    if (!busy) passes().catch((error: unknown) => (failure = asWeftError(error)))
  })
  try {
    const start = performance.now()
    await run('ip', ['-n', ns, 'route', 'del', route.to])
    while ((done === undefined || busy) && failure === undefined && performance.now() - start < 30_000) await delay(1)
    if (failure !== undefined) throw failure
    if (done === undefined) throw new WeftError('WEFT_INTERNAL', 'the route did not come back within 30 s')
    series.repair.push(done.clock - start)
    series.repairCpu.push((done.cpu.user + done.cpu.system) / 1000)
  } finally {
    stop()
  }
}

/** Undefined when only a look at everything tells. */
async function sightingOf(kernel: TestHost['kernel'], swarms: readonly Touched[]): Promise<Sighting | undefined> {
  if (swarms.includes('anything')) return undefined
  return kernel.lookAt(swarms.flatMap((touched) => (touched === 'anything' ? [] : touched.map(({ object }) => object))))
}

async function applied(kernel: TestHost['kernel'], plan: Plan): Promise<void> {
  const [failure] = await kernel.apply(plan)
  if (failure) throw failure.error
}
