import type { Firewall } from '#plan'
import type { Fingerprint, KernelTable } from '../kernel-table.js'
import type { NftContext } from '../library/nft-context.js'
import { STEERING_TABLE, steeringRuleset } from './steering-ruleset.js'

const NOTHING: ReadonlySet<string> = new Set()

/** The table of what is bridged: small, there only while hosts are dead, and written as a whole. */
export class Steering {
  /** What the table was last written from, and how the kernel describes that; undefined before the first look. */
  private applied: { readonly ruleset: string | undefined; readonly fingerprint: Fingerprint } | undefined
  private inDoubt = true

  constructor(
    private readonly nft: NftContext,
    private readonly kernel: KernelTable,
  ) {}

  distrust(): void {
    this.inDoubt = true
  }

  /** Returns what was changed, a line each. @throws WeftError; then the next call begins by looking */
  apply(firewall: Firewall): readonly string[] {
    const ruleset = steeringRuleset(firewall)
    if (this.isSo(ruleset)) {
      this.inDoubt = false
      return []
    }
    this.applied = undefined
    const there = this.kernel.exists()
    const remove = there ? `delete table ${STEERING_TABLE}\n` : ''
    if (remove !== '' || ruleset !== undefined) this.nft.change(`write the table ${STEERING_TABLE}`, remove + (ruleset ?? ''))
    this.applied = { ruleset, fingerprint: this.kernel.fingerprint(NOTHING) }
    this.inDoubt = false
    return this.toldOf(ruleset, there)
  }

  /** What {@link apply} would change. */
  inspect(firewall: Firewall): readonly string[] {
    const ruleset = steeringRuleset(firewall)
    return this.isSo(ruleset) ? [] : this.toldOf(ruleset, this.kernel.exists(), 'to be ')
  }

  /** Returns what was removed. */
  remove(): readonly string[] {
    this.applied = undefined
    this.inDoubt = true
    if (!this.kernel.exists()) return []
    this.nft.change(`remove the table ${STEERING_TABLE}`, `delete table ${STEERING_TABLE}`)
    return [`table ${STEERING_TABLE}`]
  }

  private isSo(ruleset: string | undefined): boolean {
    const { applied } = this
    if (!applied || applied.ruleset !== ruleset) return false
    return !this.inDoubt || same(applied.fingerprint, this.kernel.fingerprint(NOTHING))
  }

  private toldOf(ruleset: string | undefined, there: boolean, when = ''): readonly string[] {
    if (ruleset !== undefined) return [`table ${STEERING_TABLE}: ${when}written`]
    return there ? [`table ${STEERING_TABLE}: ${when}removed`] : []
  }
}

function same(a: Fingerprint, b: Fingerprint): boolean {
  return a.size === b.size && [...a].every(([part, bytes]) => b.get(part) === bytes)
}
