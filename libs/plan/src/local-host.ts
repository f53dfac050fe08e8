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
