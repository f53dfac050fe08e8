import type { KernelObject } from './objects.js'

/** One change of kernel state. A replace is done in place, without a moment in which the object is missing. */
export type Step =
  | { readonly do: 'create'; readonly object: KernelObject; readonly id?: number }
  | { readonly do: 'replace'; readonly object: KernelObject; readonly was: KernelObject; readonly id?: number }
  | { readonly do: 'delete'; readonly object: KernelObject; readonly id?: number }

/** An object that cannot be programmed because something of another owner is in its way. */
export interface Obstacle {
  readonly object: KernelObject
  readonly reason: string
}

/**
 * The way from observed to desired. Steps are in an order in which each finds what it builds on; `id` is the kernel's id of a next-hop
 * object, and, for a route by next hop, the id it refers to.
 */
export interface Plan {
  readonly steps: readonly Step[]
  readonly obstacles: readonly Obstacle[]
}
