import { join } from 'node:path'
import type { ApiServer } from '#api'
import { asWeftError, Backoff, sleep, VERSION, type Clock, type Random, type Log } from '#core'
import type { Store } from '#lease'
import type { Kernel } from '#plan'
import type { Config } from './config/settings.js'
import type { EndpointPublisher } from './endpoints/endpoint-publisher.js'
import type { EndpointRegistry } from './endpoints/endpoint-registry.js'
import { machineId } from './host/machine.js'
import type { UnderlayWatch } from './host/underlay-watch.js'
import type { Holdings } from './networks/holdings.js'
import type { Reconciler } from './reconcile/reconciler.js'

/** How long one attempt at the store may take before it is told and tried again, in ms. */
const STORE_PATIENCE = 5_000

/**
 * The agent's life: endpoints, underlay and API first, so that it can be asked what it waits for; then the store; then the kernel,
 * which is left untouched until the store or its copy on disk has said what it should be.
 */
export class Agent {
  private stopping = false
  private joining = false
  private registrationDue = false
  private registered = false
  private readonly retry: Backoff

  constructor(
    private readonly config: Config,
    private readonly store: Store,
    private readonly kernel: Kernel,
    private readonly underlay: UnderlayWatch,
    private readonly registry: EndpointRegistry,
    private readonly holdings: Holdings,
    private readonly publisher: EndpointPublisher,
    private readonly reconciler: Reconciler,
    private readonly api: Pick<ApiServer, 'listen' | 'close'>,
    private readonly clock: Clock,
    random: Random,
    private readonly log: Log,
  ) {
    this.retry = new Backoff({ first: 500, limit: 10_000 }, random)
  }

  /** @throws WeftError when this host cannot run an agent at all; an unreachable store is no such reason */
  async start(): Promise<void> {
    this.registry.load()
    await this.underlay.refresh()
    await this.api.listen(join(this.config.runDir, 'weft.sock'))
    this.store.onChange(() => this.viewChanged())
    this.registry.onChange(() => this.viewChanged())
    this.kernel.onChange(() => void this.hostChanged())
    this.reconciler.start()
    void this.join()
  }

  /** Stops working and leaves the kernel as it is: traffic goes on, leases stay. */
  async stop(): Promise<void> {
    this.stopping = true
    this.holdings.close()
    this.publisher.close()
    await this.reconciler.close()
    await this.store.close()
    this.kernel.close()
    await this.api.close()
  }

  /** Registers this host, waiting for the store for as long as it takes; tells an outage once. Asked meanwhile, it registers once more. */
  private async join(): Promise<void> {
    this.registrationDue = true
    if (this.joining) return
    this.joining = true
    let told = false
    while (this.registrationDue && !this.stopping) {
      this.registrationDue = false
      try {
        const source = await this.store.ready(STORE_PATIENCE)
        this.viewChanged()
        if (source === 'cache' && !told) {
          this.log.warn('etcd does not answer; working from the copy on disk', { revision: this.store.view.revision })
          told = true
        }
        await this.register()
        if (told) this.log.info('etcd answers')
        told = false
      } catch (thrown) {
        if (this.stopping) return
        const error = asWeftError(thrown)
        if (!told) this.log.error('cannot join the cluster yet', { code: error.code, error: error.message, hint: error.hint })
        told = true
        this.registrationDue = true
        await sleep(this.clock, this.retry.next())
      }
    }
    this.retry.reset()
    this.joining = false
  }

  private async register(): Promise<void> {
    const { address } = this.underlay.current
    const { host, zone } = this.config
    await this.store.registerHost({
      id: host,
      machineId: machineId(),
      underlay: address,
      ...(zone === undefined ? {} : { zone }),
      version: VERSION,
    })
    const now = this.clock.wallTime()
    this.store.announce({ host, started: now, changed: now, version: VERSION })
    this.registered = true
    this.log.info('host registered', { host, underlay: address })
    this.viewChanged()
  }

  /** Nothing is written to the store before the store has taken this host's name as ours. */
  private viewChanged(): void {
    this.reconciler.request()
    if (!this.registered) return
    this.holdings.request()
    this.publisher.request()
  }

  private async hostChanged(): Promise<void> {
    try {
      if (!(await this.underlay.refresh()) || this.stopping) return
      this.reconciler.request()
      void this.join()
    } catch (thrown) {
      const error = asWeftError(thrown)
      if (!this.stopping)
        this.log.warn('the underlay is gone or in doubt; the last one stays', { code: error.code, error: error.message, hint: error.hint })
    }
  }
}
