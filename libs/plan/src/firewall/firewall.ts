import type { Family, HostId, Ip, Mac, NetworkName, Prefix } from '#core'
import type { Publication } from './published.js'
import type { Shortcut } from './shortcut.js'

/**
 * What the packet filter of one host must enforce, as plain data: masquerade, isolation between networks, the peer check before
 * decapsulation and the refusal of new connections to dead subnets (DESIGN.md §5). docs/firewall.md shows what becomes of it.
 */
export interface Firewall {
  /** The layers of the networks this host takes part in, in the order of the networks' names. Without any, the host needs no filter at all. */
  readonly networks: readonly GuardedNetwork[]
  /** The pools of all networks, also of those this host has no part in, in the order of the networks' names. */
  readonly pools: readonly Prefix[]
  /** The exclusive leases of this host, which pass only while the gate is open (gate/gate.ts). */
  readonly gated: readonly Prefix[]
  /** Exclusive leases may come to this host: the gate stands ready, its grant renewed, so that none of them waits for it. */
  readonly gateReady: boolean
  /** Ports of this host that lead to its endpoints. */
  readonly published: readonly Publication[]
}

/** A layer of a network that this host takes part in; those of one network follow each other, and share all but pool, senders and sets. */
export interface GuardedNetwork {
  readonly name: NetworkName
  /** What its sets are named by: the network's name, for a second layer with the family behind it (no name of a network has a dot). */
  readonly sets: string
  readonly pool: Prefix
  /** Prefix length of the subnets in {@link Sender.subnets}, {@link dead} and {@link adopted}. */
  readonly subnetSize: number
  readonly vni: number
  /** UDP port of VXLAN. */
  readonly port: number
  /** Family of the addresses that VXLAN packets are sent from. */
  readonly underlay: Family
  /** Name of the VXLAN device. */
  readonly vxlan: string
  /** Name of the bridge. */
  readonly bridge: string
  /** Who may send VXLAN packets of this network to this host, in no order. This host itself is not among them. */
  readonly senders: readonly Sender[]
  /** Subnets and floating addresses of dead hosts: new connections to them are refused at once, established ones are left alone. */
  readonly dead: readonly Prefix[]
  /** Subnets that this host has adopted: what goes there and is not for one of {@link served} is refused at once. */
  readonly adopted: readonly Prefix[]
  /** The addresses in adopted subnets that somebody has: gateways, endpoints of this host, floating addresses wherever they are. */
  readonly served: readonly Ip[]
  /** Set where the network is one segment: then addresses may be at other hosts than the subnets around them, and ARP is for all. */
  readonly segment?: GuardedSegment
  /** How packets are taken from peers on this host's link without VXLAN; absent where none are. */
  readonly direct?: DirectEntry
  /** What goes past this filter between endpoints; absent where nothing does. */
  readonly shortcut?: Shortcut
}

export interface GuardedSegment {
  /** That of this host's bridge. */
  readonly mac: Mac
}

export interface DirectEntry {
  /** The underlay interface. */
  readonly dev: string
  /** This host's VTEP address: peers try the direct way there. */
  readonly vtep: Ip
  /** False while the way is given up: tries are not answered any more, and all else is still taken. */
  readonly tries: boolean
}

/** A peer, and the inner sources that it may use: whatever else comes from it, or from anyone else, is dropped. */
export interface Sender {
  readonly host: HostId
  /** The outer source. */
  readonly underlay: Ip
  /** Who sends frames of it on this host's link; absent where none are taken of it without VXLAN. */
  readonly mac?: Mac
  /** Its own VTEP address: echoes, and traffic that its host itself originates. */
  readonly vtep: Ip
  /** The subnets it holds. */
  readonly subnets: readonly Prefix[]
  /** The floating addresses it holds; in a segment, the addresses of its endpoints that lie in no subnet of its. */
  readonly floating: readonly Ip[]
  /** In a segment: addresses in its subnets that are at other hosts by the records. It may not use these. */
  readonly away: readonly Ip[]
  /** Exclusive leases that it held until just now, subnets and floating addresses: it sends on what came for them, whoever that is from. */
  readonly sendsOn: readonly Prefix[]
}
