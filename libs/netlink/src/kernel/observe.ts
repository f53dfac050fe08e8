import { bitsOf, familyOf, parseIp, prefixOf, type Ip, type Mac } from '#core'
import {
  BRIDGE_LINK_LOCAL,
  keyOf,
  linkKey,
  nextHopKey,
  parseAlias,
  sameObject,
  WEFT_PROTOCOL,
  type Desired,
  type ForeignObject,
  type InsideEnd,
  type KernelObject,
  type Observed,
  type ObservedObject,
  type RouteVia,
  type FdbEntry,
  type Flood,
} from '#plan'
import { RTPROT_BOOT, RTPROT_KERNEL } from '../abi/rtnetlink.js'
import { NO_MAC } from '../codec/address-text.js'
import type { FdbInfo } from '../codec/fdb.js'
import type { LinkInfo } from '../codec/link.js'
import type { StationInfo } from '../codec/station.js'
import type { NextHopInfo } from '../codec/next-hop.js'
import type { RouteInfo } from '../codec/route.js'
import type { SysctlFiles } from './sysctl-files.js'
import type { Tables } from './tables.js'

/** Stands for an address where there is none: equal to none that Weft would wish for. */
export const NOWHERE: Ip = parseIp('0.0.0.0')

/** The far end of a veth pair is in another namespace and not looked at; diff() does not compare it. */
const NOT_OBSERVED: InsideEnd = { netns: '', ifname: '', mac: NO_MAC, addresses: [] }

/** Which object of ours a link is, by kind and alias; undefined when it is somebody else's. */
export function ownLink(link: LinkInfo, masterName: string): KernelObject | undefined {
  const mark = parseAlias(link.alias)
  if (mark === undefined && !link.unfinished) return undefined
  const { name, mtu, mac, kind, vxlan } = link
  const alias = link.alias ?? ''
  if (kind === 'veth' && mark?.endpoint === undefined && !link.unfinished) return undefined
  if (kind === 'veth') return { kind: 'port', name, master: masterName, mtu, alias, inside: NOT_OBSERVED }
  if (mark?.endpoint !== undefined) return undefined
  if (kind === 'bridge') return { kind: 'bridge', name, mac, mtu, alias }
  if (vxlan === undefined) return undefined
  const master = masterName === '' ? {} : { master: masterName }
  return { kind: 'vxlan', name, vni: vxlan.vni, local: vxlan.local ?? NOWHERE, port: vxlan.port, mac, mtu, alias, ...master }
}

/** What is observed, and the links by whose indexes it was read. */
export interface Observation {
  readonly observed: Observed
  readonly links: SeenLinks
}

/** Links by interface index: an index dies with its link, a name may change, and events tell of both. */
export interface SeenLinks {
  /** Names of all. */
  readonly names: ReadonlyMap<number, string>
  /** Weft's. */
  readonly own: ReadonlySet<number>
  /** Names of Weft's VXLAN devices, whose neighbour and FDB entries matter. */
  readonly tunnels: ReadonlyMap<number, string>
  /** Names of Weft's bridges that a VXLAN device of Weft's is plugged into: segments, whose neighbours and entries matter. */
  readonly segments: ReadonlyMap<number, string>
}

/**
 * Reads the kernel's state as far as it concerns Weft. The tables are read one after another: what changes in between is announced by
 * a notification afterwards, so the next look shows it.
 * @param expected see Kernel.observe
 */
export async function observe(tables: Tables, sysctls: SysctlFiles, expected: Desired['objects'] = new Map()): Promise<Observation> {
  const draft = new Draft(expected)
  draft.addLinks(await tables.links())
  await draft.addAddresses(tables)
  for (const { index, name } of draft.tunnels) {
    for (const { address, mac, permanent, protocol } of await tables.neighbours(index)) {
      if (permanent) draft.add({ kind: 'neighbour', dev: name, address, mac }, protocol === WEFT_PROTOCOL)
    }
    for (const entry of await tables.fdb(index)) draft.add(entryOf(name, entry), true)
  }
  for (const { index, name } of draft.segments) {
    for (const { address, mac, permanent, protocol } of await tables.neighbours(index)) {
      if (permanent) draft.add({ kind: 'neighbour', dev: name, address, mac }, protocol === WEFT_PROTOCOL)
    }
    draft.addStations(name, await tables.stations(index))
  }
  draft.addSwitching()
  for (const { index, name } of draft.bridges) {
    if (sysctls.read(`net.ipv6.conf.${name}.proxy_ndp`) !== '1') continue
    for (const { address, protocol } of await tables.proxies(index)) {
      draft.add({ kind: 'proxy', dev: name, address }, protocol === WEFT_PROTOCOL)
    }
  }
  draft.addNextHops(await tables.nextHops())
  draft.addRoutes(await tables.routes(4))
  draft.addRoutes(await tables.routes(6))
  draft.judgeAddresses()
  for (const { rule, protocol } of await tables.rules()) if (protocol === WEFT_PROTOCOL) draft.add(rule, true)
  const names = ['net.ipv4.ip_forward']
  for (const { name } of draft.tunnels) {
    names.push(`net.ipv4.conf.${name}.rp_filter`, `net.ipv4.neigh.${name}.unres_qlen_bytes`, `net.ipv6.conf.${name}.disable_ipv6`)
    names.push(`net.ipv6.neigh.${name}.unres_qlen_bytes`)
  }
  for (const { name } of draft.bridges) {
    names.push(`net.ipv4.neigh.${name}.proxy_delay`, `net.ipv4.conf.${name}.proxy_arp`, `net.ipv4.conf.${name}.route_localnet`)
    names.push(`net.ipv6.conf.${name}.disable_ipv6`, `net.ipv6.conf.${name}.accept_ra`)
    names.push(`net.ipv6.neigh.${name}.proxy_delay`, `net.ipv6.conf.${name}.proxy_ndp`)
  }
  const forwarding = sysctls.read(IPV6_FORWARDING)
  if (forwarding !== undefined) draft.add({ kind: 'sysctl', name: IPV6_FORWARDING, value: forwarding }, true)
  for (const name of names) {
    // A kernel without IPv6 takes no advertisements of routers, and has no such setting.
    const value = sysctls.read(name) ?? (forwarding === undefined && name.endsWith('.accept_ra') ? '0' : undefined)
    if (value !== undefined) draft.add({ kind: 'sysctl', name, value }, true)
  }
  return { observed: draft, links: draft.seenLinks }
}

