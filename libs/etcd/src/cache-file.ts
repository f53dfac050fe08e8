import { readFileSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import type { Clock, Log, Timer } from '#core'
import { CacheJournal, STORED, type Page } from './cache-journal.js'
import type { Stored } from './kv.js'
import type { RestoreAlarm } from './restore-guard.js'

/** What an agent remembers of etcd: enough to start and forward while etcd is out of reach, and to notice that it went back in time. */
export interface Cached {
  readonly prefix: string
  readonly clusterId: string
  /** Revision that the entries show. */
  readonly revision: number
  readonly entries: readonly Stored[]
  /** Why etcd was not believed any more when this was written; the entries are from before. */
  readonly alarms: readonly RestoreAlarm[]
}

/** What the file is a copy of, as it is when it is asked. */
export interface Copied {
  /** Undefined while there is nothing worth keeping. */
  whole(): Cached | undefined
  readonly revision: number
  /** A key as `whole` has it; undefined when that leaves it out. */
  entry(key: string): Stored | undefined
}

const SCHEMA = z.object({
  format: z.literal(1),
  savedAt: z.string(),
  prefix: z.string(),
  clusterId: z.string(),
  revision: z.int().min(1),
  alarms: z.array(z.enum(['revision-regress', 'cluster-changed'])).default([]),
  entries: z.array(STORED),
})

/** ms between a change and the write that takes it along. */
const INTERVAL = 2000

/** Writing may take this part of the time at most: a large cluster's copy is written less often. */
const SHARE = 1 / 20

/** From so many entries on, a few changes are not worth writing them all. */
const LARGE = 1_000

/** A large copy is written as a whole when this part of its entries is in the journal. */
const JOURNALED = 1 / 4

/** Entries that are made text at once: the whole text of a large cluster would be 10 MB. */
const SLICE = 500

/**
 * The copy on disk: one file, replaced as a whole, so that a crash leaves the old or the new one. Beside a large one a journal has what
 * changed since.
 */
export class CacheFile {
  private readonly journal: CacheJournal
  /** Entries of the file that this process wrote last; 0 before, and when the journal cannot go on from it. */
  private size = 0
  /** Entries that were journaled since. */
  private journaled = 0
  /** What changed since the last write; undefined for everything. */
  private changed: Set<string> | undefined
  private stamp: string | undefined
  private timer: Timer | undefined
  private cost = 0
  private writing: Promise<void> = Promise.resolve()
  private lastFailure: string | undefined

  constructor(
    private readonly path: string,
    private readonly copied: Copied,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.journal = new CacheJournal(`${path}.journal`)
  }

  /** When the file was last written, ISO 8601; undefined without one. */
  get savedAt(): string | undefined {
    return this.stamp
  }

  /** What the file holds, when it is one of this prefix; a broken one is reported and treated as absent. */
  load(prefix: string): Cached | undefined {
    try {
      const { savedAt, clusterId, revision, entries, alarms, ...rest } = SCHEMA.parse(JSON.parse(readFileSync(this.path, 'utf8')))
      if (rest.prefix !== prefix) return undefined
      const pages = this.journal.read({ savedAt, revision })
      const last = pages.at(-1) ?? { savedAt, revision }
      this.stamp = last.savedAt
      return { prefix, clusterId, revision: last.revision, entries: pages.length > 0 ? leafedThrough(entries, pages) : entries, alarms }
    } catch (error) {
      if (!isMissing(error)) this.log.warn('the copy of etcd on disk cannot be used', { file: this.path, error: reason(error) })
      return undefined
    }
  }

  /** Some keys changed, or, when they are left out, more than that: the file follows soon. */
  touch(keys?: readonly string[]): void {
    if (!keys) this.changed = undefined
    else for (const key of keys) this.changed?.add(key)
    this.timer ??= this.clock.after(Math.max(INTERVAL, this.cost / SHARE), () => void this.flush())
  }

  /** Writes what has changed since the last time; resolves when it is on disk or has failed, which is logged. */
  flush(): Promise<void> {
    if (this.timer) {
      this.timer.cancel()
      this.timer = undefined
      this.writing = this.writing.then(() => this.save())
    }
    return this.writing
  }

  private async save(): Promise<void> {
    const { changed } = this
    const few = changed !== undefined && this.size >= LARGE && this.journaled + changed.size <= this.size * JOURNALED
    const cached = few ? undefined : this.copied.whole()
    if (!few && !cached) return
    this.changed = new Set()
    const started = this.clock.now()
    try {
      if (cached) await this.write(cached)
      else if (changed) await this.append(changed)
      this.lastFailure = undefined
    } catch (error) {
      this.changed = undefined
      const failure = reason(error)
      if (failure !== this.lastFailure) this.log.error('the copy of etcd cannot be written', { file: this.path, error: failure })
      this.lastFailure = failure
    }
    this.cost = this.clock.now() - started
  }

  private async append(keys: ReadonlySet<string>): Promise<void> {
    const savedAt = this.clock.wallTime()
    const entries: Stored[] = []
    const gone: string[] = []
    for (const key of keys) {
      const entry = this.copied.entry(key)
      if (entry) entries.push(entry)
      else gone.push(key)
    }
    this.journaled += keys.size
    await this.journal.append({ savedAt, revision: this.copied.revision, entries, gone })
    this.stamp = savedAt
  }

  private async write({ entries, ...head }: Cached): Promise<void> {
    const savedAt = this.clock.wallTime()
    await mkdir(dirname(this.path), { recursive: true })
    const temporary = `${this.path}.new`
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(`${JSON.stringify({ format: 1, savedAt, ...head }).slice(0, -1)},"entries":[`)
      for (let at = 0; at < entries.length; at += SLICE) {
        const slice = JSON.stringify(entries.slice(at, at + SLICE)).slice(1, -1)
        await file.writeFile(at === 0 ? slice : `,${slice}`)
      }
      await file.writeFile(']}')
      await file.sync()
      await file.close()
      await rename(temporary, this.path)
    } catch (error) {
      await file.close().catch(() => undefined)
      await rm(temporary, { force: true })
      throw error
    }
    this.stamp = savedAt
    this.size = 0
    await this.journal.begin({ savedAt, revision: head.revision })
    this.size = entries.length
    this.journaled = 0
  }
}

/** The entries after everything that the pages say. */
function leafedThrough(entries: readonly Stored[], pages: readonly Page[]): Stored[] {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  for (const page of pages) {
    for (const key of page.gone) byKey.delete(key)
    for (const entry of page.entries) byKey.set(entry.key, entry)
  }
  return [...byKey.values()]
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
