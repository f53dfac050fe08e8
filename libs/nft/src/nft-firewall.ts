import type { Clock, Log, Prefix } from '#core'
import type { Firewall, FirewallPort, FirewallReport } from '#plan'
import { stayHere, type Enter } from './enter.js'
import { forgetConnections, forgetUdp } from './connections.js'
import { ForwardAcceptance } from './forwarding/forward-acceptance.js'
import { GATE_TABLE_NAME } from './gate/gate-ruleset.js'
import { NftGate } from './gate/nft-gate.js'
import { KernelTable } from './kernel-table.js'
import { NftContext } from './library/nft-context.js'
import { DRAFT_NAME, TABLE, TABLE_NAME } from './ruleset/names.js'
import { RulesetEvents, type RulesetChange } from './ruleset-events.js'
import { SHORTCUT_TABLE_NAME, UNTRACKED_TABLE, UNTRACKED_TABLE_NAME } from './shortcut/names.js'
import { ShortcutTable } from './shortcut/shortcut-table.js'
import { untrackedRuleset } from './shortcut/untracked-ruleset.js'
import { RequestSocket } from './socket/request-socket.js'
import { STEERING_TABLE, steeringRuleset } from './segment/steering-ruleset.js'
import { WeftTable } from './weft-table.js'
import { WholeTable } from './whole-table.js'

export interface NftFirewallOptions {
  readonly clock: Clock
  readonly log: Log
  /** Leads into the namespace to be filtered; the agent's own when left out. */
  readonly enter?: Enter
}

/** The packet filter, by libnftables in this process and, where iptables filters as well, by its programs. */
export class NftFirewall implements FirewallPort {
  private readonly requests: RequestSocket
  private readonly events: RulesetEvents
  private readonly nft: NftContext
  private readonly table: WeftTable
  /** The gate before this host's exclusive leases; `apply` sees to it that it is there. */
  readonly gate: NftGate
  private readonly steering: WholeTable
  private readonly acceptance: ForwardAcceptance
  private readonly shortcuts: ShortcutTable
  private readonly untracked: WholeTable
  /** Nothing goes past filters of others that nobody has looked at. */
  private mayShorten = false
  private readonly log: Log
  /** Nor are packets untracked where somebody may ask of which connection they are. */
  private mayUntrack = false

  /**
   * Follows the rulesets of the namespace from now on; changes nothing.
   * @throws WeftError WEFT_KERNEL_MISSING without libnftables or nfnetlink, WEFT_NOT_ROOT, WEFT_NETNS_INVALID
   */
  constructor({ clock, log, enter = stayHere }: NftFirewallOptions) {
    this.log = log
    const opened: { close(): void }[] = []
    const keep = <T extends { close(): void }>(resource: T): T => {
      opened.push(resource)
      return resource
    }
    try {
      // This one first: without nfnetlink it says so, while libnftables would end the process.
      this.requests = keep(new RequestSocket(enter))
      this.nft = keep(new NftContext(enter))
      const ownPorts = (): number[] => [this.requests.port, this.nft.port]
      this.events = keep(new RulesetEvents({ enter, clock, ownPorts, concerns: (change) => this.doubt(change) }))
      this.table = new WeftTable(this.nft, new KernelTable(this.requests, TABLE_NAME), new KernelTable(this.requests, DRAFT_NAME), log)
      this.gate = new NftGate(this.nft, new KernelTable(this.requests, GATE_TABLE_NAME), this.requests, log)
      this.steering = new WholeTable(this.nft, new KernelTable(this.requests, TABLE_NAME, 'bridge'), STEERING_TABLE)
      this.acceptance = new ForwardAcceptance(this.nft, enter, clock)
      this.shortcuts = new ShortcutTable(this.nft, new KernelTable(this.requests, SHORTCUT_TABLE_NAME, 'netdev'), log)
      this.untracked = new WholeTable(this.nft, new KernelTable(this.requests, UNTRACKED_TABLE_NAME), UNTRACKED_TABLE)
      this.nft.read('look at nftables', 'list tables')
    } catch (error) {
      for (const resource of opened) resource.close()
      throw error
    }
  }

