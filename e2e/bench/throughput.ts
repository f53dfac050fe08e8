import type { PathView } from '#api'
import { Lab, waitFor, type LabHost, type Place } from '#lab'
import { iperf, ping, reaches } from '../lab/traffic.js'
import { OneThread } from './one-thread.js'
import { overSwarm } from './swarm.js'
import { row, type BenchResult, type Row } from './result.js'
import { ratios, summarise } from './statistics.js'

const ROUNDS = 21
/** Of each transfer by iperf3. */
const SECONDS = 1
/** What the one thread does in a round. */
const BYTES = 2e8
const TURNS = 5_000
const CONNECTIONS = 500

interface Way {
  readonly name: string
  readonly from: Place
  readonly to: Place
  readonly address: string
  readonly found: Record<Measure, number[]>
}

type Measure = keyof typeof MEASURES

const MEASURES = {
  rate: ['TCP throughput', 'Gbit/s'],
  cpu: ['CPU time per GB, iperf3', 's'],
  path: ['CPU time per GB, one thread', 's'],
  turn: ['CPU time there and back, one thread', 'µs'],
  latency: ['there and back, one thread', 'µs'],
  connection: ['CPU time per connection, one thread', 'µs'],
  connections: ['connections one after another', '/s'],
  echo: ['echo, mean of 100', 'ms'],
} as const satisfies Record<string, readonly [string, Row['unit']]>

const NAMES = Object.keys(MEASURES) as Measure[]

/**
 * TCP between containers of two hosts over Weft, with its packet filter, by VXLAN without and with shortcuts, and without VXLAN; over VXLAN devices made by hand, of the same shape, without any
 * rule and with the masquerade that containers need; between two hosts without an overlay; and over an overlay of Docker's Swarm, where
 * Docker is installed. By turns, so that whatever else the
 * machine does meets all.
 */
export async function throughput(): Promise<BenchResult> {
  const oneThread = await OneThread.build()
  const lab = await Lab.up({ hosts: 8 })
  try {
    const bare = await byHand(lab, 'hand-made VXLAN', ['h3', 'h4'])
    const masquerading = await byHand(lab, 'hand-made VXLAN with masquerade', ['h5', 'h6'])
    for (const name of ['h5', 'h6']) await masquerade(lab.host(name))
    const plain = way('plain underlay', lab.host('h3'), lab.host('h4'), lab.host('h4').address)
    const weft = await overWeft(lab)
    const short = await overWeftByShortcuts(lab)
    const direct = await overWeftDirectly(lab)
    const pair = await overSwarm(lab, [lab.host('h7'), lab.host('h8')])
    const swarm = pair ? [way('Docker Swarm overlay', pair.from, pair.to, pair.address)] : []
    const others = [bare, masquerading, plain, ...swarm]
    const own = [weft, short, direct]
    const ways = [...own, ...others]
    for (let round = 0; round < ROUNDS; round++) {
      for (let turn = 0; turn < ways.length; turn++) await measure(ways[(round + turn) % ways.length] as Way, oneThread)
    }
    const measured = NAMES.filter((name) => weft.found[name].length > 0)
    const aim = 'CPU time per GB, Weft / hand-made VXLAN'
    return {
      name: 'throughput',
      about: `${ROUNDS} rounds by turns, between namespaces of one machine. iperf3: TCP for ${SECONDS} s, sender and receiver on a processor each; CPU time is theirs, with what the kernel does for packets while they run. One thread: both ends in one thread (e2e/bench/one-thread.c), so that its CPU time is the price of the way alone.`,
      rows: measured.flatMap((name) => [
        ...ways.map(({ name: of, found }) => row(of, MEASURES[name][0], MEASURES[name][1], found[name])),
        ...own.flatMap((one) =>
          others.map((other) => row(`${one.name} / ${other.name}`, MEASURES[name][0], '×', ratios(one.found[name], other.found[name]))),
        ),
      ]),
      aims: [
        { text: `${aim}, iperf3`, limit: 1.05, measured: median(weft, bare, 'cpu') },
        { text: `${aim}, with shortcuts, iperf3`, limit: 1.05, measured: median(short, bare, 'cpu') },
        { text: `${aim} with masquerade, iperf3`, limit: 1.05, measured: median(weft, masquerading, 'cpu') },
      ],
    }
  } finally {
    await lab.down()
    await oneThread?.remove()
  }
}

