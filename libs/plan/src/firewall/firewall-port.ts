import type { Prefix, WeftError } from '#core'
import type { Firewall } from './firewall.js'

/** What one call of {@link FirewallPort.apply} did. */
export interface FirewallReport {
  /** What was changed, a line each, for people; empty when everything was as it should be. */
  readonly changes: readonly string[]
  /** What stands in the way and is not Weft's to change, such as another firewall that drops forwarded traffic. */
  readonly obstacles: readonly WeftError[]
  /** Somebody else decides what is forwarded, in rules that Weft can neither add to nor judge. */
  readonly foreignFilter: boolean
  /** Who looks at forwarded packets in a way that Weft cannot judge, or why else there are no shortcuts on this host; absent where there may be. */
  readonly noShortcuts?: string
}

/**
 * The packet filter of one network namespace. Only the reconcile loop calls `apply`, one call at a time, before it programs routes of
 * the same view. The filter stays when the agent ends: nothing but `cleanup` removes it.
 */
export interface FirewallPort {
  /**
   * Brings the filter to what is asked, atomically: no packet ever meets half of it. Costs as much as what differs from the last call,
   * unless someone else changed it meanwhile (or may have: the first call, {@link distrust}), when it is read back and repaired.
   * @throws WeftError WEFT_FIREWALL with nft's own words, WEFT_KERNEL_MISSING, WEFT_NOT_ROOT; then what was before still holds
   */
  apply(firewall: Firewall): Promise<FirewallReport>

  /**
   * Makes the shortcuts of the filter that was applied last, for devices that are there by now; `apply` has taken away those that are not
   * wanted any more. Where one cannot be made its packets go the usual way. Resolves with what was changed, a line each; does not throw.
   */
  shorten(firewall: Firewall): Promise<readonly string[]>

  /** What `apply` would change, a line each, without changing it. Reads everything. Throws as `apply` does. */
  inspect(firewall: Firewall): Promise<readonly string[]>

  /**
   * The leases that the gate in the kernel stops, whoever asked for that: an earlier agent may have. Empty where there is no gate. Throws
   * as `apply` does.
   */
  gated(): Promise<readonly Prefix[]>

  /** Has the next `apply` read back everything: for the periodic full check, in case a notification was lost. */
  distrust(): void

  /** Calls back after somebody else changed what concerns Weft, possibly once for many changes. Returns a function that stops it. */
  onChange(listener: () => void): () => void

  /**
   * Ends the tracked connections that an address within the prefixes is an end of, before or after translation: for endpoints that are
   * gone and subnets that moved, so that no stale translation outlives them. Resolves with how many there were.
   * @throws WeftError WEFT_FIREWALL, WEFT_NOT_ROOT, WEFT_KERNEL_MISSING
   */
  forgetConnections(of: readonly Prefix[]): Promise<number>

  /**
   * Ends the tracked UDP flows that were sent to one of the ports: for ports that are published from now on. Where a client goes on
   * sending, its flow would otherwise keep the way that it had before. Resolves with how many there were. Throws as {@link
   * forgetConnections} does.
   */
  forgetUdp(ports: ReadonlySet<number>): Promise<number>

  /** Removes everything of Weft's from the filter, knowing nothing but the names it uses. Resolves with what was removed, a line each. */
  cleanup(): Promise<readonly string[]>

  /** Gives back sockets and memory; the filter stays. */
  close(): void
}
