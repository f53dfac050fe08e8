import { asWeftError, below, VERSION, type Clock, type Host, type HostId, type Log, type Random, type WeftError } from '#core'
import { sameRecord, type Store } from '#lease'
import { Errand } from '../errand.js'
import type { DirectRouting } from '../direct/direct-routing.js'
import { judgeIdentity, nameTaken } from './identity.js'
import { machineId } from './machine.js'
import type { Presence } from './presence.js'
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
  private takingOver = false
  private readonly listeners = new Set<() => void>()
  private lastProblem: WeftError | undefined
  /** What was told of the present wait for the store: an error's code, or that the copy on disk serves. */
  private told: string | undefined
  /** The facts as they were last written, without the hour. */
  private written: Omit<Host, 'hour'> | undefined
  private readonly started: string
  /** Tells this agent's session from those of other agents under the same name. */
  private readonly nonce: string
  private readonly errand: Errand
  /** Read once: facts are compared with every view. */
  private machine: string | undefined

  constructor(
    private readonly name: HostName,
    private readonly store: Store,
    private readonly underlay: UnderlayWatch,
    private readonly rename: Pick<Rename, 'pending' | 'settle'>,
    private readonly presence: Presence,
    private readonly direct: Pick<DirectRouting, 'mac'>,
    private readonly clock: Clock,
    random: Random,
    private readonly log: Log,
  ) {
    this.started = clock.wallTime()
    this.nonce = below(random, 2 ** 32).toString(16)
    this.errand = new Errand(() => this.join(), clock, random, { first: 500, limit: 10_000 })
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
    if (this.state === 'open') return judgeIdentity(this.store.view, this.facts(), this.nonce) === 'taken'
    return this.state === 'refused'
  }

  /** Why this host has not been registered, or not again, so far. */
  get problem(): WeftError | undefined {
    return this.lastProblem
  }

  /** Registers soon, or once more with what has changed. */
  request(): void {
    this.errand.request()
  }

  /** Takes the name from the other agent that goes by it. @throws what the store throws */
  async takeOver(): Promise<void> {
    this.takingOver = true
    await this.register()
  }

  /** To be called with each new view: another agent may have taken the name, or the hour is to be written. */
  check(): void {
    if (this.registered) this.presence.look(() => this.request())
    const record = this.store.view.hosts.get(this.name.host)
    if (this.registered && record && judgeIdentity(this.store.view, this.facts(), this.nonce) === 'taken') this.request()
  }

  /** Calls back each time the host has been registered. */
  onRegistered(listener: () => void): void {
    this.listeners.add(listener)
  }

  close(): void {
    this.presence.close()
    void this.errand.close()
  }

  private async join(): Promise<boolean> {
    try {
      const source = await this.store.ready(STORE_PATIENCE)
      if (source === 'cache' && this.told === undefined) {
        this.told = 'cache'
        this.log.warn('etcd does not answer; working from the copy on disk', { revision: this.store.view.revision })
      }
      await this.register()
      if (this.told !== undefined) this.log.info('the cluster is joined after all')
      this.told = undefined
      return true
    } catch (thrown) {
      if (this.errand.closed) return true
      const error = asWeftError(thrown)
      this.lastProblem = error
      if (this.told !== error.code)
        this.log.error('cannot join the cluster yet', { code: error.code, error: error.message, hint: error.hint })
      this.told = error.code
      return false
    }
  }

  private async register(): Promise<void> {
    const self = this.facts()
    const view = await this.store.caughtUp()
    const verdict = judgeIdentity(view, self, this.nonce)
    if (verdict === 'taken' && !this.takingOver) {
      this.state = 'refused'
      throw nameTaken(view, self)
    }
    await this.store.registerHost(self, { takeover: verdict !== 'ours' })
    const { hour, ...facts } = self
    if (this.registered && verdict === 'ours' && sameRecord(facts, this.written)) {
      this.lastProblem = undefined
      this.log.debug('host seen', { host: self.id, hour })
      return
    }
    await this.rename.settle(self)
    const { started, nonce } = this
    this.store.announce({ host: self.id, started, nonce, changed: this.clock.wallTime(), version: VERSION })
    this.takingOver = false
    this.written = facts
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
      machineId: (this.machine ??= machineId()),
      underlay: this.underlay.current.address,
      ...(this.direct.mac === undefined ? {} : { mac: this.direct.mac }),
      gossipPort,
      ...(zone === undefined ? {} : { zone }),
      version: VERSION,
      hour: this.presence.hour,
    }
  }
}
