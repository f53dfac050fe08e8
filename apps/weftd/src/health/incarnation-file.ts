import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * The last incarnation that this host gossiped with (state-dir/incarnation). Losing it does no harm as long as the wall clock was not set
 * back meanwhile, so that nothing here is worth an error.
 */
export class IncarnationFile {
  constructor(private readonly path: string) {}

  load(): number | undefined {
    try {
      const number = Number(readFileSync(this.path, 'utf8').trim())
      return Number.isSafeInteger(number) && number > 0 ? number : undefined
    } catch {
      return undefined
    }
  }

  save(incarnation: number): void {
    try {
      mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 })
      writeFileSync(`${this.path}.new`, `${incarnation}\n`, { mode: 0o600 })
      renameSync(`${this.path}.new`, this.path)
    } catch {
      // The wall clock stands in for it.
    }
  }
}
