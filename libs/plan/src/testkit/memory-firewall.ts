import type { Prefix, WeftError } from '#core'
import type { Firewall } from '../firewall/firewall.js'
import type { FirewallPort, FirewallReport } from '../firewall/firewall-port.js'

/** A packet filter in memory: holds what was last applied, and can be made to refuse or to find something in its way. */
export class MemoryFirewall implements FirewallPort {
  applied: Firewall | undefined
  /** Prefixes whose connections were ended, in their order. */
  readonly forgotten: Prefix[] = []
  /** Thrown by `apply` while set. */
  failure: WeftError | undefined
  obstacles: readonly WeftError[] = []
  distrusted = 0
  private readonly listeners = new Set<() => void>()

  apply(firewall: Firewall): Promise<FirewallReport> {
    if (this.failure) return Promise.reject(this.failure)
    const changes = this.applied === firewall ? [] : [`filter of ${firewall.networks.length} networks`]
    this.applied = firewall
    return Promise.resolve({ changes, obstacles: this.obstacles })
  }

  inspect(firewall: Firewall): Promise<readonly string[]> {
    return Promise.resolve(this.applied === firewall ? [] : [`filter of ${firewall.networks.length} networks`])
  }

  distrust(): void {
    this.distrusted++
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** Somebody else flushes the ruleset. */
  flush(): void {
    this.applied = undefined
    for (const listener of this.listeners) listener()
  }

  forgetConnections(of: readonly Prefix[]): Promise<number> {
    this.forgotten.push(...of)
    return Promise.resolve(of.length)
  }

  cleanup(): Promise<readonly string[]> {
    const removed = this.applied ? ['the filter'] : []
    this.applied = undefined
    return Promise.resolve(removed)
  }

  close(): void {
    this.listeners.clear()
  }
}
