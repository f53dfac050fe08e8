import type { Ip, Log } from '#core'
import type { HostNetwork } from '#netlink'
import { chooseUnderlay, routedSource, type Underlay, type UnderlayWish } from './underlay.js'

/** Knows the underlay, and notices when the host's links change it. What was chosen once stays while the host has no better answer. */
export class UnderlayWatch {
  private chosen: Underlay | undefined

  constructor(
    private readonly wish: UnderlayWish,
    private readonly storeUrls: readonly string[],
    private readonly network: () => Promise<HostNetwork>,
    private readonly log: Log,
  ) {}

  /** @throws Error before {@link refresh} has succeeded once: a defect */
  get current(): Underlay {
    if (!this.chosen) throw new Error('the underlay was asked for before it was chosen')
    return this.chosen
  }

  /**
   * Looks again. @returns true when address, interface or MTU changed
   * @throws WeftError WEFT_UNDERLAY_INVALID; the last choice then stays
   */
  async refresh(): Promise<boolean> {
    const { links } = await this.network()
    const next = chooseUnderlay(this.wish, links, await this.routed())
    const before = this.chosen
    if (before && before.address === next.address && before.interface === next.interface && before.mtu === next.mtu) return false
    this.chosen = next
    this.log.info(before ? 'underlay changed' : 'underlay chosen', { ...next, ...(before ? { before: before.address } : {}) })
    return true
  }

  private async routed(): Promise<Ip | undefined> {
    if (this.wish.address !== undefined || this.wish.interface !== undefined) return undefined
    let loopback: Ip | undefined
    for (const url of this.storeUrls) {
      const source = await routedSource(url)
      if (source === undefined) continue
      // A member of etcd on this very host says nothing about the way to the others.
      if (!source.startsWith('127.') && source !== '::1') return source
      loopback = source
    }
    return loopback
  }
}
