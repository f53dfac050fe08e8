import { asWeftError, Backoff, sleep, VERSION, type Clock, type Host, type HostId, type Log, type Random, type WeftError } from '#core'
import type { Store } from '#lease'
import { judgeIdentity, nameTaken } from './identity.js'
import { machineId } from './machine.js'
import type { Rename } from './rename.js'
import type { UnderlayWatch } from './underlay-watch.js'

/** How long one attempt at the store may take before it is told and tried again, in ms. */
const STORE_PATIENCE = 5_000

/** What the store is told of this host. */
export interface HostName {
  readonly host: HostId
  readonly gossipPort: number
  readonly zone?: string
}

/**
 * This host's place in the cluster: its record and session under its name. Looks again whenever asked to, waits for the store for as
 * long as it takes, and notices when another agent goes by the same name.
 */
export class Registration {
  private state: 'open' | 'registered' | 'refused' = 'open'
  private due = false
  private running = false
  private closed = false
  private takingOver = false
  private readonly listeners = new Set<() => void>()
  private lastProblem: WeftError | undefined
  /** Tells this agent's session from those of other agents under the same name. */
  private readonly started: string
  private readonly retry: Backoff

  constructor(
    private readonly name: HostName,
    private readonly store: Store,
    private readonly underlay: UnderlayWatch,
    private readonly rename: Pick<Rename, 'pending' | 'settle'>,
    private readonly clock: Clock,
    random: Random,
    private readonly log: Log,
  ) {
    this.started = clock.wallTime()
    this.retry = new Backoff({ first: 500, limit: 10_000 }, random)
  }

  /** Nothing is written to the store in this host's name before this is true. */
  get registered(): boolean {
    return this.state === 'registered'
  }

  /**
   * True while another machine's agent goes by this host's name, also before it is asked about, and while what this host has is still
   * under its former name: then the kernel is left alone too.
   */
  get refused(): boolean {
    if (this.rename.pending) return true
    if (this.state === 'open') return judgeIdentity(this.store.view, this.facts(), this.started) === 'taken'
    return this.state === 'refused'
  }

  /** Why this host has not been registered, or not again, so far. */
  get problem(): WeftError | undefined {
    return this.lastProblem
  }

  /** Registers soon, or once more with what has changed. */
  request(): void {
    this.due = true
    if (!this.running && !this.closed) void this.run()
  }

  /** Takes the name from the other agent that goes by it. @throws what the store throws */
  async takeOver(): Promise<void> {
    this.takingOver = true
    await this.register()
  }

  /** To be called with each new view: another agent may have taken the name. */
  check(): void {
    const record = this.store.view.hosts.get(this.name.host)
    if (this.registered && record && judgeIdentity(this.store.view, this.facts(), this.started) === 'taken') this.request()
  }

  /** Calls back each time the host has been registered. */
  onRegistered(listener: () => void): void {
    this.listeners.add(listener)
  }

  close(): void {
    this.closed = true
  }

  private async run(): Promise<void> {
    this.running = true
    let told: string | undefined
    while (this.due && !this.closed) {
      this.due = false
      try {
        const source = await this.store.ready(STORE_PATIENCE)
        if (source === 'cache' && told === undefined) {
          told = 'cache'
          this.log.warn('etcd does not answer; working from the copy on disk', { revision: this.store.view.revision })
        }
        await this.register()
        if (told !== undefined) this.log.info('the cluster is joined after all')
        told = undefined
        this.retry.reset()
      } catch (thrown) {
        if (this.closed) return
        const error = asWeftError(thrown)
        this.lastProblem = error
        if (told !== error.code) this.log.error('cannot join the cluster yet', { code: error.code, error: error.message, hint: error.hint })
        told = error.code
        this.due = true
        await sleep(this.clock, this.retry.next())
      }
    }
    this.running = false
  }

  private async register(): Promise<void> {
    const self = this.facts()
    const view = await this.store.caughtUp()
    const verdict = judgeIdentity(view, self, this.started)
    if (verdict === 'taken' && !this.takingOver) {
      this.state = 'refused'
      throw nameTaken(view, self)
    }
    await this.store.registerHost(self, { takeover: verdict !== 'ours' })
    await this.rename.settle(self)
    this.store.announce({ host: self.id, started: this.started, changed: this.clock.wallTime(), version: VERSION })
    this.takingOver = false
    this.state = 'registered'
    this.lastProblem = undefined
    const before = verdict === 'ours' ? undefined : view.hosts.get(self.id)?.underlay
    this.log.info('host registered', { host: self.id, underlay: self.underlay, ...(before === undefined ? {} : { before }) })
    for (const listener of this.listeners) listener()
  }

  private facts(): Host {
    const { host, zone, gossipPort } = this.name
    return {
      id: host,
      machineId: machineId(),
      underlay: this.underlay.current.address,
      gossipPort,
      ...(zone === undefined ? {} : { zone }),
      version: VERSION,
    }
  }
}
