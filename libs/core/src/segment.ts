import type { Ip } from './address.js'
import type { HostId } from './ids.js'
import type { ClusterView, Network } from './model.js'
import { gatewayOf } from './pool-layout.js'
import { prefixFamily, prefixLength, type Prefix } from './prefix.js'
import { WeftError } from './weft-error.js'

/** Why a network cannot be one segment (mode l2) as it is described, or undefined when it can, or is none. */
export function segmentFault({
  mode,
  pool,
  second,
  failover,
  direct = 'off',
}: Pick<Network, 'mode' | 'pool' | 'second' | 'failover' | 'direct'>): WeftError | undefined {
  if (mode !== 'l2') return undefined
  if (prefixFamily(pool) === 6 || second) {
    const hint = 'use mode l3, or a pool of IPv4'
    return new WeftError('WEFT_NOT_BUILT', 'mode l2 with an IPv6 pool is planned, not built', { field: 'mode', hint })
  }
  if (failover === 'exclusive') {
    const hint = 'use mode l3, or another failover policy: the gate does not stop what is bridged'
    return new WeftError('WEFT_NOT_BUILT', 'mode l2 with failover exclusive is planned, not built', { field: 'failover', hint })
  }
  if (direct !== 'off') {
    const hint = 'leave --direct out: a segment is carried by VXLAN'
    return new WeftError('WEFT_VALUE_INVALID', 'peers of a network of mode l2 are reached by VXLAN only', { field: 'direct', hint })
  }
  return undefined
}

/** How an endpoint's address stands in its network, as the endpoint itself sees it. */
export interface AddressPlace {
  /** What is on the link: its subnet, or in a segment the whole pool. */
  readonly prefixLength: number
  /** Its default gateway: its host. */
  readonly gateway: Ip
}

/**
 * The place of an address on a host.
 * @param subnet the leased subnet that the address lies in
 * @returns undefined in a segment in which the host has no VTEP address (yet)
 */
export function placeOf({ vteps }: ClusterView, host: HostId, network: Network, subnet: Prefix): AddressPlace | undefined {
  if (network.mode === 'l3') return { prefixLength: prefixLength(subnet), gateway: gatewayOf(subnet) }
  const claim = vteps.find((one) => one.network === network.name && one.host === host)
  return claim && { prefixLength: prefixLength(network.pool), gateway: claim.address }
}
