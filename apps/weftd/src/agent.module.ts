import { Module, type DynamicModule, type FactoryProvider, type InjectionToken } from '@nestjs/common'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asWeftError, type Clock, type Log, type Random, type WeftError } from '#core'
import { EtcdStore } from '#etcd'
import type { Acquirer, Store } from '#lease'
import { LinuxKernel, netnsIdentity } from '#netlink'
import { NftFirewall } from '#nft'
import type { FirewallPort } from '#plan'
import { ApiServer } from '#api'
import { Agent } from './agent.js'
import { routes } from './api/routes.js'
import { StatusView } from './api/status-view.js'
import type { Config } from './config/settings.js'
import { EndpointFile } from './endpoints/endpoint-file.js'
import { EndpointPublisher } from './endpoints/endpoint-publisher.js'
import { EndpointRegistry } from './endpoints/endpoint-registry.js'
import { EndpointService } from './endpoints/endpoint-service.js'
import type { Namespaces } from './endpoints/namespaces.js'
import { Orphans } from './endpoints/orphans.js'
import { Reaper } from './endpoints/reaper.js'
import { Registration } from './host/registration.js'
import { surroundingsOf } from './host/surroundings.js'
import { SystemClock } from './host/system-clock.js'
import { UnderlayWatch } from './host/underlay-watch.js'
import { EventLog } from './log/event-log.js'
import { Holdings } from './networks/holdings.js'
import { NetworkService } from './networks/network-service.js'
import { DesiredState } from './reconcile/desired-state.js'
import { FilterStage } from './reconcile/filter-stage.js'
import { Reconciler } from './reconcile/reconciler.js'
import { CLOCK, KERNEL, RANDOM, STORE } from './tokens.js'

/** A provider made by a function of other providers: the classes themselves know nothing of Nest. */
function made<T>(
  provide: InjectionToken,
  inject: readonly InjectionToken[],
  useFactory: (...args: never[]) => T | Promise<T>,
): FactoryProvider<T> {
  return { provide, inject: [...inject], useFactory: useFactory as (...args: unknown[]) => T | Promise<T> }
}

const namespaces: Namespaces = { identity: netnsIdentity }

