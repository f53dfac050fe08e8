import { asWeftError, Backoff, type Network, type NetworkName, type Prefix, type Timer, type WeftError } from '#core'
import { acquireSubnet, acquireVtepAddress, checkSurroundings, type Acquirer, type Surroundings } from '#lease'

/** What this host has in a network, or what keeps it from having it. */
export type Holding = { readonly state: 'waiting' } | { readonly state: 'held' } | { readonly state: 'failed'; readonly error: WeftError }

/**
 * Sees to it that this host has a subnet and a VTEP address in every network: looks at each new view, claims what is missing, and tries
 * again with growing pauses while that fails. What it has is in the store's view; here is only how the claiming goes.
 */
export class Holdings {
  private readonly holdings = new Map<NetworkName, Holding>()
  private running = false
  private again = false
  private closed = false
  private timer: Timer | undefined
  private readonly retry: Backoff

  constructor(
    private readonly by: Acquirer,
    private readonly surroundings: () => Promise<Surroundings>,
    /** The subnet that this host's endpoints of a network have: asked for again should its lease have been lost. */
    private readonly remembered: (network: NetworkName) => Prefix | undefined,
  ) {
    this.retry = new Backoff({ first: 500, limit: 30_000 }, by.random)
  }

  of(network: NetworkName): Holding {
    return this.holdings.get(network) ?? { state: 'waiting' }
  }

  /** Looks for networks without holdings; to be called when the view changed. */
  request(): void {
    if (this.closed) return
    this.again = true
    if (!this.running) void this.run()
  }

  close(): void {
    this.closed = true
    this.timer?.cancel()
  }

  private async run(): Promise<void> {
    this.running = true
    this.timer?.cancel()
    let failed = false
    while (this.again && !this.closed) {
      this.again = false
      failed = false
      for (const name of this.holdings.keys()) if (!this.by.store.view.networks.has(name)) this.holdings.delete(name)
      for (const network of this.by.store.view.networks.values()) {
        if (!this.closed && !(await this.hold(network))) failed = true
      }
    }
    if (failed && !this.closed) this.timer = this.by.clock.after(this.retry.next(), () => this.request())
    else this.retry.reset()
    this.running = false
  }

  private async hold(network: Network): Promise<boolean> {
    const before = this.of(network.name)
    try {
      checkSurroundings(network.pool, this.by.store.view, await this.surroundings())
      const lease = await acquireSubnet(this.by, network.name, this.remembered(network.name))
      const vtep = await acquireVtepAddress(this.by, network.name)
      if (before.state !== 'held')
        this.by.log.info('subnet leased', { network: network.name, subnet: lease.subnet, vtep: vtep.address, epoch: lease.epoch })
      this.holdings.set(network.name, { state: 'held' })
      return true
    } catch (thrown) {
      const error = asWeftError(thrown)
      // A network that was deleted meanwhile needs nothing.
      if (error.code === 'WEFT_NETWORK_UNKNOWN') return true
      if (before.state !== 'failed' || before.error.message !== error.message) {
        this.by.log.error('no subnet in this network', { network: network.name, code: error.code, error: error.message, hint: error.hint })
      }
      this.holdings.set(network.name, { state: 'failed', error })
      return false
    }
  }
}
