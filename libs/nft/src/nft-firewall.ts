import type { Clock, Log, Prefix } from '#core'
import type { Firewall, FirewallPort, FirewallReport } from '#plan'
import { stayHere, type Enter } from './enter.js'
import { ForwardAcceptance } from './forwarding/forward-acceptance.js'
import { NftContext } from './library/nft-context.js'
import { forgetConnections } from './netfilter/connections.js'
import { RulesetEvents, type RulesetChange } from './netfilter/ruleset-events.js'
import { TABLE } from './ruleset/names.js'
import { WeftTable } from './weft-table.js'

export interface NftFirewallOptions {
  readonly clock: Clock
  readonly log: Log
  /** Leads into the namespace to be filtered; the agent's own when left out. */
  readonly enter?: Enter
}

/** The packet filter, by libnftables in this process and, where iptables filters as well, by its programs. */
export class NftFirewall implements FirewallPort {
  private readonly enter: Enter
  private readonly events: RulesetEvents
  private readonly nft: NftContext
  private readonly table: WeftTable
  private readonly acceptance: ForwardAcceptance

  /**
   * Follows the rulesets of the namespace from now on; changes nothing.
   * @throws WeftError WEFT_KERNEL_MISSING without libnftables or nfnetlink, WEFT_NOT_ROOT, WEFT_NETNS_INVALID
   */
  constructor(private readonly options: NftFirewallOptions) {
    const { clock, log, enter = stayHere } = options
    this.enter = enter
    // The socket first: without nfnetlink, libnftables would end the process.
    this.events = new RulesetEvents({ enter, clock, log, ownPort: () => this.nft.port, concerns: (change) => this.doubt(change) })
    try {
      this.nft = new NftContext(enter)
    } catch (error) {
      this.events.close()
      throw error
    }
    this.table = new WeftTable(this.nft, log)
    this.acceptance = new ForwardAcceptance(this.nft, enter, clock)
    try {
      this.nft.read('look at nftables', 'list tables')
    } catch (error) {
      this.close()
      throw error
    }
  }

  async apply(firewall: Firewall): Promise<FirewallReport> {
    const changes = this.table.apply(firewall)
    const { changes: others, obstacles } = await this.acceptance.apply(firewall)
    return { changes: [...changes, ...others], obstacles }
  }

  async inspect(firewall: Firewall): Promise<readonly string[]> {
    return [...this.table.inspect(firewall), ...(await this.acceptance.inspect(firewall))]
  }

  distrust(): void {
    this.table.distrust()
    this.acceptance.distrust()
  }

  onChange(listener: () => void): () => void {
    return this.events.listen(listener)
  }

  forgetConnections(of: readonly Prefix[]): Promise<number> {
    return forgetConnections(of, this.enter, this.options.clock)
  }

  async cleanup(): Promise<readonly string[]> {
    const removed = this.table.remove() ? [`table ${TABLE}`] : []
    return [...removed, ...(await this.acceptance.cleanup())]
  }

  close(): void {
    this.events.close()
    this.nft.close()
  }

  /** Notes who changed what; true when it matters. */
  private doubt(change: RulesetChange | undefined): boolean {
    const [, ownTable] = TABLE.split(' ')
    const own = change === undefined || change.table === ownTable
    const others = change === undefined || (!own && this.acceptance.concerns(change))
    if (own) this.table.distrust()
    if (others) this.acceptance.distrust()
    return own || others
  }
}
