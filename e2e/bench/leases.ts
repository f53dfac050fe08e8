import { Lab, waitFor, type LabHost } from '#lab'
import { AT_ONCE, deleteAll, farHosts, putAll } from '../lab/far-hosts.js'
import { row, type BenchResult } from './result.js'
import { summarise } from './statistics.js'

const COUNT = 1_000
const ROUNDS = 5
const NETWORK = 'wide'

/** ms for all routes to come. */
const PATIENCE = 60_000

/** How the records come into etcd: name and operations a transaction. */
const WAYS = [
  ['one by one', 1],
  ['in transactions', AT_ONCE],
] as const

/**
 * The records of many hosts appear in etcd at once: how long after the last of them is written the last route is in a kernel. The kernel
 * itself tells when, to `ip monitor`.
 */
export async function leases(): Promise<BenchResult> {
  const lab = await Lab.up({ hosts: 2 })
  try {
    await lab.startAgents()
    await lab.host('h1').weft(['network', 'create', NETWORK, '--pool', '10.64.0.0/12', '--subnet-size', '24'])
    await lab.networkReady(NETWORK)
    const hosts = [...lab.hosts.values()]
    const found = new Map<string, { readonly writing: number[]; readonly after: number[] }>()
    for (let round = 0; round < ROUNDS; round++) {
      for (const [way, atOnce] of WAYS) {
        const { writing, after } = found.get(way) ?? { writing: [], after: [] }
        found.set(way, { writing, after })
        const times = await appear(lab, hosts, atOnce)
        writing.push(times.writing)
        after.push(...times.after)
      }
    }
    const results = [...found].map(([way, { writing, after }]) => ({ of: `${COUNT.toLocaleString('en')} leases ${way}`, writing, after }))
    return {
      name: 'leases',
      about: `Host, VTEP address and lease of ${COUNT.toLocaleString('en')} hosts written to one etcd, ${ROUNDS} rounds; two agents with a kernel each.`,
      rows: results.flatMap(({ of, writing, after }) => [
        row(of, 'writing all of them', 'ms', writing),
        row(of, 'last write → last route in a kernel', 'ms', after),
      ]),
      aims: results.map(({ of, after }) => ({
        text: `${of}: last route after, ms, at worst`,
        limit: 1_000,
        measured: summarise(after).max,
      })),
    }
  } finally {
    await lab.down()
  }
}

interface Times {
  /** From the first write to the last answer, in ms. */
  readonly writing: number
  /** From the last answer to the last route, in ms, for each host. */
  readonly after: readonly number[]
}

async function appear(lab: Lab, hosts: readonly LabHost[], atOnce: number): Promise<Times> {
  const records = farHosts(NETWORK, COUNT)
  const monitors = await Promise.all(hosts.map(monitor))
  const began = Date.now()
  await putAll(lab, records, atOnce)
  const written = Date.now()
  await Promise.all(hosts.map((host) => untilRoutes(host, COUNT + 1)))
  const last = await Promise.all(monitors.map((end) => end()))
  await deleteAll(lab, records)
  await Promise.all(hosts.map((host) => untilRoutes(host, 1)))
  return { writing: written - began, after: last.map((at) => Math.max(0, at - written)) }
}

async function untilRoutes(host: LabHost, count: number): Promise<void> {
  const words = ['sh', '-c', 'ip route show proto 87 | grep -c "/24 nhid"']
  const there = async (): Promise<boolean> => (await host.exec(words, { check: false })).stdout.trim() === String(count)
  await waitFor(`${count} subnets of peers on ${host.name}`, there, { deadline: PATIENCE, interval: 100 })
}

/** Notes when routes to subnets come; returns what ends it and tells when the last came, as Date.now() does. */
async function monitor(host: LabHost): Promise<() => Promise<number>> {
  const file = `${host.directory}/routes`
  const script = `ip -ts -rcvbuf 67108864 monitor route > ${file} & echo $! > ${file}.pid; wait`
  const running = host.exec(['sh', '-c', script], { check: false, deadline: 2 * PATIENCE })
  // Awaited when it is ended.
  running.catch(() => {})
  await waitFor(
    'ip monitor to listen',
    async () => (await host.exec(['sh', '-c', `ss -f netlink -p | grep -c "ip/$(cat ${file}.pid)"`])).code === 0,
  )
  return async () => {
    await host.exec(['sh', '-c', `kill $(cat ${file}.pid)`])
    await running
    const { stdout } = await host.exec(['sh', '-c', `grep "/24 nhid" ${file} | grep -v Deleted | tail -n 1`])
    const at = Date.parse(/^\[([^\]]+)\]/.exec(stdout)?.[1] ?? '')
    if (Number.isNaN(at)) throw new Error(`ip monitor on ${host.name} told no time: ${stdout}`)
    return at
  }
}
