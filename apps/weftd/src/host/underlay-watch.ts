import { asWeftError, type Ip, type Log } from '#core'
import type { HostNetwork } from '#netlink'
import { chooseUnderlay, routedSource, type Underlay, type UnderlayWish } from './underlay.js'

/** Knows the underlay, and notices when the host's links change it. What was chosen once stays while the host has no better answer. */
export class UnderlayWatch {
  private chosen: Underlay | undefined
  private looking = false
  private again = false
  private closed = false
  /** What keeps this host from having an answer, as it was told last. */
  private told: string | undefined
  private readonly listeners = new Set<() => void>()

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

  /** Looks again soon, one look at a time. That there is no answer is told once. */
  request(): void {
    this.again = true
    if (!this.looking && !this.closed) void this.look()
  }

  /** Calls back when {@link request} has found another address, interface or MTU. */
  onChange(listener: () => void): void {
    this.listeners.add(listener)
  }

  close(): void {
    this.closed = true
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

  private async look(): Promise<void> {
    this.looking = true
    while (this.again && !this.closed) {
      this.again = false
      try {
        const changed = await this.refresh()
        this.told = undefined
        if (changed && !this.closed) for (const listener of this.listeners) listener()
      } catch (thrown) {
        const { code, message, hint } = asWeftError(thrown)
        if (message !== this.told && !this.closed)
          this.log.warn('the underlay is gone or in doubt; the last one stays', { code, error: message, hint })
        this.told = message
      }
    }
    this.looking = false
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
