import { readFileSync } from 'node:fs'
import { Lab, type LabHost, type Place } from '#lab'
import { ping, reaches, throughput as tcp } from '../lab/traffic.js'
import { row, type BenchResult } from './result.js'
import { ratios, summarise } from './statistics.js'

const ROUNDS = 9
/** Of each transfer. */
const SECONDS = 2

interface Way {
  readonly name: string
  readonly from: Place
  readonly to: Place
  readonly address: string
  /** Bits per second. */
  readonly rate: number[]
  /** CPU time of the whole machine in s for each GB (10^9 bytes). */
  readonly cpu: number[]
  /** Mean of echoes, in ms. */
  readonly latency: number[]
}

/**
 * TCP between containers of two hosts over Weft, with its packet filter; over a VXLAN device made by hand, of the same shape and without
 * any rule; and between two hosts without an overlay. By turns, so that whatever else the machine does meets all three.
 */
export async function throughput(): Promise<BenchResult> {
  const lab = await Lab.up({ hosts: 4 })
  try {
    const ways = [await overWeft(lab), ...(await byHand(lab))]
    for (let round = 0; round < ROUNDS; round++) {
      for (let turn = 0; turn < ways.length; turn++) await measure(ways[(round + turn) % ways.length] as Way)
    }
    const [weft, hand, plain] = ways as [Way, Way, Way]
    const giga = ({ rate }: Way): number[] => rate.map((bits) => bits / 1e9)
    const cpu = ratios(weft.cpu, hand.cpu)
    return {
      name: 'throughput',
      about: `TCP by iperf3 for ${SECONDS} s, ${ROUNDS} rounds by turns, between namespaces of one machine; CPU time is all that the machine spent meanwhile (/proc/stat), both ends and everything else that ran.`,
      rows: [
        ...ways.map((way) => row(way.name, 'TCP throughput', 'Gbit/s', giga(way))),
        row('Weft / hand-made VXLAN', 'TCP throughput', '×', ratios(weft.rate, hand.rate)),
        row('Weft / plain underlay', 'TCP throughput', '×', ratios(weft.rate, plain.rate)),
        ...ways.map((way) => row(way.name, 'CPU time per GB', 's', way.cpu)),
        row('Weft / hand-made VXLAN', 'CPU time per GB', '×', cpu),
        row('Weft / plain underlay', 'CPU time per GB', '×', ratios(weft.cpu, plain.cpu)),
        ...ways.map((way) => row(way.name, 'echo, mean of 100', 'ms', way.latency)),
        row('Weft / hand-made VXLAN', 'echo', '×', ratios(weft.latency, hand.latency)),
      ],
      aims: [{ text: 'CPU time per GB, Weft / hand-made VXLAN', limit: 1.05, measured: summarise(cpu).median }],
    }
  } finally {
    await lab.down()
  }
}

async function overWeft(lab: Lab): Promise<Way> {
  const [from, to] = [lab.host('h1'), lab.host('h2')]
  await Promise.all([from.startAgent(), to.startAgent()])
  await from.weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
  await lab.networkReady('blue')
  const [near, far] = [await from.addContainer('c1'), await to.addContainer('c1')]
  await near.attach('blue')
  return way('Weft', near, far, (await far.attach('blue')).address)
}

/** What a person would set up with ip(8) between h3 and h4, and the hosts themselves. */
async function byHand(lab: Lab): Promise<Way[]> {
  const hosts = [lab.host('h3'), lab.host('h4')] as const
  const containers = [await hosts[0].addContainer('c1'), await hosts[1].addContainer('c1')] as const
  for (const [at, host] of hosts.entries()) {
    const [own, other] = [at + 1, 2 - at]
    const peer = hosts[1 - at] as LabHost
    const container = containers[at]?.namespace ?? ''
    await host.exec(['ip', '-batch', '-'], {
      input: `link add hand mtu 1450 address 02:00:00:00:00:0${own} type vxlan id 9999 dstport 4789 local ${host.address} nolearning
link set hand up
address add 10.99.0.${own}/32 dev hand
link add joint mtu 1450 type bridge
link set joint up
address add 10.99.${own}.1/24 dev joint
neighbour add 10.99.0.${other} lladdr 02:00:00:00:00:0${other} dev hand nud permanent
route add 10.99.${other}.0/24 via 10.99.0.${other} dev hand onlink
link add port mtu 1450 type veth peer name eth0 mtu 1450 netns ${container}
link set port master joint up
`,
    })
    await host.exec(['bridge', 'fdb', 'append', `02:00:00:00:00:0${other}`, 'dev', 'hand', 'dst', peer.address])
    await host.exec(['sysctl', '-qw', 'net.ipv4.ip_forward=1'])
    await containers[at]?.exec(['ip', '-batch', '-'], {
      input: `address add 10.99.${own}.2/24 dev eth0\nlink set eth0 up\nroute add default via 10.99.${own}.1\n`,
    })
  }
  return [way('hand-made VXLAN', ...containers, '10.99.2.2'), way('plain underlay', ...hosts, hosts[1].address)]
}

function way(name: string, from: Place, to: Place, address: string): Way {
  return { name, from, to, address, rate: [], cpu: [], latency: [] }
}

async function measure({ from, to, address, rate, cpu, latency }: Way): Promise<void> {
  await reaches(from, address)
  latency.push((await ping(from, address, { count: 100, interval: 0.002 })).averageMs ?? Number.NaN)
  const before = busySeconds()
  const bits = await tcp(from, to, address, SECONDS)
  rate.push(bits)
  cpu.push((busySeconds() - before) / ((bits * SECONDS) / 8 / 1e9))
}

/** What all processors have worked since boot, in s: proc(5), without `idle` and `iowait`; guests are in `user` already. */
function busySeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] =
    /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? []
  return (user + nice + system + irq + softirq) / 100
}
