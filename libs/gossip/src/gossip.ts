import type { HostId, Monotonic, Random } from '#core'
import { Awareness } from './awareness.js'
import { BroadcastQueue } from './broadcast-queue.js'
import { Deadlines, type Deadline } from './deadlines.js'
import type { Effect } from './effect.js'
import type { GossipEvent } from './event.js'
import { Exchange, exchangeTime } from './exchange.js'
import { Hearing } from './hearing.js'
import { KernelEchoes } from './kernel-echoes.js'
import type { Health, Why } from './member.js'
import { EMPTY_ROSTER, MemberTable, type Roster } from './member-table.js'
import { Membership } from './membership.js'
import type { Contact, MemberFacts, Packet, StreamBody } from './packet.js'
import type { Parts, Self } from './parts.js'
import { ProbeOrder } from './probe-order.js'
import { Prober } from './prober.js'
import { Refutation } from './refutation.js'
import { hostHash } from './rendezvous.js'
import { GOSSIP_DEFAULTS, type GossipSettings } from './settings.js'
import { Spread } from './spread.js'
import { Watch } from './watch.js'

export interface GossipOptions {
  readonly id: HostId
  /** From {@link firstIncarnation}. */
  readonly incarnation: number
  /** 1..2^32-1 by chance, new at every start of the agent. */
  readonly nonce: number
  readonly facts: MemberFacts
  readonly random: Random
  readonly settings?: Partial<GossipSettings>
  /** Members known from before, this host among them. */
  readonly roster?: Roster
}

/** One member as people see it. Times are monotonic ms; what is not known is absent. */
export interface MemberView {
  readonly id: HostId
  readonly health: Health
  readonly why: Why
  readonly since: Monotonic
  readonly incarnation: number
  readonly facts: MemberFacts
  readonly lastHeard?: Monotonic
  /** Round trips in ms: of agents, and of kernels on both paths. */
  readonly roundTrip?: number
  readonly overlayRoundTrip?: number
  readonly underlayRoundTrip?: number
  /** Share of packets lost, in 0..1. */
  readonly overlayLoss?: number
  readonly underlayLoss?: number
  /** Whether silence of this member's kernel would mean anything: false where ICMP never came through. */
  readonly kernelAsked: boolean
}

/**
 * The gossip protocol of one member: SWIM with Lifeguard, kernel echoes and watchers (docs/gossip.md), as a step function
 * `(event, now) → effects`. It has no clock, socket or timer of its own. Its driver
 * - hands over every event in {@link step} and carries out the effects, in order;
 * - calls `step({ kind: 'time' }, now)` when the time of {@link wakeAt} has come, after all packets that had arrived by then;
 * - never calls it from within itself.
 * The same events at the same times with the same random source give the same effects.
 */
export class Gossip {
  private readonly parts: Parts
  private started = false
  /** From when on it would have heard somebody. */
  private listeningSince: Monotonic = 0
  private isolated = false
  /** The deadline whose delay was counted last. */
  private blamedFor: Monotonic | undefined
  private stalledUntil: Monotonic = Number.NEGATIVE_INFINITY

  constructor(options: GossipOptions) {
    const { id, incarnation, nonce, facts, random } = options
    const self: Self = { id, hash: hostHash(id), nonce, session: incarnation, incarnation, facts, leaving: false }
    const parts = {
      settings: { ...GOSSIP_DEFAULTS, ...options.settings },
      random,
      self,
      members: new MemberTable(options.roster ?? EMPTY_ROSTER),
      deadlines: new Deadlines(),
      queue: new BroadcastQueue(),
      awareness: new Awareness(),
      order: new ProbeOrder(random),
      now: 0,
      effects: [],
    } as unknown as { -readonly [part in keyof Parts]: Parts[part] }
    parts.spread = new Spread(parts)
    parts.hearing = new Hearing(parts)
    parts.membership = new Membership(parts)
    parts.refutation = new Refutation(parts)
    parts.prober = new Prober(parts)
    parts.watch = new Watch(parts)
    parts.echoes = new KernelEchoes(parts)
    parts.exchange = new Exchange(parts)
    this.parts = parts
  }

