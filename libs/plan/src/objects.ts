import type { Ip, Mac, Prefix } from '#core'

/**
 * One kernel object each, as a plain value that says everything Weft cares about. Devices are named, never numbered:
 * an interface index dies with its device, a name does not.
 */
export type KernelObject =
  | VxlanLink
  | BridgeLink
  | PortLink
  | Switching
  | LinkAddress
  | Neighbour
  | ProxyEntry
  | FdbEntry
  | Flood
  | Station
  | NextHop
  | Route
  | Rule
  | Sysctl

/** A VXLAN device, up, learning off, bound to a local underlay address (RFC 7348). */
export interface VxlanLink {
  readonly kind: 'vxlan'
  readonly name: string
  readonly vni: number
  readonly local: Ip
  readonly port: number
  readonly mac: Mac
  readonly mtu: number
  /** Marks the link as ours and bears the network's full name. */
  readonly alias: string
  /** The bridge that it is a port of, where the network is one segment. */
  readonly master?: string
}

/** The bridge of this host's endpoints, up. */
export interface BridgeLink {
  readonly kind: 'bridge'
  readonly name: string
  readonly mac: Mac
  readonly mtu: number
  readonly alias: string
}

/** The host's end of an endpoint's veth pair, up and plugged into a bridge; creating it wires the other end too. */
export interface PortLink {
  readonly kind: 'port'
  readonly name: string
  readonly master: string
  readonly mtu: number
  readonly alias: string
  /** How to make the other end. Not observed, so no part of a comparison. */
  readonly inside: InsideEnd
}

/** The endpoint's end of the veth pair, in a network namespace of its own. */
export interface InsideEnd {
  /** A path such as /run/netns/a or /proc/123/ns/net. */
  readonly netns: string
  /** Name of the interface in there, for example eth0. */
  readonly ifname: string
  readonly mac: Mac
  /** One, or one of each family. */
  readonly addresses: readonly InsideAddress[]
  /**
   * The far end stays beside the near one, under its name, with MAC and MTU alone: a container engine takes it into the namespace and gives
   * it address and routes there.
   */
  readonly loose?: true
  /** Added 0.1: without a default gateway, what else is reached through this network; each `via` lies in the interface's own subnet. */
  readonly routes?: readonly InsideRoute[]
}

export interface InsideAddress {
  readonly address: Ip
  readonly prefixLength: number
  /** Default gateway of its family, or none when another interface has the default route. */
  readonly gateway?: Ip
}

export interface InsideRoute {
  readonly to: Prefix
  readonly via: Ip
}

/** How a bridge treats one of its ports; the kernel's word for it is brport. */
export interface Switching {
  readonly kind: 'switching'
  /** The port. */
  readonly dev: string
  /** Frames that come in teach the bridge where their sender is. */
  readonly learning: boolean
  /** Frames for MAC addresses that the bridge does not know go out here, too. */
  readonly flood: boolean
  /** The bridge answers ARP for whom it knows behind this port, and does not ask there. */
  readonly suppress: boolean
}

export interface LinkAddress {
  readonly kind: 'address'
  readonly dev: string
  readonly address: Ip
  readonly prefixLength: number
}

/** A permanent neighbour (ARP or ND) entry. */
export interface Neighbour {
  readonly kind: 'neighbour'
  readonly dev: string
  readonly address: Ip
  readonly mac: Mac
}

/** The host answers on the device for an IPv6 address that is elsewhere (ND proxy, RFC 4861 §7.2.8). IPv4 needs no such entries: proxy_arp. */
export interface ProxyEntry {
  readonly kind: 'proxy'
  readonly dev: string
  readonly address: Ip
}

/** A permanent forwarding entry of a VXLAN device: frames for this MAC go to that underlay address. */
export interface FdbEntry {
  readonly kind: 'fdb'
  readonly dev: string
  readonly mac: Mac
  readonly to: Ip
}

/** Copies of the broadcast and multicast frames of a VXLAN device go to this underlay address, too. */
export interface Flood {
  readonly kind: 'flood'
  readonly dev: string
  readonly to: Ip
  /** The one address whose frames these are; without it all that have no such entry. Never wished for: they would reach nobody else. */
  readonly group?: Mac
}

/** A static forwarding entry of a bridge: who has this MAC address is behind that port. */
export interface Station {
  readonly kind: 'station'
  readonly bridge: string
  readonly mac: Mac
  /** The port. */
  readonly dev: string
}

/**
 * A next-hop object with an on-link gateway. Its identity is device and gateway; the kernel's 32-bit id is shared with others in the
 * namespace, so diff() picks it (see next-hop-ids.ts).
 */
export interface NextHop {
  readonly kind: 'nexthop'
  readonly dev: string
  readonly gateway: Ip
}

/** A route of the main table: to a next-hop object, or unreachable. */
export interface Route {
  readonly kind: 'route'
  readonly to: Prefix
  readonly via: RouteVia
  /** Preferred source address of traffic that starts on this host. */
  readonly source?: Ip
  /** Priority, 0 first. */
  readonly metric: number
}

