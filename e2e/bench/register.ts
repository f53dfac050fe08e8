import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseNetworkName, seededRandom } from '#core'
import { RecordingLog } from '#core/testkit'
import { EtcdStore } from '#etcd'
import { EtcdCluster, eventually, realClock } from '#etcd/testkit'
import { draftNetwork } from '#lease'
import type { Registered, RegisterTask } from './register-agents.js'
import { row, type BenchResult, type Row } from './result.js'

const SIZES = [100, 1_000]

/** Processes that share the agents: one alone would be the bottleneck. */
const PROCESSES = 4

/** ms for all agents to see all leases. */
const PATIENCE = 1_800_000

const PROGRAM = fileURLToPath(new URL('./register-agents.js', import.meta.url))

/**
 * The store and lease code of many agents registers with one real etcd at once: each connects, lists, watches, writes its host record and
 * session, and claims a subnet and a VTEP address of one network. Requests and bytes are those that etcd counts.
 */
export async function register(): Promise<BenchResult> {
  const rows: Row[] = []
  for (const size of SIZES) rows.push(...(await atSize(size)))
  return {
    name: 'register',
    about: `Stores and leases of many agents in ${PROCESSES} processes on one machine, all started at once, against one etcd.`,
    rows,
    aims: [],
  }
}

async function atSize(size: number): Promise<Row[]> {
  const etcd = await EtcdCluster.start()
  const children: ChildProcess[] = []
  try {
    await withNetwork(etcd.only.url)
    const before = await counters(etcd.only.url)
    const tasks = Array.from({ length: PROCESSES }, (_, at): RegisterTask => {
      const first = Math.floor((size * at) / PROCESSES)
      return { url: etcd.only.url, first, count: Math.floor((size * (at + 1)) / PROCESSES) - first, all: size, patience: PATIENCE }
    })
    const results = await Promise.all(
      tasks.map(async (task) => {
        const child = fork(PROGRAM)
        children.push(child)
        child.send(task)
        const [answer] = (await Promise.race([once(child, 'message'), failed(child)])) as [Registered]
        return answer
      }),
    )
    const after = await counters(etcd.only.url)
    const each = (name: string): number => ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / size
    const of = `${size.toLocaleString('en')} agents`
    const seconds = (values: readonly number[]): number[] => values.map((ms) => ms / 1_000)
    return [
      row(of, 'start to lease and VTEP address', 's', seconds(results.flatMap(({ held }) => held))),
      row(of, 'start to seeing the leases of all', 's', seconds(results.flatMap(({ seen }) => seen))),
      row(
        of,
        'views that were made on the way, an agent',
        '×',
        results.flatMap(({ views }) => views),
      ),
      row(
        of,
        'CPU time of an agent',
        'ms',
        results.map(({ cpu }, at) => cpu / (tasks[at]?.count ?? 1)),
      ),
      row(
        of,
        'memory of an agent',
        'MB',
        results.map(({ memory }, at) => memory / (tasks[at]?.count ?? 1) / 1e6),
      ),
      row(of, 'calls of an agent', '×', [each('calls')]),
      row(of, '… of which transactions', '×', [each('Txn')]),
      row(of, 'sent by an agent', 'kB', [each('received') / 1e3]),
      row(of, 'received by an agent', 'kB', [each('sent') / 1e3]),
      row(of, 'CPU time of etcd for an agent', 'ms', [each('cpu') * 1e3]),
    ]
  } finally {
    for (const child of children) child.kill()
    await etcd.stop()
  }
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null]
  throw new Error(`a process of agents ended with ${code}`)
}

async function withNetwork(url: string): Promise<void> {
  const store = new EtcdStore({ endpoints: [url], clock: realClock, random: seededRandom(1), log: new RecordingLog() })
  try {
    await store.ready(10_000)
    const request = { name: 'blue', pool: '10.64.0.0/12', subnetSize: 24 }
    await store.createNetwork((view) => draftNetwork(request, view, { store: [], routes: [] }))
    await eventually(() => store.view.networks.has(parseNetworkName('blue')))
  } finally {
    await store.close()
  }
}

/** What etcd counts of its clients: calls that are over, by method and together; bytes both ways; its CPU time in s. */
async function counters(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(30_000) })).text()
  const found = new Map<string, number>()
  const add = (name: string, value: number): void => void found.set(name, (found.get(name) ?? 0) + value)
  for (const line of text.split('\n')) {
    const value = Number(line.slice(line.lastIndexOf(' ') + 1))
    const method = /^grpc_server_started_total\{grpc_method="(\w+)"/.exec(line)?.[1]
    if (method !== undefined) {
      add('calls', value)
      add(method, value)
    }
    if (line.startsWith('etcd_network_client_grpc_received_bytes_total ')) add('received', value)
    if (line.startsWith('etcd_network_client_grpc_sent_bytes_total ')) add('sent', value)
    if (line.startsWith('process_cpu_seconds_total ')) add('cpu', value)
  }
  return found
}
