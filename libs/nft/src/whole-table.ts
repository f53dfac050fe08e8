import type { Fingerprint, KernelTable } from './kernel-table.js'
import type { NftContext } from './library/nft-context.js'

const NOTHING: ReadonlySet<string> = new Set()

/** A small table beside Weft's main one, there only while it is needed, and written as a whole. */
export class WholeTable {
  /** What the table was last written from, and how the kernel describes that; undefined before the first look. */
  private applied: { readonly ruleset: string | undefined; readonly fingerprint: Fingerprint } | undefined
  private inDoubt = true

  /** @param name with its family, as commands of nft want it */
  constructor(
    private readonly nft: NftContext,
    private readonly kernel: KernelTable,
    private readonly name: string,
  ) {}

  distrust(): void {
    this.inDoubt = true
  }

  /**
   * Returns what was changed, a line each.
   * @param ruleset the whole table as `nft -f` reads it; undefined for none
   * @throws WeftError; then the next call begins by looking
   */
  apply(ruleset: string | undefined): readonly string[] {
    if (this.isSo(ruleset)) {
      this.inDoubt = false
      return []
    }
    this.applied = undefined
    const there = this.kernel.exists()
    const remove = there ? `delete table ${this.name}\n` : ''
    if (remove !== '' || ruleset !== undefined) this.nft.change(`write the table ${this.name}`, remove + (ruleset ?? ''))
    this.applied = { ruleset, fingerprint: this.kernel.fingerprint(NOTHING) }
    this.inDoubt = false
    return this.toldOf(ruleset, there)
  }

  /** What {@link apply} would change. */
  inspect(ruleset: string | undefined): readonly string[] {
    return this.isSo(ruleset) ? [] : this.toldOf(ruleset, this.kernel.exists(), 'to be ')
  }

  /** Returns what was removed. */
  remove(): readonly string[] {
    this.applied = undefined
    this.inDoubt = true
    if (!this.kernel.exists()) return []
    this.nft.change(`remove the table ${this.name}`, `delete table ${this.name}`)
    return [`table ${this.name}`]
  }

  private isSo(ruleset: string | undefined): boolean {
    const { applied } = this
    if (!applied || applied.ruleset !== ruleset) return false
    return !this.inDoubt || same(applied.fingerprint, this.kernel.fingerprint(NOTHING))
  }

  private toldOf(ruleset: string | undefined, there: boolean, when = ''): readonly string[] {
    if (ruleset !== undefined) return [`table ${this.name}: ${when}written`]
    return there ? [`table ${this.name}: ${when}removed`] : []
  }
}

function same(a: Fingerprint, b: Fingerprint): boolean {
  return a.size === b.size && [...a].every(([part, bytes]) => b.get(part) === bytes)
}
