import {
  bridgeName,
  contains,
  familyOf,
  gatewayOf,
  hostPrefix,
  isLeasable,
  ownAddressOf,
  portName,
  prefixAddress,
  prefixFamily,
  prefixLength,
  prefixOf,
  vxlanName,
  WeftError,
  type Ip,
  type Network,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { BRIDGE_LINK_LOCAL, bridgeMac, overlayMtu, POOL_ROUTE_METRIC, vtepMac } from './identities.js'
import { strayRule } from './gate/gate-rules.js'
import type { LocalEndpoint, LocalHost } from './local-host.js'
import { networkAlias, portAlias } from './marks.js'
import type { InsideEnd, KernelObject, PortLink } from './objects.js'

/** A network in which this host holds subnets. */
export interface LocalNetwork {
  readonly network: Network
  readonly claim: VtepClaim
  readonly leases: readonly SubnetLease[]
  /** Name of the VXLAN device. */
  readonly vxlan: string
  /** Name of the bridge. */
  readonly bridge: string
  readonly mtu: number
}

export function localNetwork(network: Network, local: LocalHost, claim: VtepClaim, leases: readonly SubnetLease[]): LocalNetwork {
  const mtu = network.mtu ?? overlayMtu(local.underlayMtu, familyOf(local.underlay))
  return { network, claim, leases, vxlan: vxlanName(network.name), bridge: bridgeName(network.name), mtu }
}

/**
 * What the kernel needs for this host's own part of a network, whoever its peers are.
 * @param floating the floating addresses of the network that others hold
 */
export function localObjects(at: LocalNetwork, local: LocalHost, floating: readonly Prefix[]): KernelObject[] {
  const { network, claim, leases, vxlan, bridge, mtu } = at
  const alias = networkAlias(network.name)
  const { vni, port } = network
  const own = hostPrefix(claim.address)
  return [
    { kind: 'vxlan', name: vxlan, vni, local: local.underlay, port, mac: vtepMac(local.id, vni), mtu, alias },
    // Replies may come by another way than the kernel would choose, for instance while a subnet moves (DESIGN.md §5).
    { kind: 'sysctl', name: `net.ipv4.conf.${vxlan}.rp_filter`, value: '0' },
    { kind: 'address', dev: vxlan, address: claim.address, prefixLength: prefixLength(own) },
    { kind: 'bridge', name: bridge, mac: bridgeMac(local.id, network.name), mtu, alias },
    // Whatever the network carries: an endpoint could make itself the host's router, and give it addresses (RFC 4861 §11.2).
    { kind: 'sysctl', name: `net.ipv6.conf.${bridge}.accept_ra`, value: '0' },
    ...(prefixFamily(network.pool) === 6 ? ipv6Objects(vxlan, bridge) : []),
    ...publishedObjects(network.name, bridge, local),
    ...leases.map((lease): KernelObject => {
      // A floating address is the host's own while it holds it, so that programs of the host answer.
      return { kind: 'address', dev: bridge, address: ownAddressOf(lease), prefixLength: prefixLength(lease.subnet) }
    }),
    ...proxied(leases, floating, bridge),
    // Traffic for subnets that nobody holds must not leave by the default route.
    { kind: 'route', to: network.pool, via: { type: 'unreachable' }, metric: POOL_ROUTE_METRIC },
  ]
}

/**
 * What a network of IPv6 needs besides: IPv6 on its devices, where the host has none on others, and an address from which the host asks for
 * its endpoints' MAC addresses when it forwards (net/ipv6/ndisc.c, ndisc_ns_create). It is that of all bridges: each is a link of its own.
 */
function ipv6Objects(vxlan: string, bridge: string): KernelObject[] {
  return [
    ...[vxlan, bridge].map((dev): KernelObject => ({ kind: 'sysctl', name: `net.ipv6.conf.${dev}.disable_ipv6`, value: '0' })),
    { kind: 'address', dev: bridge, address: BRIDGE_LINK_LOCAL, prefixLength: 64 },
  ]
}

/**
 * The host reaches published ports by 127.0.0.1, too: then packets of a loopback address leave by the bridge. It stays when nothing is
 * published any more; the packet filter lets no endpoint use it.
 */
export function publishedObjects(network: NetworkName, bridge: string, local: LocalHost): KernelObject[] {
  const any = local.endpoints.some((endpoint) => endpoint.network === network && endpoint.published !== undefined)
  return any ? [{ kind: 'sysctl', name: `net.ipv4.conf.${bridge}.route_localnet`, value: '1' }] : []
}

/**
 * Endpoints look for a floating address of their own subnet on the bridge, wherever it is: the host answers, and at once. By ARP for whatever
 * it has a route to elsewhere (Documentation/networking/ip-sysctl.rst, proxy_arp; arp(7), proxy_delay), by ND for what it is told.
 */
function proxied(leases: readonly SubnetLease[], floating: readonly Prefix[], bridge: string): KernelObject[] {
  const near = floating.filter((address) => leases.some(({ subnet }) => contains(subnet, address)))
  const [first] = near
  if (first === undefined) return []
  if (prefixFamily(first) === 4) {
    return [
      { kind: 'sysctl', name: `net.ipv4.neigh.${bridge}.proxy_delay`, value: '0' },
      { kind: 'sysctl', name: `net.ipv4.conf.${bridge}.proxy_arp`, value: '1' },
    ]
  }
  return [
    { kind: 'sysctl', name: `net.ipv6.neigh.${bridge}.proxy_delay`, value: '0' },
    { kind: 'sysctl', name: `net.ipv6.conf.${bridge}.proxy_ndp`, value: '1' },
    ...near.map((address): KernelObject => ({ kind: 'proxy', dev: bridge, address: prefixAddress(address) })),
  ]
}

/** What an endpoint gets. */
export interface EndpointObjects {
  readonly objects: readonly KernelObject[]
  readonly problem?: WeftError
}

/**
 * The port of one endpoint. When another host has come to hold its subnet the port stays, so that the endpoint lives on if the subnet
 * comes back, and what it sends ends here: no other host would take it, but this one's endpoints would.
 */
export function endpointObjects(at: LocalNetwork, endpoint: LocalEndpoint): EndpointObjects {
  const { network, leases, bridge } = at
  const lease = leases.find(({ subnet, floating }) => !floating && contains(subnet, endpoint.address))
  const subnet = lease?.subnet ?? prefixOf(endpoint.address, network.subnetSize)
  const port = portOf(at, endpoint, insideAt(endpoint, subnet, network.pool))
  if (lease) return { objects: [port] }

  const message = `endpoint ${endpoint.name} has ${endpoint.address}, which lies in no subnet that this host holds in ${network.name}`
  const field = `networks/${network.name}/endpoints/${endpoint.address}`
  const hint = 'detach the endpoint and attach it again'
  const problem = new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', message, { field, hint })
  return isLeasable(network, subnet) ? { objects: [port, strayRule(subnet, bridge)], problem } : { objects: [], problem }
}

/** The port of an endpoint, whose far end is placed like this in the network. */
export function portOf(
  { network, bridge, mtu }: LocalNetwork,
  endpoint: LocalEndpoint,
  place: Pick<InsideEnd, 'prefixLength' | 'gateway' | 'routes'>,
): PortLink {
  const { netns, ifname, mac, address, loose } = endpoint
  const name = portName(network.name, address)
  // A port of another alias is another endpoint's, and goes. The name of a container is learnt later, and may change.
  const alias = portAlias(network.name, loose ? ifname : endpoint.name)
  const inside = { netns, ifname, mac, address, ...(loose && { loose }), ...place }
  return { kind: 'port', name, master: bridge, mtu, alias, inside }
}

function insideAt({ defaultRoute }: LocalEndpoint, subnet: Prefix, pool: Prefix): Pick<InsideEnd, 'prefixLength' | 'gateway' | 'routes'> {
  const gateway: Ip = gatewayOf(subnet)
  const length = prefixLength(subnet)
  return defaultRoute ? { prefixLength: length, gateway } : { prefixLength: length, routes: [{ to: pool, via: gateway }] }
}
