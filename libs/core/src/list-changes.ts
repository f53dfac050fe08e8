import { changesInLineage } from './lineage.js'

/** What leads from one list of immutable records to another. */
export interface ListChanges<T> {
  readonly removed: readonly T[]
  readonly added: readonly T[]
}

/**
 * Compares two lists whose records are told apart by identity and mostly stand in the same order, as in two views one after the other:
 * one changed record among 10,000 costs nothing but itself where a {@link Lineage} made both, and elsewhere a walk along them. Records
 * that only changed places are no changes.
 */
export function listChanges<T extends object>(before: readonly T[], after: readonly T[]): ListChanges<T> {
  return changesInLineage(before, after) ?? compared(before, after)
}

function compared<T extends object>(before: readonly T[], after: readonly T[]): ListChanges<T> {
  const removed: T[] = []
  const added: T[] = []
  let old = 0
  let now = 0
  while (old < before.length && now < after.length) {
    const was = before[old] as T
    const is = after[now] as T
    if (was === is) {
      old++
      now++
    } else if (before[old + 1] === after[now + 1]) {
      removed.push(was)
      added.push(is)
      old++
      now++
    } else if (before[old + 1] === is) {
      removed.push(was)
      old++
    } else if (was === after[now + 1]) {
      added.push(is)
      now++
    } else break
  }
  if (old === before.length) return settled(removed, added.concat(after.slice(now)))
  if (now === after.length) return settled(removed.concat(before.slice(old)), added)
  const remaining = new Set(before.slice(old))
  for (; now < after.length; now++) {
    const is = after[now] as T
    if (!remaining.delete(is)) added.push(is)
  }
  return settled([...removed, ...remaining], added)
}

/** A record that went at one place and came at another has only changed places. */
function settled<T extends object>(removed: readonly T[], added: readonly T[]): ListChanges<T> {
  if (removed.length === 0 || added.length === 0) return { removed, added }
  const gone = new Set(removed)
  const moved = new Set(added.filter((record) => gone.has(record)))
  if (moved.size === 0) return { removed, added }
  const stays = (record: T): boolean => !moved.has(record)
  return { removed: removed.filter(stays), added: added.filter(stays) }
}
