import { WeftError, asWeftError, type ClusterView, type Log } from '#core'
import { sameRecord, type StoreProblem } from '#lease'
import type { Keys, Place } from './keys.js'
import type { Stored } from './kv.js'
import { decodeRecord, type RecordOf, type StoredRecord } from './records.js'
import { ViewBuilder } from './view-builder.js'

/** A key that changed; without a value, it was deleted. */
export type Change = Stored | { readonly key: string; readonly value?: undefined; readonly modRevision: number }

/** A key of a known kind, as it stands in etcd and as it is understood. */
export interface Entry<R extends StoredRecord = StoredRecord> {
  readonly kind: Place['kind']
  readonly stored: Stored
  /** What the value says. When the value is broken: what it said when it last was not, while this agent runs. */
  readonly record: R | undefined
  /** Why the value is not believed. */
  readonly fault: StoreProblem | undefined
}

/**
 * This agent's copy of everything under the prefix. Checks each value where it comes in; what is broken is logged once and otherwise
 * treated as if it had not been written.
 */
export class Mirror {
  /** Revision that the copy shows; 0 before the first listing. */
  revision = 0
  private readonly entries = new Map<string, Entry>()
  /** Keys that are broken themselves. */
  private readonly strays = new Map<string, StoreProblem>()
  /** Keys of kinds that this version does not know: counted, so that sizes can be compared with etcd's. */
  private readonly unknown = new Set<string>()
  private readonly builder: ViewBuilder

  constructor(
    private readonly keys: Keys,
    private readonly log: Log,
  ) {
    this.builder = new ViewBuilder(this.entries, log)
  }

  /** How many keys there are, of whatever kind. */
  get size(): number {
    return this.entries.size + this.strays.size + this.unknown.size
  }

  /** Puts a whole listing in the copy's place; records that say the same as before stay the same objects. */
  replace(all: readonly Stored[], revision: number): void {
    const present = new Set(all.map(({ key }) => key))
    for (const known of [this.entries, this.strays, this.unknown]) {
      for (const key of known.keys()) if (!present.has(key)) this.remove(key)
    }
    for (const stored of all) this.put(stored)
    this.revision = revision
  }

  /** Applies changes in the order of their revisions. */
  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.value === undefined) this.remove(change.key)
      else this.put(change)
      this.revision = Math.max(this.revision, change.modRevision)
    }
  }

  get<P extends Place>(place: P): Entry<RecordOf[P['kind']]> | undefined {
    return this.entries.get(this.keys.of(place)) as Entry<RecordOf[P['kind']]> | undefined
  }

  /** The copy as a view; parts that did not change are those of the view before. */
  view(): ClusterView {
    return this.builder.build(this.revision)
  }

  get problems(): readonly StoreProblem[] {
    const faults = Array.from(this.entries.values(), ({ fault }) => fault).filter((fault) => fault !== undefined)
    return [...this.strays.values(), ...faults, ...this.builder.problems]
  }

  /** Everything as it stands in etcd, without status keys, which say only who is there now. */
  snapshot(): Stored[] {
    return Array.from(this.entries.values())
      .filter(isLasting)
      .map(({ stored }) => stored)
  }

  /** A key as the {@link snapshot} has it. */
  lasting(key: string): Stored | undefined {
    const entry = this.entries.get(key)
    return entry && isLasting(entry) ? entry.stored : undefined
  }

  private put(stored: Stored): void {
    const { key } = stored
    const before = this.entries.get(key)
    if (before?.stored.modRevision === stored.modRevision && before.stored.value === stored.value) return
    let place: Place | undefined
    try {
      place = this.keys.place(key)
    } catch (thrown) {
      return this.stray(key, asWeftError(thrown))
    }
    if (!place) return void this.unknown.add(key)
    const entry = this.read(place, stored, before)
    this.entries.set(key, entry)
    this.builder.set(key, place, entry, before)
  }

  private read(place: Place, stored: Stored, before: Entry | undefined): Entry {
    try {
      const record = decodeRecord(place, stored.value)
      const same = sameRecord(record, before?.record)
      return { kind: place.kind, stored, record: same ? before?.record : record, fault: undefined }
    } catch (thrown) {
      const fault = this.report(stored.key, asWeftError(thrown))
      return { kind: place.kind, stored, record: before?.record, fault }
    }
  }

  private remove(key: string): void {
    this.unknown.delete(key)
    this.strays.delete(key)
    if (!this.entries.delete(key)) return
    const place = this.keys.place(key)
    if (place) this.builder.delete(key, place)
  }

  private stray(key: string, error: WeftError): void {
    if (!this.strays.has(key)) this.strays.set(key, this.report(key, new WeftError(error.code, error.message)))
  }

  private report(key: string, error: WeftError): StoreProblem {
    const problem = { key, field: error.field ?? '', code: error.code, message: error.message }
    this.log.warn('a value in etcd is broken and is ignored', { ...problem, error: error.message })
    return problem
  }
}

function isLasting({ kind }: Entry): boolean {
  return kind !== 'status'
}
