import type { Ip } from './address.js'
import type { ClusterView, FailoverPolicy, SubnetLease } from './model.js'
import { gatewayOf } from './pool-layout.js'
import { prefixAddress } from './prefix.js'

/** What may become of a lease when its owner dies; a lease of no network can not be judged, and stays. */
export function policyOf({ networks }: Pick<ClusterView, 'networks'>, { network, floating }: SubnetLease): FailoverPolicy {
  return floating?.failover ?? networks.get(network)?.failover ?? 'hold'
}

/** The address that a lease gives to its host itself: the gateway of a subnet, or the floating address. */
export function ownAddressOf({ subnet, floating }: SubnetLease): Ip {
  return floating ? prefixAddress(subnet) : gatewayOf(subnet)
}
