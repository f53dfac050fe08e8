import type { WeftError } from '#core'
import type { Desired } from './desired.js'
import type { Observed } from './observed.js'
import type { Plan, Step } from './plan.js'

export interface StepFailure {
  readonly step: Step
  readonly error: WeftError
}

/** The kernel of one network namespace. Only the reconcile loop calls `apply`, one call at a time. */
export interface Kernel {
  /**
   * Reads everything that concerns Weft. Rejects with WEFT_NETLINK; bounded by a deadline.
   * @param expected what is probably there: objects that equal these may be given as these, so that 50,000 of them are not held twice
   */
  observe(expected?: Desired['objects']): Promise<Observed>

  /**
   * Does the steps in their order. A step that fails does not stop those that do not build on it; creating what exists as asked and
   * deleting what is gone are successes. Resolves with the steps that failed; rejects only when the kernel cannot be talked to at all.
   */
  apply(plan: Plan): Promise<readonly StepFailure[]>

  /**
   * Calls back after anything that may concern Weft has changed, whoever changed it: possibly once for many changes, possibly for none.
   * What `apply` does for a plan of changes to peers (isPeerPlan in settled.ts) is not announced. Also called when notifications were lost.
   * Returns a function that stops it.
   */
  onChange(listener: () => void): () => void

  /** Gives back sockets and descriptors; kernel state stays. */
  close(): void
}
