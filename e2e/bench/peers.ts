import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { addressAt, leasableSubnetAt, parseNetworkName, parsePrefix, prefixToKey, vtepAddressAt, type Ip, type Network } from '#core'
import { Lab, waitFor, type LabHost } from '#lab'
import { vtepMac } from '#plan'
import { cpuTime } from './cpu-time.js'
import { row, type BenchResult, type Row } from './result.js'
import { summarise } from './statistics.js'

const SIZES = [1, 100, 1_000, 10_000]
/** Changes of each kind, in so many groups, a change each so many ms: a minute, in which the agent looks at everything once. */
const GROUPS = 10
const CHANGES = 30
const EVERY = 200
/** Operations of one transaction; etcd takes 128 unless told otherwise. */
const AT_ONCE = 120

const NETWORK: Pick<Network, 'name' | 'pool' | 'subnetSize' | 'vni'> = {
  name: parseNetworkName('wide'),
  pool: parsePrefix('10.0.0.0/8'),
  subnetSize: 24,
  vni: 7001,
}
/** Out of the way of what the agent takes for itself. */
const FIRST = 30_000

/**
 * A real agent on a real etcd with the records of many peers: what it needs for them at rest, when one of them gets another underlay
 * address or another subnet, and when somebody deletes the route to one.
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
      cpu = Math.max(mean(measured.moved), mean(measured.adopted))
      memory = summarise(measured.memory).median
      rows.push(
        row(of, 'CPU time of the agent: a peer has another underlay address', 'ms', measured.moved),
        row(of, '… mean over the minute', 'ms', [mean(measured.moved)]),
        row(of, 'CPU time of the agent: a subnet goes to another peer', 'ms', measured.adopted),
        row(of, '… mean over the minute', 'ms', [mean(measured.adopted)]),
        row(of, 'CPU time of the agent: somebody deletes a route to a peer', 'ms', measured.deleted),
        row(of, '… mean over the minute', 'ms', [mean(measured.deleted)]),
        row(of, 'CPU time of the agent in a second of rest', 'ms', [measured.rest * 1_000]),
        row(of, 'record written (`curl` started) → kernel changed', 'ms', measured.delay),
        row(of, 'route deleted (`ip` started) → put back', 'ms', measured.repair),
        row(of, 'resident memory of the agent', 'MB', measured.memory),
      )
    } finally {
      await lab.down()
    }
  }
  return {
    name: 'peers',
    about:
      `One agent and one etcd with the records of many peers; a minute of changes of each kind, one every ${EVERY} ms. CPU time is that of ` +
      `all threads for a change, less what the agent uses in the same time at rest, that is in a minute without changes; a value for each ` +
      `${CHANGES} changes. Into each minute falls one look at everything; what is written to disk and the collection of garbage are counted.`,
    rows,
    aims: [
      { text: 'CPU time for one peer among 10,000, ms', limit: 5, measured: cpu },
      { text: 'memory with 10,000 peers, MB', limit: 140, measured: memory },
    ],
  }
}

interface Measured {
  /** CPU time per time at rest. */
  rest: number
  readonly moved: number[]
  readonly adopted: number[]
  readonly deleted: number[]
  readonly delay: number[]
  readonly repair: number[]
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
  // What follows from so many records, such as the copy on disk and the garbage, is over by then, and everything was looked at once more.
  await delay(75_000)
  const figures: Measured = { rest: await restCpu(host), moved: [], adopted: [], deleted: [], delay: [], repair: [], memory: [] }
  // All over the place, as changes are.
  const some = (change: number): number => (change * 37) % size
  const underlay = (change: number): Ip => addressAt(parsePrefix('203.0.113.0/24'), 1 + (change % 250))
  const movedTo = (change: number): KeyValue => hostRecord(some(change), underlay(change))
  for (let group = 0; group < GROUPS; group++) {
    figures.moved.push(await costOf(host, figures.rest, group, (change) => write(lab, [movedTo(change)])))
    figures.memory.push(residentMemory(host))
  }
  for (let group = 0; group < GROUPS; group++) {
    const adopted = (change: number): KeyValue => leaseRecord(some(change), some(change + 1), 2 + change)
    figures.adopted.push(await costOf(host, figures.rest, group, (change) => write(lab, [adopted(change)])))
    figures.memory.push(residentMemory(host))
  }
  const deleteRoute = async (change: number): Promise<string> => {
    const subnet = leasableSubnetAt(NETWORK, FIRST + some(change))
    // Of a single peer it may still be away from the time before.
    await host.exec(['ip', 'route', 'del', subnet], { check: false })
    return subnet
  }
  for (let group = 0; group < GROUPS; group++) {
    figures.deleted.push(await costOf(host, figures.rest, group, async (change) => void (await deleteRoute(change))))
    figures.memory.push(residentMemory(host))
  }
  for (let round = 0; round < GROUPS; round++) {
    const change = GROUPS * CHANGES + round
    const start = performance.now()
    await write(lab, [movedTo(change)])
    await leadsTo(host, vtepMac(`p${some(change)}` as never, vni), underlay(change))
    figures.delay.push(performance.now() - start)
    const deletion = performance.now()
    const subnet = await deleteRoute(change)
    await waitFor(`the route to ${subnet}`, async () => (await host.exec(['ip', 'route', 'show', subnet])).stdout !== '', { interval: 1 })
    figures.repair.push(performance.now() - deletion)
  }
  await inSync(host)
  return figures
}

/** CPU time in ms for each change of a group, beyond what the agent uses anyway. */
async function costOf(host: LabHost, rest: number, group: number, makeChange: (change: number) => Promise<void>): Promise<number> {
  const [start, before] = [performance.now(), cpuTime(host)]
  for (let change = 0; change < CHANGES; change++) {
    await makeChange(group * CHANGES + change)
    await delay(Math.max(0, (change + 1) * EVERY - (performance.now() - start)))
  }
  return (cpuTime(host) - before - rest * (performance.now() - start)) / CHANGES
}

/** CPU time per time in a minute without changes. */
async function restCpu(host: LabHost): Promise<number> {
  const [start, before] = [performance.now(), cpuTime(host)]
  await delay(GROUPS * CHANGES * EVERY)
  return (cpuTime(host) - before) / (performance.now() - start)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
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
