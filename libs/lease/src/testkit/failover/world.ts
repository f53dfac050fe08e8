import {
  below,
  parseHostId,
  parseNetworkName,
  parsePrefix,
  seededRandom,
  type ClusterView,
  type Host,
  type HostId,
  type Ip,
  type Network,
  type NetworkName,
  type Random,
  type SubnetLease,
} from '#core'
import { EventHeap } from '#core/testkit'
import { PROOF_TIME } from '../../failover/arithmetic.js'
import type { FailoverEffect, FailoverEvent, FailoverMessage, MemberHealth } from '../../failover/contract.js'
import { leaseKey } from '../../failover/lease-index.js'
import { RULES, type Rules } from '../../failover/rules.js'
import { describeFault, type Fault, type ModelPlan } from './fault.js'
import { Invariants } from './invariants.js'
import type { TrueTime } from './model-gate.js'
import { ModelHost } from './model-host.js'
import { ALL_COMPARES, ModelStore, type Compares } from './model-store.js'

/** What is wrong on purpose. */
export interface Mutation {
  readonly rules?: Partial<Rules>
  readonly compares?: Partial<Compares>
  /** The gate's timeout begins when the witnesses have answered. */
  readonly armsAfterAsking?: true
  /** Ownership or proof rests on etcd sessions: a host without a session is called silent, and with `proof` a session is all it needs. */
  readonly sessions?: 'keys' | 'proof'
  /** A witness promises to hear a host no more, instead of telling what it heard; promises are forgotten by a restart. */
  readonly promises?: true
}

export interface ModelResult {
  readonly violation: string | undefined
  readonly at: TrueTime
  readonly adoptions: number
  readonly handOvers: number
  readonly registrations: number
  /** Until an `exclusive` or `adopt` lease of a killed host was won by another, ms. */
  readonly delays: readonly { readonly policy: string; readonly ms: number }[]
  readonly steps: number
  readonly story: readonly string[]
}

const NETWORKS: Record<'exclusive' | 'adopt' | 'hold', NetworkName> = {
  exclusive: parseNetworkName('exclusive'),
  adopt: parseNetworkName('adopt'),
  hold: parseNetworkName('hold'),
}
const GOSSIP_INTERVAL = 400
const GOSSIP_DEATH = 1_200
const TRANSACTION_DEADLINE = 1_500
const SESSION_TIME = 3_000
const HISTORY = 20_000

/** Hosts, a network, a store and an adversary on one true clock. Runs the very code of production; the same plan gives the same run. */
export class World {
  now: TrueTime = 0
  readonly hosts: ModelHost[] = []
  readonly store: ModelStore
  readonly random: Random
  readonly rules: Rules
  readonly invariants: Invariants
  readonly delays: { policy: string; ms: number }[] = []
  readonly killed = new Map<HostId, TrueTime>()
  adoptions = 0
  handOvers = 0
  registrations = 0
  private steps = 0
  private readonly heap = new EventHeap<() => void>()
  private readonly lines: string[] = []
  private readonly cuts = new Map<number, TrueTime>()
  private readonly delayed = new Map<number, { readonly until: TrueTime; readonly by: number }>()
  private storeDownUntil: TrueTime = 0
  private frozen = false
  private readonly history: { readonly at: TrueTime; readonly view: ClusterView }[] = []
  /** For the mutants that trust sessions: when each host's session ends. */
  private readonly sessions = new Map<HostId, TrueTime>()
  private readonly promised = new Set<string>()

  constructor(
    readonly plan: ModelPlan,
    readonly mutation: Mutation = {},
    private readonly telling = false,
  ) {
    this.random = seededRandom(plan.seed)
    this.rules = mutation.rules ? { ...RULES, ...mutation.rules } : RULES
    this.invariants = new Invariants(this)
    const ids = Array.from({ length: plan.hosts }, (_, number) => parseHostId(`h${number}`))
    this.store = new ModelStore(firstRecords(plan, ids), { ...ALL_COMPARES, ...mutation.compares })
    for (const [number, id] of ids.entries()) this.hosts.push(new ModelHost(this, number, id, plan.rates[number] ?? 1))
    for (const host of this.hosts) this.at(below(this.random, 100), () => host.startAgent())
    for (const fault of plan.faults) this.at(fault.at, () => this.commit(fault))
    this.at(GOSSIP_INTERVAL, () => this.gossip())
    if (mutation.sessions) this.at(1, () => this.keepSessions())
  }

