import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { WeftError } from '#core'

/**
 * The keys of this host's ring on disk, a line each, the one to seal with first: the file that the operator named, or one in the state
 * directory. Comments that stand above the first key are kept when it is rewritten.
 */
export class KeyFile {
  /** @param isRequired whether it is an error when it is not there: the operator named it */
  constructor(
    readonly path: string,
    private readonly isRequired: boolean,
  ) {}

  /** @throws WeftError WEFT_CONFIG_FILE when it cannot be read */
  load(): string[] {
    return this.lines().filter((line) => line !== '' && !line.startsWith('#'))
  }

  /** Replaces the keys, readable by its owner alone. @throws WeftError WEFT_STATE_FILE */
  save(keys: readonly string[]): void {
    const lines = this.lines()
    const first = lines.findIndex((line) => line !== '' && !line.startsWith('#'))
    const head = lines.slice(0, first < 0 ? lines.length : first).filter((line) => line !== '')
    const draft = `${this.path}.new`
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      writeFileSync(draft, [...head, ...keys, ''].join('\n'), { mode: 0o600 })
      // A draft that was left behind keeps its mode when it is written again.
      chmodSync(draft, 0o600)
      renameSync(draft, this.path)
    } catch (cause) {
      throw new WeftError('WEFT_STATE_FILE', `${this.path}: ${(cause as Error).message}`, {
        hint: 'the keys are as they were; make the file writable for the agent and try again',
        cause,
      })
    }
  }

  /** Whether others than its owner may read it. */
  get isExposed(): boolean {
    const found = statSync(this.path, { throwIfNoEntry: false })
    return found !== undefined && (found.mode & 0o077) !== 0
  }

  private lines(): string[] {
    try {
      return readFileSync(this.path, 'utf8')
        .split('\n')
        .map((line) => line.trim())
    } catch (cause) {
      if (!this.isRequired && (cause as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw new WeftError('WEFT_CONFIG_FILE', `gossip-key-file: ${(cause as Error).message}`, { field: 'gossip-key-file', cause })
    }
  }
}
