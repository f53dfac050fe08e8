import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import * as z from 'zod'
import { parseHostId, type HostId } from '#core'
import type { SavedChain } from '#lease'

const CHAIN = z.object({
  bootId: z.string(),
  epoch: z.int().min(0),
  witnesses: z.array(z.string().transform((text): HostId => parseHostId(text))),
  gated: z.boolean(),
  closedUntil: z.number(),
  provenAt: z.number(),
})

/**
 * The chain of proofs (run-dir/proof.json), from which a restarted agent goes on. It is worth nothing after a reboot, and a moment old is
 * as good as lost; so it is neither synced to a disk nor an error when it cannot be read.
 */
export class ChainFile {
  constructor(private readonly path: string) {}

  load(): SavedChain | undefined {
    try {
      return CHAIN.parse(JSON.parse(readFileSync(this.path, 'utf8')))
    } catch {
      return undefined
    }
  }

  /** Replaces the file as a whole. @returns false when that failed */
  save(chain: SavedChain): boolean {
    try {
      writeFileSync(`${this.path}.new`, `${JSON.stringify(chain)}\n`, { mode: 0o600 })
      renameSync(`${this.path}.new`, this.path)
      return true
    } catch {
      return false
    }
  }
}
