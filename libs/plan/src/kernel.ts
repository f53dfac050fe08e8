import type { WeftError } from '#core'
import type { Desired } from './desired.js'
import type { KernelObject, ObjectKey } from './objects.js'
import type { Observed, ObservedObject } from './observed.js'
import type { Plan, Step } from './plan.js'

export interface StepFailure {
  readonly step: Step
  readonly error: WeftError
}

/**
 * What a change in the kernel was about: single objects, as the kernel told of them or as they were before they went, or `anything` when
 * that takes a look at everything to find out. Objects of others are among them, marked as in {@link ObservedObject}; none at all stand for
 * a change that has nothing to do with objects of Weft's kinds.
 */
export type Touched = 'anything' | readonly Pick<ObservedObject, 'object' | 'ours'>[]

/** What stands at the places of single objects; undefined where nothing does. */
export type Sighting = ReadonlyMap<ObjectKey, ObservedObject | undefined>
export const NOTHING_SEEN: Sighting = new Map()

/** The kernel of one network namespace. Only the reconcile loop calls `apply`, one call at a time. */
export interface Kernel {
  /**
   * Reads everything that concerns Weft. Rejects with WEFT_NETLINK; bounded by a deadline.
   * @param expected what is probably there: objects that equal these may be given as these, so that 50,000 of them are not held twice
   */
  observe(expected?: Desired['objects']): Promise<Observed>

  /**
   * Reads what stands at the keys of a few objects, which must be such as {@link onChange} named: cheap however much else there is.
   * Resolves with undefined when that does not tell, above all because something of others stands there. Rejects as {@link observe}.
   */
  lookAt(objects: readonly KernelObject[]): Promise<Sighting | undefined>

  /**
   * Does the steps in their order. A step that fails does not stop those that do not build on it; creating what exists as asked and
   * deleting what is gone are successes. Resolves with the steps that failed; rejects only when the kernel cannot be talked to at all.
   */
  apply(plan: Plan): Promise<readonly StepFailure[]>

  /**
   * Calls back after anything that may concern Weft has changed, whoever changed it: possibly once for many changes, possibly for none.
   * What `apply` does for a plan of changes to peers (isPeerPlan in settled.ts) is not announced. Also called, with `anything`, when
   * notifications were lost. Returns a function that stops it.
   */
  onChange(listener: (touched: Touched) => void): () => void

  /** Gives back sockets and descriptors; kernel state stays. */
  close(): void
}
