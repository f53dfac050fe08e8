import type { ListChanges } from './list-changes.js'

/** So many steps are remembered: whoever compares lists misses few of them. */
const STEPS = 64

/** More records than this in one step are found faster by a walk along both lists than they are kept. */
const LARGEST = 1_000

/** Which list of which lineage a list is; lists that nobody has any more are not kept alive. */
const places = new WeakMap<readonly object[], { readonly lineage: Lineage<object>; readonly step: number }>()

/** The lists that came out of one another, and what led from each to the next: nobody who follows them needs to compare them. */
export class Lineage<T extends object> {
  /** The last steps, the oldest first. */
  private steps: ListChanges<T>[] = []
  private taken = 0

  /** Notes that the changes lead from the list noted last to this one. */
  goOn(list: readonly T[], changes: ListChanges<T>): void {
    this.taken++
    if (changes.added.length + changes.removed.length > LARGEST) this.steps = []
    else this.steps.push(changes)
    if (this.steps.length > STEPS) this.steps.shift()
    places.set(list, { lineage: this, step: this.taken })
  }

  /** Undefined when that is too long ago. */
  between(from: number, to: number): ListChanges<T> | undefined {
    const first = this.taken - this.steps.length
    if (from < first || from > to) return undefined
    const steps = this.steps.slice(from - first, to - first)
    return steps.length === 1 ? steps[0] : inOne(steps)
  }
}

/** What leads from one list to a later one of the same lineage; undefined when none is known to. */
export function changesInLineage<T extends object>(before: readonly T[], after: readonly T[]): ListChanges<T> | undefined {
  const [from, to] = [places.get(before), places.get(after)]
  if (!from || !to || from.lineage !== to.lineage) return undefined
  return to.lineage.between(from.step, to.step) as ListChanges<T> | undefined
}

/** What came and went again is no change. */
function inOne<T extends object>(steps: readonly ListChanges<T>[]): ListChanges<T> {
  const removed = new Set<T>()
  const added = new Set<T>()
  for (const step of steps) {
    for (const record of step.removed) if (!added.delete(record)) removed.add(record)
    for (const record of step.added) if (!removed.delete(record)) added.add(record)
  }
  return { removed: [...removed], added: [...added] }
}
