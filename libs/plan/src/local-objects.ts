import {
  bridgeName,
  contains,
  familyOf,
  gatewayOf,
  hostPrefix,
  portName,
  prefixAddress,
  prefixLength,
  vxlanName,
  WeftError,
  type Ip,
  type Network,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { bridgeMac, overlayMtu, POOL_ROUTE_METRIC, vtepMac } from './identities.js'
import type { LocalEndpoint, LocalHost } from './local-host.js'
import { networkAlias, portAlias } from './marks.js'
import type { InsideEnd, KernelObject } from './objects.js'

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

/** What the kernel needs for this host's own part of a network, whoever its peers are. */
export function localObjects({ network, claim, leases, vxlan, bridge, mtu }: LocalNetwork, local: LocalHost): KernelObject[] {
  const alias = networkAlias(network.name)
  const { vni, port } = network
  const own = hostPrefix(claim.address)
  return [
    { kind: 'vxlan', name: vxlan, vni, local: local.underlay, port, mac: vtepMac(local.id, vni), mtu, alias },
    // Replies may come by another way than the kernel would choose, for instance while a subnet moves (DESIGN.md §5).
    { kind: 'sysctl', name: `net.ipv4.conf.${vxlan}.rp_filter`, value: '0' },
    { kind: 'address', dev: vxlan, address: claim.address, prefixLength: prefixLength(own) },
    { kind: 'bridge', name: bridge, mac: bridgeMac(local.id, vni), mtu, alias },
    ...leases.map(({ subnet, floating }): KernelObject => {
      // A floating address is the host's own while it holds it, so that programs of the host answer.
      const address = floating ? prefixAddress(subnet) : gatewayOf(subnet)
      return { kind: 'address', dev: bridge, address, prefixLength: prefixLength(subnet) }
    }),
    // Traffic for subnets that nobody holds must not leave by the default route.
    { kind: 'route', to: network.pool, via: { type: 'unreachable' }, metric: POOL_ROUTE_METRIC },
  ]
}

/** The port of one endpoint, or why it cannot have one. */
export function endpointPort(at: LocalNetwork, endpoint: LocalEndpoint): KernelObject | WeftError {
  const { network, leases, bridge, mtu } = at
  const lease = leases.find(({ subnet, floating }) => !floating && contains(subnet, endpoint.address))
  if (!lease) {
    const message = `endpoint ${endpoint.name} has ${endpoint.address}, which lies in no subnet that this host holds in ${network.name}`
    const field = `networks/${network.name}/endpoints/${endpoint.address}`
    return new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', message, { field, hint: 'detach the endpoint and attach it again' })
  }
  const name = portName(network.name, endpoint.address)
  const alias = portAlias(network.name, endpoint.name)
  return { kind: 'port', name, master: bridge, mtu, alias, inside: insideEnd(endpoint, lease.subnet, network.pool) }
}

function insideEnd(endpoint: LocalEndpoint, subnet: Prefix, pool: Prefix): InsideEnd {
  const { netns, ifname, mac, address } = endpoint
  const gateway: Ip = gatewayOf(subnet)
  const end = { netns, ifname, mac, address, prefixLength: prefixLength(subnet) }
  return endpoint.defaultRoute ? { ...end, gateway } : { ...end, routes: [{ to: pool, via: gateway }] }
}
