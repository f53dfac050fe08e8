import { join } from 'node:path'
import type { ApiServer } from '#api'
import { hostPrefix, type Prefix } from '#core'
import type { Store } from '#lease'
import type { KernelEcho } from '#net'
import { addressesOf, type Kernel } from '#plan'
import type { AddressChecks } from './addresses/address-checks.js'
import type { DirectRouting } from './direct/direct-routing.js'
import type { DockerPlugin } from './docker/docker-plugin.js'
import type { EndpointPublisher } from './endpoints/endpoint-publisher.js'
import type { EndpointRegistry } from './endpoints/endpoint-registry.js'
import type { Orphans } from './endpoints/orphans.js'
import type { PublishedPorts } from './endpoints/published-ports.js'
import type { FailoverDriver } from './failover/failover-driver.js'
import type { FailoverReport } from './failover/failover-report.js'
import type { HostHealth } from './health/host-health.js'
import type { Hooks } from './hooks/hooks.js'
import type { OwnershipWatch } from './hooks/ownership-watch.js'
import type { ChecksumHealth } from './health/checksum-health.js'
import type { PathHealth } from './health/path-health.js'
import type { OwnerChanges } from './host/owner-changes.js'
import type { Registration } from './host/registration.js'
import type { UnderlayWatch } from './host/underlay-watch.js'
import type { MetricsListen } from './config/settings.js'
import type { MetricsServer } from './metrics/metrics-server.js'
import type { Holdings } from './networks/holdings.js'
import type { FilterStage } from './reconcile/filter-stage.js'
import type { NextOwners } from './reconcile/next-owners.js'
import type { Reconciler } from './reconcile/reconciler.js'

/** The parts that live and die with the agent. */
export interface AgentParts {
  readonly store: Store
  readonly kernel: Kernel
  readonly underlay: UnderlayWatch
  readonly registration: Registration
  readonly owners: OwnerChanges
  readonly registry: EndpointRegistry
  readonly orphans: Orphans
  readonly holdings: Holdings
  readonly publisher: EndpointPublisher
  readonly reconciler: Reconciler
  readonly nextOwners: Pick<NextOwners, 'onServed' | 'close'>
  readonly filter: FilterStage
  readonly health: Pick<HostHealth, 'request' | 'update' | 'onChange' | 'onMembers' | 'close'>
  readonly paths: Pick<PathHealth, 'start' | 'close'>
  readonly checksums: Pick<ChecksumHealth, 'start' | 'close'>
  readonly echo: Pick<KernelEcho, 'close'>
  readonly direct: Pick<DirectRouting, 'start' | 'request' | 'close'>
  readonly failover: FailoverDriver
  readonly report: FailoverReport
  readonly checks: Pick<AddressChecks, 'start' | 'close'>
  readonly ownership: Pick<OwnershipWatch, 'start' | 'look'>
  readonly hooks: Pick<Hooks, 'close'>
  readonly published: Pick<PublishedPorts, 'start' | 'close'>
  readonly docker: Pick<DockerPlugin, 'load' | 'listen' | 'close'>
  readonly api: Pick<ApiServer, 'listen' | 'close'>
  readonly metrics: Pick<MetricsServer, 'listen' | 'close'>
}

/**
 * The agent's life, and what follows from what. Endpoints, underlay and API come first, so that it can be asked what it waits for; then
 * the store; then the kernel, which is left untouched until the store or its copy on disk has said what it should be.
 */
export class Agent {
  constructor(
    private readonly runDir: string,
    private readonly parts: AgentParts,
    private readonly metricsListen?: MetricsListen,
  ) {}

  /** @throws WeftError when this host cannot run an agent at all; an unreachable store is no such reason */
  async start(): Promise<void> {
    const { store, kernel, underlay, registration, registry, publisher, reconciler, health, failover, published, docker, api, metrics } =
      this.parts
    docker.load()
    registry.load()
    await published.start()
    await underlay.refresh()
    if (this.metricsListen) await metrics.listen(this.metricsListen)
    await api.listen(join(this.runDir, 'weft.sock'))
    store.onChange(() => this.clusterChanged())
    registry.onChange((gone) => {
      this.clusterChanged()
      void this.forgetConnections(gone.flatMap(addressesOf).map(hostPrefix))
    })
    registry.onWired(() => publisher.request())
    registration.onRegistered(() => this.clusterChanged())
    kernel.onChange(() => {
      underlay.request()
      this.parts.direct.request()
    })
    underlay.onChange(() => {
      reconciler.request()
      health.request()
      registration.request()
      this.parts.direct.request()
    })
    health.onChange(() => reconciler.request())
    this.parts.nextOwners.onServed(() => reconciler.request())
    // Who hears others again, hears etcd again, too.
    health.onMembers(() => store.hurry())
    reconciler.start()
    health.request()
    this.parts.paths.start()
    this.parts.checksums.start()
    this.parts.direct.start(
      () => reconciler.request(),
      () => registration.request(),
    )
    failover.start()
    this.parts.checks.start()
    this.parts.ownership.start()
    registration.request()
    await docker.listen()
  }

  /** Stops working and leaves the kernel as it is: traffic goes on, leases stay. */
  async stop(): Promise<void> {
    const { store, kernel, underlay, registration, holdings, publisher, reconciler, filter, health, failover } = this.parts
    const { published, docker, api, metrics } = this.parts
    // First, so that dockerd comes back with what is not answered yet.
    await docker.close()
    underlay.close()
    registration.close()
    holdings.close()
    publisher.close()
    this.parts.checks.close()
    await this.parts.hooks.close()
    await failover.close()
    this.parts.paths.close()
    this.parts.checksums.close()
    await health.close()
    await this.parts.direct.close()
    this.parts.echo.close()
    await reconciler.close()
    this.parts.nextOwners.close()
    await store.close()
    kernel.close()
    filter.close()
    await api.close()
    await metrics.close()
    published.close()
  }

  /** Ends the connections of endpoints that are gone and of subnets that moved, once the kernel has been changed accordingly. */
  private async forgetConnections(of: readonly Prefix[]): Promise<void> {
    if (of.length === 0) return
    await this.parts.reconciler.next().catch(() => undefined)
    await this.parts.filter.forget(of)
  }

  /** The view, the endpoints or the registration changed. */
  private clusterChanged(): void {
    const { registration, owners, ownership, orphans, holdings, publisher, health, failover, reconciler } = this.parts
    registration.check()
    failover.viewChanged()
    ownership.look()
    void this.forgetConnections(owners.look())
    orphans.letGo()
    health.update()
    this.parts.direct.request()
    reconciler.request()
    if (!registration.registered) return
    holdings.request()
    publisher.request()
  }
}
