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
  type PreviousProofs,
  type ProofRecord,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import type { LeaseHistory, Outcome, Store, Transfer, TransferGrounds, ViewSource } from '../store.js'
import { checkLeaseChange, hostUnknown, leaseOfEndpoint, legacyOf, outranks, sameRecord } from '../write-rules.js'
import { MemoryStore } from './memory-store.js'

/** Called before anything happens and before anything is answered or shown: a test decides here who comes next. */
export type Turn = (what: string) => Promise<void>

/**
 * A cluster's store in memory with revisions and compares, without a network: what etcd would decide, decided in the order in which
 * operations get their turn. Each agent has a {@link MemoryStore} of its own, whose view lags behind.
 */
export class MemoryCluster {
  private current: ClusterView = { ...EMPTY_VIEW, revision: 1 }
  private readonly stores = new Set<MemoryStore>()
  private readonly history: LeaseHistory['versions'][number][] = []
  /** While set, every call fails as if no member answered, and views stand still. */
  outage = false

  constructor(readonly turn: Turn = () => Promise.resolve()) {}

  /** The truth, without lag. */
  get view(): ClusterView {
    return this.current
  }

  /** The store as one agent sees it. */
  store(source: ViewSource = 'store'): MemoryStore {
    const store = new MemoryStore(this, source)
    this.stores.add(store)
    return store
  }

  forget(store: MemoryStore): void {
    this.stores.delete(store)
  }

  /** Ends an outage: every store hears what it has missed. */
  restore(): void {
    this.outage = false
    for (const store of this.stores) store.resume(this.current)
  }

  /** Any change, as if made with etcdctl. */
  edit(change: (view: ClusterView) => Partial<ClusterView>): void {
    this.current = { ...this.current, ...change(this.current), revision: this.current.revision + 1 }
    if (this.outage) return
    for (const store of this.stores) store.deliver(this.current)
  }

  registerHost(host: Host, takeover: boolean): void {
    const stored = this.current.hosts.get(host.id)
    if (stored && stored.machineId !== host.machineId && !takeover) {
      throw new WeftError('WEFT_HOST_NAME_TAKEN', `another machine is registered as host '${host.id}'`, { field: 'host' })
    }
    const next: Host = { ...host, ...(stored?.draining && { draining: true }) }
    if (!sameRecord(stored, next)) this.edit((view) => ({ hosts: new Map(view.hosts).set(host.id, next) }))
  }

  drainHost(host: HostId, draining: boolean): void {
    const stored = this.current.hosts.get(host)
    if (!stored) throw hostUnknown(host)
    const { draining: _, ...facts } = stored
    this.edit((view) => ({ hosts: new Map(view.hosts).set(host, draining ? { ...facts, draining: true } : facts) }))
  }

  forgetHost(host: HostId, as?: Host): void {
    const { leases } = legacyOf(this.current, host, as)
    this.edit((view) => ({
      hosts: new Map(Array.from(view.hosts).filter(([id]) => id !== host)),
      leases: view.leases.map((lease) => (leases.includes(lease) ? { ...lease, state: 'released' as const } : lease)),
      vteps: view.vteps.filter((claim) => claim.host !== host),
      endpoints: view.endpoints.filter((endpoint) => endpoint.host !== host),
      proofs: without(view.proofs, host),
      previousProofs: without(view.previousProofs, host),
    }))
  }

  createNetwork(draft: (view: ClusterView) => Network): Network {
    const network = draft(this.current)
    if (this.current.networks.has(network.name)) {
      throw new WeftError('WEFT_NETWORK_EXISTS', `there is a network '${network.name}' already`, { field: 'name' })
    }
    this.edit((view) => ({ networks: new Map(view.networks).set(network.name, network) }))
    return network
  }

