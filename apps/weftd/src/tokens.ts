import type { Clock, Random, WeftError } from '#core'
import type { Store } from '#lease'
import type { LinuxKernel } from '#netlink'
import type { NftFirewall } from '#nft'
import type { Gate } from '#plan'
import { token } from './provider.js'

export const CLOCK = token<Clock>('Clock')
export const RANDOM = token<Random>('Random')
export const STORE = token<Store>('Store')
/** The packet filter, or why this host cannot have one. */
export const FIREWALL = token<NftFirewall | WeftError>('Firewall')
export const GATE = token<Gate>('Gate')
export const KERNEL = token<LinuxKernel>('Kernel')
