import { contains, prefixLength, WeftError, type Endpoint, type Host, type Ip, type Mac, type VtepClaim } from '#core'
import { bridgeMac, POOL_ROUTE_METRIC, vtepMac } from '../identities.js'
import type { LocalEndpoint, LocalHost } from '../local-host.js'
import { portOf, publishedObjects, type EndpointObjects, type LocalNetwork } from '../local-objects.js'
import { networkAlias } from '../marks.js'
import { keyOf, type KernelObject } from '../objects.js'
import { unreachable, type PeerObjects } from '../peer-objects.js'

/**
 * What the kernel needs where a network is one Ethernet segment over all hosts (docs/decisions/l2.md): the VXLAN device is a port of the
 * bridge. Nothing is learnt from frames and nothing unknown is flooded, because every MAC address is known from the records; what is for
 * all is copied to each peer here (head-end replication).
 */
export function segmentObjects(at: LocalNetwork, local: LocalHost): KernelObject[] {
  const { network, claim, vxlan, bridge, mtu } = at
  const alias = networkAlias(network.name)
  const { vni, port, pool } = network
  return [
    // Before the device that is plugged into it.
    { kind: 'bridge', name: bridge, mac: bridgeMac(local.id, network.name), mtu, alias },
    { kind: 'vxlan', name: vxlan, vni, local: local.underlay, port, mac: vtepMac(local.id, vni), mtu, alias, master: bridge },
    { kind: 'switching', dev: vxlan, learning: false, flood: false, suppress: true },
    // The gateway of this host's endpoints, and the host's own place in the segment: the whole pool is on the link.
    { kind: 'address', dev: bridge, address: claim.address, prefixLength: prefixLength(pool) },
    { kind: 'sysctl', name: `net.ipv6.conf.${bridge}.accept_ra`, value: '0' },
    ...publishedObjects(network.name, bridge, local),
    // While the bridge is down or without its address, nothing for the pool leaves by the default route.
    { kind: 'route', to: pool, via: { type: 'unreachable' }, metric: POOL_ROUTE_METRIC },
  ]
}

/** The way to a peer, and to the endpoints that the records say are there. */
export function segmentPeerObjects(
  at: LocalNetwork,
  local: LocalHost,
  host: Host,
  claim: VtepClaim,
  endpoints: readonly Endpoint[],
): PeerObjects {
  const problem = unreachable(at, local, host)
  if (problem) return { objects: [], keys: [], problem }
  const objects: KernelObject[] = [{ kind: 'flood', dev: at.vxlan, to: host.underlay } as KernelObject].concat(
    known(at, host.underlay, claim.address, bridgeMac(host.id, at.network.name)),
    ...endpoints.map(({ address, mac }) => known(at, host.underlay, address, mac)),
  )
  return { objects, keys: objects.map(keyOf) }
}

/** Somebody at a peer: the bridge has its MAC address behind the VXLAN device, that has it at the peer, and ARP is answered from here. */
function known({ vxlan: dev, bridge }: LocalNetwork, to: Ip, address: Ip, mac: Mac): KernelObject[] {
  return [
    { kind: 'neighbour', dev: bridge, address, mac },
    { kind: 'fdb', dev, mac, to },
    { kind: 'station', bridge, mac, dev },
  ]
}

/**
 * The port of one endpoint of this host. Its MAC address is no matter of learning: nobody in the segment can draw another's frames to
 * himself.
 * @param holder the host that has the address by the records, when it is not this one: then the endpoint has to be silent
 */
export function segmentEndpointObjects(at: LocalNetwork, endpoint: LocalEndpoint, holder: Endpoint | undefined): EndpointObjects {
  const { network, claim, bridge } = at
  const { address, mac, name } = endpoint
  const field = `networks/${network.name}/endpoints/${address}`
  if (holder) {
    const message = `endpoint ${name} has ${address}, which host ${holder.host} has taken over for its endpoint ${holder.name}`
    const hint = 'detach this one and attach it anew; or detach the other one, then this one is back'
    return { objects: [], problems: [new WeftError('WEFT_ENDPOINT_EXISTS', message, { field, hint })] }
  }
  if (!contains(network.pool, address)) {
    const message = `endpoint ${name} has ${address}, which does not lie in ${network.pool}`
    const hint = 'detach the endpoint and attach it again'
    return { objects: [], problems: [new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', message, { field, hint })] }
  }
  const gateway = endpoint.defaultRoute ? { gateway: claim.address } : {}
  const port = portOf(at, endpoint, { addresses: [{ address, prefixLength: prefixLength(network.pool), ...gateway }] })
  return {
    problems: [],
    objects: [
      port,
      { kind: 'switching', dev: port.name, learning: false, flood: true, suppress: false },
      { kind: 'station', bridge, mac, dev: port.name },
    ],
  }
}
