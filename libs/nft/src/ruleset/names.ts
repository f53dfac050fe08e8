import type { Family, NetworkName } from '#core'

/** The one table that Weft has: everything in it is Weft's, and nothing of Weft's but the chain {@link IPTABLES_CHAIN} is outside of it. */
export const TABLE_NAME = 'weft'
/** With its family, as commands of nft want it. */
export const TABLE = `inet ${TABLE_NAME}`

/** A table for moments: it shows how the kernel describes the rules that are wanted, and lets every packet pass. */
export const DRAFT_NAME = 'weft-draft'
export const DRAFT = `inet ${DRAFT_NAME}`

/** Weft's chain within the filter table of iptables, where there is one. */
export const IPTABLES_CHAIN = 'WEFT-FORWARD'

/** A keyword of nft cannot be a name, so every name of a network is preceded by a word. Sets are a layer's (`sets` of GuardedNetwork). */
export const leasesSet = (sets: string): string => `leases-${sets}`
export const vtepsSet = (sets: string): string => `vteps-${sets}`
export const sentOnSet = (sets: string): string => `sent-on-${sets}`
/** In a segment: who may not use an address of his range, because it is at another host. */
export const awaySet = (sets: string): string => `away-${sets}`
/** In a segment: the check of ARP between hosts. */
export const arpChain = (network: NetworkName): string => `arp-${network}`
export const deadSet = (sets: string): string => `dead-${sets}`
export const adoptedSet = (sets: string): string => `adopted-${sets}`
export const servedSet = (sets: string): string => `served-${sets}`
/** As leases and VTEP addresses, of peers on this host's link: who sends frames, and with which source, without VXLAN. */
export const nearLeasesSet = (sets: string): string => `near-leases-${sets}`
export const nearVtepsSet = (sets: string): string => `near-vteps-${sets}`
export const nearChain = (network: NetworkName): string => `near-${network}`
export const peersChain = (network: NetworkName): string => `peers-${network}`
export const fromChain = (network: NetworkName): string => `from-${network}`

/** Sets and maps of all networks, which change together with the rules. */
export const POOLS = 'pools'
/** Those of IPv6; there only while there are any. */
export const POOLS6 = 'pools6'
export const LINKS = 'links'
/** Which network a VXLAN packet belongs to, by its port and VNI. */
export const VNIS = 'vnis'
/** Which network a forwarded packet comes from, by the device. */
export const ORIGINS = 'origins'
/** Port and VNI of the networks, as {@link VNIS}. */
export const TUNNELS = 'tunnels'
/** From which device to which other a packet stays within its network: its bridge, its VXLAN device. */
export const WITHIN = 'within'
/** What comes by the underlay interface with a source of the networks. */
export const NEAR = 'near'
/** What leaves for peers without VXLAN keeps its source. */
export const KEEP = 'near-keep'

/** How nft speaks of a family: its protocol, the type of its addresses, and the set of the pools. */
export const WORDS: Readonly<Record<Family, { readonly ip: string; readonly address: string; readonly pools: string }>> = {
  4: { ip: 'ip', address: 'ipv4_addr', pools: POOLS },
  6: { ip: 'ip6', address: 'ipv6_addr', pools: POOLS6 },
}
