import { join } from 'node:path'
import type { ApiServer } from '#api'
import { asWeftError, type Log } from '#core'
import type { Store } from '#lease'
import type { Kernel } from '#plan'
import type { EndpointPublisher } from './endpoints/endpoint-publisher.js'
import type { EndpointRegistry } from './endpoints/endpoint-registry.js'
import type { Orphans } from './endpoints/orphans.js'
import type { Registration } from './host/registration.js'
import type { UnderlayWatch } from './host/underlay-watch.js'
import type { Holdings } from './networks/holdings.js'
import type { Reconciler } from './reconcile/reconciler.js'

/** The parts that live and die with the agent. */
export interface AgentParts {
  readonly store: Store
  readonly kernel: Kernel
  readonly underlay: UnderlayWatch
  readonly registration: Registration
  readonly registry: EndpointRegistry
  readonly orphans: Orphans
  readonly holdings: Holdings
  readonly publisher: EndpointPublisher
  readonly reconciler: Reconciler
  readonly api: Pick<ApiServer, 'listen' | 'close'>
  readonly log: Log
}

/**
 * The agent's life, and what follows from what. Endpoints, underlay and API come first, so that it can be asked what it waits for; then
 * the store; then the kernel, which is left untouched until the store or its copy on disk has said what it should be.
 */
export class Agent {
  private stopping = false

  constructor(
    private readonly runDir: string,
    private readonly parts: AgentParts,
  ) {}

  /** @throws WeftError when this host cannot run an agent at all; an unreachable store is no such reason */
  async start(): Promise<void> {
    const { store, kernel, underlay, registration, registry, reconciler, api } = this.parts
    registry.load()
    await underlay.refresh()
    await api.listen(join(this.runDir, 'weft.sock'))
    store.onChange(() => this.clusterChanged())
    registry.onChange(() => this.clusterChanged())
    registration.onRegistered(() => this.clusterChanged())
    kernel.onChange(() => void this.hostChanged())
    reconciler.start()
    registration.request()
  }

  /** Stops working and leaves the kernel as it is: traffic goes on, leases stay. */
  async stop(): Promise<void> {
    const { store, kernel, registration, holdings, publisher, reconciler, api } = this.parts
    this.stopping = true
    registration.close()
    holdings.close()
    publisher.close()
    await reconciler.close()
    await store.close()
    kernel.close()
    await api.close()
  }

  /** The view, the endpoints or the registration changed. */
  private clusterChanged(): void {
    const { registration, orphans, holdings, publisher, reconciler } = this.parts
    registration.check()
    orphans.letGo()
    reconciler.request()
    if (!registration.registered) return
    holdings.request()
    publisher.request()
  }

  private async hostChanged(): Promise<void> {
    const { underlay, registration, reconciler, log } = this.parts
    try {
      if (!(await underlay.refresh()) || this.stopping) return
      reconciler.request()
      registration.request()
    } catch (thrown) {
      const error = asWeftError(thrown)
      if (!this.stopping)
        log.warn('the underlay is gone or in doubt; the last one stays', { code: error.code, error: error.message, hint: error.hint })
    }
  }
}
