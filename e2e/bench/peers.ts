import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { addressAt, leasableSubnetAt, parseNetworkName, parsePrefix, prefixToKey, vtepAddressAt, type Ip, type Network } from '#core'
import { Lab, waitFor, type LabHost } from '#lab'
import { vtepMac } from '#plan'
import { row, type BenchResult, type Row } from './result.js'
import { summarise } from './statistics.js'

const SIZES = [1, 100, 1_000, 10_000]
const ROUNDS = 25
/** Operations of one transaction; etcd takes 128 unless told otherwise. */
const AT_ONCE = 120
/** How long the agent is measured after a change, in ms: long enough for all that follows from it but the copy of etcd on disk. */
const WINDOW = 400

const NETWORK: Pick<Network, 'name' | 'pool' | 'subnetSize' | 'vni'> = {
  name: parseNetworkName('wide'),
  pool: parsePrefix('10.0.0.0/8'),
  subnetSize: 24,
  vni: 7001,
}
/** Out of the way of what the agent takes for itself. */
const FIRST = 30_000

/**
 * A real agent on a real etcd with the records of many peers: what it needs for them at rest, and when one of them gets another underlay
 * address or another subnet.
 */
export async function peers(): Promise<BenchResult> {
  const rows: Row[] = []
  let cpu = Number.NaN
  let memory = Number.NaN
  for (const size of SIZES) {
    const lab = await Lab.up({ hosts: 1 })
    try {
      const measured = await measure(lab, size)
      const of = size === 1 ? '1 peer' : `${size.toLocaleString('en')} peers`
      cpu = summarise([...measured.moved, ...measured.adopted]).median
      memory = summarise(measured.memory).median
      rows.push(
        row(of, 'CPU time of the agent: a peer has another underlay address', 'ms', measured.moved),
        row(of, 'CPU time of the agent: a subnet goes to another peer', 'ms', measured.adopted),
        row(of, 'record written (`curl` started) → kernel changed', 'ms', measured.delay),
        row(of, 'resident memory of the agent', 'MB', measured.memory),
      )
    } finally {
      await lab.down()
    }
  }
  return {
    name: 'peers',
    about:
      `One agent and one etcd with the records of many peers; ${ROUNDS} changes of each kind. CPU time is that of all threads in the ` +
      `${WINDOW} ms from the write on, less what the agent uses in the same time at rest; the copy of etcd on disk, written at most every 2 s, falls into few of them.`,
    rows,
    aims: [
      { text: 'CPU time for one peer among 10,000, ms', limit: 5, measured: cpu },
      { text: 'memory with 10,000 peers, MB', limit: 140, measured: memory },
    ],
  }
}

interface Measured {
  readonly moved: number[]
  readonly adopted: number[]
  readonly delay: number[]
  readonly memory: number[]
}

async function measure(lab: Lab, size: number): Promise<Measured> {
  const host = lab.host('h1')
  host.writeConfig({ 'log-level': 'info' })
  await host.startAgent()
  const { name, pool, subnetSize, vni } = NETWORK
  await host.weft(['network', 'create', name, '--pool', pool, '--subnet-size', String(subnetSize), '--vni', String(vni)])
  await lab.networkReady(name)
  await write(lab, Array.from({ length: size }, (_, number) => records(number)).flat())
  await waitFor('all peers in the kernel', async () => (await host.status()).reconcile.objects > 4 * size, { deadline: 120_000 })
  await inSync(host)
  // What follows from so many records, such as the copy on disk and the garbage, is over by then.
  await delay(15_000)
  const figures: Measured = { moved: [], adopted: [], delay: [], memory: [] }
  const idle = await idleCpu(host)
  for (let round = 0; round < ROUNDS; round++) {
    const number = Math.floor((size - 1) / 2)
    const underlay = addressAt(parsePrefix('203.0.113.0/24'), 1 + round)
    const took = await costOf(host, idle, async () => {
      const start = performance.now()
      await write(lab, [hostRecord(number, underlay)])
      await leadsTo(host, vtepMac(`p${number}` as never, vni), underlay)
      figures.delay.push(performance.now() - start)
    })
    figures.moved.push(took)
    figures.adopted.push(await costOf(host, idle, () => write(lab, [leaseRecord(number, round % 2 === 0 ? size - 1 : number, 2 + round)])))
    figures.memory.push(residentMemory(host))
  }
  await inSync(host)
  return figures
}