  /** When `time` is to be told next. */
  get wakeAt(): Monotonic {
    return this.started ? this.parts.deadlines.next : Number.NEGATIVE_INFINITY
  }

  /** Takes one event and returns what has to be done. The first one starts the protocol. */
  step(event: GossipEvent, now: Monotonic): readonly Effect[] {
    const { parts } = this
    parts.effects = []
    parts.now = now
    if (!this.started) this.start()
    this.noticeStall()
    if (event.kind === 'time') this.passTime()
    else this.handle(event)
    return parts.effects
  }

  /** All members that are remembered, this host among them. */
  members(): MemberView[] {
    return [...this.parts.members].map(({ id }) => this.member(id) as MemberView)
  }

  member(id: HostId): MemberView | undefined {
    const { members, hearing, prober, echoes } = this.parts
    const member = members.get(id)
    if (!member) return undefined
    const { health, why, since, incarnation, facts } = member
    const lastHeard = hearing.lastOf(id)
    const roundTrip = prober.roundTripOf(id)
    const quality = echoes.qualityOf(id)
    return {
      id,
      health,
      why,
      since,
      incarnation,
      facts,
      ...(lastHeard !== undefined && { lastHeard }),
      ...(roundTrip !== undefined && { roundTrip }),
      ...(quality?.overlay.roundTrip !== undefined && {
        overlayRoundTrip: quality.overlay.roundTrip,
        overlayLoss: quality.overlay.loss.measured.share,
      }),
      ...(quality?.underlay.roundTrip !== undefined && {
        underlayRoundTrip: quality.underlay.roundTrip,
        underlayLoss: quality.underlay.loss.measured.share,
      }),
      kernelAsked: echoes.canJudge(id),
    }
  }

  /** Health of a member without the details. */
  healthOf(id: HostId): Health | undefined {
    return this.parts.members.get(id)?.health
  }

  get incarnation(): number {
    return this.parts.self.incarnation
  }

  /** 0 is healthy, 7 the worst: how much this agent distrusts itself. */
  get awareness(): number {
    return this.parts.awareness.score
  }

  /** The members that watch this one. */
  get watchers(): readonly HostId[] {
    return this.parts.watch.watcherIds
  }

  private start(): void {
    const { self, members, deadlines, settings, random, now } = this.parts
    this.started = true
    this.listeningSince = now
    const { id, incarnation, nonce, facts } = self
    if (members.get(id) === undefined) {
      const why = 'joined' as const
      members.add({ id, hash: self.hash, incarnation, nonce, facts, state: 'alive', health: 'alive', why, since: now })
    }
    const own = members.get(id)
    if (own) members.replace({ ...own, incarnation, nonce, facts, state: 'alive', health: 'alive' })
    if (!own || this.parts.members.size === 1 || own.nonce !== nonce)
      this.parts.spread.tell({ kind: 'alive', id, incarnation, nonce, facts })
    // Members that start together must not act together for ever.
    deadlines.set('probe', '', now + random.next() * settings.probeInterval)
    this.parts.watch.start(random.next() * settings.beatInterval)
    deadlines.set('contact', '', now + random.next() * settings.contactInterval)
    deadlines.set('exchange', '', now + random.next() * exchangeTime(settings.exchangeInterval, members.liveCount))
    deadlines.set('reap', '', now + settings.exchangeInterval)
  }

  /**
   * A timer that comes much too late shows that this agent did not run. Its peers were then not silent, it was deaf: every deadline is put
   * off by that time and every silence begins anew.
   */
  private noticeStall(): void {
    const { deadlines, settings, awareness, effects, membership, prober, watch, echoes, exchange, now } = this.parts
    const due = deadlines.next
    const late = now - due
    // One delay counts once, however many packets are read before the time is told.
    if (late <= settings.lateLimit || due === this.blamedFor) return
    this.blamedFor = due
    awareness.add(1)
    if (late <= settings.stallLimit) return
    this.listeningSince = now
    deadlines.postpone(late)
    membership.postpone(late)
    watch.restart()
    echoes.restart()
    prober.restart()
    if (late >= MISSED_BEATS * settings.beatInterval) exchange.withSomebody()
    if (now < this.stalledUntil) return
    this.stalledUntil = now + settings.probeInterval
    effects.push({ kind: 'alarm', alarm: 'stalled', by: late })
  }

