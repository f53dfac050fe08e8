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
  sameFamily,
  vxlanName,
  WeftError,
  type Ip,
  type Layer,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { BRIDGE_LINK_LOCAL, bridgeMac, overlayMtu, POOL_ROUTE_METRIC, vtepMac } from './identities.js'
import { strayRule } from './gate/gate-rules.js'
import { addressesOf, type LocalEndpoint, type LocalHost } from './local-host.js'
import { networkAlias, portAlias } from './marks.js'
import type { InsideEnd, KernelObject, PortLink } from './objects.js'

/** A layer of a network in which this host holds subnets. */
export interface LocalNetwork {
  readonly network: Layer
  readonly claim: VtepClaim
  readonly leases: readonly SubnetLease[]
  /** Name of the VXLAN device. */
  readonly vxlan: string
  /** Name of the bridge. */
  readonly bridge: string
  readonly mtu: number
}

export function localNetwork(network: Layer, local: LocalHost, claim: VtepClaim, leases: readonly SubnetLease[]): LocalNetwork {
  const mtu = network.mtu ?? overlayMtu(local.underlayMtu, familyOf(local.underlay))
  return { network, claim, leases, vxlan: vxlanName(network.name), bridge: bridgeName(network.name), mtu }
}

/** The devices of a network, which its layers share. */
export function deviceObjects({ network, vxlan, bridge, mtu }: LocalNetwork, local: LocalHost): KernelObject[] {
  const alias = networkAlias(network.name)
  const { vni, port } = network
  return [
    { kind: 'vxlan', name: vxlan, vni, local: local.underlay, port, mac: vtepMac(local.id, vni), mtu, alias },
    // Replies may come by another way than the kernel would choose, for instance while a subnet moves (DESIGN.md §5).
    { kind: 'sysctl', name: `net.ipv4.conf.${vxlan}.rp_filter`, value: '0' },
    { kind: 'bridge', name: bridge, mac: bridgeMac(local.id, network.name), mtu, alias },
    // Whatever the network carries: an endpoint could make itself the host's router, and give it addresses (RFC 4861 §11.2).
    { kind: 'sysctl', name: `net.ipv6.conf.${bridge}.accept_ra`, value: '0' },
    ...publishedObjects(network.name, bridge, local),
  ]
}

/**
 * What the kernel needs for this host's own part of a layer beside the devices, whoever its peers are.
 * @param floating the floating addresses of the layer that others hold
 */
export function localObjects({ network, claim, leases, vxlan, bridge }: LocalNetwork, floating: readonly Prefix[]): KernelObject[] {
  const own = hostPrefix(claim.address)
  return [
    { kind: 'address', dev: vxlan, address: claim.address, prefixLength: prefixLength(own) },
    ...(prefixFamily(network.pool) === 6 ? ipv6Objects(vxlan, bridge) : []),
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
 * What a layer of IPv6 needs besides: IPv6 on its devices, where the host has none on others, and an address from which the host asks for
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
  readonly problems: readonly WeftError[]
}

/**
 * The port of one endpoint. When another host has come to hold its subnet the port stays, so that the endpoint lives on if the subnet
 * comes back, and what it sends ends here: no other host would take it, but this one's endpoints would.
 * @param at the layers of its network that this host is in, one at least
 */
export function endpointObjects(at: readonly [LocalNetwork, ...LocalNetwork[]], endpoint: LocalEndpoint): EndpointObjects {
  const [{ network, bridge }] = at
  const places = addressesOf(endpoint).map((address) => placeOf(at, address))
  const usable = places.filter((place) => place.subnet !== undefined)
  const problems = places.filter(({ held }) => !held).map(({ address }) => homeless(network.name, endpoint.name, address))
  if (usable.length === 0) return { objects: [], problems }
  const port = portOf(at[0], endpoint, insideAt(endpoint, usable))
  const strays = usable.filter(({ held }) => !held).map(({ subnet }) => strayRule(subnet, bridge))
  return { objects: [port, ...strays], problems }
}

/** The port of an endpoint, whose far end is placed like this in the network. */
export function portOf(
  { network, bridge, mtu }: LocalNetwork,
  endpoint: LocalEndpoint,
  place: Pick<InsideEnd, 'addresses' | 'routes'>,
): PortLink {
  const { netns, ifname, mac, address, loose } = endpoint
  const name = portName(network.name, address)
  // A port of another alias is another endpoint's, and goes. The name of a container is learnt later, and may change.
  const alias = portAlias(network.name, loose ? ifname : endpoint.name)
  return { kind: 'port', name, master: bridge, mtu, alias, inside: { netns, ifname, mac, ...(loose && { loose }), ...place } }
}

/** Where an address of an endpoint is. */
interface Place {
  readonly address: Ip
  readonly pool: Prefix
  readonly subnet: Prefix
  /** Whether this host holds the subnet. */
  readonly held: boolean
}

/** Without a subnet where there is none that could come back. */
function placeOf(
  at: readonly LocalNetwork[],
  address: Ip,
): Place | { readonly address: Ip; readonly subnet?: never; readonly held: false } {
  const layer = at.find(({ network }) => sameFamily(network.pool, address))
  if (!layer) return { address, held: false }
  const { network, leases } = layer
  const lease = leases.find(({ subnet, floating }) => !floating && contains(subnet, address))
  const subnet = lease?.subnet ?? prefixOf(address, network.subnetSize)
  return lease || isLeasable(network, subnet)
    ? { address, pool: network.pool, subnet, held: lease !== undefined }
    : { address, held: false }
}

function homeless(network: NetworkName, endpoint: string, address: Ip): WeftError {
  const message = `endpoint ${endpoint} has ${address}, which lies in no subnet that this host holds in ${network}`
  const field = `networks/${network}/endpoints/${address}`
  return new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', message, { field, hint: 'detach the endpoint and attach it again' })
}

function insideAt({ defaultRoute }: LocalEndpoint, places: readonly Place[]): Pick<InsideEnd, 'addresses' | 'routes'> {
  const addresses = places.map(({ address, subnet }) => ({
    address,
    prefixLength: prefixLength(subnet),
    ...(defaultRoute && { gateway: gatewayOf(subnet) }),
  }))
  return defaultRoute ? { addresses } : { addresses, routes: places.map(({ pool, subnet }) => ({ to: pool, via: gatewayOf(subnet) })) }
}