/** CPU time in ms that the agent uses from the action on, beyond what it uses anyway. */
async function costOf(host: LabHost, idle: number, action: () => Promise<void>): Promise<number> {
  const [start, before] = [performance.now(), cpuTime(host)]
  await action()
  await delay(Math.max(0, WINDOW - (performance.now() - start)))
  return Math.max(0, cpuTime(host) - before - idle * (performance.now() - start))
}

/** CPU time per time at rest: that of most windows, so that what happens now and then is not taken for rest. */
async function idleCpu(host: LabHost): Promise<number> {
  const rates: number[] = []
  for (let window = 0; window < ROUNDS; window++) {
    const [start, before] = [performance.now(), cpuTime(host)]
    await delay(WINDOW)
    rates.push((cpuTime(host) - before) / (performance.now() - start))
  }
  return summarise(rates).median
}

async function inSync(host: LabHost): Promise<void> {
  await waitFor('the agent to be at rest', async () => (await host.status()).reconcile.state === 'in-sync')
}

async function leadsTo(host: LabHost, mac: string, underlay: Ip): Promise<void> {
  await waitFor(`the FDB entry to ${underlay}`, async () => {
    const { stdout } = await host.exec(['bridge', 'fdb', 'get', mac, 'dev', 'weft-wide', 'self'], { check: false })
    return stdout.includes(` ${underlay} `)
  })
}

/** Of all threads, in ms (Documentation/scheduler/sched-stats.rst: time on the processor, in ns). */
function cpuTime(host: LabHost): number {
  const tasks = `/proc/${host.agentPid}/task`
  return readdirSync(tasks).reduce((sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]), 0) / 1e6
}

/** In MB, from proc(5): VmRSS is in KiB. */
function residentMemory(host: LabHost): number {
  const status = readFileSync(`/proc/${host.agentPid}/status`, 'utf8')
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6
}

type KeyValue = readonly [key: string, value: object]

/** Writes in a few large transactions, by etcd's JSON gateway. */
async function write(lab: Lab, all: readonly KeyValue[]): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) {
    const success = all
      .slice(at, at + AT_ONCE)
      .map(([key, value]) => ({ requestPut: { key: base64(key), value: base64(JSON.stringify(value)) } }))
    const words = ['curl', '-sf', '-m', '20', '--data', '@-', `${lab.etcd[0]?.url}/v3/kv/txn`]
    await lab.underlay.exec(words, { input: JSON.stringify({ success }) })
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function records(number: number): KeyValue[] {
  const address = vtepAddressAt(NETWORK, FIRST + number)
  return [
    hostRecord(number, addressAt(parsePrefix('198.19.0.0/16'), 1 + number)),
    [`/weft/v1/networks/wide/vteps/${address}`, { host: `p${number}`, format: 1 }],
    leaseRecord(number, number, 1),
  ]
}

function hostRecord(number: number, underlay: Ip): KeyValue {
  return [`/weft/v1/hosts/p${number}`, { machineId: `m${number}`, underlay, version: '0.1.0', format: 1 }]
}

function leaseRecord(subnet: number, holder: number, epoch: number): KeyValue {
  const key = `/weft/v1/networks/wide/leases/${prefixToKey(leasableSubnetAt(NETWORK, FIRST + subnet))}`
  return [key, { host: `p${holder}`, epoch, state: 'held', since: '2026-01-01T00:00:00.000Z', format: 1 }]
}
