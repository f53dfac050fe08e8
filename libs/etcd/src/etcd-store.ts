import {
  EMPTY_VIEW,
  WeftError,
  type Clock,
  type ClusterView,
  type Endpoint,
  type Epoch,
  type Host,
  type HostId,
  type HostStatus,
  type Log,
  type Monotonic,
  type Network,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type Timer,
  type VtepClaim,
} from '#core'
import type { LeaseHistory, Outcome, Store, StoreHealth, StoreProblem, Transfer, TransferGrounds, ViewSource } from '#lease'
import { CacheFile } from './cache-file.js'
import { CallFailure, toFailure } from './failure.js'
import { Follower } from './follower.js'
import { DEFAULT_PREFIX, Keys } from './keys.js'
import { Kv, type Listing } from './kv.js'
import { Members } from './members.js'
import { Mirror, type Change } from './mirror.js'
import type { EtcdStoreOptions } from './options.js'
import { Outage } from './outage.js'
import { RestoreGuard } from './restore-guard.js'
import { StatusHolder } from './session.js'
import { readableRecord } from './records.js'
import { Writer } from './writer.js'

/** ms for which a write waits for the watch to show it; the write itself is done by then. */
const SHOWN_LIMIT = 1000

/** ms for which a write waits for the first listing since the agent's start. */
const PROOF_LIMIT = 4000

/** ms between two views at least: in a burst of changes each host would otherwise look at every single one. */
const PUBLISH_GAP = 20

/** ms for which {@link EtcdStore.caughtUp} waits for the watch before it asks etcd how much is missing. */
const GLANCE = 100

/** The Store over etcd. Connects when made, and goes on trying until closed. */
export class EtcdStore implements Store {
  private current: ClusterView = EMPTY_VIEW
  private source: ViewSource | undefined
  private readonly listeners = new Set<(view: ClusterView) => void>()
  /** Those who wait for the copy to change. */
  private readonly waiting = new Set<() => void>()
  private publishing: Timer | undefined
  private publishedAt: Monotonic = -Infinity
  private closed = false

  private readonly clock: Clock
  private readonly log: Log
  private readonly keys: Keys
  private readonly members: Members
  private readonly kv: Kv
  private readonly mirror: Mirror
  private readonly follower: Follower
  private readonly status: StatusHolder
  private readonly writer: Writer
  private readonly outage: Outage
  private readonly guard: RestoreGuard
  private readonly cache: CacheFile | undefined
  private readonly following: Promise<void>

  /** @throws WeftError WEFT_NO_STORE, WEFT_CONFIG_VALUE for endpoints or TLS files that cannot work */
  constructor(options: EtcdStoreOptions) {
    const { clock, random, log } = options
    this.clock = clock
    this.log = log
    this.keys = new Keys(options.prefix ?? DEFAULT_PREFIX)
    this.members = new Members(options)
    this.kv = new Kv(this.members)
    this.mirror = new Mirror(this.keys, log)
    this.outage = new Outage(clock, log)
    this.guard = new RestoreGuard(log)
    const { kv, keys, members, mirror } = this
    if (options.cacheFile !== undefined) this.cache = this.openCache(options.cacheFile)
    this.status = new StatusHolder({ kv, members, keys, clock, random, log })
    this.writer = new Writer({
      kv,
      keys,
      mirror,
      clock,
      random,
      shown: (revision) => this.until(() => this.mirror.revision >= revision, SHOWN_LIMIT).then(() => undefined),
      caughtUp: () => this.catchUp(),
    })
    const sink = {
      onListing: (listing: Listing) => this.takeListing(listing),
      onChanges: (changes: readonly Change[]) => this.takeChanges(changes),
      onConnected: () => this.outage.end(),
      onBroken: (failure: CallFailure) => this.outage.begin(failure.message),
    }
    this.follower = new Follower({ kv, members, prefix: this.keys.root, sink, clock, random, log })
    this.following = this.follower.run()
  }

  get view(): ClusterView {
    return this.current
  }

  async ready(deadline: number): Promise<ViewSource> {
    const cached = this.current.revision > 0 && this.source === 'cache'
    // With a copy at hand there is no need to wait long for the store itself.
    await this.until(() => this.source === 'store', cached ? Math.min(deadline, SHOWN_LIMIT) : deadline)
    if (this.source !== undefined) return this.source
    const reason = this.outage.reason ?? this.members.report().find(({ error }) => error !== undefined)?.error ?? 'no answer in time'
    throw new CallFailure('unreachable', reason).toWeftError('reading the cluster')
  }

