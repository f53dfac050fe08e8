import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import {
  addressAt,
  layersOf,
  leasableSubnetAt,
  parseIp,
  parseNetworkName,
  parsePrefix,
  type ClusterView,
  type Family,
  type HostId,
  type Ip,
  type Layer,
  type Network,
} from '#core'
import { RecordingLog } from '#core/testkit'
import { inNetns, LinuxKernel } from '#netlink'
import { realClock, withNetns, type TestNetns } from '#netlink/testkit'
import { createDesiredFirewall, desired, diff, type Firewall, type FirewallReport, type LocalEndpoint, type LocalHost } from '#plan'
import { aCluster, BLUE, TestCluster } from '#plan/testkit'
import { NftFirewall } from '../nft-firewall.js'

export const GREEN: Network = { ...BLUE, name: parseNetworkName('green'), pool: parsePrefix('10.62.0.0/16'), vni: 200 }
/** BLUE with shortcuts: packets between its endpoints are neither forwarded nor tracked. */
export const SHORT: Network = { ...BLUE, shortcut: 'auto' }

/**
 * ```
 *   b1 10.61.1.10 ─┐                       ┌─ b2 10.61.2.10
 *   g1 10.62.1.10 ─┤                       │
 *                  h1 192.0.2.1 ── lan ── h2 192.0.2.2
 *                                   │
 *                          stranger 192.0.2.66
 * ```
 * Two hosts with VXLAN devices, bridges and endpoints as desired() wants them, in networks blue and green, and a machine that has no
 * part in the cluster. h1 has the filter under test, h2 none.
 */
export interface Stage {
  readonly h1: TestNetns
  readonly h2: TestNetns
  readonly stranger: TestNetns
  readonly b1: TestNetns
  readonly b2: TestNetns
  readonly g1: TestNetns
  readonly firewall: NftFirewall
  readonly view: ClusterView
  /** The filter that the view, or another one, asks of h1. */
  wanted(dead?: readonly HostId[], view?: ClusterView): Firewall
  /** Applies it as a pass does, shortcuts last. */
  apply(dead?: readonly HostId[], view?: ClusterView): Promise<FirewallReport>
}

export const B1 = '10.61.1.10'
export const B2 = '10.61.2.10'
export const G1 = '10.62.1.10'

/** Underlay addresses by the hosts' numbers; the stranger's is 66. */
export const OUTER: Readonly<Record<Family, (number: number) => string>> = {
  4: (number) => `192.0.2.${number}`,
  6: (number) => `2001:db8::${number}`,
}

/** BLUE as a network of IPv6. */
export const BLUE6: Layer = { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 }
/** The addresses of b1 and b2 in it. */
export const SIX = { B1: 'fd61:0:0:1::a', B2: 'fd61:0:0:2::a' }

/**
 * @param family of the underlay
 * @param blue what network blue is
 */
