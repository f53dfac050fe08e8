import type { Desired, Plan, StepFailure } from '#plan'
import type { FilterOutcome } from './filter-stage.js'

/** What a pass over the kernel wanted and did. */
export interface PassResult {
  readonly desired: Desired | undefined
  readonly plan: Plan
  readonly failures: readonly StepFailure[]
  readonly filter: FilterOutcome
}

/** What the next pass would do. */
export interface Preview {
  readonly desired: Desired | undefined
  readonly plan: Plan
  /** Changes of the packet filter, a line each. */
  readonly filter: readonly string[]
}
