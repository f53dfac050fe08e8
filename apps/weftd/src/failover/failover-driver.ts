import { asWeftError, type Clock, type ClusterView, type HostId, type Log, type Monotonic, type SubnetLease, type Timer } from '#core'
import {
  leaseKey,
  type Failover,
  type FailoverEffect,
  type FailoverEvent,
  type FailoverMessage,
  type FailoverStory,
  type ProofView,
  type Store,
  type StoreState,
} from '#lease'
import type { KernelEcho } from '#net'
import type { Gate } from '#plan'
import type { HostHealth } from '../health/host-health.js'
import type { SuspendWatch } from './boot.js'
import type { ChainFile } from './chain-file.js'
import { RenewalFigures } from './renewal-figures.js'
import { SharedVteps } from './shared-vteps.js'
import type { Transactions } from './transactions.js'

export interface DriverParts {
  readonly store: Store
  readonly health: Pick<HostHealth, 'onMembers' | 'membersHealth' | 'onFailover' | 'sendFailover' | 'suspect'>
  readonly registration: { readonly registered: boolean; readonly refused: boolean }
  readonly gate: Pick<Gate, 'arm' | 'flip' | 'grant'>
  readonly transactions: Transactions
  readonly chain: ChainFile
  readonly echo: Pick<KernelEcho, 'send'>
  readonly suspends: SuspendWatch
  readonly clock: Clock
  readonly log: Log
}

/** The longest time without a look at store, members and clock, in ms: their changes are not all told. */
const LOOK_EVERY = 500

/** A wake-up that comes later than this lets the sockets be read first, in ms. */
const LATE = 20

/** Every effect that asks for one of these gets exactly one. */
const ANSWERS: ReadonlySet<FailoverEvent['kind']> = new Set(['armed', 'granted', 'saved', 'registered', 'retired', 'changed'])

/** So many failures of the gate in a row are told. */
const GATE_PATIENCE = 3

/** And waits at most so many turns of the event loop for messages to stop coming. */
const DRAIN_TURNS = 50

/**
 * Drives the failover machine with what happens on this host, and carries out what it asks for, in its order. It decides nothing; that
 * a lease has come or gone shows in the store's view, which all else follows.
 */
export class FailoverDriver {
  /** What other hosts said of leases that this host knows only from its copy on disk. */
  private outranked: { readonly lease: string; readonly owner: HostId; readonly epoch: number }[] = []
  private adjusted: { readonly of: ClusterView; readonly view: ClusterView } | undefined
  private readonly queue: FailoverEvent[] = []
  private stepping = false
  private running = false
  private closed = false
  private timer: (Timer & { readonly at: Monotonic }) | undefined
  private immediate: NodeJS.Immediate | undefined
  /** Sockets are being read after a pause; a wake-up follows. */
  private draining = false
  private received = 0
  private toldStore: StoreState | undefined
  private membersChanged = true
  private lookedAt: Monotonic = Number.NEGATIVE_INFINITY
  /** The gate's calls that are under way. */
  private gateTurn: Promise<void> = Promise.resolve()
  /** In a row, while there is something to let through. */
  private gateFailures = 0
  private readonly sharedVteps: SharedVteps
  readonly figures = new RenewalFigures()
  private readonly storyListeners = new Set<(story: FailoverStory) => void>()

  constructor(
    self: HostId,
    private readonly machine: Pick<Failover, 'step' | 'wakeAt' | 'proof'>,
    private readonly parts: DriverParts,
  ) {
    this.sharedVteps = new SharedVteps(self)
  }

  /** This host's proof as it stands. */
  get proof(): ProofView {
    return this.machine.proof
  }

  /** Calls back with what is worth telling. */
  onStory(listener: (story: FailoverStory) => void): void {
    this.storyListeners.add(listener)
  }

  /** Begins; the store must have something to show. */
  start(): void {
    if (this.running || this.closed) return
    this.running = true
    const { health, store } = this.parts
    health.onMembers(() => this.soon())
    health.onFailover((from, message) => this.receive(from, message))
    this.look()
    this.step({ kind: 'view', view: store.view })
    this.arm()
  }

