/** Names under which Nest hands out what has no class of its own. */
export const CLOCK = Symbol('Clock')
export const RANDOM = Symbol('Random')
export const STORE = Symbol('Store')
export const KERNEL = Symbol('Kernel')
