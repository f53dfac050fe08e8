import type { Clock, Random } from '#core'
import type { Store } from '#lease'
import type { LinuxKernel } from '#netlink'
import { token } from './provider.js'

export const CLOCK = token<Clock>('Clock')
export const RANDOM = token<Random>('Random')
export const STORE = token<Store>('Store')
export const KERNEL = token<LinuxKernel>('Kernel')
