import { problemOf, type AgentStatus, type HostHealthView, type HostView, type NetworkStatus, type Problem, type StoreStatus } from '#api'
import { bridgeName, familyOf, layersOf, sameFamily, VERSION, vxlanName, type Clock, type HostId, type Network, type Prefix } from '#core'
import type { Store } from '#lease'
import { mayShorten, overlayMtu } from '#plan'
import type { DirectRouting } from '../direct/direct-routing.js'
import type { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import type { HostHealth } from '../health/host-health.js'
import type { Registration } from '../host/registration.js'
import type { UnderlayWatch } from '../host/underlay-watch.js'
import type { Holdings } from '../networks/holdings.js'
import { ownSubnets } from '../networks/own-leases.js'
import type { DesiredState } from '../reconcile/desired-state.js'
import type { FilterStage } from '../reconcile/filter-stage.js'
import type { Reconciler } from '../reconcile/reconciler.js'
import { healthView } from './health-view.js'

export interface StatusParts {
  readonly clock: Clock
  readonly store: Store
  readonly underlay: UnderlayWatch
  readonly registration: Pick<Registration, 'problem'>
  readonly holdings: Holdings
  readonly direct: Pick<DirectRouting, 'statusOf'>
  readonly registry: EndpointRegistry
  readonly desired: Pick<DesiredState, 'problems'>
  readonly reconciler: Reconciler
  readonly filter: Pick<FilterStage, 'problems' | 'noShortcuts'>
  readonly health: Pick<HostHealth, 'member' | 'problems'>
  /** Why failover cannot work, and what is wrong with the paths to other hosts. */
  readonly problems: () => readonly Problem[]
}

/** Puts together what `weft status` and `weft hosts` show. */
export class StatusView {
  private readonly started: string

  constructor(
    private readonly self: HostId,
    private readonly parts: StatusParts,
  ) {
    this.started = parts.clock.wallTime()
  }

  status(): AgentStatus {
    const { obstacles, ...reconcile } = this.parts.reconciler.status
    const networks = [...this.parts.store.view.networks.values()]
    const { noShortcuts, problems } = this.parts.filter
    return {
      host: this.self,
      version: VERSION,
      pid: process.pid,
      started: this.started,
      underlay: this.parts.underlay.current,
      store: this.storeStatus(),
      networks: networks.map((network) => this.networkStatus(network)),
      ...(noShortcuts !== undefined && networks.flatMap(layersOf).some(mayShorten) ? { noShortcuts } : {}),
      reconcile: { ...reconcile, failures: [...reconcile.failures, ...obstacles, ...problems] },
      problems: this.problems(),
    }
  }

  hosts(): HostView[] {
    const { hosts, leases, endpoints, statuses } = this.parts.store.view
    // Looked up by host, for there may be ten thousand of them.
    const subnets = new Map<HostId, Prefix[]>()
    for (const { host, subnet, state } of leases) if (state === 'held') subnets.set(host, [...(subnets.get(host) ?? []), subnet])
    const attached = new Map<HostId, number>()
    // One with an address of each family has two records.
    const counted = new Set<string>()
    for (const { host, network, name, mac } of endpoints) {
      const one = `${host} ${network} ${name} ${mac}`
      if (!counted.has(one)) attached.set(host, (attached.get(host) ?? 0) + 1)
      counted.add(one)
    }
    return [...hosts.values()].map(({ id, underlay, version }) => ({
      host: id,
      self: id === this.self,
      underlay,
      subnets: subnets.get(id) ?? [],
      endpoints: id === this.self ? this.parts.registry.list().length : (attached.get(id) ?? 0),
      version,
      agent: statuses.has(id) ? 'connected' : 'no-session',
      since: statuses.get(id)?.started ?? null,
      health: this.healthOf(id),
    }))
  }

  private healthOf(host: HostId): HostHealthView | null {
    const member = host === this.self ? undefined : this.parts.health.member(host)
    return member ? healthView(member, this.parts.clock.now()) : null
  }

  private storeStatus(): StoreStatus {
    const { state, source, revision, lastContactAge, outage, members, cacheSavedAt, alarms } = this.parts.store.health
    return {
      state: state === 'starting' ? 'connecting' : state === 'outage' ? 'unreachable' : 'connected',
      cached: source === 'cache',
      revision,
      lastContactMs: lastContactAge === undefined ? null : Math.round(lastContactAge),
      outageMs: outage ? Math.round(outage.duration) : null,
      outageReason: outage?.reason ?? null,
      cacheSavedAt: cacheSavedAt ?? null,
      alarms,
      endpoints: members.map(({ url, healthy, watching, error }) => ({
        url,
        healthy: healthy ?? null,
        watching,
        ...(error === undefined ? {} : { error }),
      })),
    }
  }

  /** In bytes. */
  mtuOf(network: Network): number {
    return network.mtu ?? overlayMtu(this.parts.underlay.current.mtu, familyOf(this.parts.underlay.current.address))
  }

  private networkStatus(network: Network): NetworkStatus {
    const { view } = this.parts.store
    const holding = this.parts.holdings.of(network.name)
    const subnets = ownSubnets(view, this.self, network.name)
    const claims = view.vteps.filter((claim) => claim.network === network.name)
    const vteps = layersOf(network).map(
      ({ pool }) => claims.find(({ host, address }) => host === this.self && sameFamily(pool, address))?.address,
    )
    const [vtep, secondVtep] = vteps
    const ready = layersOf(network).every(({ pool }, at) => vteps[at] !== undefined && subnets.some((subnet) => sameFamily(pool, subnet)))
    return {
      name: network.name,
      state: ready ? 'ready' : holding.state === 'failed' ? 'failed' : 'waiting',
      subnets,
      vtep: vtep ?? null,
      ...(secondVtep !== undefined && { secondVtep }),
      device: vxlanName(network.name),
      bridge: bridgeName(network.name),
      mtu: this.mtuOf(network),
      peers: new Set(claims.flatMap(({ host }) => (host !== this.self && view.hosts.has(host) ? [host] : []))).size,
      ...this.parts.direct.statusOf(network.name),
      endpoints: this.parts.registry.list().filter((endpoint) => endpoint.network === network.name).length,
      ...(holding.state === 'failed' ? { problem: problemOf(holding.error) } : {}),
    }
  }

  private problems(): Problem[] {
    const stored = this.parts.store.problems.map(({ code, key, field, message }) => ({
      code,
      field: field === '' ? key : `${key} ${field}`,
      message,
      hint: `look with \`etcdctl get ${key}\` and mend or delete it`,
    }))
    const { problem } = this.parts.registration
    return [
      ...(problem ? [problemOf(problem)] : []),
      ...this.parts.health.problems,
      ...this.parts.problems(),
      ...stored,
      ...this.parts.desired.problems.map(problemOf),
    ]
  }
}
