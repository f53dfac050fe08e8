import type { Log } from '#core'
import type { Firewall } from '#plan'
import type { NftContext } from './library/nft-context.js'
import { elementChanges } from './ruleset/element-changes.js'
import { TABLE } from './ruleset/names.js'
import { renderReplacement } from './ruleset/render.js'
import { expectedElements, readTable, tableDifference } from './ruleset/table-state.js'

/** What the kernel was last brought to. */
interface Applied {
  readonly firewall: Firewall
  /** How the kernel lists the rules of that filter: each version of nft has its own way of printing. */
  readonly rules: readonly string[]
}

/** Weft's table: written as a whole when its rules change, by elements otherwise. */
export class WeftTable {
  private applied: Applied | undefined
  /** True when somebody else may have changed the table since. */
  private inDoubt = true

  constructor(
    private readonly nft: NftContext,
    private readonly log: Log,
  ) {}

  distrust(): void {
    this.inDoubt = true
  }

  /** Resolves with what was changed, a line each. @throws WeftError; then the next call begins by looking */
  apply(firewall: Firewall): readonly string[] {
    const { applied } = this
    const drift = this.inDoubt && applied ? this.drift(applied) : []
    if (applied && drift.length === 0) {
      this.inDoubt = false
      const changed = this.applyElements(applied, firewall)
      if (changed) return changed
    }
    this.inDoubt = true
    const written = this.write(firewall)
    this.inDoubt = false
    if (drift.length > 0) return [`table ${TABLE}: written anew, because it had been changed`, ...drift]
    return written ? [`table ${TABLE}: ${firewall.networks.length > 0 ? 'written' : 'removed'}`] : []
  }

  /** What {@link apply} would change. */
  inspect(firewall: Firewall): readonly string[] {
    const { applied } = this
    if (!applied) return firewall.networks.length > 0 || this.exists() ? [`table ${TABLE}: to be written`] : []
    const changes = elementChanges(applied.firewall, firewall)
    return [...this.drift(applied), ...(changes ? changes.summary : [`table ${TABLE}: to be written`])]
  }

  /** True when there was a table to remove. */
  remove(): boolean {
    this.applied = undefined
    this.inDoubt = true
    if (!this.exists()) return false
    this.nft.change(`remove the table ${TABLE}`, `delete table ${TABLE}`)
    return true
  }

  /** Undefined when the table has to be written as a whole. */
  private applyElements(applied: Applied, firewall: Firewall): readonly string[] | undefined {
    if (applied.firewall === firewall) return []
    const changes = elementChanges(applied.firewall, firewall)
    if (!changes) return undefined
    try {
      if (changes.commands !== '') this.nft.change(`change elements of the table ${TABLE}`, changes.commands)
    } catch (error) {
      // Somebody changed the table, and his notification is still on its way. Writing it as a whole will say if anything else is wrong.
      this.log.debug('Elements could not be changed, writing the whole table', { error: String(error) })
      return undefined
    }
    this.applied = { firewall, rules: applied.rules }
    return changes.summary
  }

  private write(firewall: Firewall): boolean {
    const wanted = firewall.networks.length > 0
    this.applied = undefined
    if (wanted || this.exists()) this.nft.change(`write the table ${TABLE}`, renderReplacement(firewall))
    else {
      this.applied = { firewall, rules: [] }
      return false
    }
    this.applied = { firewall, rules: wanted ? this.read().rules : [] }
    return true
  }

  private drift({ firewall, rules }: Applied): readonly string[] {
    if (firewall.networks.length === 0) return this.exists() ? [`+ table ${TABLE}`] : []
    if (!this.exists()) return [`- table ${TABLE}`]
    return tableDifference({ rules, elements: expectedElements(firewall) }, this.read())
  }

  private read(): ReturnType<typeof readTable> {
    return readTable(this.nft.read(`read the table ${TABLE}`, `list table ${TABLE}`))
  }

  private exists(): boolean {
    const [family, name] = TABLE.split(' ')
    return this.nft
      .readJson('list the tables', 'list tables')
      .some(({ table }) => table !== undefined && table['family'] === family && table['name'] === name)
  }
}
