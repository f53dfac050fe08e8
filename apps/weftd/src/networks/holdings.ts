import {
  asWeftError,
  type Monotonic,
  type Network,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
  type WeftError,
} from '#core'
import { Errand } from '../errand.js'
import { ownLeases } from './own-leases.js'
import { acquireSubnet, acquireVtepAddress, checkSurroundings, type Acquirer, type Surroundings } from '#lease'

/** What this host has in a network, or what keeps it from having it. */
export type Holding = { readonly state: 'waiting' } | { readonly state: 'held' } | { readonly state: 'failed'; readonly error: WeftError }

/** For so long a host waits for its adopted subnet before it claims another one, in ms: failback comes after 2 s of calm. */
const FAILBACK_PATIENCE = 8_000

/**
 * Sees to it that this host has a subnet and a VTEP address in every network: looks at each new view, claims what is missing, and tries
 * again with growing pauses while that fails. What it has is in the store's view; here is only how the claiming goes.
 */
export class Holdings {
  private readonly holdings = new Map<NetworkName, Holding>()
  /** The records of what is held: while they stand, and the network's too, there is nothing to look for. */
  private readonly records = new WeakMap<Network, { readonly lease: SubnetLease; readonly vtep: VtepClaim }>()
  private readonly errand: Errand
  /** Since when this host waits for its own subnet to come back. */
  private readonly adoptedSince = new Map<NetworkName, Monotonic>()

  constructor(
    private readonly by: Acquirer,
    private readonly surroundings: () => Promise<Surroundings>,
    /** The subnet that this host's endpoints of a network have: asked for again should its lease have been lost. */
    private readonly remembered: (network: NetworkName) => Prefix | undefined,
  ) {
    this.errand = new Errand(() => this.holdAll(), by.clock, by.random, { first: 500, limit: 30_000 })
  }

  of(network: NetworkName): Holding {
    return this.holdings.get(network) ?? { state: 'waiting' }
  }

  /** Looks for networks without holdings; to be called when the view changed. */
  request(): void {
    this.errand.request()
  }

  close(): void {
    void this.errand.close()
  }

  private async holdAll(): Promise<boolean> {
    const { networks } = this.by.store.view
    for (const name of this.holdings.keys()) if (!networks.has(name)) this.holdings.delete(name)
    let all = true
    for (const network of networks.values()) {
      if (!this.errand.closed && !(await this.hold(network))) all = false
    }
    return all
  }

  /**
   * True while this host shall claim no subnet of its own: it is drained, or its own was adopted and comes back soon, unless something
   * lives in it where it is now.
   */
  private waits(network: NetworkName): boolean {
    const { store, host, clock } = this.by
    const { view } = store
    if (ownLeases(view, host, network).some(({ floating }) => !floating)) {
      this.adoptedSince.delete(network)
      return false
    }
    if (view.hosts.get(host)?.draining === true) return true
    const away = view.leases.some(
      (lease) => lease.network === network && lease.adoptedFrom === host && lease.state === 'held' && !lease.floating,
    )
    if (!away) return false
    const since = this.adoptedSince.get(network) ?? clock.now()
    this.adoptedSince.set(network, since)
    return clock.now() < since + FAILBACK_PATIENCE
  }

  private async hold(network: Network): Promise<boolean> {
    const before = this.of(network.name)
    if (before.state === 'held' && this.stands(network)) return true
    try {
      checkSurroundings(network.pool, this.by.store.view, await this.surroundings())
      if (this.waits(network.name)) return false
      const lease = await acquireSubnet(this.by, network.name, this.remembered(network.name))
      const vtep = await acquireVtepAddress(this.by, network.name)
      if (before.state !== 'held')
        this.by.log.info('subnet leased', { network: network.name, subnet: lease.subnet, vtep: vtep.address, epoch: lease.epoch })
      this.holdings.set(network.name, { state: 'held' })
      this.records.set(network, { lease, vtep })
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
  private stands(network: Network): boolean {
    const { leases, vteps } = this.by.store.view
    const known = this.records.get(network)
    return known !== undefined && leases.includes(known.lease) && vteps.includes(known.vtep)
  }
}
