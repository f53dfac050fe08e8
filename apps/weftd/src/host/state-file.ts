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
  /**
   * @param hint what a person can do when the file cannot be understood
   * @param indent spaces for each level; 0: all on one line
   */
  constructor(
    private readonly path: string,
    private readonly schema: z.ZodType<T>,
    private readonly hint: string,
    private readonly indent: 0 | 1 = 1,
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
      throw this.error('is damaged', thrown)
    }
  }

  /** @throws WeftError WEFT_STATE_FILE; then the old one is still there */
  save(value: T): void {
    const temporary = `${this.path}.new`
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      const fd = openSync(temporary, 'w', 0o600)
      try {
        writeFileSync(fd, `${JSON.stringify(value, null, this.indent)}\n`)
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
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined
    const place = issue && issue.path.length > 0 ? ` at ${issue.path.join('.')}` : ''
    const notJson = cause instanceof SyntaxError ? 'it is not JSON: ' : ''
    return new WeftError('WEFT_STATE_FILE', `${this.path} ${what}${place}: ${notJson}${(issue ?? (cause as Error)).message}`, {
      field: this.path,
      hint: this.hint,
      cause,
    })
  }
}
