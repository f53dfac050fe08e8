import type { Log } from '#core'
import { problemOf, type Problem, type ReconcileStatus } from '#api'
import { describeObject, type Step } from '#plan'
import type { PassResult } from './pass.js'

/** What `weft status` shows of the reconcile loop. */
export interface PassReport extends ReconcileStatus {
  readonly obstacles: readonly Problem[]
}

/** So many steps of a pass are named in an event; `weft plan` and the debug log have them all. */
const NAMED = 5

/** The report after a pass; says in an event what was changed, what failed and what is mended, once for each. */
export function reportPass(before: PassReport, result: PassResult, wallTime: string, lastPassMs: number, log: Log): PassReport {
  const { plan, failures, desired, filter } = result
  const failed = failures.map(({ step, error }) => ({ ...problemOf(error), field: describeObject(step.object) }))
  const obstacles = plan.obstacles.map(({ object, reason }) => ({
    code: 'WEFT_KERNEL_OCCUPIED',
    message: reason,
    field: describeObject(object),
  }))
  const known = new Set([...before.failures, ...before.obstacles].map(textOf))
  for (const problem of [...failed, ...obstacles]) {
    if (!known.has(textOf(problem))) log.error('a kernel object could not be programmed', { ...problem })
  }
  const undone = new Set(failures.map(({ step }) => step))
  const done = plan.steps.filter((step) => !undone.has(step))
  if (done.length > 0) {
    const first = done.slice(0, NAMED).map(stepText).join('; ')
    log.info('kernel state changed', { ...countSteps(done), failed: failures.length, first })
  }
  if (known.size > 0 && failed.length + obstacles.length === 0) log.info('every kernel object is programmed again')
  const failing = failed.length + obstacles.length > 0 || filter === 'failed'
  return {
    state: failing ? 'failing' : desired ? 'in-sync' : 'idle',
    passes: before.passes + 1,
    lastChange: done.length > 0 ? wallTime : before.lastChange,
    lastPassMs: Math.round(lastPassMs * 10) / 10,
    objects: desired?.objects.size ?? 0,
    failures: failed,
    obstacles,
  }
}

function countSteps(steps: readonly Step[]): { created: number; replaced: number; deleted: number } {
  const count = (kind: Step['do']): number => steps.filter((step) => step.do === kind).length
  return { created: count('create'), replaced: count('replace'), deleted: count('delete') }
}

function stepText(step: Step): string {
  return `${step.do} ${describeObject(step.object)}`
}

function textOf(problem: Problem): string {
  return `${problem.code} ${problem.field} ${problem.message}`
}