  private passTime(): void {
    const { deadlines, now } = this.parts
    for (let due = deadlines.takeDue(now); due; due = deadlines.takeDue(now)) this.act(due)
  }

  private act({ purpose, subject }: Deadline): void {
    const { membership, hearing, spread, prober, watch, echoes, exchange, awareness, deadlines, settings, now } = this.parts
    if (purpose === 'beat') watch.beat()
    else if (purpose === 'watch') watch.check(subject as HostId)
    else if (purpose === 'echo') echoes.due(subject as HostId)
    else if (purpose === 'probe') prober.routine()
    else if (purpose === 'pending') prober.overdue(subject as number)
    else if (purpose === 'relay') prober.relayOverdue(subject as number)
    else if (purpose === 'push') spread.push()
    else if (purpose === 'gossip') spread.gossip()
    else if (purpose === 'suspicion') membership.expire(subject as HostId)
    else if (purpose === 'exchange') exchange.routine()
    else if (purpose === 'contact') {
      exchange.contact()
      if (now - hearing.latest < settings.contactInterval) awareness.wellForAWhile()
      this.noticeIsolation()
    } else {
      membership.reap()
      deadlines.set('reap', '', now + settings.exchangeInterval)
    }
  }

  private handle(event: Exclude<GossipEvent, { kind: 'time' }>): void {
    const { parts } = this
    if (event.kind === 'packet') this.receive(event.packet, event.from)
    else if (event.kind === 'echo') parts.echoes.answered(event.id, event.path, event.nonce)
    else if (event.kind === 'called') this.called(event.body, event.token)
    else if (event.kind === 'answered') this.answered(event.body)
    else if (event.kind === 'known') parts.exchange.know(event.hosts)
    else if (event.kind === 'silence') parts.membership.accuse(event.id, 'silence')
    else if (event.kind === 'facts') parts.refutation.announce(event.facts)
    else parts.refutation.leave()
  }

  private receive(packet: Packet, from: Contact): void {
    const { self, membership, prober, watch, echoes } = this.parts
    if (packet.from !== self.id) {
      watch.heard(packet.from)
      echoes.onlyStream(packet.from, false)
    }
    for (const news of packet.news) membership.apply(news)
    // After its news: a refutation in the same packet makes the reminder needless.
    if (packet.from !== self.id) membership.heard(packet.from, packet.incarnation)
    const { message } = packet
    if (!message) return
    if (message.kind === 'ping') prober.ping(message, from)
    else if (message.kind === 'ack') prober.ack(message, packet.from, from)
    else if (message.kind === 'ask') prober.ask(message, from)
    else if (message.kind === 'nack') prober.nack(message)
    else if (message.kind === 'beat') watch.beaten(message, packet.from)
  }

  private called(body: StreamBody, token: number): void {
    const { effects, exchange, self } = this.parts
    if (body.kind === 'state') {
      exchange.merge(body.from, body.entries)
      effects.push({ kind: 'answer', token, body: exchange.state() })
    } else if (body.kind === 'ping') {
      effects.push({ kind: 'answer', token, body: { kind: 'ack', from: self.id, nonce: body.nonce, target: self.id } })
    }
  }

  private answered(body: StreamBody): void {
    if (body.kind === 'state') this.parts.exchange.merge(body.from, body.entries)
    else if (body.kind === 'ack') this.parts.prober.streamAck(body.nonce, body.target)
  }

  private noticeIsolation(): void {
    const { members, hearing, effects, settings, now } = this.parts
    if (members.size < 2) return
    const silent = now - Math.max(this.listeningSince, hearing.latest) > ISOLATION_BEATS * settings.beatInterval
    if (silent === this.isolated) return
    this.isolated = silent
    effects.push({ kind: 'alarm', alarm: 'isolated', over: !silent })
  }
}

/** A pause of so many beats is long enough to have missed rumours. */
const MISSED_BEATS = 5
/** Whoever has peers hears some of them within a few beats. */
const ISOLATION_BEATS = 10
