import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { asWeftError, parsePrefix, WeftError } from '#core'
import { withHost, type TestHost } from '#netlink/testkit'
import { createDesired, diff, type Desired, type Plan } from '#plan'
import { aCluster, BLUE } from '#plan/testkit'
import { row, type BenchResult } from './result.js'
import { summarise } from './statistics.js'

const PEERS = 10_000
const ROUNDS = 9
const run = promisify(execFile)

/** What the changes of one peer among many cost, in ms, a value for each round. */
type Series = Record<'observe' | 'change' | 'changeCpu' | 'pass' | 'passCpu' | 'repair', number[]>

/**
 * One peer changes among 10,000 in a kernel that holds them all: what it takes to work out and apply the change, what a whole pass takes
 * with the look at the kernel that each begins with, and how long a route stays away that somebody deletes.
 */
export async function drift(): Promise<BenchResult> {
  const series: Series = { observe: [], change: [], changeCpu: [], pass: [], passCpu: [], repair: [] }
  await withHost((host) => measure(host, series))
  const of = `1 of ${PEERS.toLocaleString('en')} peers`
  return {
    name: 'drift',
    about: `A peer gets another underlay address, or its route is deleted by \`ip\`; ${ROUNDS} rounds in one warm process, on one kernel.`,
    rows: [
      row(of, 'changed: desired → diff → applied', 'ms', series.change),
      row(of, '… CPU', 'ms', series.changeCpu),
      row(of, 'observing the kernel', 'ms', series.observe),
      row(of, 'the whole pass', 'ms', series.pass),
      row(of, '… CPU', 'ms', series.passCpu),
      row(of, 'route deleted (`ip` started) → put back', 'ms', series.repair),
    ],
    aims: [
      { text: 'CPU of a pass for one peer among 10,000, ms', limit: 5, measured: summarise(series.passCpu).median },
      { text: 'repair after a deletion, ms', limit: 1_000, measured: summarise(series.repair).median },
    ],
  }
}

async function measure({ kernel, ns }: TestHost, series: Series): Promise<void> {
  const cluster = aCluster(PEERS + 1, { ...BLUE, pool: parsePrefix('10.0.0.0/8') })
  const desired = createDesired()
  await applied(kernel, diff(desired(cluster.view, cluster.local(1)), await kernel.observe()))
  let current: Desired = desired(cluster.view, cluster.local(1))
  for (let round = 0; round < ROUNDS; round++) {
    const next = cluster.moved(5_000, `203.0.113.${1 + round}`)
    const cpu = process.cpuUsage()
    const start = performance.now()
    const observed = await kernel.observe()
    const [seen, seenCpu] = [performance.now(), process.cpuUsage(cpu)]
    current = desired(next.view, next.local(1))
    const plan = diff(current, observed)
    await applied(kernel, plan)
    const [end, endCpu] = [performance.now(), process.cpuUsage(cpu)]
    if (plan.steps.length !== 1) throw new WeftError('WEFT_INTERNAL', `one change of a peer took ${plan.steps.length} steps`)
    series.observe.push(seen - start)
    series.change.push(end - seen)
    series.changeCpu.push((endCpu.user + endCpu.system - seenCpu.user - seenCpu.system) / 1000)
    series.pass.push(end - start)
    series.passCpu.push((endCpu.user + endCpu.system) / 1000)
    series.repair.push(await repair(kernel, ns.name, current))
  }
}

/** Deletes a route of a peer and makes a pass at each notification of the kernel, as the agent does, until one has put it back. */
async function repair(kernel: TestHost['kernel'], ns: string, wish: Desired): Promise<number> {
  const route = [...wish.objects.values()].find(
    (object) => object.kind === 'route' && object.via.type === 'nexthop' && object.to.endsWith('/24'),
  )
  if (route?.kind !== 'route') throw new WeftError('WEFT_INTERNAL', 'there is no route to a peer')
  let busy = false
  let again = false
  let repaired = Number.NaN
  let failure: WeftError | undefined
  const passes = async (): Promise<void> => {
    busy = true
    while (again) {
      again = false
      const plan = diff(wish, await kernel.observe())
      await applied(kernel, plan)
      if (plan.steps.length > 0) repaired = performance.now()
    }
    busy = false
  }
  const stop = kernel.onChange(() => {
    again = true
    if (!busy) passes().catch((error: unknown) => (failure = asWeftError(error)))
  })
  try {
    const start = performance.now()
    await run('ip', ['-n', ns, 'route', 'del', route.to])
    while ((Number.isNaN(repaired) || busy) && failure === undefined && performance.now() - start < 30_000) await delay(1)
    if (failure !== undefined) throw failure
    if (Number.isNaN(repaired)) throw new WeftError('WEFT_INTERNAL', 'the route did not come back within 30 s')
    return repaired - start
  } finally {
    stop()
  }
}

async function applied(kernel: TestHost['kernel'], plan: Plan): Promise<void> {
  const [failure] = await kernel.apply(plan)
  if (failure) throw failure.error
}