  /** To be called with each new view. */
  viewChanged(): void {
    if (!this.running) return
    this.outranked = this.parts.store.health.source === 'store' ? [] : this.outranked
    this.adjusted = undefined
    this.look()
    this.step({ kind: 'view', view: this.parts.store.view })
  }

  /** The view as this host must act on it: with the owners that others have named while the view is a copy on disk. */
  get view(): ClusterView {
    const { view } = this.parts.store
    if (this.outranked.length === 0) return view
    if (this.adjusted?.of !== view) {
      const leases = view.leases.map((lease) => {
        const better = this.outranked.find((one) => one.lease === leaseKey(lease) && one.epoch > lease.epoch)
        return better ? { ...lease, host: better.owner, epoch: better.epoch } : lease
      })
      this.adjusted = { of: view, view: { ...view, leases } }
    }
    return this.adjusted?.view ?? view
  }

  /** An operator's word that a host is powered off. */
  fence(host: HostId): void {
    this.step({ kind: 'fence', host })
  }

  /** An operator wants a lease to go to a host. */
  move({ network, subnet }: Pick<SubnetLease, 'network' | 'subnet'>, to: HostId): void {
    this.step({ kind: 'move', network, subnet, to })
  }

  /** A person accepted a store that went back. */
  restored(): void {
    this.step({ kind: 'restored' })
  }

  /** Stops renewing. What the gate lets through ends by itself; other leases are as they were. */
  async close(): Promise<void> {
    this.closed = true
    this.timer?.cancel()
    clearImmediate(this.immediate)
    await this.gateTurn
  }

  private receive(from: HostId, message: FailoverMessage): void {
    this.received++
    if (message.kind === 'ack') this.figures.acknowledged(from, message.nonce, this.parts.clock.now())
    this.step({ kind: 'message', from, message })
  }

  /**
   * While another machine goes by this host's name nothing is said in that name; answers to what was said before wait for the end of that.
   */
  private step(event: FailoverEvent): void {
    if (this.closed || !this.running) return
    const { refused } = this.parts.registration
    if (!refused || ANSWERS.has(event.kind)) this.queue.push(event)
    // What is answered at once, while effects are being carried out, comes after them.
    if (this.stepping || refused) return
    this.stepping = true
    try {
      for (let next = this.queue.shift(); next; next = this.queue.shift()) {
        for (const effect of this.machine.step(next, this.parts.clock.now())) this.carryOut(effect)
      }
    } finally {
      this.stepping = false
    }
    this.arm()
  }

  private arm(): void {
    const { clock, registration } = this.parts
    const look = this.lookedAt + LOOK_EVERY
    const at = registration.refused ? look : Math.min(this.machine.wakeAt, look)
    if (this.timer?.at === at) return
    this.timer?.cancel()
    const timer = clock.after(Math.max(0, Math.ceil(at - clock.now())), () => this.woken(at))
    this.timer = { at, cancel: () => timer.cancel() }
  }

  private woken(due: Monotonic): void {
    this.timer = undefined
    if (this.draining) return
    // Timers run before sockets are read: after a pause, all that has arrived is to be heard first.
    if (this.parts.clock.now() - due < LATE) this.wake()
    else this.drain(DRAIN_TURNS)
  }

  private drain(turns: number): void {
    const before = this.received
    this.draining = true
    clearImmediate(this.immediate)
    this.immediate = setImmediate(() => {
      if (turns > 0 && this.received > before) return this.drain(turns - 1)
      this.draining = false
      this.wake()
    })
  }

  private wake(): void {
    if (this.closed) return
    this.look()
    this.step({ kind: 'time' })
    this.arm()
  }

  /** Members changed: a turn later, for several may do so at once. */
  private soon(): void {
    this.membersChanged = true
    if (!this.running || this.closed || this.draining) return
    clearImmediate(this.immediate)
    this.immediate = setImmediate(() => this.wake())
  }

