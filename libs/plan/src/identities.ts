import { derivedMac, parseIp, type Family, type HostId, type Mac, type NetworkName } from '#core'

/**
 * The MAC address of a host's VXLAN device in a network: every host computes the same one for a peer, before and after that
 * peer's device is re-created or its machine restarted.
 */
export function vtepMac(host: HostId, vni: number): Mac {
  return derivedMac('vtep', host, vni)
}

/**
 * The MAC address of a host's bridge: fixed, so that endpoints keep a valid entry for their gateway when the bridge is re-created, or the
 * network gets another VNI.
 */
export function bridgeMac(host: HostId, network: NetworkName): Mac {
  return derivedMac('bridge', host, network)
}

/** The link-local address of a bridge with IPv6. Others, which the kernel or somebody else gives, are none of Weft's. */
export const BRIDGE_LINK_LOCAL = parseIp('fe80::1')

/** What VXLAN adds in bytes: inner Ethernet 14, VXLAN 8, UDP 8 and an IPv4 header of 20 or an IPv6 header of 40 (RFC 7348 §5). */
const ENCAPSULATION: Readonly<Record<Family, number>> = { 4: 50, 6: 70 }

/** The largest MTU in bytes of an overlay that fits an underlay of the given MTU and family without fragments. */
export function overlayMtu(underlayMtu: number, family: Family): number {
  return underlayMtu - ENCAPSULATION[family]
}

/**
 * The metric of the standing `unreachable` route for a pool: behind every route that anyone would set, in front of nothing.
 * The same figure as for default routes of that kind in the kernel's Documentation/networking/vrf.rst.
 */
export const POOL_ROUTE_METRIC = 4_278_198_272