/** The composition root: which adapter serves which port, and who is given what. Read it with agent.ts, the order in which they start. */
@Module({})
export class AgentModule {
  static with(config: Config, log: Log): DynamicModule {
    return {
      module: AgentModule,
      providers: [
        { provide: CLOCK, useValue: new SystemClock() },
        { provide: RANDOM, useValue: { next: Math.random } satisfies Random },
        made(EventLog, [CLOCK], (clock: Clock) => new EventLog(log, clock)),
        made(
          STORE,
          [CLOCK, RANDOM, EventLog],
          (clock: Clock, random: Random, events: EventLog) => new EtcdStore(storeOptions(config, clock, random, events)),
        ),
        made(KERNEL, [CLOCK, EventLog], (clock: Clock, events: EventLog) => LinuxKernel.open({ clock, log: events })),
        made(
          UnderlayWatch,
          [KERNEL, EventLog],
          (kernel: LinuxKernel, events: EventLog) =>
            new UnderlayWatch(underlayWish(config), config.etcd, () => kernel.hostNetwork(), events),
        ),
        made(EndpointRegistry, [], () => new EndpointRegistry(new EndpointFile(join(config.stateDir, 'endpoints.json')))),
        made(
          Reaper,
          [EndpointRegistry, EventLog],
          (registry: EndpointRegistry, events: EventLog) => new Reaper(registry, namespaces, events),
        ),
        made(
          Holdings,
          [STORE, CLOCK, RANDOM, KERNEL, EndpointRegistry, EventLog],
          (store: Store, clock: Clock, random: Random, kernel: LinuxKernel, registry: EndpointRegistry, events: EventLog) =>
            new Holdings(
              { store, host: config.host, clock, random, log: events } satisfies Acquirer,
              async () => surroundingsOf(await kernel.hostNetwork(), config.etcd),
              (network) => registry.list().find((endpoint) => endpoint.network === network)?.subnet,
            ),
        ),
        made(
          NetworkService,
          [STORE, KERNEL, EventLog],
          (store: Store, kernel: LinuxKernel, events: EventLog) =>
            new NetworkService(store, async () => surroundingsOf(await kernel.hostNetwork(), config.etcd), events),
        ),
        made(
          DesiredState,
          [STORE, EndpointRegistry, Reaper, UnderlayWatch, Registration, EventLog],
          (
            store: Store,
            registry: EndpointRegistry,
            reaper: Reaper,
            underlay: UnderlayWatch,
            registration: Registration,
            events: EventLog,
          ) => new DesiredState(config.host, store, registry, reaper, underlay, registration, events),
        ),
        made(FilterStage, [CLOCK, EventLog], (clock: Clock, events: EventLog) => new FilterStage(openFirewall(clock, events), events)),
        made(
          Reconciler,
          [KERNEL, FilterStage, DesiredState, CLOCK, RANDOM, EventLog],
          (kernel: LinuxKernel, filter: FilterStage, inputs: DesiredState, clock: Clock, random: Random, events: EventLog) =>
            new Reconciler(kernel, filter, inputs, clock, random, events),
        ),
        made(
          EndpointService,
          [STORE, EndpointRegistry, Reconciler, EventLog],
          (store: Store, registry: EndpointRegistry, reconciler: Reconciler, events: EventLog) =>
            new EndpointService(config.host, store, registry, reconciler, namespaces, events),
        ),
        made(
          EndpointPublisher,
          [STORE, EndpointRegistry, CLOCK, RANDOM, EventLog],
          (store: Store, registry: EndpointRegistry, clock: Clock, random: Random, events: EventLog) =>
            new EndpointPublisher(config.host, store, registry, clock, random, events),
        ),
        made(
          StatusView,
          [CLOCK, STORE, UnderlayWatch, Registration, Holdings, EndpointRegistry, DesiredState, Reconciler, FilterStage],
          (
            clock: Clock,
            store: Store,
            underlay: UnderlayWatch,
            registration: Registration,
            holdings: Holdings,
            registry: EndpointRegistry,
            desired: DesiredState,
            reconciler: Reconciler,
            filter: FilterStage,
          ) => new StatusView(config.host, clock, store, underlay, registration, holdings, registry, desired, reconciler, filter),
        ),
        made(
          ApiServer,
          [StatusView, NetworkService, EndpointService, Reconciler, EventLog, Registration, STORE],
          (
            status: StatusView,
            networks: NetworkService,
            endpoints: EndpointService,
            reconciler: Reconciler,
            events: EventLog,
            registration: Registration,
            store: Store,
          ) => new ApiServer(routes({ status, networks, endpoints, reconciler, events, registration, store }), events),
        ),
        made(
          Registration,
          [STORE, UnderlayWatch, CLOCK, RANDOM, EventLog],
          (store: Store, underlay: UnderlayWatch, clock: Clock, random: Random, events: EventLog) =>
            new Registration(config, store, underlay, clock, random, events),
        ),
        made(
          Agent,
          [
            STORE,
            KERNEL,
            UnderlayWatch,
            Registration,
            EndpointRegistry,
            Holdings,
            EndpointPublisher,
            Reconciler,
            FilterStage,
            ApiServer,
            EventLog,
          ],
          (
            store: Store,
            kernel: LinuxKernel,
            underlay: UnderlayWatch,
            registration: Registration,
            registry: EndpointRegistry,
            holdings: Holdings,
            publisher: EndpointPublisher,
            reconciler: Reconciler,
            filter: FilterStage,
            api: ApiServer,
            log: EventLog,
          ) => {
            const orphans = new Orphans(store, registry, log)
            return new Agent(config.runDir, {
              store,
              kernel,
              underlay,
              registration,
              registry,
              orphans,
              holdings,
              publisher,
              reconciler,
              filter,
              api,
            })
          },
        ),
      ],
    }
  }
}

/** Without libnftables, or in a kernel without nftables, a host still forwards; it says so. */
function openFirewall(clock: Clock, log: Log): FirewallPort | WeftError {
  try {
    return new NftFirewall({ clock, log })
  } catch (thrown) {
    return asWeftError(thrown)
  }
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