  /**
   * What is not told by itself: whether the machine slept, how the store is, who is there. Not to be asked for what nobody would be told.
   */
  private look(): void {
    this.lookedAt = this.parts.clock.now()
    if (this.parts.registration.refused) return
    const slept = this.parts.suspends.slept()
    if (slept > 0) this.step({ kind: 'resumed', by: slept })
    const state = this.storeState()
    if (state !== this.toldStore) {
      this.toldStore = state
      this.step({ kind: 'store', state })
    }
    if (this.membersChanged) {
      this.membersChanged = false
      this.step({ kind: 'members', members: this.parts.health.membersHealth() })
    }
  }

  private storeState(): StoreState {
    const { store, registration } = this.parts
    const { state, source, alarms } = store.health
    if (alarms.includes('revision-regress') || alarms.includes('cluster-changed')) return 'frozen'
    // A host that is not registered under its name yet must write nothing in that name.
    return state === 'connected' && source === 'store' && registration.registered ? 'live' : 'stale'
  }

  private carryOut(effect: FailoverEffect): void {
    const { health, clock, chain, transactions } = this.parts
    switch (effect.kind) {
      case 'send':
        if (effect.message.kind === 'renew') this.figures.renewed(effect.to, effect.message.nonce, clock.now())
        return health.sendFailover(effect.to, effect.message, effect.again ?? false)
      case 'arm': {
        const { nonce, timeout } = effect
        return this.gateDoes(
          (gate) => gate.arm(nonce, timeout),
          (done) => this.step({ kind: 'armed', nonce, done }),
        )
      }
      case 'flip':
        return this.gateDoes((gate) => gate.flip(effect.nonce))
      case 'grant': {
        const { nonce, leases, leaving } = effect
        return this.gateDoes(
          (gate) =>
            gate.grant(
              leases.map(({ subnet }) => subnet),
              leaving,
            ),
          (done) => this.step({ kind: 'granted', nonce, done }),
        )
      }
      case 'save': {
        return this.step({ kind: 'saved', epoch: effect.chain.epoch, done: chain.save(effect.chain) })
      }
      case 'register':
      case 'retire':
      case 'adopt':
      case 'hand-over':
        return void transactions.carryOut(effect).then((answer) => this.step(answer))
      case 'echo':
        return this.sendEcho(effect)
      case 'suspect':
        return health.suspect(effect.host)
      case 'outranked':
        this.outranked = [...this.outranked, { lease: leaseKey(effect), owner: effect.owner, epoch: effect.epoch }]
        this.adjusted = undefined
        return this.tell({ about: 'lost', network: effect.network, subnet: effect.subnet, owner: effect.owner, epoch: effect.epoch })
      case 'tell':
        return this.tell(effect.story)
    }
  }

  private tell(story: FailoverStory): void {
    for (const listener of this.storyListeners) listener(story)
  }

  private sendEcho({ host, path, nonce }: Extract<FailoverEffect, { kind: 'echo' }>): void {
    const { store, echo } = this.parts
    const { view } = store
    // Where there is no overlay between the two yet, its silence would say nothing.
    const address = (path === 'overlay' ? this.sharedVteps.of(view, host) : undefined) ?? view.hosts.get(host)?.underlay
    if (address === undefined) return
    echo.send(address, () => {
      this.received++
      this.step({ kind: 'echo', nonce })
    })
  }

  /** One call after the other; what fails is told to the machine, or, where it does not ask, shows by the gate's being shut. */
  private gateDoes(action: (gate: DriverParts['gate']) => Promise<void>, answer: (done: boolean) => void = () => undefined): void {
    this.gateTurn = this.gateTurn.then(async () => {
      try {
        await action(this.parts.gate)
        if (this.gateFailures >= GATE_PATIENCE) this.parts.log.info('the gate of exclusive leases works again')
        this.gateFailures = 0
        answer(true)
      } catch (thrown) {
        // A host without exclusive leases has no gate, and needs none; one that has just got some has it a moment later.
        if (this.proof.granted.length > 0 && ++this.gateFailures === GATE_PATIENCE) {
          const { code, message, hint } = asWeftError(thrown)
          this.parts.log.error('the gate of exclusive leases cannot be worked', { code, error: message, hint })
        }
        answer(false)
      }
    })
  }
}
