import { readFileSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import * as z from 'zod'
import type { Stored } from './kv.js'

export const STORED = z.object({ key: z.string(), value: z.string(), modRevision: z.int(), createRevision: z.int() })

/** The whole copy that a journal goes on from: a journal of another one is none. */
export interface Base {
  readonly savedAt: string
  readonly revision: number
}

/** What has changed since the line before. */
export interface Page {
  readonly savedAt: string
  readonly revision: number
  /** Keys as they are now. */
  readonly entries: readonly Stored[]
  /** Keys that are no more. */
  readonly gone: readonly string[]
}

const HEADING = z.object({ format: z.literal(1), savedAt: z.string(), revision: z.int() })
const PAGE = z.object({ savedAt: z.string(), revision: z.int().min(1), entries: z.array(STORED), gone: z.array(z.string()) })

/**
 * What has changed since a large copy was written as a whole, a line of JSON for each write, each on disk before the next: one changed key
 * among 30,000 costs a line. What a crash has torn is the last line, and says nothing.
 */
export class CacheJournal {
  private base: Base | undefined
  private begun = false

  constructor(private readonly path: string) {}

  /** The lines that go on from a whole copy, until one that cannot be read. */
  read(base: Base): Page[] {
    let text: string
    try {
      text = readFileSync(this.path, 'utf8')
    } catch {
      // Where there is none, or none that can be read, the whole copy is what there is.
      return []
    }
    const [heading = '', ...lines] = text.split('\n')
    const from = readLine(HEADING, heading)
    if (from?.savedAt !== base.savedAt || from.revision !== base.revision) return []
    const pages: Page[] = []
    for (const line of lines) {
      const page = readLine(PAGE, line)
      if (!page) break
      pages.push(page)
    }
    return pages
  }

  /** Begins anew after a whole copy. */
  async begin(base: Base): Promise<void> {
    this.base = base
    this.begun = false
    await rm(this.path, { force: true })
  }

  /** Rejects when the line did not get onto the disk: then no more may follow it, and the copy is to be written as a whole. */
  async append(page: Page): Promise<void> {
    const heading = this.begun ? '' : `${JSON.stringify({ format: 1, ...this.base })}\n`
    const file = await open(this.path, this.begun ? 'a' : 'w', 0o600)
    try {
      await file.writeFile(`${heading}${JSON.stringify(page)}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    this.begun = true
  }
}

function readLine<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}