  run(): ModelResult {
    const { plan, invariants } = this
    while (this.heap.nextAt <= plan.until && invariants.violation === undefined) {
      this.now = this.heap.nextAt
      this.heap.take()?.()
      this.steps++
    }
    if (invariants.violation === undefined && plan.calmFrom !== undefined) invariants.checkServed()
    return {
      violation: invariants.violation,
      at: this.now,
      adoptions: this.adoptions,
      handOvers: this.handOvers,
      registrations: this.registrations,
      delays: this.delays,
      steps: this.steps,
      story: this.lines,
    }
  }

  at(when: TrueTime, action: () => void): void {
    this.heap.put(when, action)
  }

  after(ms: number, action: () => void): void {
    this.heap.put(this.now + ms, action)
  }

  tell(line: () => string): void {
    if (this.telling) this.lines.push(`${(this.now / 1_000).toFixed(3).padStart(8)} s  ${line()}`)
  }

  readonly gateTime = PROOF_TIME

  /** Nothing goes wrong any more. */
  get isCalm(): boolean {
    return this.now >= (this.plan.calmFrom ?? Number.POSITIVE_INFINITY)
  }

  private numberOf(id: HostId): number {
    return this.hosts.findIndex((host) => host.id === id)
  }

  reaches(from: number, to: number): boolean {
    return (this.cuts.get(from * 64 + to) ?? 0) <= this.now
  }

  /** Since when nothing has been cut between the two, in either direction. */
  cutUntil(a: number, b: number): TrueTime {
    return Math.max(this.cuts.get(a * 64 + b) ?? 0, this.cuts.get(b * 64 + a) ?? 0)
  }

  storeReachable(host: ModelHost): boolean {
    return this.storeDownUntil <= this.now && host.storeCutUntil <= this.now
  }

  send(from: ModelHost, to: HostId, message: FailoverMessage): void {
    const { plan, random } = this
    for (const target of this.hosts) {
      if (target.id !== to) continue
      if (random.next() < plan.loss) continue
      this.transmit(from, target, message)
      if (random.next() < plan.doubled) this.transmit(from, target, message)
    }
  }

  private transmit(from: ModelHost, to: ModelHost, sent: FailoverMessage): void {
    let message = sent
    if (message.kind === 'silence-answer' && this.mutation.sessions) {
      // Whoever has no session is silent, whatever its witnesses have heard.
      const silent = (this.sessions.get(message.host) ?? 0) > this.now ? 0 : 99_999
      message = { ...message, silent, kernelSilent: silent }
    }
    if (this.mutation.promises) {
      if (message.kind === 'silence-question') this.promised.add(`${to.id} ${to.agentStarts} ${message.host}`)
      if (message.kind === 'renew' && this.promised.has(`${to.id} ${to.agentStarts} ${message.host}`)) return
    }
    if (message.kind === 'renew' && this.mutation.sessions === 'proof') {
      // The session's keepalive is the proof: nobody else needs to agree.
      const { epoch, nonce } = message
      if (!this.storeReachable(from)) return
      this.sessions.set(from.id, this.now + SESSION_TIME)
      const event = { kind: 'message' as const, from: to.id, message: { kind: 'ack' as const, epoch, nonce, witnessIncarnation: '' } }
      this.after(1, () => from.agent?.deliver(event))
      return
    }
    if (!this.reaches(from.number, to.number)) return
    const slow = this.delayed.get(from.number * 64 + to.number)
    const by = slow && slow.until > this.now ? slow.by * this.random.next() : 0
    const event = { kind: 'message' as const, from: from.id, message }
    this.after(0.1 + this.random.next() * 1.5 + by, () => {
      if (this.reaches(from.number, to.number)) to.agent?.deliver(event)
    })
  }

  echo(from: ModelHost, to: HostId, nonce: number): void {
    if (!this.plan.policies.includes('adopt')) return
    for (const target of this.hosts) {
      if (target.id !== to || !target.up || !this.reaches(from.number, target.number) || !this.reaches(target.number, from.number)) continue
      const starts = from.agentStarts
      this.after(0.2 + this.random.next(), () => {
        if (from.agentStarts === starts) from.agent?.deliver({ kind: 'echo', nonce })
      })
    }
  }

  /** One transaction of an agent: request and answer travel, either may be lost, and the request may be very late. */
  transact<T>(host: ModelHost, kind: FailoverEffect['kind'], change: () => T, answer: (result: T | undefined) => void): void {
    const fate = host.fate && !this.isCalm && (host.fate.of ?? kind) === kind ? host.fate : undefined
    if (fate) host.fate = undefined
    let open = true
    const reply = (result: T | undefined): void => {
      if (open) answer(result)
      open = false
    }
    this.after(TRANSACTION_DEADLINE, () => reply(undefined))
    if (host.alarmed || fate?.fate === 'lost' || !this.storeReachable(host)) return
    const way = 0.2 + this.random.next() * 2
    const restores = this.restores
    this.after(way + (fate?.fate === 'late' ? fate.by : 0), () => {
      // A connection does not outlive the server that is put back from a backup.
      if (this.storeDownUntil > this.now || this.restores !== restores || (!fate && !this.storeReachable(host))) return
      const result = change()
      this.published()
      if (fate) return
      this.after(0.2 + this.random.next() * 2, () => {
        if (this.storeReachable(host)) reply(result)
      })
    })
  }

