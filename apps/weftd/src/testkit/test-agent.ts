import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiServer, type PingView } from '#api'
import type { EngineView } from '#docker'
import { parseHostId, parseIp, parseMac, parsePrefix, seededRandom, WeftError, type HostId, type Ip } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import { MemoryCluster, type MemoryStore } from '#lease/testkit'
import type { HostLink, HostNetwork } from '#netlink'
import type { Gate, GateState } from '#plan'
import { MemoryFirewall, MemoryKernel } from '#plan/testkit'
import { Agent } from '../agent.js'
import { AddressChecks } from '../addresses/address-checks.js'
import { AddressService } from '../addresses/address-service.js'
import { routes } from '../api/routes.js'
import { StatusView } from '../api/status-view.js'
import type { Config } from '../config/settings.js'
import { DockerBook } from '../docker/docker-book.js'
import { DockerIpam } from '../docker/docker-ipam.js'
import { DockerNetworkDriver } from '../docker/docker-network-driver.js'
import { DockerPlugin } from '../docker/docker-plugin.js'
import { DockerSweep } from '../docker/docker-sweep.js'
import { OwnSubnets } from '../docker/own-subnet.js'
import { EndpointFile } from '../endpoints/endpoint-file.js'
import { EndpointPublisher } from '../endpoints/endpoint-publisher.js'
import { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import { EndpointService } from '../endpoints/endpoint-service.js'
import { Orphans } from '../endpoints/orphans.js'
import { Plugging } from '../endpoints/plugging.js'
import { SegmentAddresses } from '../endpoints/segment-addresses.js'
import { PublishedPorts } from '../endpoints/published-ports.js'
import { Reaper } from '../endpoints/reaper.js'
import type { FailoverDriver } from '../failover/failover-driver.js'
import { FailoverReport } from '../failover/failover-report.js'
import { FailoverService } from '../failover/failover-service.js'
import { LeaseList } from '../failover/lease-list.js'
import { makeFailover } from '../failover/make-failover.js'
import { KeyFile } from '../health/key-file.js'
import { Keyring, type KeyUser } from '../health/keyring.js'
import type { PathHealth } from '../health/path-health.js'
import { Hooks } from '../hooks/hooks.js'
import { OwnershipEvents } from '../hooks/ownership-events.js'
import { OwnershipWatch } from '../hooks/ownership-watch.js'
import { HostFile } from '../host/host-file.js'
import { OwnerChanges } from '../host/owner-changes.js'
import { Presence } from '../host/presence.js'
import { Registration } from '../host/registration.js'
import { Rename } from '../host/rename.js'
import { surroundingsOf } from '../host/surroundings.js'
import { UnderlayWatch } from '../host/underlay-watch.js'
import { EventLog } from '../log/event-log.js'
import { MetricsServer } from '../metrics/metrics-server.js'
import { Holdings } from '../networks/holdings.js'
import { NetworkService } from '../networks/network-service.js'
import { DesiredState } from '../reconcile/desired-state.js'
import { FilterStage } from '../reconcile/filter-stage.js'
import { DirectRouting } from '../direct/direct-routing.js'
import { PlayedLink } from './played-link.js'
import { NextOwners } from '../reconcile/next-owners.js'
import { Reconciler } from '../reconcile/reconciler.js'

/**
 * All parts of an agent over a store and a kernel in memory, wired as in agent.module.ts, on a clock that stands still until it is moved.
 * What it cannot reach from here, network namespaces and the host's links, the test plays.
 */
export class TestAgent {
  private static made = 0
  readonly clock = new ManualClock()
  readonly log = new RecordingLog()
  readonly events = new EventLog(this.log, this.clock)
  readonly kernel = new MemoryKernel()
  readonly firewall = new MemoryFirewall()
  readonly filter = new FilterStage(this.firewall, this.events)
  /** Identities of namespaces by path; /proc/self/ns/net is the host's. */
  readonly namespaces = new Map([['/proc/self/ns/net', '4:host']])
  readonly hostNetwork: { links: HostLink[] }
  readonly config: Config
  /** Gossip, played by the test: what `dead` holds is dead. */
  readonly health = new PlayedHealth()
  /** Kernels of others, which answer tries of the direct way as the test says. */
  readonly link = new PlayedLink()
  /** What the gate was asked to do. */
  readonly gate = new PlayedGate()
  /** dockerd, played by the test. */
  readonly engine = new PlayedEngine()
  readonly store: MemoryStore
  readonly underlay: UnderlayWatch
  readonly registry: EndpointRegistry
  readonly direct: DirectRouting
  readonly registration: Registration
  readonly holdings: Holdings
  readonly networks: NetworkService
  readonly desiredState: DesiredState
  readonly reconciler: Reconciler
  readonly endpoints: EndpointService
  readonly publisher: EndpointPublisher
  readonly book: DockerBook
  readonly ipam: DockerIpam
  readonly driver: DockerNetworkDriver
  readonly sweep: DockerSweep
  readonly status: StatusView
  readonly failover: FailoverDriver
  readonly leases: LeaseList
  readonly api: ApiServer
  readonly agent: Agent
  /** Echoes to next owners: each is answered by calling what is given with it. */
  readonly echoes: { readonly address: Ip; readonly answer: () => void }[] = []
  private readonly echo = { send: (address: Ip, answer: () => void) => void this.echoes.push({ address, answer }) }

  /**
   * @param name h1, h2, …: its underlay address is 192.0.2.1, 192.0.2.2, …
   * @param directory where it keeps its files; another agent's, to follow that one
   */
  constructor(
    readonly cluster = new MemoryCluster(),
    name = 'h1',
    readonly directory = mkdtempSync(join(tmpdir(), 'weft-agent-')),
  ) {
    const self: HostId = parseHostId(name)
    const address = parseIp(`192.0.2.${name.slice(1)}`)
    // No two agents have the same luck, not even two of one name.
    const random = seededRandom(Number(name.slice(1)) + 1000 * TestAgent.made++)
    const { clock, events, kernel } = this
    this.config = {
      etcd: ['http://192.0.2.99:2379'],
      etcdPrefix: '/weft/v1',
      host: self,
      stateDir: this.directory,
      runDir: this.directory,
      logLevel: 'info',
      gossipPort: 7788,
      gracePeriod: 24,
      checksDir: join(this.directory, 'checks.d'),
      hooksDir: join(this.directory, 'hooks.d'),
    }
    this.hostNetwork = {
      links: [
        {
          name: 'eth0',
          mtu: 1500,
          mac: parseMac('02:00:00:00:00:01'),
          up: true,
          addresses: [{ address, prefix: parsePrefix(`${address}/32`) }],
        },
      ],
    }
    const network = async (): Promise<HostNetwork> => ({ links: this.hostNetwork.links, routes: [] })
    const namespaces = { identity: (path: string) => this.namespaces.get(path) }
    const surroundings = async () => surroundingsOf(await network(), this.config.etcd)
    this.store = cluster.store()
    const { store } = this
    this.underlay = new UnderlayWatch({ interface: 'eth0' }, this.config.etcd, network, clock, random, events)
    this.book = new DockerBook(join(this.directory, 'docker.json'))
    this.registry = new EndpointRegistry(new EndpointFile(join(this.directory, 'endpoints.json')), this.book)
    const { registry, underlay } = this
    const answers = (host: HostId): boolean => this.health.answers(host)
    const grace = { hours: this.config.gracePeriod, answers }
    const acquirer = { store, host: self, clock, random, log: events, grace }
    this.direct = new DirectRouting(self, {
      store,
      underlay,
      filter: this.filter,
      onLink: (_dev, addresses) => this.link.onLink(addresses),
      echo: this.link,
      openFrames: () => this.link.open(),
      clock,
      random,
      log: events,
    })
    const rename = new Rename(acquirer, new HostFile(join(this.directory, 'host.json')), (host) => this.health.heard(host))
    const presence = new Presence(self, grace.hours, store, clock, random)
    this.registration = new Registration(this.config, store, underlay, rename, presence, this.direct, clock, random, events)
    this.holdings = new Holdings(acquirer, surroundings, (name, family) => registry.subnetIn(name, family))
    this.networks = new NetworkService(store, surroundings, this.gate, events)
    this.failover = makeFailover({
      self,
      runDir: this.directory,
      store,
      health: this.health,
      registration: this.registration,
      gate: this.gate,
      echo: { send: () => undefined },
      clock,
      random,
      log: events,
    })
    this.leases = new LeaseList(self, store, this.failover, this.gate, clock)
    const nextOwners = new NextOwners(this.echo, clock)
    this.desiredState = new DesiredState(
      self,
      store,
      this.failover,
      registry,
      new Reaper(registry, namespaces, events),
      underlay,
      this.registration,
      this.health,
      this.direct,
      nextOwners,
      clock,
      events,
    )
    this.reconciler = new Reconciler(kernel, this.filter, this.desiredState, clock, random, events)
    const plugging = new Plugging(registry, this.reconciler)
    const segments = new SegmentAddresses(self, store, answers, clock, events)
    this.endpoints = new EndpointService(self, store, registry, plugging, segments, namespaces, events)
    const published = new PublishedPorts(registry, this.reconciler, this.filter, events)
    const subnets = new OwnSubnets(self, store, clock)
    const { book, engine } = this
    this.ipam = new DockerIpam(store, subnets, segments, this.networks, registry, book, events)
    this.driver = new DockerNetworkDriver({ self, store, subnets, registry, plugging, segments, published, book, log: events }, () =>
      this.sweep.request(),
    )
    this.sweep = new DockerSweep(engine, this.driver, book, registry, clock, events, (device) => engine.hostDevices.has(device))
    this.publisher = new EndpointPublisher(self, store, registry, clock, random, events)
    const { registration, holdings, desiredState: desired, filter, health } = this
    const around = { clock, store, underlay, registration, holdings, direct: this.direct, registry, desired, filter, health }
    this.status = new StatusView(self, { ...around, reconciler: this.reconciler, problems: () => [] })
    const { config, publisher, reconciler, status, networks, endpoints } = this
    const { failover: driver, leases } = this
    const checks = new AddressChecks(self, store, driver, this.health, clock, events, () => Promise.resolve({ passed: true }))
    const addresses = new AddressService(self, store, this.health, checks, this.gate, clock, events)
    const failover = new FailoverService(store, driver, this.health, clock, events)
    const hooks = new Hooks(config.hooksDir, events, { add: () => () => undefined })
    const ownership = new OwnershipEvents(self, clock, hooks)
    this.api = new ApiServer(
      routes({
        status,
        networks,
        endpoints,
        leases,
        failover,
        addresses,
        driver,
        reconciler,
        events,
        ownership,
        registration: this.registration,
        store,
        health: this.health,
        paths,
        keyring: new Keyring(new KeyFile(join(this.directory, 'gossip.keys'), false), events),
        self,
      }),
      events,
    )
    const orphans = new Orphans(store, registry, events)
    const { api } = this
    this.agent = new Agent(config.runDir, {
      store,
      kernel,
      underlay,
      registration,
      owners: new OwnerChanges(self, store, events),
      registry,
      orphans,
      holdings,
      publisher,
      reconciler,
      filter: this.filter,
      health: this.health,
      paths,
      checksums: { start: () => undefined, close: () => undefined },
      nextOwners,
      echo: { close: () => undefined },
      direct: this.direct,
      failover: driver,
      checks,
      ownership: new OwnershipWatch(self, driver, this.health, registration, reconciler, ownership),
      hooks,
      report: new FailoverReport(driver, reconciler, clock, events),
      published,
      docker: new DockerPlugin(undefined, this.driver, this.ipam, book, this.sweep, events),
      api,
      metrics: new MetricsServer(() => '', events),
    })
  }

  /** A started agent of a cluster that has network blue, 10.61.0.0/16 unless told otherwise, with its subnet leased and programmed. */
  static async inBlue(pool = '10.61.0.0/16', subnetSize?: number): Promise<TestAgent> {
    const agent = new TestAgent()
    await agent.start()
    await agent.settle(agent.networks.create({ name: 'blue', pool, ...(subnetSize === undefined ? {} : { subnetSize }) }))
    await agent.idle()
    return agent
  }

  /** Starts as main.ts does. */
  async start(): Promise<void> {
    await this.agent.start()
    await this.idle()
  }

  /** Stops the agent and removes its files; kernel and cluster stay. */
  async close(): Promise<void> {
    await this.settle(this.agent.stop())
    await this.idle()
    rmSync(this.directory, { recursive: true, force: true })
  }

  /** Moves time on in small steps until the promise settles. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const done = (): void => void (settled = true)
    promise.then(done, done)
    for (let step = 0; !settled && step < 10_000; step++) await this.pass(5)
    if (!settled) throw new Error('a promise did not settle within 50 s of the clock')
    return promise
  }

  /** Lets everything happen that is due soon: passes over the kernel, writes to the store. */
  async idle(): Promise<void> {
    for (let step = 0; step < 40; step++) await this.pass(5)
  }

  /** Moves time on by `ms` and lets what fell due run as far as it gets without waiting for more time. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms)
    await new Promise((resolve) => setImmediate(resolve))
  }

  /** The messages of the events so far, each with the fields named. */
  told(...fields: string[]): string[] {
    return this.events.kept
      .list()
      .map((event) => [event.message, ...fields.flatMap((field) => (event.fields[field] as string | number | undefined) ?? [])].join(' '))
  }
}

/** Measures nothing, and says that nothing is known of h2. */
const paths: Pick<PathHealth, 'start' | 'close' | 'views' | 'measure'> = {
  start: () => undefined,
  close: () => undefined,
  views: (host) => [{ host: host ?? 'h2', state: 'alive', measuredMs: null, ways: [], networks: [], problems: [] }],
  measure: (host) => Promise.resolve([{ host, state: 'alive', measuredMs: 1, ways: [], networks: [], problems: [] }]),
}

/** Stands in for the kernel's gate. */
class PlayedGate implements Gate {
  readonly calls: string[] = []

  probe(): Promise<void> {
    return this.note('probe')
  }
  shut(): Promise<void> {
    return this.note('shut')
  }
  state(): Promise<GateState> {
    return Promise.resolve({ open: false })
  }
  arm(): Promise<void> {
    return this.note('arm')
  }
  flip(): Promise<void> {
    return this.note('flip')
  }
  grant(leases: readonly string[]): Promise<void> {
    return this.note(`grant ${leases.join(' ')}`.trim())
  }

  private note(call: string): Promise<void> {
    this.calls.push(call)
    return Promise.resolve()
  }
}

/** Stands in for dockerd's API. */
class PlayedEngine {
  /** What it knows; undefined while it does not answer. */
  view: EngineView | undefined
  /** Devices in the host's own namespace. */
  readonly hostDevices = new Set<string>()

  async look(): Promise<EngineView> {
    if (!this.view) throw new WeftError('WEFT_DOCKER_UNREACHABLE', 'dockerd does not answer')
    return this.view
  }
}

/** Stands in for HostHealth without its sockets. */
class PlayedHealth {
  dead: ReadonlySet<HostId> = new Set()
  readonly problems = []
  private listener: () => void = () => undefined
  private readonly memberListeners: (() => void)[] = []

  /** The health of some member has changed. */
  membersChanged(): void {
    for (const listener of this.memberListeners) listener()
  }

  /** These hosts are dead from now on, and no others. */
  play(...dead: string[]): void {
    this.dead = new Set(dead.map(parseHostId))
    this.listener()
  }

  onChange(listener: () => void): void {
    this.listener = listener
  }

  /** Hosts that are heard, whatever the store says. */
  readonly others = new Set<HostId>()

  heard(host: HostId): boolean {
    return this.others.has(host)
  }

  answers(host: HostId): boolean {
    return this.others.has(host)
  }

  keyUsers(): KeyUser[] {
    return [{ host: parseHostId('h2'), holds: ['plain'], uses: 'plain' }]
  }

  ping(host: HostId): Promise<PingView> {
    return Promise.resolve({ host, state: 'alive', ways: [], ok: true, meaning: [] })
  }

  onMembers(listener: () => void): void {
    this.memberListeners.push(listener)
  }

  membersHealth(): ReadonlyMap<HostId, 'alive'> {
    return new Map()
  }
  onFailover(): void {}
  sendFailover(): void {}
  suspect(): void {}
  member(): undefined {}
  request(): void {}
  update(): void {}
  close(): Promise<void> {
    return Promise.resolve()
  }
}
