import type { Ip, Mac, Prefix } from '#core'
import type { PortWish } from './port-wishes.js'

/** `docker network create`, after the pool was requested. */
export interface NetworkRequest {
  /** Docker's id of the network: 64 hexadecimal digits. */
  readonly id: string
  /** `-o` */
  readonly options: Readonly<Record<string, string>>
  readonly pools: readonly { readonly space: string; readonly pool: Prefix; readonly gateway?: Ip }[]
  /** `--internal`: no way out of the network. */
  readonly internal: boolean
}

export interface EndpointRequest {
  readonly network: string
  /** Docker's id of the endpoint: 64 hexadecimal digits. */
  readonly id: string
  readonly address: Ip
  /** Of the other family, in a network made with `--ipv6`. */
  readonly second?: Ip
  /** Given when the person at `docker` asked for it. */
  readonly mac?: Mac
}

export interface JoinRequest {
  readonly network: string
  readonly id: string
  /** Path of the container's network namespace, as dockerd sees it; nothing need stand there yet. */
  readonly sandbox: string
}

/** How a container gets its interface: dockerd moves `source` from the host's namespace and gives it the first free name of the prefix. */
export interface Joined {
  readonly source: string
  readonly prefix: string
  /** One of each family that the endpoint has an address of; none in an internal network. */
  readonly gateways: readonly Ip[]
  readonly routes: readonly { readonly to: Prefix; readonly via: Ip }[]
}

/**
 * Docker's remote network driver (moby, daemon/libnetwork/docs/remote.md). Every method may be called again with the same arguments, as
 * Docker does when an answer was lost, and then does nothing more; deleting what is not there is no error. What a method throws is shown to
 * the person at `docker`.
 */
export interface NetworkDriver {
  createNetwork(request: NetworkRequest): Promise<void>
  deleteNetwork(id: string): Promise<void>
  /** @returns the MAC address when none was asked for */
  createEndpoint(request: EndpointRequest): Promise<{ readonly mac?: Mac }>
  deleteEndpoint(network: string, id: string): Promise<void>
  /** What `docker network inspect` and `docker port` may be told. */
  describeEndpoint(network: string, id: string): Promise<Readonly<Record<string, unknown>>>
  join(request: JoinRequest): Promise<Joined>
  leave(network: string, id: string): Promise<void>
  publish(network: string, id: string, ports: readonly PortWish[]): Promise<void>
  withdraw(network: string, id: string): Promise<void>
}
