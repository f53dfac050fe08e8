import { Module, type DynamicModule } from '@nestjs/common'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  asWeftError,
  type Clock,
  type ClusterView,
  type Family,
  type Ip,
  type Log,
  type NetworkName,
  type Prefix,
  type Random,
  WeftError,
} from '#core'
import { EtcdStore } from '#etcd'
import { KernelEcho } from '#net'
import { FrameSocket, LinuxKernel, netnsIdentity } from '#netlink'
import { NftFirewall } from '#nft'
import type { Gate } from '#plan'
import { ApiServer, type Problem } from '#api'
import { Agent } from './agent.js'
import { AddressChecks } from './addresses/address-checks.js'
import { AddressService } from './addresses/address-service.js'
import { checksIn } from './addresses/checks-in.js'
import { routes } from './api/routes.js'
import { StatusView } from './api/status-view.js'
import type { Config } from './config/settings.js'
import { cniRoutes } from './cni/cni-routes.js'
import { CniService } from './cni/cni-service.js'
import { DirectRouting } from './direct/direct-routing.js'
import { DockerBook } from './docker/docker-book.js'
import { DockerPlugin } from './docker/docker-plugin.js'
import { makeDocker } from './docker/make-docker.js'
import { EndpointFile } from './endpoints/endpoint-file.js'
import { EndpointPublisher } from './endpoints/endpoint-publisher.js'
import { EndpointRegistry } from './endpoints/endpoint-registry.js'
import { EndpointService } from './endpoints/endpoint-service.js'
import type { Namespaces } from './endpoints/namespaces.js'
import { Plugging } from './endpoints/plugging.js'
import { Orphans } from './endpoints/orphans.js'
import { PublishedPorts } from './endpoints/published-ports.js'
import { SegmentAddresses } from './endpoints/segment-addresses.js'
import { Reaper } from './endpoints/reaper.js'
import { HostHealth } from './health/host-health.js'
import { IncarnationFile } from './health/incarnation-file.js'
import { KeyFile } from './health/key-file.js'
import { Keyring } from './health/keyring.js'
import { PathHealth } from './health/path-health.js'
import { ChecksumHealth } from './health/checksum-health.js'
import { FailoverDriver } from './failover/failover-driver.js'
import { failoverProblems } from './failover/failover-problems.js'
import { FailoverReport } from './failover/failover-report.js'
import { FailoverService } from './failover/failover-service.js'
import { LeaseList } from './failover/lease-list.js'
import { makeFailover } from './failover/make-failover.js'
import { Hooks } from './hooks/hooks.js'
import { OwnershipEvents } from './hooks/ownership-events.js'
import { OwnershipWatch } from './hooks/ownership-watch.js'
import { ProgramRecords, programRecordsOf } from './programs/program-records.js'
import { HostFile } from './host/host-file.js'
import { OwnerChanges } from './host/owner-changes.js'
import { Presence } from './host/presence.js'
import { Registration } from './host/registration.js'
import { Rename } from './host/rename.js'
import { surroundingsOf } from './host/surroundings.js'
import { SystemClock } from './host/system-clock.js'
import { UnderlayWatch } from './host/underlay-watch.js'
import { EventLog } from './log/event-log.js'
import { families, type FailoverFigures } from './metrics/agent-metrics.js'
import { exposition } from './metrics/exposition.js'
import { MetricsServer } from './metrics/metrics-server.js'
import { Holdings } from './networks/holdings.js'
import { NetworkService } from './networks/network-service.js'
import { DesiredState } from './reconcile/desired-state.js'
import { FilterStage } from './reconcile/filter-stage.js'
import { NextOwners } from './reconcile/next-owners.js'
import { Reconciler } from './reconcile/reconciler.js'
import { made, madeOf } from './provider.js'
import { CLOCK, FIREWALL, GATE, KERNEL, RANDOM, STORE } from './tokens.js'

const namespaces: Namespaces = { identity: netnsIdentity }

