import { asWeftError, type Clock, type Ip, type Log, type Random } from '#core'
import type { HostNetwork } from '#netlink'
import { Errand } from '../errand.js'
import { chooseUnderlay, routedSource, type Underlay, type UnderlayWish } from './underlay.js'

/** Knows the underlay, and notices when the host's links change it. What was chosen once stays while the host has no better answer. */
export class UnderlayWatch {
  private chosen: Underlay | undefined
  private readonly errand: Errand
  /** What keeps this host from having an answer, as it was told last. */
  private told: string | undefined
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly wish: UnderlayWish,
    private readonly storeUrls: readonly string[],
    private readonly network: () => Promise<Pick<HostNetwork, 'links'>>,
    clock: Clock,
    random: Random,
    private readonly log: Log,
  ) {
    this.errand = new Errand(() => this.look(), clock, random, { first: 1_000, limit: 60_000 })
  }

  /** @throws Error before {@link refresh} has succeeded once: a defect */
  get current(): Underlay {
    if (!this.chosen) throw new Error('the underlay was asked for before it was chosen')
    return this.chosen
  }

  /** Looks again soon, one look at a time, and now and then while there is no answer, which is told once. */
  request(): void {
    this.errand.request()
  }

  /** Calls back when {@link request} has found another address, interface, MTU or MAC address. */
  onChange(listener: () => void): void {
    this.listeners.add(listener)
  }

  close(): void {
    void this.errand.close()
  }

  /**
   * Looks again. @returns true when address, interface, MTU or MAC address changed
   * @throws WeftError WEFT_UNDERLAY_INVALID; the last choice then stays
   */
  async refresh(): Promise<boolean> {
    const { links } = await this.network()
    const next = chooseUnderlay(this.wish, links, await this.routed())
    const before = this.chosen
    const same =
      before?.address === next.address && before.interface === next.interface && before.mtu === next.mtu && before.mac === next.mac
    if (same) return false
    this.chosen = next
    this.log.info(before ? 'underlay changed' : 'underlay chosen', { ...next, ...(before ? { before: before.address } : {}) })
    return true
  }

  private async look(): Promise<boolean> {
    try {
      const changed = await this.refresh()
      this.told = undefined
      if (changed && !this.errand.closed) for (const listener of this.listeners) listener()
      return true
    } catch (thrown) {
      const { code, message, hint } = asWeftError(thrown)
      if (message !== this.told && !this.errand.closed)
        this.log.warn('the underlay is gone or in doubt; the last one stays', { code, error: message, hint })
      this.told = message
      return false
    }
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
