import type { Prefix, WeftError } from '#core'
import type { Firewall } from '../firewall/firewall.js'
import type { FirewallPort, FirewallReport } from '../firewall/firewall-port.js'

/** A packet filter that remembers what it was told. */
export class MemoryFirewall implements FirewallPort {
  /** What was applied last; undefined before, and after a clean-up. */
  applied: Firewall | undefined
  /** What `forgetConnections` was called with, in order. */
  readonly forgotten: Prefix[] = []
  /** Reported by each `apply`. */
  obstacles: readonly WeftError[] = []
  foreignFilter = false
  /** Thrown by the next `apply`. */
  refusal: WeftError | undefined
  private readonly listeners = new Set<() => void>()

  async apply(firewall: Firewall): Promise<FirewallReport> {
    const { refusal } = this
    this.refusal = undefined
    if (refusal) throw refusal
    const changes = await this.inspect(firewall)
    this.applied = firewall
    return { changes, obstacles: this.obstacles, foreignFilter: this.foreignFilter }
  }

  /** What was shortened last. */
  shortened: Firewall | undefined

  async shorten(firewall: Firewall): Promise<readonly string[]> {
    this.shortened = firewall
    return []
  }

  async inspect(firewall: Firewall): Promise<readonly string[]> {
    return this.applied === firewall ? [] : ['table inet weft: to be written']
  }

  async gated(): Promise<readonly Prefix[]> {
    return this.applied?.gated ?? []
  }

  distrust(): void {
    // There is nothing here that anybody else could change without harm().
  }

  onChange(listener: () => void): () => void {
    const entry = (): void => listener()
    this.listeners.add(entry)
    return () => void this.listeners.delete(entry)
  }

  async forgetConnections(of: readonly Prefix[]): Promise<number> {
    this.forgotten.push(...of)
    return 0
  }

  async forgetUdp(): Promise<number> {
    return 0
  }

  async cleanup(): Promise<readonly string[]> {
    const removed = this.applied ? ['table inet weft'] : []
    this.applied = undefined
    return removed
  }

  close(): void {
    this.listeners.clear()
  }

  /** Somebody flushes the ruleset. */
  harm(): void {
    this.applied = undefined
    for (const listener of this.listeners) listener()
  }
}