/** The composition root: which adapter serves which port, and who is given what. Read it with agent.ts, the order in which they start. */
@Module({})
export class AgentModule {
  static with(config: Config, log: Log): DynamicModule {
    return {
      module: AgentModule,
      providers: [
        made(CLOCK, [], () => new SystemClock()),
        made(RANDOM, [], () => ({ next: Math.random })),
        made(EventLog, [CLOCK], (clock) => new EventLog(log, clock)),
        made(STORE, [CLOCK, RANDOM, EventLog], (clock, random, events) => new EtcdStore(storeOptions(config, clock, random, events))),
        made(KERNEL, [CLOCK, EventLog], (clock, events) => LinuxKernel.open({ clock, log: events })),
        made(FIREWALL, [CLOCK, EventLog], (clock, events) => openFirewall(clock, events)),
        made(FilterStage, [FIREWALL, EventLog], (...parts) => new FilterStage(...parts)),
        made(GATE, [FIREWALL], (firewall) => (firewall instanceof WeftError ? gateless(firewall) : firewall.gate)),

        made(
          UnderlayWatch,
          [KERNEL, CLOCK, RANDOM, EventLog],
          (kernel, ...parts) => new UnderlayWatch(underlayWish(config), config.etcd, () => kernel.hostLinks(), ...parts),
        ),
        made(Rename, [STORE, CLOCK, RANDOM, EventLog, HostHealth], (store, clock, random, events, health) => {
          const file = new HostFile(join(config.stateDir, 'host.json'))
          return new Rename({ store, host: config.host, clock, random, log: events }, file, (host) => health.heard(host))
        }),
        made(
          Presence,
          [STORE, CLOCK, RANDOM],
          (store, clock, random) => new Presence(config.host, config.gracePeriod, store, clock, random),
        ),
        made(
          Registration,
          [STORE, UnderlayWatch, Rename, Presence, DirectRouting, CLOCK, RANDOM, EventLog],
          (...parts) => new Registration(config, ...parts),
        ),

        made(Keyring, [EventLog], (events) => new Keyring(keyFile(config), events)),
        made(KernelEcho, [EventLog], (events) => new KernelEcho(events)),
        made(
          HostHealth,
          [Keyring, KernelEcho, STORE, UnderlayWatch, CLOCK, RANDOM, EventLog],
          (keyring, echo, store, underlay, ...parts) => {
            const { host, gossipPort, etcdPrefix: cluster } = config
            const file = new IncarnationFile(join(config.stateDir, 'incarnation'))
            return new HostHealth({ host, gossipPort, cluster, keyring, echo }, store, underlay, file, ...parts)
          },
        ),
        madeOf(
          DirectRouting,
          {
            store: STORE,
            underlay: UnderlayWatch,
            filter: FilterStage,
            kernel: KERNEL,
            echo: KernelEcho,
            clock: CLOCK,
            random: RANDOM,
            log: EventLog,
          },
          ({ kernel, ...parts }) => {
            const onLink = (dev: string, addresses: readonly Ip[]) => kernel.onLink(dev, addresses)
            return new DirectRouting(config.host, { ...parts, onLink, openFrames: () => new FrameSocket() })
          },
        ),
        made(
          PathHealth,
          [HostHealth, STORE, UnderlayWatch, DirectRouting, CLOCK, RANDOM, EventLog],
          (...parts) => new PathHealth(config.host, ...parts),
        ),
        made(ChecksumHealth, [HostHealth, STORE, CLOCK, RANDOM, EventLog], (...parts) => new ChecksumHealth(config.host, ...parts)),

        madeOf(
          FailoverDriver,
          {
            store: STORE,
            health: HostHealth,
            registration: Registration,
            gate: GATE,
            echo: KernelEcho,
            clock: CLOCK,
            random: RANDOM,
            log: EventLog,
          },
          (parts) => makeFailover({ self: config.host, runDir: config.runDir, ...parts }),
        ),
        made(FailoverReport, [FailoverDriver, Reconciler, CLOCK, EventLog], (...parts) => new FailoverReport(...parts)),
        made(FailoverService, [STORE, FailoverDriver, HostHealth, CLOCK, EventLog], (...parts) => new FailoverService(...parts)),
        made(LeaseList, [STORE, FailoverDriver, GATE, CLOCK], (...parts) => new LeaseList(config.host, ...parts)),

        made(ProgramRecords, [], () => programRecordsOf(config.runDir)),
        made(
          AddressChecks,
          [STORE, FailoverDriver, HostHealth, CLOCK, EventLog, ProgramRecords],
          (store, driver, health, clock, events, programs) =>
            new AddressChecks(config.host, store, driver, health, clock, events, checksIn(config.checksDir, programs)),
        ),
        made(
          AddressService,
          [STORE, HostHealth, AddressChecks, GATE, CLOCK, EventLog],
          (...parts) => new AddressService(config.host, ...parts),
        ),

        made(Hooks, [EventLog, ProgramRecords], (events, programs) => new Hooks(config.hooksDir, events, programs)),
        made(OwnershipEvents, [CLOCK, Hooks], (...parts) => new OwnershipEvents(config.host, ...parts)),
        made(
          OwnershipWatch,
          [FailoverDriver, HostHealth, Registration, Reconciler, OwnershipEvents],
          (...parts) => new OwnershipWatch(config.host, ...parts),
        ),
        made(OwnerChanges, [STORE, EventLog], (store, events) => new OwnerChanges(config.host, store, events)),
        made(DockerBook, [], () => new DockerBook(join(config.stateDir, 'docker.json'))),
        made(
          EndpointRegistry,
          [DockerBook],
          (book) => new EndpointRegistry(new EndpointFile(join(config.stateDir, 'endpoints.json')), book),
        ),
        made(Reaper, [EndpointRegistry, EventLog], (registry, events) => new Reaper(registry, namespaces, events)),
        made(Orphans, [STORE, EndpointRegistry, EventLog], (...parts) => new Orphans(...parts)),
        made(Plugging, [EndpointRegistry, Reconciler], (...parts) => new Plugging(...parts)),
        made(
          SegmentAddresses,
          [STORE, HostHealth, CLOCK, EventLog],
          (store, health, ...parts) => new SegmentAddresses(config.host, store, (host) => health.answers(host), ...parts),
        ),
        made(
          EndpointService,
          [STORE, EndpointRegistry, Plugging, SegmentAddresses, EventLog],
          (store, registry, plugging, segments, events) =>
            new EndpointService(config.host, store, registry, plugging, segments, namespaces, events),
        ),
        made(
          EndpointPublisher,
          [STORE, EndpointRegistry, CLOCK, RANDOM, EventLog],
          (...parts) => new EndpointPublisher(config.host, ...parts),
        ),
        made(PublishedPorts, [EndpointRegistry, Reconciler, FilterStage, EventLog], (...parts) => new PublishedPorts(...parts)),
        madeOf(
          DockerPlugin,
          {
            store: STORE,
            networks: NetworkService,
            registry: EndpointRegistry,
            plugging: Plugging,
            segments: SegmentAddresses,
            published: PublishedPorts,
            book: DockerBook,
            clock: CLOCK,
            log: EventLog,
          },
          (parts) => makeDocker({ self: config.host, sockets: config.docker, ...parts }),
        ),

        made(
          Holdings,
          [STORE, CLOCK, RANDOM, KERNEL, EndpointRegistry, EventLog, HostHealth],
          (store, clock, random, kernel, registry, events, health) =>
            new Holdings(
              {
                store,
                host: config.host,
                clock,
                random,
                log: events,
                grace: { hours: config.gracePeriod, answers: (host) => health.answers(host) },
              },
              async () => surroundingsOf(await kernel.hostNetwork(), config.etcd),
              (network, family) => rememberedSubnet(registry, store.view, network, family),
            ),
        ),
        made(
          NetworkService,
          [STORE, KERNEL, GATE, EventLog],
          (store, kernel, gate, events) =>
            new NetworkService(store, async () => surroundingsOf(await kernel.hostNetwork(), config.etcd), gate, events),
        ),

        made(NextOwners, [KernelEcho, CLOCK], (...parts) => new NextOwners(...parts)),
        made(
          DesiredState,
          [
            STORE,
            FailoverDriver,
            EndpointRegistry,
            Reaper,
            UnderlayWatch,
            Registration,
            HostHealth,
            DirectRouting,
            NextOwners,
            CLOCK,
            EventLog,
          ],
          (...parts) => new DesiredState(config.host, ...parts),
        ),
        made(Reconciler, [KERNEL, FilterStage, DesiredState, CLOCK, RANDOM, EventLog], (...parts) => new Reconciler(...parts)),

        madeOf(
          StatusView,
          {
            clock: CLOCK,
            store: STORE,
            underlay: UnderlayWatch,
            registration: Registration,
            holdings: Holdings,
            direct: DirectRouting,
            registry: EndpointRegistry,
            desired: DesiredState,
            reconciler: Reconciler,
            filter: FilterStage,
            health: HostHealth,
            driver: FailoverDriver,
            paths: PathHealth,
            checksums: ChecksumHealth,
          },
          ({ driver, paths, checksums, ...parts }) => {
            const problems = (): Problem[] => [
              ...failoverProblems(parts.store.view, config.host, config.etcd, driver.proof),
              ...paths.problems,
              ...checksums.problems,
            ]
            return new StatusView(config.host, { ...parts, problems })
          },
        ),
        made(
          CniService,
          [STORE, EndpointRegistry, EndpointService, StatusView, CLOCK, EventLog],
          (store, registry, endpoints, status, clock, events) =>
            new CniService(config.host, store, registry, endpoints, (network) => status.mtuOf(network), clock, events),
        ),
        madeOf(
          ApiServer,
          {
            status: StatusView,
            networks: NetworkService,
            endpoints: EndpointService,
            leases: LeaseList,
            failover: FailoverService,
            addresses: AddressService,
            driver: FailoverDriver,
            reconciler: Reconciler,
            events: EventLog,
            ownership: OwnershipEvents,
            registration: Registration,
            store: STORE,
            health: HostHealth,
            keyring: Keyring,
            paths: PathHealth,
            cni: CniService,
          },
          ({ cni, ...parts }) => new ApiServer([...routes({ self: config.host, ...parts }), ...cniRoutes(cni)], parts.events),
        ),
        made(
          MetricsServer,
          [StatusView, HostHealth, PathHealth, FailoverDriver, FailoverReport, CLOCK, EventLog],
          (status, health, paths, driver, report, clock, events) => {
            const figures = (): FailoverFigures => {
              const { validUntil } = driver.proof
              return { ...report.figures, renewals: driver.figures, proofMs: Math.max(0, (validUntil ?? 0) - clock.now()) }
            }
            return new MetricsServer(() => metricsText(status, health, paths, figures()), events)
          },
        ),
        madeOf(
          Agent,
          {
            store: STORE,
            kernel: KERNEL,
            underlay: UnderlayWatch,
            registration: Registration,
            owners: OwnerChanges,
            registry: EndpointRegistry,
            orphans: Orphans,
            holdings: Holdings,
            publisher: EndpointPublisher,
            reconciler: Reconciler,
            nextOwners: NextOwners,
            filter: FilterStage,
            health: HostHealth,
            echo: KernelEcho,
            direct: DirectRouting,
            failover: FailoverDriver,
            report: FailoverReport,
            paths: PathHealth,
            checksums: ChecksumHealth,
            checks: AddressChecks,
            ownership: OwnershipWatch,
            hooks: Hooks,
            published: PublishedPorts,
            docker: DockerPlugin,
            api: ApiServer,
            metrics: MetricsServer,
          },
          (parts) => new Agent(config.runDir, parts, config.metricsListen),
        ),
      ],
    }
  }
}

