import { prefixFamily, type Log } from '#core'
import type { Firewall } from '#plan'
import { AWAKE, type Fingerprint, type KernelTable } from './kernel-table.js'
import type { NftContext } from './library/nft-context.js'
import { describeChange, elementChanges, elementRepairs, type SetChange } from './ruleset/element-changes.js'
import { dynamicSets, type Element } from './ruleset/elements.js'
import { DRAFT, LINKS, ORIGINS, POOLS, POOLS6, TABLE, TUNNELS, VNIS, WITHIN } from './ruleset/names.js'
import { chainsOf, refuses, renderDraft, renderRules, renderSets, renderTable } from './ruleset/render.js'
import { PUBLISHED, PUBLISHED_ANY } from './ruleset/published.js'

/** What the kernel was last brought to. */
interface Applied {
  readonly firewall: Firewall
  /** How the kernel describes the sets and rules of that filter. */
  readonly fingerprint: Fingerprint
}

/** What differs from what was applied. */
interface Drift {
  /** Sets and rules, a line each. */
  readonly rules: readonly string[]
  readonly elements: readonly SetChange[]
}

const NO_DRIFT: Drift = { rules: [], elements: [] }

/** Weft's table: its rules are written as a whole, its elements one by one. */
export class WeftTable {
  private applied: Applied | undefined
  /** True when somebody else may have changed the table since. */
  private inDoubt = true

  constructor(
    private readonly nft: NftContext,
    private readonly kernel: KernelTable,
    private readonly draft: KernelTable,
    private readonly log: Log,
  ) {}

  distrust(): void {
    this.inDoubt = true
  }

  /** Returns what was changed, a line each. @throws WeftError; then the next call begins by looking */
  apply(firewall: Firewall): readonly string[] {
    const { applied } = this
    const drift = this.inDoubt && applied ? this.drift(applied) : NO_DRIFT
    if (applied && drift.rules.length === 0) {
      const changed = this.applyElements(applied, drift, firewall)
      if (changed) {
        this.inDoubt = false
        return changed
      }
    }
    this.inDoubt = true
    const takenOver = applied ? undefined : this.takeOver(firewall)
    const written = !takenOver && this.write(firewall)
    this.inDoubt = false
    if (takenOver) return takenOver
    if (drift.rules.length > 0) return [`table ${TABLE}: written anew, because it had been changed`, ...driftText(drift)]
    return written ? [`table ${TABLE}: ${firewall.networks.length > 0 ? 'written' : 'removed'}`] : []
  }

  /** What {@link apply} would change. */
  inspect(firewall: Firewall): readonly string[] {
    const { applied } = this
    if (!applied) return firewall.networks.length > 0 || this.kernel.exists() ? [`table ${TABLE}: to be written`] : []
    const changes = elementChanges(applied.firewall, firewall)
    return [...driftText(this.drift(applied)), ...(changes ? changes.map(describeChange) : [`table ${TABLE}: to be written`])]
  }

  /** True when there was a table to remove. */
  remove(): boolean {
    this.applied = undefined
    this.inDoubt = true
    this.removeDraft()
    if (!this.kernel.exists()) return false
    this.nft.change(`remove the table ${TABLE}`, `delete table ${TABLE}`)
    return true
  }

  /** Undefined when the table has to be written as a whole. */
  private applyElements(applied: Applied, drift: Drift, firewall: Firewall): readonly string[] | undefined {
    const changes = applied.firewall === firewall ? [] : elementChanges(applied.firewall, firewall)
    if (!changes) return undefined
    try {
      this.kernel.change(drift.elements)
      this.kernel.change(changes)
    } catch (error) {
      // Somebody changed the table, and the notification is still on its way. Writing it as a whole will say if anything else is wrong.
      this.log.debug('Elements could not be changed, writing the whole table', { error: String(error) })
      return undefined
    }
    this.applied = { firewall, fingerprint: applied.fingerprint }
    if (refuses(applied.firewall) !== refuses(firewall)) this.write(firewall)
    return [...driftText(drift), ...changes.map(describeChange)]
  }

  /**
   * Takes over the table that an earlier agent left, counters and all, when its rules are those that are wanted: then only elements are
   * repaired. Undefined when it has to be written.
   */
  private takeOver(firewall: Firewall): readonly string[] | undefined {
    if (firewall.networks.length === 0 || !this.kernel.exists()) return undefined
    const wanted = this.describe(firewall)
    this.applied = { firewall, fingerprint: wanted }
    const drift = this.drift(this.applied)
    if (drift.rules.length === 0) {
      this.kernel.change(drift.elements)
      return driftText(drift)
    }
    this.log.debug('The table that was found has other rules', { first: drift.rules[0] ?? '' })
    this.applied = undefined
    return undefined
  }

