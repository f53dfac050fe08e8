import { readFileSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import type { Clock, Log, Timer } from '#core'
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

const SCHEMA = z.object({
  format: z.literal(1),
  savedAt: z.string(),
  prefix: z.string(),
  clusterId: z.string(),
  revision: z.int().min(1),
  alarms: z.array(z.enum(['revision-regress', 'cluster-changed'])).default([]),
  entries: z.array(z.object({ key: z.string(), value: z.string(), modRevision: z.int(), createRevision: z.int() })),
})

/** ms between a change and the write that takes it along. */
const INTERVAL = 2000

/** Writing may take this part of the time at most: a large cluster's copy is written less often. */
const SHARE = 1 / 20

/** The copy on disk: one file, replaced as a whole, so that a crash leaves the old or the new one. */
export class CacheFile {
  private stamp: string | undefined
  private timer: Timer | undefined
  private cost = 0
  private writing: Promise<void> = Promise.resolve()
  private lastFailure: string | undefined

  constructor(
    private readonly path: string,
    private readonly snapshot: () => Cached | undefined,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** When the file was last written, ISO 8601; undefined without one. */
  get savedAt(): string | undefined {
    return this.stamp
  }

  /** What the file holds, when it is one of this prefix; a broken one is reported and treated as absent. */
  load(prefix: string): Cached | undefined {
    try {
      const { savedAt, clusterId, revision, entries, alarms, ...rest } = SCHEMA.parse(JSON.parse(readFileSync(this.path, 'utf8')))
      if (rest.prefix !== prefix) return undefined
      this.stamp = savedAt
      return { prefix, clusterId, revision, entries, alarms }
    } catch (error) {
      if (!isMissing(error)) this.log.warn('the copy of etcd on disk cannot be used', { file: this.path, error: reason(error) })
      return undefined
    }
  }

  /** Something changed: the file follows soon. */
  touch(): void {
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
    const cached = this.snapshot()
    if (!cached) return
    const started = this.clock.now()
    try {
      await this.write(cached)
      this.lastFailure = undefined
    } catch (error) {
      const failure = reason(error)
      if (failure !== this.lastFailure) this.log.error('the copy of etcd cannot be written', { file: this.path, error: failure })
      this.lastFailure = failure
    }
    this.cost = this.clock.now() - started
  }

  private async write(cached: Cached): Promise<void> {
    const savedAt = this.clock.wallTime()
    await mkdir(dirname(this.path), { recursive: true })
    const temporary = `${this.path}.new`
    const file = await open(temporary, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify({ format: 1, savedAt, ...cached }))
      await file.sync()
      await file.close()
      await rename(temporary, this.path)
    } catch (error) {
      await file.close().catch(() => undefined)
      await rm(temporary, { force: true })
      throw error
    }
    this.stamp = savedAt
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