/** In a segment, endpoints have addresses of any range: nothing follows from them. */
function rememberedSubnet(registry: EndpointRegistry, { networks }: ClusterView, network: NetworkName, family: Family): Prefix | undefined {
  if (networks.get(network)?.mode === 'l2') return undefined
  return registry.subnetIn(network, family)
}

/** Without libnftables, or in a kernel without nftables, a host still forwards; it says so. */
function openFirewall(clock: Clock, log: Log): NftFirewall | WeftError {
  try {
    return new NftFirewall({ clock, log })
  } catch (thrown) {
    return asWeftError(thrown)
  }
}

/** A host without a filter cannot keep the promise of `exclusive`, and says so whenever it is asked to. */
function gateless(reason: WeftError): Gate {
  const refuse = (): Promise<never> => Promise.reject(reason)
  return { probe: refuse, arm: refuse, flip: refuse, grant: refuse, shut: refuse, state: () => Promise.resolve({ open: false }) }
}

function metricsText(status: StatusView, health: HostHealth, paths: PathHealth, failover: FailoverFigures): string {
  const { user, system } = process.cpuUsage()
  const cpuSeconds = (user + system) / 1e6
  const memoryBytes = process.memoryUsage.rss()
  return exposition(families({ status: status.status(), gossip: health.figures, paths: paths.figures, failover, cpuSeconds, memoryBytes }))
}

