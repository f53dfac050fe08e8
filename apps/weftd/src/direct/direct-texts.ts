import type { WayState, WhyNotTried } from '#plan'

/** Why a peer is reached by VXLAN in a network that is direct, for people. */
export function whyText(why: WhyNotTried | NonNullable<WayState['why']>): string {
  return TEXTS[why]
}

const TEXTS: Readonly<Record<Parameters<typeof whyText>[0], string>> = {
  exclusive: 'the network is exclusive',
  'ipv6-underlay': 'the underlay is IPv6',
  'no-ethernet': 'this host’s underlay interface is no Ethernet',
  'strict-rp-filter': 'net.ipv4.conf.all.rp_filter of this host is 1, which would drop what the peer sends by VXLAN; 0 or 2 do not',
  'not-offered': 'its record names no MAC address: an older version, or its underlay interface is no Ethernet',
  'behind-a-router': 'it is not on this host’s link',
  'other-mac': 'the link answers for it with another MAC address than that of its record',
  untried: 'it is being tried',
  silent: 'its kernel does not answer on the link (docs/dataplane.md tells why that may be)',
  'given-up': 'it answered by VXLAN and no more on the link; it is tried again later',
}

/** The event of a change. */
export function changeText(directly: boolean): string {
  return directly ? 'peer is reached without VXLAN' : 'peer is reached by VXLAN'
}
