import { seededRandom, below, type ClusterView, type HostId } from '#core'
import type { FailoverEffect, MemberHealth, SavedChain, StoreState } from '../../failover/contract.js'
import type { Fault } from './fault.js'
import { ModelAgent } from './model-agent.js'
import { ModelGate, type TrueTime } from './model-gate.js'
import type { World } from './world.js'

/** How long a watch that hears nothing takes to notice. */
const NOTICE = 1_000

/** A machine: a kernel with its clock and gate, a run directory, and an agent that comes and goes. */
export class ModelHost {
  gate = new ModelGate()
  up = true
  agent: ModelAgent | undefined
  agentStarts = 0
  boots = 1
  savedChain: SavedChain | undefined
  storeCutUntil: TrueTime = 0
  lag: { readonly until: TrueTime; readonly by: number } | undefined
  fate: (Fault & { kind: 'transaction' }) | undefined
  trap: (Fault & { kind: 'pause-before' | 'crash-before' }) | undefined
  saveFailsUntil: TrueTime = 0
  readonly lies = new Map<number, TrueTime>()
  readonly lastHeard: TrueTime[] = []
  /** When the last command to the gate is through: they go one after the other. */
  private gateFree: TrueTime = 0
  private bootedAt: TrueTime = 0
  /** Survives everything: the agent's copy of the records. */
  private cached: ClusterView
  private shown = 0
  private members: ReadonlyMap<HostId, MemberHealth> | undefined
  private killed = false
  /** The store went back, and nobody has accepted that here; outlives the agent. */
  alarmed = false

  constructor(
    readonly world: World,
    readonly number: number,
    readonly id: HostId,
    public rate: number,
  ) {
    this.cached = world.store.view
    this.bootedAt = world.now - 1_000
  }

  get name(): string {
    return `${this.id}${this.world.hosts.findIndex(({ id }) => id === this.id) === this.number ? '' : '*'}`
  }

  get bootId(): string {
    return `b${this.number}.${this.boots}`
  }

  /** What a clock of this machine shows: it starts anew with each boot. */
  get local(): number {
    return (this.world.now - this.bootedAt) * this.rate
  }

  trueTime(local: number): TrueTime {
    return this.bootedAt + local / this.rate
  }

  startAgent(): void {
    if (this.killed || !this.up || this.agent) return
    const { world } = this
    this.agentStarts++
    this.members = undefined
    this.shown = 0
    this.agent = new ModelAgent(this, seededRandom(below(world.random, 0x1_0000_0000)), this.savedChain)
    const connected = world.storeReachable(this)
    this.agent.deliver({ kind: 'store', state: this.alarmed ? 'frozen' : connected ? 'live' : 'stale' })
    this.seeMembers(new Map(world.hosts.filter(({ id }) => id !== this.id).map(({ id }) => [id, 'alive' as const])))
    this.show(connected && !this.alarmed ? world.store.view : this.cached, true)
  }

  crash(ms: number): void {
    if (!this.agent) return
    this.agent.stop()
    this.agent = undefined
    this.world.after(ms, () => this.startAgent())
  }

  reboot(ms: number, rate: number): void {
    const { world } = this
    this.powerOff()
    world.after(ms, () => {
      if (this.up || this.killed) return
      this.up = true
      this.boots++
      this.rate = rate
      this.bootedAt = world.now - 5
      this.gate = new ModelGate()
      this.startAgent()
    })
  }

  kill(): void {
    this.killed = true
    this.powerOff()
  }

  cutStore(ms: number): void {
    const { world } = this
    this.storeCutUntil = Math.max(this.storeCutUntil, world.now + ms)
    world.after(NOTICE, () => {
      if (!world.storeReachable(this)) this.agent?.deliver({ kind: 'store', state: 'stale' })
    })
    world.after(ms + 1, () => {
      if (!world.storeReachable(this)) return
      this.agent?.deliver({ kind: 'store', state: 'live' })
      this.show(world.store.view)
    })
  }

  /** The watch brings a view, unless this host has seen a newer one or is cut off. */
  show(view: ClusterView, first = false): void {
    if (!this.agent || view.revision <= this.shown || (!first && !this.world.storeReachable(this))) return
    if (this.alarmed && !first) return
    this.shown = view.revision
    this.cached = view
    this.world.invariants.viewSeen(this, view)
    this.agent?.deliver({ kind: 'view', view })
  }

  watchLag(): number {
    const { lag, world } = this
    return lag && lag.until > world.now ? lag.by * world.random.next() : 0
  }

  /** The store went back in time. */
  storeReplaced(state: StoreState): void {
    this.alarmed = true
    this.agent?.deliver({ kind: 'store', state })
    if (state === 'live') this.storeAccepted(false)
  }

  storeAccepted(told = true): void {
    if (!this.agent && told) return this.world.after(500, () => this.storeAccepted())
    this.alarmed = false
    this.shown = 0
    if (told) this.agent?.deliver({ kind: 'restored' })
    this.agent?.deliver({ kind: 'store', state: 'live' })
    this.show(this.world.store.view, true)
  }

  seeMembers(members: ReadonlyMap<HostId, MemberHealth>): void {
    const before = this.members
    if (before && before.size === members.size && [...members].every(([id, health]) => before.get(id) === health)) return
    this.members = members
    this.agent?.deliver({ kind: 'members', members })
  }

  /** Commands to the gate are carried out by the kernel one after the other; a reboot loses what is under way. */
  tellGate(command: (gate: ModelGate) => void, done?: () => void): void {
    const { world, boots, agent } = this
    this.gateFree = Math.max(this.gateFree, world.now) + 0.05 + world.random.next() * 0.2
    world.at(this.gateFree, () => {
      if (this.boots !== boots || !this.up) return
      command(this.gate)
      if (done && this.agent === agent) done()
    })
  }

  /** @returns whether the effect was trapped */
  springs(effect: FailoverEffect): boolean {
    const { trap } = this
    // A trap that nothing has sprung is no fault of the calm time.
    if (!trap || trap.effect !== effect.kind || this.world.isCalm) return false
    this.trap = undefined
    this.world.tell(
      () => `${this.name} ${trap.kind === 'pause-before' ? `stands still for ${trap.for} ms` : 'is killed'} just before ${effect.kind}`,
    )
    if (trap.kind === 'pause-before') this.agent?.pause(trap.for)
    else this.crash(trap.for)
    return true
  }

  private powerOff(): void {
    this.agent?.stop()
    this.agent = undefined
    this.up = false
    this.gate = new ModelGate()
  }
}
