import {
  prefixAddress,
  prefixFamily,
  type ClusterView,
  type Family,
  type HostId,
  type Ip,
  type NetworkName,
  type Prefix,
  type SubnetLease,
} from '#core'

/** The subnets that a host holds in a network: its own before those it has adopted. Floating addresses are not among them. */
export function ownLeases(view: ClusterView, host: HostId, network: NetworkName): SubnetLease[] {
  const held = view.leases.filter(
    (lease) => lease.network === network && lease.host === host && lease.state === 'held' && lease.floating === undefined,
  )
  return [...held.filter((lease) => lease.adoptedFrom === undefined), ...held.filter((lease) => lease.adoptedFrom !== undefined)]
}

/** The subnets that a host holds in a network, those from which endpoints get their addresses first. */
export function ownSubnets(view: ClusterView, host: HostId, network: NetworkName): Prefix[] {
  return ownLeases(view, host, network).map(({ subnet }) => subnet)
}

/** Those of one family. */
export function ownSubnetsOf(view: ClusterView, host: HostId, network: NetworkName, family: Family): Prefix[] {
  return ownSubnets(view, host, network).filter((subnet) => prefixFamily(subnet) === family)
}

/** All floating addresses of a network, whoever holds them: no endpoint may have one. */
export function floatingAddresses(view: ClusterView, network: NetworkName): Ip[] {
  return view.leases.filter((lease) => lease.network === network && lease.floating).map(({ subnet }) => prefixAddress(subnet))
}