export async function withStage(test: (stage: Stage) => Promise<void>, family: Family = 4, blue: Network = BLUE): Promise<void> {
  await withAll(async ([lan, h1, h2, stranger, b1, b2, g1]) => {
    await lan.ip('link', 'add', 'lan', 'type', 'bridge')
    await lan.ip('link', 'set', 'lan', 'up')
    for (const [index, [ns, address]] of [
      [h1, OUTER[family](1)] as const,
      [h2, OUTER[family](2)] as const,
      [stranger, OUTER[family](66)] as const,
    ].entries()) {
      await lan.ip('link', 'add', `p${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.name)
      await lan.ip('link', 'set', `p${index}`, 'master', 'lan', 'up')
      await ns.ip('addr', 'add', ...(family === 4 ? [`${address}/24`] : [`${address}/64`, 'nodad']), 'dev', 'eth0')
      await ns.ip('link', 'set', 'eth0', 'up')
    }
    const view = twoNetworks(family, blue)
    await program(h1, view, 1, [endpoint(blue, 1, b1), endpoint(GREEN, 1, g1)])
    await program(h2, view, 2, [endpoint(blue, 2, b2)])
    const firewall = filterOf(h1)
    const remembering = createDesiredFirewall()
    const endpoints = [endpoint(blue, 1, b1), endpoint(GREEN, 1, g1)]
    const wanted: Stage['wanted'] = (dead = [], other = view) => remembering(other, localHost(other, 1, ...endpoints), new Set(dead))
    try {
      await test({
        h1,
        h2,
        stranger,
        b1,
        b2,
        g1,
        firewall,
        view,
        wanted,
        apply: async (dead, other) => {
          const asked = wanted(dead, other)
          const report = await firewall.apply(asked)
          await firewall.shorten(asked)
          return report
        },
      })
    } finally {
      firewall.close()
    }
  })
}

/** A filter for a namespace; to be closed. */
export function filterOf(ns: TestNetns): NftFirewall {
  return new NftFirewall({ clock: realClock, log: new RecordingLog(), enter: (action) => inNetns(ns.netns, action) })
}

function twoNetworks(family: Family, network: Network): ClusterView {
  const [blue, green] = [aCluster(2, network).view, aCluster(2, GREEN).view]
  return {
    ...blue,
    hosts: new Map(Array.from(blue.hosts.values(), (host, at) => [host.id, { ...host, underlay: parseIp(OUTER[family](at + 1)) }])),
    networks: new Map([...blue.networks, ...green.networks]),
    leases: [...blue.leases, ...green.leases],
    vteps: [...blue.vteps, ...green.vteps],
  }
}

function localHost(view: ClusterView, number: number, ...endpoints: readonly LocalEndpoint[]): LocalHost {
  return new TestCluster(view, BLUE).local(number, ...endpoints)
}

function endpoint(network: Network, host: number, ns: TestNetns): LocalEndpoint {
  const [address, second] = layersOf(network).map((layer): Ip => addressAt(leasableSubnetAt(layer, host - 1), 10))
  const mac = `02:00:00:00:${String(network.vni / 100).padStart(2, '0')}:0${host}` as LocalEndpoint['mac']
  const attached = { mac, netns: ns.path, ifname: 'eth0', defaultRoute: true }
  return {
    network: network.name,
    name: ns.name,
    address: address as Ip,
    ...(second !== undefined && { second: { address: second } }),
    ...attached,
  }
}

async function program(ns: TestNetns, view: ClusterView, host: number, endpoints: readonly LocalEndpoint[]): Promise<void> {
  const kernel = await LinuxKernel.open({ clock: realClock, log: new RecordingLog(), netns: ns.netns })
  try {
    const wanted = desired(view, localHost(view, host, ...endpoints))
    const [failure] = await kernel.apply(diff(wanted, await kernel.observe()))
    if (failure) throw failure.error
  } finally {
    kernel.close()
  }
}

type Seven = [TestNetns, TestNetns, TestNetns, TestNetns, TestNetns, TestNetns, TestNetns]

async function withAll(test: (all: Seven) => Promise<void>): Promise<void> {
  const next = (made: readonly TestNetns[]): Promise<void> =>
    made.length === 7 ? test([...made] as Seven) : withNetns((ns) => next([...made, ns]))
  await next([])
}

/** How many echo requests have arrived in the namespace. */
export async function echoesAt(ns: TestNetns): Promise<number> {
  return counter(ns, 'Icmp', 'InEchos')
}

/** A counter of /proc/net/snmp. */
export async function counter(ns: TestNetns, protocol: string, name: string): Promise<number> {
  const [names, values] = (await ns.exec('cat', '/proc/net/snmp'))
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(' '))
  return Number(values?.[names?.indexOf(name) ?? -1])
}

/** Packets that a rule with this comment has counted in h1's table. */
export async function counted(ns: TestNetns, comment: string): Promise<number> {
  const line = (await ns.exec('nft', 'list', 'table', 'inet', 'weft')).split('\n').find((text) => text.includes(comment))
  return Number(/packets (\d+)/.exec(line ?? '')?.[1])
}

/** Echo requests in a burst. */
export const BURST = 5

/** Sends echo requests, {@link BURST} of them, and says whether any was answered. */
export async function ping(ns: TestNetns, to: string, ...options: readonly string[]): Promise<boolean> {
  try {
    await ns.exec('ping', '-n', '-q', '-c', String(BURST), '-i', '0.01', '-W', '0.3', ...options, to)
    return true
  } catch {
    return false
  }
}

/** A program in the namespace; killed at the latest when the test ends. */
export async function withProcess<T>(
  ns: TestNetns,
  [program, ...args]: readonly [string, ...string[]],
  test: (child: ChildProcessWithoutNullStreams) => Promise<T>,
): Promise<T> {
  const child = spawn('nsenter', [`--net=${ns.path}`, program, ...args], { stdio: 'pipe' })
  child.stdin.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  try {
    return await test(child)
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

/** Sends one UDP datagram from the namespace, from an address of it if one is given. */
export async function sendUdp(ns: TestNetns, to: string, port: number, bytes: Uint8Array, from = ''): Promise<void> {
  const send = `s.send(Buffer.from('${Buffer.from(bytes).toString('hex')}','hex'),${port},'${to}',()=>s.close())`
  const script = `const s=require('dgram').createSocket('udp${to.includes(':') ? 6 : 4}');s.bind(0,'${from}',()=>${send})`
  await ns.exec(process.execPath, '-e', script)
}