function storeOptions(config: Config, clock: Clock, random: Random, log: Log): ConstructorParameters<typeof EtcdStore>[0] {
  const { etcdCa, etcdCert, etcdKey, etcdUser, etcdPasswordFile } = config
  const tls = { ...(etcdCa && { caFile: etcdCa }), ...(etcdCert && { certFile: etcdCert }), ...(etcdKey && { keyFile: etcdKey }) }
  return {
    endpoints: config.etcd,
    prefix: config.etcdPrefix,
    cacheFile: join(config.stateDir, 'store.json'),
    clock,
    random,
    log,
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(etcdUser && etcdPasswordFile && { user: { name: etcdUser, password: readFileSync(etcdPasswordFile, 'utf8').trim() } }),
  }
}

function underlayWish(config: Config): ConstructorParameters<typeof UnderlayWatch>[0] {
  const { underlayAddress, underlayInterface } = config
  return { ...(underlayAddress && { address: underlayAddress }), ...(underlayInterface && { interface: underlayInterface }) }
}

/** The operator's file, or else one in the state directory that `weft keyring add` makes. */
function keyFile({ gossipKeyFile, stateDir }: Config): KeyFile {
  return new KeyFile(gossipKeyFile ?? join(stateDir, 'gossip.keys'), gossipKeyFile !== undefined)
}
