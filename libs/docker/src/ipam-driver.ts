import type { Ip, Prefix } from '#core'

/** What a Docker network asks of its address management (moby, daemon/libnetwork/docs/ipam.md). */
export interface PoolRequest {
  /** `--subnet` */
  readonly pool?: Prefix
  /** `--ip-range` */
  readonly range?: Prefix
  /** `--ipam-opt` */
  readonly options: Readonly<Record<string, string>>
  readonly ipv6: boolean
}

export interface Pool {
  /** How Docker names the pool from now on: it keeps the text, and brings it back after its own restart. */
  readonly id: string
  readonly pool: Prefix
}

/** Address management for Docker. What a method throws is shown to the person at `docker`. */
export interface IpamDriver {
  requestPool(request: PoolRequest): Promise<Pool>
  releasePool(id: string): Promise<void>
  /** The gateway of the host's endpoints, with the length of its subnet; `wanted` is what the person at `docker` asked for. */
  requestGateway(pool: string, wanted: Ip | undefined): Promise<{ readonly address: Ip; readonly length: number }>
  /** An address for an endpoint, `wanted` or any free one, with the length of its subnet. */
  requestAddress(pool: string, wanted: Ip | undefined): Promise<{ readonly address: Ip; readonly length: number }>
  /** No error for what was not given out: Docker repeats itself. */
  releaseAddress(pool: string, address: Ip): Promise<void>
}
