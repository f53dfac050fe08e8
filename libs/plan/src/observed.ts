import type { KernelObject, ObjectKey } from './objects.js'

/** An object as the kernel holds it. */
export interface ObservedObject {
  readonly object: KernelObject
  /**
   * False when it does not bear Weft's mark (link alias, route and next-hop protocol, neighbour protocol): never changed or removed,
   * and reported when it stands where Weft needs its own.
   */
  readonly ours: boolean
  /** False for a link that is set down, and for an address whose connected route is gone: to be set up again. True for everything else. */
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

/**
 * The kernel's state as far as it concerns Weft, of one network namespace. How diff() reads it:
 * - a key stands in `objects` or in `foreign`, not in both; `foreign` is for what cannot be told as one of our objects;
 * - what is in `objects` and not `ours` satisfies a wish it equals, and is an obstacle to one it differs from;
 * - sysctls have no owner: they are set when they differ and never removed, whatever `ours` says; only those that Weft may wish for
 *   are read (net.ipv4.ip_forward, and rp_filter of our VXLAN devices);
 * - what the kernel itself puts on our devices (dynamic neighbours, connected routes, multicast) is left out: creating replaces it;
 * - next hops of others are left out, except from `nextHopIds`: two next hops may have one device and gateway, and do not clash.
 */
export interface Observed {
  readonly objects: ReadonlyMap<ObjectKey, ObservedObject>
  readonly foreign: ReadonlyMap<ObjectKey, ForeignObject>
  /** Every next-hop id in use in the namespace, ours and others'. */
  readonly nextHopIds: ReadonlySet<number>
}