export type RouteVia = { readonly type: 'nexthop'; readonly dev: string; readonly gateway: Ip } | { readonly type: 'unreachable' }

/**
 * A rule of policy routing: the kernel goes through them by priority, lowest first, and does what the first one that matches says
 * (ip-rule(8)). What is absent matches everything.
 */
export interface Rule {
  readonly kind: 'rule'
  /** Of the packets that it is for, IPv4 when absent: each family has rules of its own. */
  readonly family?: 6
  readonly priority: number
  readonly from?: Prefix
  readonly to?: Prefix
  /** Bits of the packet's mark that must all be set. */
  readonly mark?: number
  /** The interface that the packet came in by; `lo` for what this host itself sends. */
  readonly iif?: string
  readonly action: RuleAction
}

/** `lookup` is made by nobody here, and seen where somebody has changed a rule of Weft's. */
export type RuleAction =
  | { readonly type: 'goto'; readonly priority: number }
  | { readonly type: 'blackhole' }
  | { readonly type: 'nop' }
  | { readonly type: 'lookup'; readonly table: number }

/** A setting under /proc/sys, in dotted form with the device's name kept whole: `net.ipv4.conf.weft-a.rp_filter`. */
export interface Sysctl {
  readonly kind: 'sysctl'
  readonly name: string
  readonly value: string
}

/** The links, which other objects stand on. */
export type Link = VxlanLink | BridgeLink | PortLink

export type ObjectKind = KernelObject['kind']

/** What the kernel tells objects of a kind apart by: two objects with equal keys cannot both exist. */
export type ObjectKey = string

export function keyOf(object: KernelObject): ObjectKey {
  switch (object.kind) {
    case 'vxlan':
    case 'bridge':
    case 'port':
      return linkKey(object.name)
    case 'address':
      return `address ${object.dev} ${object.address}/${object.prefixLength}`
    case 'neighbour':
      return inOne('neighbour', object.dev, object.address)
    case 'proxy':
      return `proxy ${object.dev} ${object.address}`
    case 'fdb':
      return inOne('fdb', object.dev, object.mac)
    case 'flood':
      return object.group === undefined ? inOne('flood', object.dev, object.to) : inOne('flood', object.dev, object.to, object.group)
    case 'station':
      return inOne('station', object.bridge, object.mac)
    case 'switching':
      return `switching ${object.dev}`
    case 'nexthop':
      return nextHopKey(object.dev, object.gateway)
    case 'route':
      return inOne('route', object.to, object.metric)
    case 'rule':
      return `rule ${ruleText(object)}`
    case 'sysctl':
      return `sysctl ${object.name}`
  }
}

/**
 * The keys of peers' objects are made by joining: V8 makes a template into a tree of texts, which costs three times as much when it is
 * looked up among 50,000, and twice the memory.
 */
function inOne(...parts: readonly (string | number)[]): ObjectKey {
  return parts.join(' ')
}

/** A rule much as `ip rule` prints it: all that it is told apart by. */
export function ruleText({ family, priority, from, to, mark, iif, action }: Rule): string {
  const parts = [
    ...(family === undefined ? [] : ['-6']),
    `${priority} from ${from ?? 'all'}`,
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(mark === undefined ? [] : [`fwmark 0x${mark.toString(16)}`]),
    ...(iif === undefined ? [] : [`iif ${iif}`]),
    action.type,
    ...(action.type === 'goto' ? [action.priority] : action.type === 'lookup' ? [action.table] : []),
  ]
  return parts.join(' ')
}

export function isLink(object: KernelObject): object is Link {
  return object.kind === 'vxlan' || object.kind === 'bridge' || object.kind === 'port'
}

/** What has no owner: set where it differs, and never removed. */
export function isSetting({ kind }: KernelObject): boolean {
  return kind === 'sysctl' || kind === 'switching'
}

/** The key of the link with this name. */
export function linkKey(name: string): ObjectKey {
  return `link ${name}`
}

/** The key of the next-hop object with this gateway. */
export function nextHopKey(dev: string, gateway: Ip): ObjectKey {
  return inOne('nexthop', dev, gateway)
}

/** The device that an object stands on and vanishes with; undefined for links and for what belongs to no device. */
export function deviceOf(object: KernelObject): string | undefined {
  switch (object.kind) {
    case 'address':
    case 'neighbour':
    case 'proxy':
    case 'fdb':
    case 'flood':
    case 'station':
    case 'switching':
    case 'nexthop':
      return object.dev
    case 'route':
      return object.via.type === 'nexthop' ? object.via.dev : undefined
    case 'sysctl':
      return sysctlDevice(object.name)
    default:
      return undefined
  }
}

/** `net.ipv4.conf.weft-a.rp_filter` is a setting of weft-a; `all` and `default` are no devices. */
function sysctlDevice(name: string): string | undefined {
  const device = /^net\.ipv[46]\.(?:conf|neigh)\.(.+)\.[^.]+$/.exec(name)?.[1]
  return device === 'all' || device === 'default' ? undefined : device
}
