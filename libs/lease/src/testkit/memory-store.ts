import {
  EMPTY_VIEW,
  WeftError,
  type ClusterView,
  type Endpoint,
  type Epoch,
  type Host,
  type HostId,
  type HostStatus,
  type Network,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import type { LeaseHistory, Outcome, Store, StoreHealth, StoreProblem, Transfer, TransferGrounds, ViewSource } from '../store.js'
import type { MemoryCluster } from './memory-cluster.js'

/** One agent's store over a {@link MemoryCluster}; made by its `store()`. */
export class MemoryStore implements Store {
  view: ClusterView = EMPTY_VIEW
  readonly problems: StoreProblem[] = []
  private readonly listeners = new Set<(view: ClusterView) => void>()
  private readonly pending: ClusterView[] = []
  private delivering = false
  private announced: HostStatus | undefined
  private closed = false
  /** Settles when the last delivery that was under way is done. */
  private idle: Promise<void> = Promise.resolve()

  constructor(
    private readonly cluster: MemoryCluster,
    private source: ViewSource,
  ) {
    if (!cluster.outage || source === 'cache') this.view = cluster.view
  }

  ready(): Promise<ViewSource> {
    return this.view.revision === 0 ? Promise.reject(unreachable()) : Promise.resolve(this.source)
  }

  onChange(listener: (view: ClusterView) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** How often somebody was in a hurry. */
  hurries = 0

  hurry(): void {
    this.hurries++
  }

  async caughtUp(): Promise<ClusterView> {
    await this.call('caughtUp', () => undefined)
    await this.idle
    return this.view
  }

  registerHost(host: Host, options: { readonly takeover?: boolean } = {}): Promise<void> {
    return this.call(`registerHost ${host.id}`, () => this.cluster.registerHost(host, options.takeover ?? false))
  }

  createNetwork(draft: (view: ClusterView) => Network): Promise<Network> {
    return this.call('createNetwork', () => this.cluster.createNetwork(draft))
  }

  changeNetwork(name: NetworkName, change: (network: Network, view: ClusterView) => Network): Promise<Network> {
    return this.call(`changeNetwork ${name}`, () => this.cluster.changeNetwork(name, change))
  }

  deleteNetwork(name: NetworkName, options: { readonly force?: boolean } = {}): Promise<void> {
    return this.call(`deleteNetwork ${name}`, () => this.cluster.deleteNetwork(name, options.force ?? false))
  }

  changeLease(expected: SubnetLease | undefined, next: SubnetLease): Promise<Outcome<SubnetLease>> {
    const seen = this.view.networks.get(next.network)
    return this.call(`changeLease ${next.subnet} ${next.host}`, () => this.cluster.changeLease(expected, next, seen))
  }

  registerProof(...[expected, record, previous]: Parameters<Store['registerProof']>): ReturnType<Store['registerProof']> {
    return this.call(`registerProof ${record.host}`, () => this.cluster.registerProof(expected, record, previous))
  }

  retirePreviousProofs(host: HostId, epoch: Epoch): Promise<boolean> {
    return this.call(`retirePreviousProofs ${host}`, () => this.cluster.retirePreviousProofs(host, epoch))
  }

  transferLease(expected: SubnetLease, next: SubnetLease, grounds: TransferGrounds): Promise<Transfer> {
    const seen = this.view.networks.get(next.network)
    return this.call(`transferLease ${next.subnet} ${next.host}`, () => this.cluster.transferLease(expected, next, grounds, seen))
  }

  removeLease(lease: SubnetLease): Promise<boolean> {
    return this.call(`removeLease ${lease.subnet}`, () => this.cluster.removeLease(lease))
  }

  leaseHistory(network: NetworkName, subnet: Prefix, limit: number): Promise<LeaseHistory> {
    return this.call(`leaseHistory ${subnet}`, () => this.cluster.leaseHistory(network, subnet, limit))
  }

  claimVtep(claim: VtepClaim): Promise<Outcome<VtepClaim>> {
    const seen = this.view.networks.get(claim.network)
    return this.call(`claimVtep ${claim.address} ${claim.host}`, () => this.cluster.claimVtep(claim, seen))
  }

  publishEndpoint(endpoint: Endpoint): Promise<Outcome<Endpoint>> {
    return this.call(`publishEndpoint ${endpoint.address}`, () => this.cluster.publishEndpoint(endpoint))
  }

  claimEndpoint(expected: Endpoint | undefined, next: Endpoint): Promise<Outcome<Endpoint>> {
    return this.call(`claimEndpoint ${next.address}`, () => this.cluster.claimEndpoint(expected, next))
  }

  drainHost(host: HostId, draining: boolean): Promise<void> {
    return this.call(`drainHost ${host}`, () => this.cluster.drainHost(host, draining))
  }

  forgetHost(host: HostId, options: { readonly as?: Host } = {}): Promise<void> {
    return this.call(`forgetHost ${host}`, () => this.cluster.forgetHost(host, options.as))
  }

  withdrawEndpoint(place: Pick<Endpoint, 'network' | 'address' | 'host'>): Promise<void> {
    return this.call(`withdrawEndpoint ${place.address}`, () => this.cluster.withdrawEndpoint(place))
  }

  announce(status: HostStatus): void {
    this.announced = status
    if (!this.cluster.outage) this.cluster.announce(status)
  }

  /** Nothing to accept: this store never goes back in time. */
  acceptRestore(): void {}

  get health(): StoreHealth {
    const starting = this.view.revision === 0
    return {
      state: this.cluster.outage ? (starting ? 'starting' : 'outage') : 'connected',
      source: starting ? undefined : this.source,
      members: [{ url: 'memory:', healthy: !this.cluster.outage, watching: !this.cluster.outage, error: undefined }],
      revision: this.view.revision,
      lastContactAge: starting ? undefined : 0,
      outage: this.cluster.outage ? { since: '2026-01-01T00:00:00.000Z', duration: 0, reason: 'outage of the memory store' } : undefined,
      cacheSavedAt: undefined,
      alarms: [],
    }
  }

  close(): Promise<void> {
    if (this.closed) return Promise.resolve()
    this.closed = true
    this.cluster.forget(this)
    this.listeners.clear()
    if (this.announced && !this.cluster.outage) this.cluster.endSession(this.announced.host)
    return Promise.resolve()
  }

  /** For the cluster: an outage is over, and what was announced meanwhile is due. */
  resume(view: ClusterView): void {
    this.deliver(view)
    if (this.announced) this.cluster.announce(this.announced)
  }

  /** For the cluster: shows a view when its turn comes; views keep their order. */
  deliver(view: ClusterView): void {
    this.pending.push(view)
    if (!this.delivering) this.idle = this.drain()
  }

  private async drain(): Promise<void> {
    this.delivering = true
    while (this.pending.length > 0) {
      await this.cluster.turn('deliver')
      const next = this.pending.shift()
      if (!next || this.closed) continue
      this.view = next
      this.source = 'store'
      for (const listener of this.listeners) listener(next)
    }
    this.delivering = false
  }

  private async call<T>(what: string, action: () => T): Promise<T> {
    await this.cluster.turn(what)
    if (this.closed || this.cluster.outage) throw unreachable()
    const result = action()
    await this.cluster.turn(`answer to ${what}`)
    return result
  }
}

function unreachable(): WeftError {
  return new WeftError('WEFT_STORE_UNREACHABLE', 'the memory store is out of reach', { hint: 'end the outage' })
}