  onChange(listener: (view: ClusterView) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  caughtUp(): Promise<ClusterView> {
    return this.run('reading the cluster', async () => (await this.catchUp()).view)
  }

  registerHost(host: Host, options: { readonly takeover?: boolean } = {}): Promise<void> {
    return this.write('registering the host', () => this.writer.registerHost(host, options.takeover ?? false))
  }

  drainHost(host: HostId, draining: boolean): Promise<void> {
    return this.write('draining a host', () => this.writer.drainHost(host, draining))
  }

  forgetHost(host: HostId, options: { readonly as?: Host } = {}): Promise<void> {
    return this.write('forgetting a host', () => this.writer.forgetHost(host, options.as))
  }

  createNetwork(draft: (view: ClusterView) => Network): Promise<Network> {
    return this.write('creating a network', () => this.writer.createNetwork(draft))
  }

  changeNetwork(name: NetworkName, change: (network: Network, view: ClusterView) => Network): Promise<Network> {
    return this.write('changing a network', () => this.writer.changeNetwork(name, change))
  }

  deleteNetwork(name: NetworkName, options: { readonly force?: boolean } = {}): Promise<void> {
    return this.write('deleting a network', () => this.writer.deleteNetwork(name, options.force ?? false))
  }

  changeLease(expected: SubnetLease | undefined, next: SubnetLease): Promise<Outcome<SubnetLease>> {
    return this.write('changing a lease', () => this.writer.changeLease(expected, next))
  }

  registerProof(...proof: Parameters<Store['registerProof']>): ReturnType<Store['registerProof']> {
    return this.write('registering with witnesses', () => this.writer.registerProof(...proof))
  }

  retirePreviousProofs(host: HostId, epoch: Epoch): Promise<boolean> {
    return this.write('retiring witnesses', () => this.writer.retirePreviousProofs(host, epoch))
  }

  transferLease(expected: SubnetLease, next: SubnetLease, grounds: TransferGrounds): Promise<Transfer> {
    return this.write('giving a lease to another host', () => this.writer.transferLease(expected, next, grounds))
  }

  removeLease(lease: SubnetLease): Promise<boolean> {
    return this.write('removing a lease', () => this.writer.removeLease(lease))
  }

  leaseHistory(network: NetworkName, subnet: Prefix, limit: number): Promise<LeaseHistory> {
    return this.run('reading the history of a lease', async () => {
      const place = { kind: 'lease', network, subnet } as const
      const { versions, complete } = await this.kv.history(this.keys.of(place), limit)
      const read = versions.flatMap(({ value, modRevision }) => {
        const lease = readableRecord(place, value)
        return lease ? [{ revision: modRevision, lease }] : []
      })
      return { versions: read, complete }
    })
  }

  claimVtep(claim: VtepClaim): Promise<Outcome<VtepClaim>> {
    return this.write('claiming a VTEP address', () => this.writer.claimVtep(claim))
  }

  publishEndpoint(endpoint: Endpoint): Promise<Outcome<Endpoint>> {
    return this.write('publishing an endpoint', () => this.writer.publishEndpoint(endpoint))
  }

  claimEndpoint(expected: Endpoint | undefined, next: Endpoint): Promise<Outcome<Endpoint>> {
    return this.write('claiming an address', () => this.writer.claimEndpoint(expected, next))
  }

  withdrawEndpoint(endpoint: Pick<Endpoint, 'network' | 'address' | 'host'>): Promise<void> {
    return this.write('withdrawing an endpoint', () => this.writer.withdrawEndpoint(endpoint))
  }

  announce(status: HostStatus): void {
    if (!this.closed) this.status.announce(status)
  }

  hurry(): void {
    if (this.outage.state === 'connected') return
    this.members.hurry()
    this.follower.hurry()
  }

  acceptRestore(): void {
    this.guard.accept()
    this.follower.restart()
  }

  get health(): StoreHealth {
    const { lastContact } = this.members
    return {
      state: this.outage.state,
      source: this.source,
      members: this.members.report(),
      revision: this.current.revision,
      lastContactAge: lastContact === undefined ? undefined : this.clock.now() - lastContact,
      outage: this.outage.report(),
      cacheSavedAt: this.cache?.savedAt,
      alarms: [...this.members.activeAlarms, ...this.guard.alarms],
    }
  }

  get problems(): readonly StoreProblem[] {
    return this.mirror.problems
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.listeners.clear()
    this.publishing?.cancel()
    this.outage.stop()
    this.follower.stop()
    await this.status.stop()
    this.members.close()
    await this.following
    await this.cache?.flush()
    for (const wake of this.waiting) wake()
  }

  private openCache(path: string): CacheFile {
    const { mirror, guard } = this
    const copied = {
      whole: () => (guard.clusterId === undefined ? undefined : this.toCached(guard.clusterId)),
      get revision() {
        return mirror.revision
      },
      entry: (key: string) => mirror.lasting(key),
    }
    const cache = new CacheFile(path, copied, this.clock, this.log)
    const cached = cache.load(this.keys.root)
    if (!cached) return cache
    this.guard.remember(cached, cached.alarms)
    this.mirror.replace(cached.entries, cached.revision)
    this.current = this.mirror.view()
    this.source = 'cache'
    return cache
  }

  private toCached(clusterId: string) {
    const { revision } = this.mirror
    return { prefix: this.keys.root, clusterId, revision, alarms: this.guard.alarms, entries: this.mirror.snapshot() }
  }

  private takeListing(listing: Listing): boolean {
    this.outage.end()
    const before = this.guard.alarms.join()
    if (!this.guard.admits(listing)) {
      if (this.guard.alarms.join() !== before) this.cache?.touch()
      for (const wake of this.waiting) wake()
      return false
    }
    this.mirror.replace(listing.entries, listing.revision)
    this.source = 'store'
    this.cache?.touch()
    this.publish()
    return true
  }

  private takeChanges(changes: readonly Change[]): void {
    this.mirror.apply(changes)
    this.guard.advance(this.mirror.revision)
    for (const change of changes) {
      if (change.value !== undefined) continue
      const place = placeOf(this.keys, change.key)
      if (place?.kind === 'status') this.status.onDeleted(place.host)
    }
    this.cache?.touch(changes.map(({ key }) => key))
    this.publish()
  }

  /** The copy has changed: a new view is due, one for all changes of a burst. Those who wait for the copy need not wait for that. */
  private publish(): void {
    const due = this.publishedAt + PUBLISH_GAP - this.clock.now()
    this.publishing ??= this.clock.after(Math.max(0, due), () => this.show())
    for (const wake of this.waiting) wake()
  }

  private show(): void {
    this.publishing?.cancel()
    this.publishing = undefined
    this.publishedAt = this.clock.now()
    this.current = this.mirror.view()
    for (const listener of this.listeners) {
      try {
        listener(this.current)
      } catch (error) {
        this.log.error('a listener to the store failed', { error })
      }
    }
  }

  /** Waits for a condition on the copy; resolves with whether it holds. The view shows the copy then. */
  private async until(condition: () => boolean, limit: number): Promise<boolean> {
    const end = this.clock.now() + limit
    while (!condition() && !this.closed) {
      const left = end - this.clock.now()
      if (left <= 0) break
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          timer.cancel()
          this.waiting.delete(wake)
          resolve()
        }
        const timer = this.clock.after(left, wake)
        this.waiting.add(wake)
      })
    }
    if (this.publishing && !this.closed) this.show()
    return condition()
  }

  /**
   * Compares the copy with etcd. That the copy has reached etcd's revision proves it; but revisions also grow with other people's keys,
   * of which the watch says nothing. Then equal numbers of keys and no key newer than the copy prove it just as well: what was
   * missed could only be deletions, and those would leave fewer keys.
   */
  private async catchUp(): Promise<{ view: ClusterView; revision: number }> {
    const { revision } = await this.kv.read(this.keys.root)
    if (await this.until(() => this.mirror.revision >= revision, GLANCE)) return { view: this.current, revision: this.mirror.revision }
    for (let attempt = 0; attempt < 5; attempt++) {
      const measured = await this.kv.measure(this.keys.root)
      const same = (): boolean => this.mirror.revision >= measured.highest && this.mirror.size === measured.count
      if (await this.until(() => same() || this.mirror.revision > measured.revision, SHOWN_LIMIT)) {
        return { view: this.current, revision: Math.max(measured.revision, this.mirror.revision) }
      }
    }
    throw new CallFailure('unreachable', 'the watch does not keep up')
  }

  private async run<T>(what: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (thrown) {
      throw thrown instanceof WeftError ? thrown : toFailure(thrown).toWeftError(what)
    }
  }

  private write<T>(what: string, action: () => Promise<T>): Promise<T> {
    return this.run(what, async () => {
      // What a copy on disk says of etcd may be long past: nothing is written to a store that was not seen to be the same one.
      await this.until(() => this.source === 'store' || this.guard.alarms.length > 0, PROOF_LIMIT)
      this.guard.check()
      if (this.source !== 'store') throw new CallFailure('unreachable', this.outage.reason ?? 'no answer in time')
      return action()
    })
  }
}

function placeOf(keys: Keys, key: string): ReturnType<Keys['place']> {
  try {
    return keys.place(key)
  } catch {
    return undefined
  }
}
