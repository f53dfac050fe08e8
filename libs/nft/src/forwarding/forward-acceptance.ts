import { asWeftError, FAMILIES, type Clock, type Family, type WeftError } from '#core'
import type { Firewall, FirewallReport } from '#plan'
import type { Enter } from '../enter.js'
import type { NftContext } from '../library/nft-context.js'
import type { RulesetChange } from '../ruleset-events.js'
import { WORDS } from '../ruleset/names.js'
import { acceptanceChange, acceptRules, readFilterTable, removal } from './accept-rules.js'
import { Iptables, legacyTableExists } from './iptables.js'
import { findOtherFilters } from './other-filters.js'

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
  private settled: { readonly rules: string; readonly report: FirewallReport } | undefined

  constructor(
    private readonly nft: NftContext,
    private readonly enter: Enter,
    private readonly clock: Clock,
  ) {}

  /** True when the change may make {@link apply} necessary. */
  concerns({ table, chain, structural }: RulesetChange): boolean {
    // Chains of any table may drop what is forwarded; so may the rules of those that were in the way.
    if (structural || this.settled?.report.obstacles.length) return true
    return table === 'firewalld' || (table === 'filter' && (chain === 'FORWARD' || chain === 'DOCKER-USER' || chain === 'WEFT-FORWARD'))
  }

  distrust(): void {
    this.inDoubt = true
  }

  async apply(firewall: Firewall): Promise<FirewallReport> {
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
      return { changes: [], obstacles: [asWeftError(error)], foreignFilter: true }
    }
  }

  private async change(firewall: Firewall): Promise<FirewallReport> {
    const { inputs, obstacles, foreignFilter } = await this.find(firewall)
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
    return { changes, obstacles, foreignFilter }
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

  private async find(firewall: Firewall): Promise<{ inputs: [Iptables, string][]; obstacles: WeftError[]; foreignFilter: boolean }> {
    const others = findOtherFilters(this.nft, firewall)
    const obstacles = [...others.obstacles]
    const inputs: [Iptables, string][] = []
    for (const iptables of this.inUse(others.iptables)) {
      try {
        const input = acceptanceChange(readFilterTable(await iptables.save()), acceptRules(firewall, iptables.family))
        if (input !== undefined) inputs.push([iptables, input])
      } catch (error) {
        obstacles.push(asWeftError(error))
      }
    }
    return { inputs, obstacles, foreignFilter: others.foreign }
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
