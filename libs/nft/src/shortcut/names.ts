import type { NetworkName } from '#core'

/** Shortcuts have a table of their own: only tables of devices know the verdict that they need. */
export const SHORTCUT_TABLE_NAME = 'weft-shortcut'
export const SHORTCUT_TABLE = `netdev ${SHORTCUT_TABLE_NAME}`

/** A table of the hosts' VXLAN packets, which are not tracked either. */
export const UNTRACKED_TABLE_NAME = 'weft-untracked'
export const UNTRACKED_TABLE = `inet ${UNTRACKED_TABLE_NAME}`

/** By a subnet's first address, the VTEP address that its packets are sent to. */
export const waysMap = (network: NetworkName): string => `ways-${network}`
/** The endpoints of this host that take part. */
export const hereSet = (network: NetworkName): string => `here-${network}`
export const floatingSet = (network: NetworkName): string => `floating-${network}`
/** What endpoints send. Each of their ports has a chain of its own, by the port's name, that goes here. */
export const outChain = (network: NetworkName): string => `out-${network}`
/** What comes out of the VXLAN device. */
export const inChain = (network: NetworkName): string => `in-${network}`