/** Whether the host forwards IPv6: of all interfaces, those that come later too. */
export const IPV6_FORWARDING = 'net.ipv6.conf.all.forwarding'

/** An Observed in the making. */
class Draft implements Observed {
  readonly objects = new Map<string, ObservedObject>()
  readonly foreign = new Map<string, ForeignObject>()
  readonly nextHopIds = new Set<number>()
  /** Our VXLAN devices. */
  readonly tunnels: LinkInfo[] = []
  /** Our bridges. */
  readonly bridges: LinkInfo[] = []
  /** Those of them that a VXLAN device of ours is plugged into. */
  segments: readonly LinkInfo[] = []
  private readonly links = new Map<number, LinkInfo>()
  private readonly own = new Set<number>()
  private readonly viaOf = new Map<number, RouteVia>()
  /** The kernel's own routes of our interfaces, as `index prefix`. */
  private readonly connected = new Set<string>()
  /** Our addresses with a subnet. */
  private readonly withSubnet: { readonly key: string; readonly index: number; readonly to: string }[] = []

  constructor(private readonly expected: Desired['objects']) {}

  get seenLinks(): SeenLinks {
    const named = (links: Iterable<LinkInfo>): Map<number, string> => new Map([...links].map(({ index, name }) => [index, name]))
    return { names: named(this.links.values()), own: this.own, tunnels: named(this.tunnels), segments: named(this.segments) }
  }

  add(object: KernelObject, ours: boolean): void {
    const key = keyOf(object)
    this.objects.set(key, { object: this.once(key, object), ours, up: true })
  }

  addLinks(links: readonly LinkInfo[]): void {
    for (const link of links) this.links.set(link.index, link)
    for (const link of links) {
      const key = linkKey(link.name)
      const object = ownLink(link, this.nameOf(link.master))
      if (object === undefined) {
        this.foreign.set(key, {
          key,
          description: `${link.kind === '' ? 'device' : `${link.kind} device`} ${link.name} without Weft's alias`,
        })
        continue
      }
      this.objects.set(key, { object, ours: true, up: link.up })
      this.own.add(link.index)
      if (object.kind === 'vxlan') this.tunnels.push(link)
      if (object.kind === 'bridge') this.bridges.push(link)
    }
    this.segments = this.bridges.filter(({ index }) => this.tunnels.some(({ master }) => master === index))
  }

  /** What is static on a port of ours is ours; what others have plugged in is theirs. */
  addStations(bridge: string, stations: readonly StationInfo[]): void {
    for (const { index, mac, fixed } of stations) {
      this.add({ kind: 'station', bridge, mac, dev: this.nameOf(index) }, fixed && this.own.has(index))
    }
  }

  /** How the bridges of segments treat our ports. */
  addSwitching(): void {
    const bridges = new Set(this.segments.map(({ index }) => index))
    for (const { index, name, master, switching } of this.links.values()) {
      if (switching && this.own.has(index) && bridges.has(master)) this.add({ kind: 'switching', dev: name, ...switching }, true)
    }
  }

  async addAddresses(tables: Tables): Promise<void> {
    for (const { index, address, prefixLength, linkLocal, permanent } of await tables.addresses()) {
      if (!this.own.has(index) || !permanent) continue
      // What IPv6 gives itself is none of ours.
      if (linkLocal && familyOf(address) === 6 && address !== BRIDGE_LINK_LOCAL) continue
      const object: KernelObject = { kind: 'address', dev: this.nameOf(index), address, prefixLength }
      this.add(object, true)
      if (prefixLength < bitsOf(familyOf(address))) {
        this.withSubnet.push({ key: keyOf(object), index, to: prefixOf(address, prefixLength) })
      }
    }
  }