  async apply(firewall: Firewall): Promise<FirewallReport> {
    // First: what of the rest fails must not leave ways that are not wanted any more.
    const changes = [...this.shortcuts.narrow(firewall, this.mayShorten)]
    changes.push(...this.gate.guard(firewall), ...this.table.apply(firewall), ...this.steering.apply(steeringRuleset(firewall)))
    const { changes: others, watcher, filtersHost, ...report } = await this.acceptance.apply(firewall)
    this.mayShorten = watcher === undefined
    this.mayUntrack = this.mayShorten && !filtersHost
    const narrowed = this.mayShorten ? [] : this.shortcuts.narrow(firewall, false)
    changes.push(...this.untracked.apply(this.untrackedOf(firewall)))
    const noShortcuts = watcher ?? this.shortcuts.refusal
    return { ...report, changes: [...changes, ...others, ...narrowed], ...(noShortcuts !== undefined && { noShortcuts }) }
  }

  async shorten(firewall: Firewall): Promise<readonly string[]> {
    return this.shortcuts.widen(firewall, this.mayShorten)
  }

  async inspect(firewall: Firewall): Promise<readonly string[]> {
    const parts = [...this.gate.inspect(firewall), ...this.table.inspect(firewall), ...this.steering.inspect(steeringRuleset(firewall))]
    const own = [...parts, ...this.untracked.inspect(this.untrackedOf(firewall)), ...this.shortcuts.inspect(firewall, this.mayShorten)]
    return [...own, ...(await this.acceptance.inspect(firewall))]
  }

  async gated(): Promise<readonly Prefix[]> {
    return this.gate.guarded()
  }

  distrust(): void {
    this.table.distrust()
    this.steering.distrust()
    this.gate.distrust()
    this.shortcuts.distrust()
    this.untracked.distrust()
    this.acceptance.distrust()
  }

  onChange(listener: () => void): () => void {
    return this.events.listen(listener)
  }

  async forgetConnections(of: readonly Prefix[]): Promise<number> {
    return forgetConnections(this.requests, of)
  }

  async forgetUdp(ports: ReadonlySet<number>): Promise<number> {
    return forgetUdp(this.requests, ports)
  }

  async cleanup(): Promise<readonly string[]> {
    const removed = this.table.remove() ? [`table ${TABLE}`] : []
    return [
      ...removed,
      ...this.steering.remove(),
      ...this.gate.remove(),
      ...this.shortcuts.remove(),
      ...this.untracked.remove(),
      ...(await this.acceptance.cleanup()),
    ]
  }

  /**
   * What goes past the filters of others is for as long as somebody follows them, and the peers: the usual way needs nobody, and an older
   * agent that may come next knows nothing of shortcuts.
   */
  close(): void {
    try {
      this.shortcuts.remove()
      this.untracked.remove()
    } catch (error) {
      this.log.warn('shortcuts stay, and nobody follows who filters packets', { error: String(error) })
    }
    this.events.close()
    this.nft.close()
    this.requests.close()
  }

  private untrackedOf(firewall: Firewall): string | undefined {
    return this.mayUntrack ? untrackedRuleset(firewall) : undefined
  }

  /** Notes who changed what; true when it matters. */
  private doubt(change: RulesetChange | undefined): boolean {
    const own = change === undefined || change.table === TABLE_NAME
    const ofGate = change === undefined || change.table === GATE_TABLE_NAME
    const ofShortcuts = change === undefined || change.table === SHORTCUT_TABLE_NAME || change.table === UNTRACKED_TABLE_NAME
    if (ofGate) this.gate.distrust()
    if (ofShortcuts) this.shortcuts.distrust()
    if (ofShortcuts) this.untracked.distrust()
    const others = change === undefined || (!own && !ofGate && !ofShortcuts && this.acceptance.concerns(change))
    // Both tables of that name.
    if (own) this.table.distrust()
    if (own) this.steering.distrust()
    if (others) this.acceptance.distrust()
    return own || ofGate || ofShortcuts || others
  }
}