  private restores = 0

  /** Everybody who is connected sees the store's new state, each in its own time. */
  published(): void {
    const { view } = this.store
    this.invariants.storeChanged(view)
    if (this.plan.faults.some(({ kind }) => kind === 'restore')) {
      this.history.push({ at: this.now, view })
      while ((this.history[0]?.at ?? 0) < this.now - HISTORY) this.history.shift()
    }
    for (const host of this.hosts) this.after(0.3 + this.random.next() * 3 + host.watchLag(), () => host.show(view))
  }

  private keepSessions(): void {
    for (const host of this.hosts) {
      if (host.agent && !host.agent.isPaused && this.storeReachable(host)) this.sessions.set(host.id, this.now + SESSION_TIME)
    }
    this.after(SESSION_TIME / 3, () => this.keepSessions())
  }

  private gossip(): void {
    for (const host of this.hosts) {
      if (!host.agent) continue
      const members = new Map<HostId, MemberHealth>()
      for (const other of this.hosts) {
        if (other.id === host.id) continue
        members.set(other.id, this.healthOf(host, other))
      }
      host.seeMembers(members)
    }
    this.after(GOSSIP_INTERVAL, () => this.gossip())
  }

  private healthOf(host: ModelHost, other: ModelHost): MemberHealth {
    const lie = host.lies.get(other.number)
    if (lie !== undefined && lie > this.now) return 'dead'
    const direct = this.reaches(host.number, other.number) && this.reaches(other.number, host.number)
    const path =
      direct ||
      this.hosts.some(
        ({ number, up }) =>
          up && number !== host.number && number !== other.number && this.joins(host.number, number) && this.joins(number, other.number),
      )
    if (path && other.up && other.agent && !other.agent.isPaused) {
      host.lastHeard[other.number] = this.now
      return 'alive'
    }
    const silent = this.now - (host.lastHeard[other.number] ?? 0)
    if (silent < GOSSIP_DEATH) return silent < GOSSIP_INTERVAL * 1.5 ? 'alive' : 'suspect'
    return path && other.up ? 'agent-down' : 'dead'
  }

  private joins(a: number, b: number): boolean {
    return this.reaches(a, b) && this.reaches(b, a)
  }

  private commit(fault: Fault): void {
    this.tell(() => `!! ${describeFault(fault)}`)
    const host = 'host' in fault ? this.hosts[fault.host] : undefined
    switch (fault.kind) {
      case 'pause':
        return host?.agent?.pause(fault.for)
      case 'pause-before':
      case 'crash-before':
        if (host) host.trap = fault
        return
      case 'crash':
        return host?.crash(fault.for)
      case 'save-fails':
        if (host) host.saveFailsUntil = this.now + fault.for
        return
      case 'reboot':
        return host?.reboot(fault.for, fault.rate)
      case 'kill':
        if (host) this.killed.set(host.id, this.now)
        return host?.kill()
      case 'cut':
        return this.cut(fault.from, fault.to, fault.for)
      case 'split': {
        for (const { number: a } of this.hosts)
          for (const { number: b } of this.hosts) if (fault.hosts.includes(a) !== fault.hosts.includes(b)) this.cut(a, b, fault.for)
        return this.invariants.split(fault.hosts, this.now + fault.for)
      }
      case 'delay':
        this.delayed.set(fault.from * 64 + fault.to, { until: this.now + fault.for, by: fault.by })
        return
      case 'store-cut':
        return host?.cutStore(fault.for)
      case 'store-down':
        this.storeDownUntil = this.now + fault.for
        for (const one of this.hosts) one.cutStore(fault.for)
        return
      case 'watch-lag':
        if (host) host.lag = { until: this.now + fault.for, by: fault.by }
        return
      case 'transaction':
        if (host) host.fate = fault
        return
      case 'gossip-lies':
        host?.lies.set(fault.about, this.now + fault.for)
        return
      case 'drain': {
        if (!host) return
        this.store.drain(host.id, true)
        this.published()
        return this.after(fault.for, () => {
          this.store.drain(host.id, false)
          this.published()
        })
      }
      case 'move': {
        const lease = this.store.view.leases[fault.lease % this.store.view.leases.length]
        const to = this.hosts[fault.to]
        if (!lease || !to) return
        const owner = this.hosts[this.numberOf(lease.host)]
        return owner?.agent?.deliver({ kind: 'move', network: lease.network, subnet: lease.subnet, to: to.id })
      }
      case 'restore':
        return this.restore(fault.back, fault.for)
      case 'clone':
        return host && this.clone(host)
      case 'session-revoked':
        if (host) this.sessions.set(host.id, 0)
    }
  }

