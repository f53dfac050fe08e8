import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseHostId, WeftError, type HostId } from '#core'

/** The name that this host went by when it was last registered (state-dir/host.json): what tells a renamed host from a new one. */
export class HostFile {
  constructor(private readonly path: string) {}

  /**
   * @returns undefined when the host was never registered
   * @throws WeftError WEFT_STATE_FILE when the file is there and cannot be understood: a host that forgets its name leaves its subnets behind
   */
  load(): HostId | undefined {
    let text: string
    try {
      text = readFileSync(this.path, 'utf8')
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw this.error('cannot be read', thrown)
    }
    try {
      const { host } = JSON.parse(text) as { readonly host: string }
      return parseHostId(host)
    } catch (thrown) {
      throw this.error('is damaged', thrown)
    }
  }

  /** Replaces the file as a whole: after a crash it is either the old or the new one. @throws WeftError WEFT_STATE_FILE */
  save(host: HostId): void {
    const temporary = `${this.path}.new`
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      const fd = openSync(temporary, 'w', 0o600)
      try {
        writeFileSync(fd, `${JSON.stringify({ format: 1, host })}\n`)
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
    return new WeftError('WEFT_STATE_FILE', `${this.path} ${what}: ${(cause as Error).message}`, {
      field: this.path,
      hint: 'mend the file, {"format":1,"host":"NAME"} with the name that this host had last; or remove it when that is its name now',
      cause,
    })
  }
}