  /** An address whose connected route somebody has deleted is of no use: its subnet is not on the link any more. */
  judgeAddresses(): void {
    for (const { key, index, to } of this.withSubnet) {
      const seen = this.objects.get(key)
      // A link that is down has none; setting it up brings it back.
      if (seen && this.links.get(index)?.up && !this.connected.has(`${index} ${to}`)) this.objects.set(key, { ...seen, up: false })
    }
  }

  addNextHops(nextHops: readonly NextHopInfo[]): void {
    for (const { id, protocol, index, gateway, onlink } of nextHops) {
      this.nextHopIds.add(id)
      const dev = this.nameOf(index)
      if (protocol !== WEFT_PROTOCOL) continue
      const key = nextHopKey(dev, gateway ?? NOWHERE)
      // A second one for the same gateway, and what is no way to a gateway at all (changed by hand), is wished for by nobody: a leftover.
      if (gateway === undefined || dev === '' || !onlink || this.objects.has(key)) {
        this.objects.set(`nexthop ${id}`, { object: { kind: 'nexthop', dev, gateway: gateway ?? NOWHERE }, ours: true, up: true, id })
        continue
      }
      this.objects.set(key, { object: this.once(key, { kind: 'nexthop', dev, gateway }), ours: true, up: true, id })
      this.viaOf.set(id, { type: 'nexthop', dev, gateway })
    }
  }

  addRoutes(routes: readonly RouteInfo[]): void {
    for (const route of routes) {
      const { to, metric, source, protocol } = route
      if (protocol === WEFT_PROTOCOL) {
        this.add({ kind: 'route', to, via: this.viaOfRoute(route), metric, ...(source === undefined ? {} : { source }) }, true)
      } else if (!this.own.has(route.index)) {
        const key = `route ${to} ${metric}`
        this.foreign.set(key, new ForeignRoute(key, route, this.nameOf(route.index)))
      } else if (protocol === RTPROT_KERNEL) this.connected.add(`${route.index} ${to}`)
    }
  }

  /** A route of ours that does not go by one of our next hops is wrong, whatever else it says: shown as one that equals no wish. */
  private viaOfRoute(route: RouteInfo): RouteVia {
    if (route.unreachable) return { type: 'unreachable' }
    return this.viaOf.get(route.nextHop) ?? { type: 'nexthop', dev: this.nameOf(route.index), gateway: NOWHERE }
  }

  /** What is expected, where that is what is there. */
  private once(key: string, object: KernelObject): KernelObject {
    const known = this.expected.get(key)
    return known && sameObject(known, object) ? known : object
  }

  private nameOf(index: number): string {
    return this.links.get(index)?.name ?? ''
  }
}

/** Worded when somebody asks: a router may have a million of them. */
class ForeignRoute implements ForeignObject {
  constructor(
    readonly key: string,
    private readonly route: RouteInfo,
    private readonly dev: string,
  ) {}

  get description(): string {
    return routeText(this.route, this.dev)
  }
}

/** A route of another owner as a person would recognise it. */
export function routeText({ to, gateway, unreachable, metric, protocol }: RouteInfo, dev: string): string {
  const way = [
    unreachable && 'unreachable',
    gateway !== undefined && `via ${gateway}`,
    dev !== '' && `dev ${dev}`,
    metric !== 0 && `metric ${metric}`,
  ]
  return `the route to ${[to, ...way.filter((part) => part !== false)].join(' ')} (protocol ${PROTOCOLS.get(protocol) ?? protocol})`
}

/** include/uapi/linux/rtnetlink.h, as `ip` words them. */
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [RTPROT_KERNEL, 'kernel'],
  [RTPROT_BOOT, 'boot'],
  [4, 'static'],
  [16, 'dhcp'],
  [12, 'bird'],
  [11, 'zebra'],
  [186, 'bgp'],
  [188, 'ospf'],
])

/**
 * A forwarding entry of a VXLAN device as an object. Zeros and groups may have several ways (vxlan_fdb_append, drivers/net/vxlan), and so are
 * told apart by those.
 */
export function entryOf(dev: string, { mac, to }: Pick<FdbInfo, 'mac' | 'to'>): Flood | FdbEntry {
  if (mac === NO_MAC) return { kind: 'flood', dev, to }
  return isGroup(mac) ? { kind: 'flood', dev, to, group: mac } : { kind: 'fdb', dev, mac, to }
}

/** A multicast or broadcast address (IEEE 802). */
function isGroup(mac: Mac): boolean {
  // By the code of the second digit, of which there are 10,000: those of `1` to `9` are as odd as their values, those of `a` to `f` are not.
  const digit = mac.charCodeAt(1)
  return (digit & 1) !== (digit > 0x39 ? 1 : 0)
}
