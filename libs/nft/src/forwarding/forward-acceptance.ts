import { asWeftError, FAMILIES, type Clock, type Family, type WeftError } from '#core'
import type { Firewall, FirewallReport } from '#plan'
import type { Enter } from '../enter.js'
import type { NftContext } from '../library/nft-context.js'
import type { RulesetChange } from '../ruleset-events.js'
import { WORDS } from '../ruleset/names.js'
import { acceptanceChange, acceptRules, readFilterTable, removal, translatesArrivals } from './accept-rules.js'
import { Iptables, legacyTableExists, type Variant } from './iptables.js'
import { findOtherFilters } from './other-filters.js'

/** What one call of {@link ForwardAcceptance.apply} did. */
export interface AcceptanceReport extends Omit<FirewallReport, 'noShortcuts'> {
  /** Who looks at packets between endpoints before Weft has accepted them: nothing may go past. */
  readonly watcher?: string
  /** Somebody filters what the host itself sends or receives, perhaps by the state of connections. */
  readonly filtersHost: boolean
}

/** Chains of iptables whose rules matter. */
const FOLLOWED = new Set(['FORWARD', 'DOCKER-USER', 'WEFT-FORWARD', 'INPUT', 'OUTPUT'])
const UNREADABLE = 'the filters of others cannot be read'

interface Found extends Omit<AcceptanceReport, 'changes' | 'obstacles'> {
  readonly inputs: [Iptables, string][]
  readonly obstacles: WeftError[]
}

const NO_NETWORKS: Firewall = { networks: [], pools: [], gated: [], gateReady: false, published: [] }

/**
 * Sees to it that the filters of others let the networks' traffic be forwarded: an accept of Weft's own table does not help where Docker
 * has set the policy of FORWARD to drop. Where iptables filters, Weft has a chain of its own there, jumped to from DOCKER-USER, which
 * Docker leaves to others, or from FORWARD. Other firewalls are reported.
 */
export class ForwardAcceptance {
  /** True when somebody else may have changed filters since the last look. */
  private inDoubt = true
  /** The rules that were asked for at the last look, and what it reported. */
  private settled: { readonly rules: string; readonly report: AcceptanceReport } | undefined

  constructor(
    private readonly nft: NftContext,
    private readonly enter: Enter,
    private readonly clock: Clock,
  ) {}

  /** True when the change may make {@link apply} necessary. */
  concerns({ table, chain, structural }: RulesetChange): boolean {
    // Chains of any table may drop what is forwarded; so may the rules of those that were in the way.
    if (structural || this.settled?.report.obstacles.length) return true
    return table === 'firewalld' || (table === 'filter' && FOLLOWED.has(String(chain))) || (table === 'nat' && chain === 'PREROUTING')
  }

  distrust(): void {
    this.inDoubt = true
  }

  async apply(firewall: Firewall): Promise<AcceptanceReport> {
    const rules = FAMILIES.map((family) => acceptRules(firewall, family).join('\n')).join('\n\n')
    if (!this.inDoubt && this.settled?.rules === rules) return this.settled.report
    // Before looking: a change that is announced meanwhile is one for the next call.
    this.inDoubt = false
    try {
      const report = await this.change(firewall)
      // Obstacles stay until something changes; what was done is told once.
      this.settled = { rules, report: { ...report, changes: [] } }
      return report
    } catch (error) {
      // What others have there cannot be read: no reason to fail, for Weft's own table is in place.
      this.inDoubt = true
      return { changes: [], obstacles: [asWeftError(error)], foreignFilter: true, filtersHost: true, watcher: UNREADABLE }
    }
  }

  private async change(firewall: Firewall): Promise<AcceptanceReport> {
    const { inputs, obstacles, ...others } = await this.find(firewall)
    const changes: string[] = []
    for (const [iptables, input] of inputs) {
      try {
        await iptables.restore(input)
        changes.push(changeText(iptables))
      } catch (error) {
        obstacles.push(asWeftError(error))
        this.inDoubt = true
      }
    }
    return { changes, obstacles, ...others }
  }

  async inspect(firewall: Firewall): Promise<readonly string[]> {
    return (await this.find(firewall)).inputs.map(([iptables]) => changeText(iptables))
  }

  /** Removes Weft's chain and the jumps to it. Resolves with what was done. */
  async cleanup(): Promise<readonly string[]> {
    const done: string[] = []
    for (const iptables of this.inUse(findOtherFilters(this.nft, NO_NETWORKS).iptables)) {
      const input = removal(readFilterTable(await iptables.save()))
      if (input === undefined) continue
      await iptables.restore(input)
      done.push(changeText(iptables))
    }
    return done
  }

  private async find(firewall: Firewall): Promise<Found> {
    const others = findOtherFilters(this.nft, firewall)
    const obstacles = [...others.obstacles]
    const inputs: [Iptables, string][] = []
    let { watcher, filtersHost } = others
    for (const iptables of this.inUse(others.iptables)) {
      try {
        const table = readFilterTable(await iptables.save())
        filtersHost ||= table.filtersHost
        if (iptables.family === 4 && !table.acceptedFirst)
          watcher ??= `iptables (${iptables.variant}) has rules in front of Weft’s in FORWARD or DOCKER-USER`
        const input = acceptanceChange(table, acceptRules(firewall, iptables.family))
        if (input !== undefined) inputs.push([iptables, input])
      } catch (error) {
        obstacles.push(asWeftError(error))
        watcher ??= UNREADABLE
      }
    }
    if (firewall.networks.length > 0) watcher ??= await this.translator(others.nat)
    return { inputs, obstacles, foreignFilter: others.foreign, filtersHost, ...(watcher !== undefined && { watcher }) }
  }

  /** Who translates where packets go: what answers them has to come back the same way. Undefined when nobody does. */
  private async translator(nft: boolean): Promise<string | undefined> {
    const variants: readonly Variant[] = [
      ...(nft ? (['nft'] as const) : []),
      ...(legacyTableExists(this.enter, 4, 'nat') ? (['legacy'] as const) : []),
    ]
    for (const variant of variants) {
      try {
        const saved = await new Iptables(variant, 4, this.enter, this.clock).save('nat')
        if (translatesArrivals(saved)) return `iptables (${variant}) has rules in PREROUTING of the table nat, which may lead to endpoints`
      } catch {
        return UNREADABLE
      }
    }
    return undefined
  }

  private inUse(nft: ReadonlySet<Family>): readonly Iptables[] {
    return FAMILIES.flatMap((family) => {
      const variants = [
        ...(nft.has(family) ? (['nft'] as const) : []),
        ...(legacyTableExists(this.enter, family) ? (['legacy'] as const) : []),
      ]
      return variants.map((variant) => new Iptables(variant, family, this.enter, this.clock))
    })
  }
}

function changeText({ variant, family }: Iptables): string {
  return `${WORDS[family].ip}tables (${variant}): chain WEFT-FORWARD and the jump to it`
}
