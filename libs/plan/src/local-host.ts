import { prefixFamily, type Host, type HostId, type Ip, type Layer, type Mac, type NetworkName, type SubnetLease } from '#core'

/** One endpoint that is attached to this host. */
export interface LocalEndpoint {
  readonly network: NetworkName
  readonly name: string
  readonly address: Ip
  /** Of the other family, in a network with two pools. */
  readonly second?: { readonly address: Ip }
  readonly mac: Mac
  /** Path of its network namespace. */
  readonly netns: string
  /** Name of its interface in there. */
  readonly ifname: string
  /** False when another interface of the namespace has the default route: then only the network's pool is routed through Weft. */
  readonly defaultRoute: boolean
  /**
   * A container engine takes the interface into the namespace: `ifname` is its name before that, `netns` what the engine calls the
   * namespace.
   */
  readonly loose?: true
  /** Ports of this host that lead to it. */
  readonly published?: readonly PublishedPort[]
}

/** The addresses of an endpoint, the one that it is known by first. */
export function addressesOf({ address, second }: Pick<LocalEndpoint, 'address' | 'second'>): readonly Ip[] {
  return second ? [address, second.address] : [address]
}

/** A port of this host behind which an endpoint answers. */
export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp'
  /** The address of this host that it is published at; every IPv4 address of the host without one. */
  readonly hostAddress?: Ip
  readonly hostPort: number
  /** The endpoint's own port. */
  readonly port: number
}

/** What this host does without VXLAN with peers on its link (docs/decisions/direct-routing.md). The same object as long as nothing changes. */
export interface DirectLink {
  /** The underlay interface. */
  readonly dev: string
  /** By network, the peers that are reached directly, each with the underlay address at which it was tried. */
  readonly peers: ReadonlyMap<NetworkName, ReadonlyMap<HostId, Ip>>
  /** The networks of which direct packets are taken; the same map as long as nothing changes. `leaving`: all but tries, so that peers go back to VXLAN. */
  readonly takes: ReadonlyMap<NetworkName, 'all' | 'leaving'>
}

/** What only this host knows and its kernel state depends on. */
export interface LocalHost {
  readonly id: HostId
  /** The address that VXLAN packets are sent from. */
  readonly underlay: Ip
  /** MTU in bytes of the interface that has the underlay address. */
  readonly underlayMtu: number
  readonly endpoints: readonly LocalEndpoint[]
  /** Absent while no network is direct. */
  readonly direct?: DirectLink
  /** Exclusive leases that it has just given away: what has waited here for their new hosts goes there now. */
  readonly released?: readonly SubnetLease[]
}

/** True when a peer's subnets are reached without VXLAN: in no exclusive network, and not at another address than the one that was tried. */
export function isDirectPeer({ direct }: LocalHost, { name, failover, pool }: Layer, { id, underlay }: Host): boolean {
  return failover !== 'exclusive' && prefixFamily(pool) === 4 && direct?.peers.get(name)?.get(id) === underlay
}