function median(one: Way, other: Way, name: Measure): number {
  return summarise(ratios(one.found[name], other.found[name])).median
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

/** Between the same hosts, in a network whose packets go past the hosts' packet filters. */
async function overWeftByShortcuts(lab: Lab): Promise<Way> {
  const [from, to] = [lab.host('h1'), lab.host('h2')]
  await from.weft(['network', 'create', 'short', '--pool', '10.63.0.0/16', '--shortcut', 'auto'])
  await lab.networkReady('short')
  const [near, far] = [await from.addContainer('e1'), await to.addContainer('e1')]
  await near.attach('short')
  return way('Weft, shortcuts', near, far, (await far.attach('short')).address)
}

/** Between the same hosts, in a network whose peers on the link are reached without VXLAN. */
async function overWeftDirectly(lab: Lab): Promise<Way> {
  const [from, to] = [lab.host('h1'), lab.host('h2')]
  await from.weft(['network', 'create', 'near', '--pool', '10.62.0.0/16', '--direct', 'auto'])
  await lab.networkReady('near')
  const [near, far] = [await from.addContainer('d1'), await to.addContainer('d1')]
  await near.attach('near')
  const { address } = await far.attach('near')
  for (const host of [from, to]) {
    await waitFor(`${host.name} to leave VXLAN out`, async () => {
      const paths = await host.weftJson<PathView[]>(['paths'])
      return paths.some(({ networks }) => networks.some(({ by }) => by === 'direct'))
    })
  }
  return way('Weft, direct', near, far, address)
}

/** What a person would set up with ip(8) between two hosts. */
async function byHand(lab: Lab, name: string, labels: readonly [string, string]): Promise<Way> {
  const hosts = [lab.host(labels[0]), lab.host(labels[1])] as const
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
  return way(name, ...containers, '10.99.2.2')
}

/** As anybody has it whose containers reach the world: with it comes connection tracking of all packets. */
async function masquerade(host: LabHost): Promise<void> {
  const chain = 'type nat hook postrouting priority srcnat; ip saddr 10.99.0.0/16 ip daddr != 10.99.0.0/16 masquerade'
  await host.exec(['nft', '-f', '-'], { input: `table ip hand { chain c { ${chain}; }; }\n` })
}

function way(name: string, from: Place, to: Place, address: string): Way {
  return { name, from, to, address, found: Object.fromEntries(NAMES.map((each) => [each, []])) as unknown as Way['found'] }
}

async function measure({ from, to, address, found }: Way, oneThread: OneThread | undefined): Promise<void> {
  await reaches(from, address)
  found.echo.push((await ping(from, address, { count: 100, interval: 0.002 })).averageMs ?? Number.NaN)
  const { bits, cpu } = await iperf(from, to, address, SECONDS)
  found.rate.push(bits / SECONDS / 1e9)
  found.cpu.push((cpu / bits) * 8e9)
  if (!oneThread) return
  found.path.push((await oneThread.measure(from, to, address, 'bytes', BYTES)).cpu * (1e9 / BYTES))
  const turn = await oneThread.measure(from, to, address, 'turns', TURNS)
  found.turn.push((turn.cpu / TURNS) * 1e6)
  found.latency.push((turn.wall / TURNS) * 1e6)
  const connection = await oneThread.measure(from, to, address, 'connections', CONNECTIONS)
  found.connection.push((connection.cpu / CONNECTIONS) * 1e6)
  found.connections.push(CONNECTIONS / connection.wall)
}