  /** How the kernel would describe the table: only the kernel knows, so it is shown a draft. */
  private describe(firewall: Firewall): Fingerprint {
    this.removeDraft()
    this.nft.change(`draft the table ${TABLE}`, renderDraft(firewall))
    try {
      return new Map([...this.draft.fingerprint(changingSets(firewall)), ['table', AWAKE]])
    } finally {
      this.removeDraft()
    }
  }

  private removeDraft(): void {
    if (this.draft.exists()) this.nft.change(`remove the table ${DRAFT}`, `delete table ${DRAFT}`)
  }

  /** True when anything was done. */
  private write(firewall: Firewall): boolean {
    this.applied = undefined
    if (firewall.networks.length === 0) {
      const removed = this.remove()
      this.applied = { firewall, fingerprint: new Map() }
      return removed
    }
    try {
      this.writeInPlace(firewall)
    } catch (error) {
      this.log.debug('The table could not be changed in place, replacing it', { error: String(error) })
      this.nft.change(`write the table ${TABLE}`, `table ${TABLE}\ndelete table ${TABLE}\n${renderTable(firewall)}`)
    }
    this.applied = { firewall, fingerprint: this.kernel.fingerprint(changingSets(firewall)) }
    return true
  }

  /**
   * Elements first, then all rules in one step: neither a restarted agent nor a changed rule lets a packet of a peer be dropped, and
   * thousands of elements need not pass through nft's language. Fails when what is there cannot become what it should be.
   */
  private writeInPlace(firewall: Firewall): void {
    this.nft.change(`make the sets of the table ${TABLE}`, renderSets(firewall))
    const wanted = changingSets(firewall)
    const there = new Map<string, ReadonlySet<Element>>()
    for (const set of wanted) there.set(set, this.kernel.elements(set) ?? new Set())
    this.kernel.change(elementRepairs(there, firewall))
    const commands = [`flush table ${TABLE}\n`]
    const fixed = fixedSets(firewall)
    for (const { name, kind } of this.kernel.sets()) {
      // What the rules below fill again is emptied, what they do not name has no use any more.
      if (fixed.has(name)) commands.push(`flush ${kind} ${TABLE} ${name}\n`)
      else if (!wanted.has(name)) commands.push(`delete ${kind} ${TABLE} ${name}\n`)
    }
    const chains = chainsOf(firewall)
    for (const chain of this.kernel.chains()) if (!chains.has(chain)) commands.push(`delete chain ${TABLE} ${chain}\n`)
    this.nft.change(`write the rules of the table ${TABLE}`, commands.join('') + renderRules(firewall))
  }

  private drift({ firewall, fingerprint }: Applied): Drift {
    const exists = this.kernel.exists()
    if (firewall.networks.length === 0) return exists ? { rules: [`+ table ${TABLE}`], elements: [] } : NO_DRIFT
    if (!exists) return { rules: [`- table ${TABLE}`], elements: [] }
    const changing = changingSets(firewall)
    const rules = compare(fingerprint, this.kernel.fingerprint(changing))
    const there = new Map<string, ReadonlySet<Element>>()
    for (const set of changing) {
      const elements = this.kernel.elements(set)
      if (elements) there.set(set, elements)
    }
    return { rules, elements: elementRepairs(there, firewall) }
  }
}

/** Sets and maps whose elements belong to the rules. */
function fixedSets({ pools, published }: Firewall): ReadonlySet<string> {
  const six = pools.some((pool) => prefixFamily(pool) === 6) ? [POOLS6] : []
  return new Set([POOLS, ...six, LINKS, VNIS, TUNNELS, ORIGINS, WITHIN, ...(published.length > 0 ? [PUBLISHED, PUBLISHED_ANY] : [])])
}

function changingSets({ networks }: Firewall): ReadonlySet<string> {
  return new Set(networks.flatMap(dynamicSets))
}

/** `-` for what is missing, `+` for what is there besides, `~` for what is different. */
function compare(should: Fingerprint, is: Fingerprint): readonly string[] {
  const missing = [...should.keys()].filter((part) => !is.has(part)).map((part) => `- ${part}`)
  const extra = [...is.keys()].filter((part) => !should.has(part)).map((part) => `+ ${part}`)
  const different = [...should].filter(([part, bytes]) => is.has(part) && is.get(part) !== bytes).map(([part]) => `~ ${part}`)
  return [...missing, ...extra, ...different]
}

/** What had been changed by others: the wrong elements with the sign of what repairs them. */
function driftText({ rules, elements }: Drift): readonly string[] {
  return [...rules, ...elements.map((change) => `repaired ${describeChange(change)}`)]
}
