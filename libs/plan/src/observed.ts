import type { KernelObject, ObjectKey } from './objects.js'

/** An object as the kernel holds it. */
export interface ObservedObject {
  readonly object: KernelObject
  /**
   * False when it does not bear Weft's mark (link alias, route and next-hop protocol, neighbour protocol): never changed or removed,
   * and reported when it stands where Weft needs its own.
   */
  readonly ours: boolean
  /** False for a link that is set down: to be set up again. Always true for what is no link. */
  readonly up: boolean
  /** The kernel's id of a next-hop object. */
  readonly id?: number
}

/** Something of another owner that stands where Weft would put its own object. */
export interface ForeignObject {
  readonly key: ObjectKey
  /** As a person would recognise it: `dummy device weft-a without Weft's alias`. */
  readonly description: string
}

/** The kernel's state as far as it concerns Weft, of one network namespace. */
export interface Observed {
  readonly objects: ReadonlyMap<ObjectKey, ObservedObject>
  readonly foreign: ReadonlyMap<ObjectKey, ForeignObject>
  /** Every next-hop id in use in the namespace, ours and others'. */
  readonly nextHopIds: ReadonlySet<number>
}
