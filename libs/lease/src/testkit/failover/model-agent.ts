import type { Random } from '#core'
import type { FailoverEffect, FailoverEvent, SavedChain } from '../../failover/contract.js'
import { Failover } from '../../failover/failover.js'
import type { ModelHost } from './model-host.js'
import type { TrueTime } from './model-gate.js'

/** A running agent: the driver of one {@link Failover}. It may be stopped between any two things it does. */
export class ModelAgent {
  readonly failover: Failover
  private readonly inbox: FailoverEvent[] = []
  /** Effects of the last step that are not carried out yet. */
  private effects: readonly FailoverEffect[] = []
  private done = 0
  private running = true
  private pausedUntil: TrueTime = 0
  private wakeAt: TrueTime = Number.POSITIVE_INFINITY
  private busy = false

  constructor(
    private readonly host: ModelHost,
    random: Random,
    saved: SavedChain | undefined,
  ) {
    const { world } = host
    this.failover = new Failover({
      self: host.id,
      bootId: host.bootId,
      nonce: host.agentStarts,
      random,
      started: host.local,
      saved,
      rules: world.rules,
    })
    this.waitForWake()
  }

  get isPaused(): boolean {
    return this.pausedUntil > this.host.world.now
  }

  stop(): void {
    this.running = false
  }

  pause(ms: number): void {
    const { world } = this.host
    this.pausedUntil = Math.max(this.pausedUntil, world.now + ms)
    world.at(this.pausedUntil, () => this.work())
  }

  deliver(event: FailoverEvent): void {
    if (!this.running) return
    this.inbox.push(event)
    this.work()
  }

  private work(): void {
    if (this.busy || !this.running) return
    this.busy = true
    while (this.running && !this.isPaused) {
      const effect = this.effects[this.done]
      if (effect) {
        if (this.host.springs(effect)) continue
        this.done++
        this.host.world.tellOf(this.host, effect, '→')
        this.carryOut(effect)
        continue
      }
      const event = this.inbox.shift() ?? this.due()
      if (!event) break
      this.host.world.tellOf(this.host, event, '←')
      this.effects = this.failover.step(event, this.host.local)
      this.done = 0
    }
    this.busy = false
    if (this.running && !this.isPaused) this.waitForWake()
  }

  /** Time is told after everything that has arrived. */
  private due(): FailoverEvent | undefined {
    return this.failover.wakeAt <= this.host.local ? { kind: 'time' } : undefined
  }

  private waitForWake(): void {
    const { host } = this
    const { world } = host
    const at = Math.max(host.trueTime(this.failover.wakeAt), world.now) + 0.01
    if (at === this.wakeAt || at === Number.POSITIVE_INFINITY) return
    if (this.wakeAt < at && this.wakeAt > world.now) return
    this.wakeAt = at
    world.at(at, () => {
      if (this.wakeAt === at) this.wakeAt = Number.POSITIVE_INFINITY
      this.work()
    })
  }

  private carryOut(effect: FailoverEffect): void {
    const { host } = this
    const { world } = host
    const { store, invariants, mutation } = world
    switch (effect.kind) {
      case 'send':
        return world.send(host, effect.to, effect.message)
      case 'echo':
        return world.echo(host, effect.host, effect.nonce)
      case 'arm': {
        const { nonce, timeout } = effect
        if (mutation.armsAfterAsking) return this.deliver({ kind: 'armed', nonce, done: true })
        return host.tellGate(
          (gate) => gate.arm(nonce, world.now + timeout / host.rate),
          () => this.deliver({ kind: 'armed', nonce, done: true }),
        )
      }
      case 'flip':
        return host.tellGate((gate) => {
          if (mutation.armsAfterAsking) gate.arm(effect.nonce, world.now + world.gateTime / host.rate)
          invariants.beforeFlip(host)
          gate.flip(effect.nonce)
          invariants.gateChanged(host)
        })
      case 'grant':
        return host.tellGate(
          (gate) => {
            gate.grant(effect.leases)
            invariants.gateChanged(host)
          },
          () => this.deliver({ kind: 'granted', nonce: effect.nonce, done: true }),
        )
      case 'save': {
        const done = host.saveFailsUntil <= world.now
        if (done) host.savedChain = effect.chain
        return this.deliver({ kind: 'saved', epoch: effect.chain.epoch, done })
      }
      case 'register':
        world.registrations++
        return world.transact(
          host,
          effect.kind,
          () => store.register(effect),
          (result) => this.deliver({ kind: 'registered', attempt: effect.record.attempt, result: result ?? { end: 'unknown' } }),
        )
      case 'retire':
        return world.transact(
          host,
          effect.kind,
          () => store.retire(host.id, effect.epoch),
          (end) => this.deliver({ kind: 'retired', epoch: effect.epoch, end: end ?? 'unknown' }),
        )
      case 'adopt': {
        const issuedAt = world.now
        return world.transact(
          host,
          effect.kind,
          () => {
            const end = store.adopt(effect)
            if (end === 'won') invariants.adopted(host, effect, issuedAt)
            return end
          },
          (end) => this.deliver({ kind: 'changed', token: effect.token, end: end ?? 'unknown' }),
        )
      }
      case 'hand-over':
        return world.transact(
          host,
          effect.kind,
          () => {
            const end = store.handOver(effect)
            if (end === 'won') world.handOvers++
            return end
          },
          (end) => this.deliver({ kind: 'changed', token: effect.token, end: end ?? 'unknown' }),
        )
      case 'suspect':
      case 'outranked':
      case 'tell':
        return
    }
  }
}
