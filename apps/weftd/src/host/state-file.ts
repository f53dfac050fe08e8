import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import * as z from 'zod'
import { WeftError } from '#core'

/** A part of a state file that core can read. */
export const parsed = <T>(parse: (text: string) => T) =>
  z.string().transform((text, context) => {
    try {
      return parse(text)
    } catch (thrown) {
      context.addIssue({ code: 'custom', message: (thrown as Error).message })
      return z.NEVER
    }
  })

/** A JSON file that must outlast a crash: it is replaced as a whole, so that afterwards it is either the old or the new one. */
export class StateFile<T> {
  /** @param hint what a person can do when the file cannot be understood */
  constructor(
    private readonly path: string,
    private readonly schema: z.ZodType<T>,
    private readonly hint: string,
  ) {}

  /** Undefined when there is none. @throws WeftError WEFT_STATE_FILE when it is there and cannot be understood */
  load(): T | undefined {
    let text: string
    try {
      text = readFileSync(this.path, 'utf8')
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw this.error('cannot be read', thrown)
    }
    try {
      return this.schema.parse(JSON.parse(text))
    } catch (thrown) {
      const issue = thrown instanceof z.ZodError ? thrown.issues[0] : undefined
      const place = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : ''
      throw this.error(issue ? `is damaged${place}: ${issue.message}` : 'is not JSON', thrown)
    }
  }

  /** @throws WeftError WEFT_STATE_FILE; then the old one is still there */
  save(value: T): void {
    const temporary = `${this.path}.new`
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      const fd = openSync(temporary, 'w', 0o600)
      try {
        writeFileSync(fd, `${JSON.stringify(value, null, 1)}\n`)
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
      renameSync(temporary, this.path)
    } catch (thrown) {
      throw this.error('cannot be written', thrown)
    }
  }

  private error(what: string, cause: unknown): WeftError {
    return new WeftError('WEFT_STATE_FILE', `${this.path} ${what}${cause instanceof z.ZodError ? '' : `: ${(cause as Error).message}`}`, {
      field: this.path,
      hint: this.hint,
      cause,
    })
  }
}
