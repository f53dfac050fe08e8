import type { EndpointKind, Ip, Prefix } from '#core'
import type { LocalEndpoint } from '#plan'

/** An address and the leased subnet that it lies in. */
export interface PlacedAddress {
  readonly address: Ip
  readonly subnet: Prefix
}

/** An endpoint of this host as the agent remembers it over restarts: what is published of it, and how to wire it again. */
export interface AttachedEndpoint extends LocalEndpoint {
  readonly kind: EndpointKind
  /** The leased subnet that the address lies in. */
  readonly subnet: Prefix
  readonly second?: PlacedAddress
  /** Device and inode of the namespace: another namespace under the same path, or a pid used again, is not this endpoint's. */
  readonly netnsIdentity: string
  /** Of kind `cni`: by what its runtime knows it, together with the name of its interface. */
  readonly attachment?: { readonly runtimeNetwork: string; readonly containerId: string }
}

/** The addresses of an endpoint, the one that it is known by first. */
export function placesOf({ address, subnet, second }: Pick<AttachedEndpoint, 'address' | 'subnet' | 'second'>): readonly PlacedAddress[] {
  return second ? [{ address, subnet }, second] : [{ address, subnet }]
}
