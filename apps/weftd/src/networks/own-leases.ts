import type { ClusterView, HostId, NetworkName, Prefix, SubnetLease } from '#core'

/** The leases that a host holds in a network, its own and adopted ones. */
export function ownLeases(view: ClusterView, host: HostId, network: NetworkName): SubnetLease[] {
  return view.leases.filter((lease) => lease.network === network && lease.host === host && lease.state === 'held')
}

/** The subnets that a host holds in a network. */
export function ownSubnets(view: ClusterView, host: HostId, network: NetworkName): Prefix[] {
  return ownLeases(view, host, network).map(({ subnet }) => subnet)
}
