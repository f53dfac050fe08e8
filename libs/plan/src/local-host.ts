import type { HostId, Ip, Mac, NetworkName } from '#core'

/** One endpoint that is attached to this host. */
export interface LocalEndpoint {
  readonly network: NetworkName
  readonly name: string
  readonly address: Ip
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

/** A port of this host behind which an endpoint answers. */
export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp'
  /** The address of this host that it is published at; every IPv4 address of the host without one. */
  readonly hostAddress?: Ip
  readonly hostPort: number
  /** The endpoint's own port. */
  readonly port: number
}

/** What only this host knows and its kernel state depends on. */
export interface LocalHost {
  readonly id: HostId
  /** The address that VXLAN packets are sent from. */
  readonly underlay: Ip
  /** MTU in bytes of the interface that has the underlay address. */
  readonly underlayMtu: number
  readonly endpoints: readonly LocalEndpoint[]
}
