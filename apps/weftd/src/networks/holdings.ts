import {
  asWeftError,
  contains,
  layersOf,
  prefixFamily,
  type Family,
  type Layer,
  type Monotonic,
  type Network,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
  type WeftError,
} from '#core'
import { Errand } from '../errand.js'
import { ownSubnets } from './own-leases.js'
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
  private readonly records = new WeakMap<Layer, { readonly lease: SubnetLease; readonly vtep: VtepClaim }>()
  private readonly errand: Errand
  /** Since when this host waits for its own subnet to come back. */
  private readonly adoptedSince = new WeakMap<Layer, Monotonic>()

  constructor(
    private readonly by: Acquirer,
    private readonly surroundings: () => Promise<Surroundings>,
    /** The subnet of a family that this host's endpoints of a network have: asked for again should its lease have been lost. */
    private readonly remembered: (network: NetworkName, family: Family) => Prefix | undefined,
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
  private waits(layer: Layer): boolean {
    const { store, host, clock } = this.by
    const { view } = store
    const { name, pool } = layer
    if (ownSubnets(view, host, name).some((subnet) => contains(pool, subnet))) {
      this.adoptedSince.delete(layer)
      return false
    }
    if (view.hosts.get(host)?.draining === true) return true
    const away = view.leases.some(
      (lease) =>
        lease.network === name && lease.adoptedFrom === host && lease.state === 'held' && !lease.floating && contains(pool, lease.subnet),
    )
    if (!away) return false
    const since = this.adoptedSince.get(layer) ?? clock.now()
    this.adoptedSince.set(layer, since)
    return clock.now() < since + FAILBACK_PATIENCE
  }

  /** True when there is nothing more to be had in any layer. What hinders it in one keeps the other from nothing. */
  private async hold(network: Network): Promise<boolean> {
    const before = this.of(network.name)
    if (before.state === 'held' && layersOf(network).every((layer) => this.stands(layer))) return true
    let error: WeftError | undefined
    let waiting = false
    for (const layer of layersOf(network)) {
      try {
        if (!(await this.holdLayer(layer, before))) waiting = true
      } catch (thrown) {
        error ??= asWeftError(thrown)
      }
    }
    // A network that was deleted meanwhile needs nothing.
    if (error?.code === 'WEFT_NETWORK_UNKNOWN') return true
    if (error && (before.state !== 'failed' || before.error.message !== error.message)) {
      this.by.log.error('no subnet in this network', { network: network.name, code: error.code, error: error.message, hint: error.hint })
    }
    if (error) this.holdings.set(network.name, { state: 'failed', error })
    else if (!waiting) this.holdings.set(network.name, { state: 'held' })
    return !error && !waiting
  }

  /** False while the host waits for its own subnet. */
  private async holdLayer(layer: Layer, before: Holding): Promise<boolean> {
    if (before.state === 'held' && this.stands(layer)) return true
    const { name, pool } = layer
    checkSurroundings(pool, this.by.store.view, await this.surroundings())
    if (this.waits(layer)) return false
    const family = prefixFamily(pool)
    const lease = await acquireSubnet(this.by, name, family, this.remembered(name, family))
    const vtep = await acquireVtepAddress(this.by, name, family)
    if (before.state !== 'held' && !this.stands(layer))
      this.by.log.info('subnet leased', { network: name, subnet: lease.subnet, vtep: vtep.address, epoch: lease.epoch })
    this.records.set(layer, { lease, vtep })
    return true
  }

  private stands(layer: Layer): boolean {
    const { leases, vteps } = this.by.store.view
    const known = this.records.get(layer)
    return known !== undefined && leases.includes(known.lease) && vteps.includes(known.vtep)
  }
}
