import {
  EMPTY_VIEW,
  WeftError,
  type ClusterView,
  type Endpoint,
  type Host,
  type HostId,
  type HostStatus,
  type Network,
  type NetworkName,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import type { Outcome, ViewSource } from '../store.js'
import { checkLeaseChange, leaseOfEndpoint, legacyOf, outranks, sameRecord } from '../write-rules.js'
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
    if (!sameRecord(stored, host)) this.edit((view) => ({ hosts: new Map(view.hosts).set(host.id, host) }))
  }

  forgetHost(host: HostId): void {
    const { leases } = legacyOf(this.current, host)
    this.edit((view) => ({
      hosts: new Map(Array.from(view.hosts).filter(([id]) => id !== host)),
      leases: view.leases.map((lease) => (leases.includes(lease) ? { ...lease, state: 'released' as const } : lease)),
      vteps: view.vteps.filter((claim) => claim.host !== host),
      endpoints: view.endpoints.filter((endpoint) => endpoint.host !== host),
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
    return { won: true, record: next }
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