  private cut(from: number, to: number, ms: number): void {
    this.cuts.set(from * 64 + to, Math.max(this.cuts.get(from * 64 + to) ?? 0, this.now + ms))
  }

  private restore(back: number, ms: number): void {
    const earlier = this.history.findLast(({ at }) => at <= this.now - back)
    if (!earlier || this.frozen) return
    this.frozen = true
    this.restores++
    this.invariants.restored()
    this.store.restore(earlier.view)
    for (const host of this.hosts) host.storeReplaced(this.rules.mayAdopt('frozen') ? 'live' : 'frozen')
    this.after(ms, () => {
      this.frozen = false
      // A person goes from host to host.
      for (const host of this.hosts) this.after(this.random.next() * 2_000, () => host.storeAccepted())
    })
  }

  private clone(host: ModelHost): void {
    const twin = new ModelHost(this, this.hosts.length, host.id, host.rate)
    this.hosts.push(twin)
    twin.startAgent()
  }

  /** The words for an event or effect in a story. */
  tellOf(host: ModelHost, what: FailoverEvent | FailoverEffect, arrow: string): void {
    if (!this.telling) return
    const text = storyOf(what)
    if (text !== undefined) this.tell(() => `${host.name} ${arrow} ${text}`)
  }
}

function firstRecords(plan: ModelPlan, ids: readonly HostId[]): Partial<ClusterView> {
  const network = (name: NetworkName, failover: Network['failover'], at: number): Network => ({
    name,
    pool: parsePrefix(`10.${at}.0.0/16`),
    subnetSize: 24,
    vni: at,
    mode: 'l3',
    port: 4789,
    failover,
  })
  const hosts = ids.map((id): Host => ({ id, machineId: id, underlay: '192.0.2.1' as Ip, version: '0' }))
  const leases = plan.policies.map((policy, number): SubnetLease => {
    const host = ids[number % ids.length] ?? parseHostId('h0')
    const at = { exclusive: 1, adopt: 2, hold: 3 }[policy]
    return { network: NETWORKS[policy], subnet: parsePrefix(`10.${at}.${number}.0/24`), host, epoch: 1, since: '', state: 'held' }
  })
  return {
    networks: new Map([
      [NETWORKS.exclusive, network(NETWORKS.exclusive, 'exclusive', 1)],
      [NETWORKS.adopt, network(NETWORKS.adopt, 'adopt', 2)],
      [NETWORKS.hold, network(NETWORKS.hold, 'hold', 3)],
    ]),
    hosts: new Map(hosts.map((host) => [host.id, host])),
    leases,
  }
}

/** What is worth reading; renewals and their acknowledgements are not, there are too many. */
function storyOf(what: FailoverEvent | FailoverEffect): string | undefined {
  switch (what.kind) {
    case 'flip':
    case 'retire':
      return what.kind
    case 'grant':
      return `grant [${what.leases.map(leaseKey).join(', ')}]`
    case 'register':
      return `register after E${what.expected} with [${what.record.witnesses.join(' ')}]${what.previous.length > 0 ? `, previous ${what.previous.map((set) => `[${set.join(' ')}]`).join('')}` : ''}`
    case 'registered':
      return what.result.end === 'won' ? `registered as E${what.result.epoch}` : `registration ${what.result.end}`
    case 'adopt':
      return `adopt ${leaseKey(what.lease)} of ${what.owner.host} (E${what.owner.epoch}) under E${what.successor.epoch}`
    case 'hand-over':
      return `hand over ${leaseKey(what.lease)} to ${what.next.host}`
    case 'changed':
      return `change ${what.end}`
    case 'suspect':
      return `notices that ${what.host} is silent`
    case 'tell':
      return what.story.about === 'chain-broken'
        ? 'chain broken'
        : what.story.about === 'refused'
          ? `refuses: ${what.story.guard}`
          : undefined
    case 'message':
      return what.message.kind === 'silence-answer' ? `${what.from}: silent for ${Math.round(what.message.silent)} ms` : undefined
    default:
      return undefined
  }
}