  changeNetwork(name: NetworkName, change: (network: Network, view: ClusterView) => Network): Network {
    const before = this.current.networks.get(name)
    if (!before) throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no network '${name}'`, { field: 'name' })
    const next = change(before, this.current)
    if (!sameRecord(before, next)) this.edit((view) => ({ networks: new Map(view.networks).set(name, next) }))
    return next
  }

  deleteNetwork(name: NetworkName, force: boolean): void {
    const { networks, endpoints } = this.current
    if (!networks.has(name)) throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no network '${name}'`, { field: 'name' })
    const inUse = endpoints.filter((endpoint) => endpoint.network === name).length
    if (inUse > 0 && !force) throw new WeftError('WEFT_NETWORK_IN_USE', `network '${name}' has ${inUse} endpoints`, { field: 'name' })
    const others = <T extends { network: NetworkName }>(records: readonly T[]): T[] => records.filter((record) => record.network !== name)
    this.edit((view) => ({
      networks: new Map(Array.from(view.networks).filter(([key]) => key !== name)),
      leases: others(view.leases),
      vteps: others(view.vteps),
      endpoints: others(view.endpoints),
    }))
  }

  changeLease(expected: SubnetLease | undefined, next: SubnetLease, seen: Network | undefined): Outcome<SubnetLease> {
    checkLeaseChange(expected, next)
    const { leases, networks } = this.current
    const current = leases.find((lease) => lease.network === next.network && lease.subnet === next.subnet)
    if (sameRecord(current, next)) return { won: true, record: next }
    const network = networks.get(next.network)
    if (!network || !sameRecord(network, seen) || !sameRecord(current, expected)) return { won: false, current }
    this.edit((view) => ({ leases: [...view.leases.filter((lease) => lease !== current), next] }))
    this.history.push({ revision: this.current.revision, lease: next })
    return { won: true, record: next }
  }

  registerProof(expected: Epoch, record: ProofRecord, previous: PreviousProofs['sets']): Awaited<ReturnType<Store['registerProof']>> {
    const { host, incarnation, attempt } = record
    const { proofs, previousProofs } = this.current
    const leases = this.current.leases.filter((lease) => lease.host === host && lease.state === 'held')
    const before = proofs.get(host)
    if (before?.incarnation === incarnation && before.attempt === attempt) return { end: 'won', epoch: before.epoch, leases }
    if ((before?.epoch ?? 0) !== expected) return { end: 'lost', proof: before, previous: previousProofs.get(host) }
    const epoch = this.current.revision + 1
    this.edit(() => ({
      proofs: new Map(proofs).set(host, { ...record, epoch, at: '2026-01-01T00:00:00.000Z' }),
      previousProofs:
        previous.length > 0 ? new Map(previousProofs).set(host, { host, sets: previous, revision: epoch }) : without(previousProofs, host),
    }))
    return { end: 'won', epoch, leases }
  }

  retirePreviousProofs(host: HostId, epoch: Epoch): boolean {
    if (this.current.proofs.get(host)?.epoch !== epoch) return false
    if (this.current.previousProofs.has(host)) this.edit(({ previousProofs }) => ({ previousProofs: without(previousProofs, host) }))
    return true
  }

  transferLease(expected: SubnetLease, next: SubnetLease, { proofs, previous }: TransferGrounds, seen: Network | undefined): Transfer {
    const { current: view } = this
    const firm =
      proofs.every(({ host, epoch }) => (view.proofs.get(host)?.epoch ?? 0) === epoch) &&
      (!previous || (view.previousProofs.get(previous.host)?.revision ?? 0) === previous.revision)
    const current = view.leases.find((lease) => lease.network === next.network && lease.subnet === next.subnet)
    if (!firm && !sameRecord(current, next)) return { won: false, current }
    const outcome = this.changeLease(expected, next, seen)
    const revision = this.history.findLast(({ lease }) => sameRecord(lease, next))?.revision ?? 0
    return outcome.won ? { won: true, revision } : outcome
  }

  removeLease(lease: SubnetLease): boolean {
    const current = this.current.leases.find(({ network, subnet }) => network === lease.network && subnet === lease.subnet)
    if (!current) return true
    if (!sameRecord(current, lease)) return false
    this.edit((view) => ({ leases: view.leases.filter((other) => other !== current) }))
    return true
  }

  leaseHistory(network: NetworkName, subnet: Prefix, limit: number): LeaseHistory {
    const versions = this.history.filter(({ lease }) => lease.network === network && lease.subnet === subnet).toReversed()
    return { versions: versions.slice(0, limit), complete: versions.length <= limit }
  }

  claimVtep(claim: VtepClaim, seen: Network | undefined): Outcome<VtepClaim> {
    const current = this.current.vteps.find(({ network, address }) => network === claim.network && address === claim.address)
    if (current) return current.host === claim.host ? { won: true, record: current } : { won: false, current }
    const network = this.current.networks.get(claim.network)
    if (!network || !sameRecord(network, seen)) return { won: false, current: undefined }
    this.edit((view) => ({ vteps: [...view.vteps, claim] }))
    return { won: true, record: claim }
  }

  publishEndpoint(endpoint: Endpoint): Outcome<Endpoint> {
    const current = this.endpointAt(endpoint)
    if (!leaseOfEndpoint(this.current.leases, endpoint) || outranks(current, endpoint)) return { won: false, current }
    if (!sameRecord(current, endpoint)) {
      this.edit((view) => ({ endpoints: [...view.endpoints.filter((other) => other !== current), endpoint] }))
    }
    return { won: true, record: endpoint }
  }

  claimEndpoint(expected: Endpoint | undefined, next: Endpoint): Outcome<Endpoint> {
    const current = this.endpointAt(next)
    if (sameRecord(current, next)) return { won: true, record: next }
    if (!this.current.networks.has(next.network) || !sameRecord(current, expected)) return { won: false, current }
    this.edit((view) => ({ endpoints: [...view.endpoints.filter((other) => other !== current), next] }))
    return { won: true, record: next }
  }

  withdrawEndpoint(place: Pick<Endpoint, 'network' | 'address' | 'host'>): void {
    const current = this.endpointAt(place)
    if (current?.host === place.host) this.edit((view) => ({ endpoints: view.endpoints.filter((other) => other !== current) }))
  }

  announce(status: HostStatus): void {
    this.edit((view) => ({ statuses: new Map(view.statuses).set(status.host, status) }))
  }

  endSession(host: HostId): void {
    this.edit((view) => ({ statuses: new Map(Array.from(view.statuses).filter(([key]) => key !== host)) }))
  }

  private endpointAt(place: Pick<Endpoint, 'network' | 'address'>): Endpoint | undefined {
    return this.current.endpoints.find(({ network, address }) => network === place.network && address === place.address)
  }
}

function without<T>(map: ReadonlyMap<HostId, T>, host: HostId): ReadonlyMap<HostId, T> {
  return new Map(Array.from(map).filter(([key]) => key !== host))
}
