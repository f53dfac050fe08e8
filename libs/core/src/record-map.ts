import { listChanges, type ListChanges } from './list-changes.js'

/** So many differences are carried along before the map is copied: each copy of 10,000 records leaves as much to be collected. */
const CARRIED = 64

/**
 * A map that does not change but is led on: the next one shares with it all that is the same, so that one changed record among 10,000 costs
 * neither a copy nor a comparison of all. Goes through its records in the order in which their keys first came; one
 * that was taken away and comes back may stand where it stood.
 */
export class RecordMap<K, V extends object> implements ReadonlyMap<K, V> {
  private constructor(
    private readonly base: Base<K, V>,
    /** What is different from the base; undefined: not there any more. */
    private readonly patch: ReadonlyMap<K, V | undefined>,
    readonly size: number,
  ) {}

  static of<K, V extends object>(records: ReadonlyMap<K, V>): RecordMap<K, V> {
    return shared(records) ?? new RecordMap<K, V>({ records, id: Symbol() }, new Map(), records.size)
  }

  /** The same map with other records under some keys; undefined takes one away. */
  with(changes: Iterable<readonly [K, V | undefined]>): RecordMap<K, V> {
    const patch = new Map(this.patch)
    let { size } = this
    for (const [key, record] of changes) {
      const was = patch.has(key) ? patch.get(key) : this.base.records.get(key)
      size += Number(record !== undefined) - Number(was !== undefined)
      patch.set(key, record)
    }
    if (patch.size <= CARRIED) return new RecordMap(this.base, patch, size)
    return new RecordMap<K, V>(rebased(this.base, patch), new Map(), size)
  }

  get(key: K): V | undefined {
    return this.patch.has(key) ? this.patch.get(key) : this.base.records.get(key)
  }

  has(key: K): boolean {
    return this.get(key) !== undefined
  }

  *entries(): MapIterator<[K, V]> {
    const { base, patch } = this
    for (const [key, record] of base.records) {
      const now = patch.has(key) ? patch.get(key) : record
      if (now !== undefined) yield [key, now]
    }
    for (const [key, record] of patch) if (record !== undefined && !base.records.has(key)) yield [key, record]
  }

  *keys(): MapIterator<K> {
    for (const [key] of this.entries()) yield key
  }

  *values(): MapIterator<V> {
    for (const [, record] of this.entries()) yield record
  }

  forEach(visit: (record: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, record] of this.entries()) visit(record, key, this)
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries()
  }

  get [Symbol.toStringTag](): string {
    return 'Map'
  }

  /** What leads from this map to a later one whose base is the same, or the one after it; undefined otherwise. */
  changesTo(after: RecordMap<K, V>): ListChanges<V> | undefined {
    const keys = new Set([...this.patch.keys(), ...after.patch.keys()])
    if (after.base !== this.base) {
      if (after.base.from !== this.base.id) return undefined
      for (const key of after.base.changed ?? []) keys.add(key)
    }
    const removed: V[] = []
    const added: V[] = []
    for (const key of keys) {
      const [was, is] = [this.get(key), after.get(key)]
      if (was === is) continue
      if (was !== undefined) removed.push(was)
      if (is !== undefined) added.push(is)
    }
    return { removed, added }
  }
}

/** What many maps share. */
interface Base<K, V> {
  readonly records: ReadonlyMap<K, V>
  readonly id: symbol
  /** Which base it came from, without keeping that alive, and under which keys it may be different. */
  readonly from?: symbol
  readonly changed?: readonly K[]
}

/** A base with a patch worked in. */
function rebased<K, V>({ records, id }: Base<K, V>, patch: ReadonlyMap<K, V | undefined>): Base<K, V> {
  const next = new Map(records)
  for (const [key, record] of patch) {
    if (record === undefined) next.delete(key)
    else next.set(key, record)
  }
  return { records: next, id: Symbol(), from: id, changed: [...patch.keys()] }
}

/** What leads from one map of immutable records to another: see {@link listChanges}. */
export function mapChanges<K, V extends object>(before: ReadonlyMap<K, V>, after: ReadonlyMap<K, V>): ListChanges<V> {
  if (before === after) return { removed: [], added: [] }
  const [from, to] = [shared(before), shared(after)]
  const changes = from && to && from.changesTo(to)
  return changes ?? listChanges([...before.values()], [...after.values()])
}

function shared<K, V extends object>(map: ReadonlyMap<K, V>): RecordMap<K, V> | undefined {
  return map instanceof RecordMap ? (map as RecordMap<K, V>) : undefined
}
