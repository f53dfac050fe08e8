import { below, type Clock, type HostId, type Ip, type Log, type Monotonic, type Random, type Timer } from '#core'
import {
  GOSSIP_DEFAULTS,
  Gossip,
  type Effect,
  type GossipEvent,
  type GossipSettings,
  type KnownHost,
  type MemberFacts,
  type MemberView,
  type Packet,
  type PathMessage,
} from '#gossip'
import type { FailoverMessage } from '#lease'
import { FAILOVER_PROTOCOL, FRAME_OVERHEAD, looksLikeFailover, STREAM_LIMIT, type Wire } from '#wire'
import { Datagrams } from './datagrams.js'
import { pingHost, type PingResult, type PingTarget } from './host-ping.js'
import { KernelEcho } from './kernel-echo.js'
import { Streams } from './streams.js'

/** IPv6 and UDP headers, the larger of the two families. */
const HEADERS = 48
/** A question over a stream has so long, in ms: pings must be answered while their probe lasts. */
const PING_DEADLINE = 1_000
const STATE_DEADLINE = 10_000
/** A wake-up that comes later than this has the socket emptied first, in ms. */
const LATE = 20
/** And is put off at most so many turns of the event loop while packets keep coming. */
const DRAIN_TURNS = 50
/** A leaving member is driven on for so long, so that its goodbye is heard, in ms. */
const GOODBYE = 500

export interface GossipNodeOptions {
  readonly id: HostId
  readonly incarnation: number
  /** From {@link Random}, 1..2^32-1. */
  readonly nonce: number
  /** What this host says of itself; with port 0 any free port is taken. */
  readonly facts: MemberFacts
  readonly wire: Wire
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** MTU of the underlay, in bytes. */
  readonly mtu: number
  /** What asks kernels, and is closed by who gave it; where there is none, the node opens one of its own. */
  readonly echo?: Pick<KernelEcho, 'send'>
  readonly settings?: Partial<GossipSettings>
  /** Told of changes, alarms and new incarnations, in order; must not throw. */
  readonly onEffect: (effect: Extract<Effect, { kind: 'change' | 'alarm' | 'incarnation' }>) => void
  /** Told of each message about failover and its authenticated sender; must not throw. */
  readonly onFailover?: (from: HostId, message: FailoverMessage) => void
  /** The same for messages about paths. */
  readonly onPath?: (from: HostId, message: PathMessage) => void
}

interface Visitor {
  readonly id: HostId
  answer: Buffer | undefined
}

/** Largest packet body that fits a datagram of this MTU with all headers. */
export function packetBudget(mtu: number): number {
  return Math.min(GOSSIP_DEFAULTS.packetBudget, mtu - HEADERS - FRAME_OVERHEAD)
}

/** One member of the cluster: the gossip protocol on real sockets. */
export class GossipNode {
  private readonly gossip: Gossip
  private readonly echo: Pick<KernelEcho, 'send'>
  private readonly ownEcho: KernelEcho | undefined
  /** What people asked by datagram and is not answered yet. */
  private readonly pings = new Map<number, (by: HostId) => void>()
  private datagrams!: Datagrams
  private streams!: Streams
  private wake: { readonly timer: Timer; readonly at: Monotonic } | undefined
  private draining = false
  private membersChanged = false
  private immediate: NodeJS.Immediate | undefined
  private token = 0
  /** Whose message by stream is being told. */
  private visitor: Visitor | undefined
  private closed = false

  private constructor(
    private readonly options: GossipNodeOptions,
    readonly facts: MemberFacts,
  ) {
    const { id, incarnation, nonce, random, settings, mtu, log } = options
    const budget = { packetBudget: packetBudget(mtu), ...settings }
    this.gossip = new Gossip({ id, incarnation, nonce, facts, random, settings: budget })
    this.echo = options.echo ?? (this.ownEcho = new KernelEcho(log))
  }

  /**
   * Opens datagrams and streams on the same port and joins in.
   * @throws WeftError WEFT_GOSSIP_PORT
   */
  static async start(options: GossipNodeOptions, attempts = 10): Promise<GossipNode> {
    const { address, port } = options.facts
    let node: GossipNode | undefined
    const datagrams = await Datagrams.open(address, port, (bytes, from) => node?.receive(bytes, from))
    try {
      const facts = { ...options.facts, port: datagrams.port }
      const streams = await Streams.open(address, facts.port, STREAM_LIMIT, (frame) => node?.serve(frame))
      node = new GossipNode(options, facts)
      node.datagrams = datagrams
      node.streams = streams
    } catch (thrown) {
      await datagrams.close()
      // A port that is free for datagrams may be taken for streams: where any will do, another is tried.
      if (port === 0 && attempts > 1) return GossipNode.start(options, attempts - 1)
      throw thrown
    }
    node.step({ kind: 'time' })
    return node
  }

  /** Hosts that ought to be members: from etcd's host records or a seed list; replaces what was told before. */
  know(hosts: readonly KnownHost[]): void {
    this.step({ kind: 'known', hosts })
  }

  /** A witness noticed that this host is silent. */
  silence(id: HostId): void {
    this.step({ kind: 'silence', id })
  }

  /**
   * Sends a message about failover, best effort: lost when the host is not known to gossip, or its agent does not understand such messages.
   * While a message of that host, which came by a stream, is being told, the first one to it is the answer on that stream.
   * @param byStream where a datagram got lost, or may have been
   */
  sendFailover(to: HostId, message: FailoverMessage, byStream = false): void {
    const facts = this.gossip.member(to)?.facts
    if (this.closed || !facts || facts.protocolMax < FAILOVER_PROTOCOL) return
    const frame = this.options.wire.sealFailover(to, message)
    if (this.visitor?.id === to && !this.visitor.answer) this.visitor.answer = frame
    else if (!byStream && frame.length <= this.options.mtu - HEADERS) this.datagrams.send(frame, facts)
    else this.sendByStream(facts, frame)
  }

  /** Sends a message about the path to a host, best effort: lost when the host is not known to gossip. */
  sendPath(to: HostId, message: PathMessage): void {
    const facts = this.gossip.member(to)?.facts
    if (this.closed || !facts) return
    const packet: Packet = { from: this.options.id, incarnation: this.incarnation, to, message, news: [] }
    this.datagrams.send(this.options.wire.seal(packet), facts)
  }

  /** Asks a host on every way there is, for people; changes nothing of what gossip holds of it. Takes up to 3 s. */
  async ping(target: PingTarget): Promise<readonly PingResult[]> {
    const byEcho = (address: Ip | undefined, deadline: number): Promise<HostId | undefined> =>
      this.answerWithin(deadline, (answered) => address !== undefined && this.echo.send(address, () => answered(target.id)))
    const tries = {
      overlay: ({ overlay }: PingTarget, deadline: number) => byEcho(overlay, deadline),
      underlay: ({ address }: PingTarget, deadline: number) => byEcho(address, deadline),
      datagram: (to: PingTarget, deadline: number) => this.sendPing(to, deadline),
      stream: (to: PingTarget, deadline: number) => this.callPing(to, deadline),
    }
    return pingHost(target, tries, this.options.clock)
  }

  setFacts(facts: MemberFacts): void {
    this.step({ kind: 'facts', facts })
  }

  members(): MemberView[] {
    return this.gossip.members()
  }

  member(id: HostId): MemberView | undefined {
    return this.gossip.member(id)
  }

  get incarnation(): number {
    return this.gossip.incarnation
  }

  /** 0 is healthy, 7 the worst. */
  get awareness(): number {
    return this.gossip.awareness
  }

  get traffic(): Datagrams['traffic'] {
    return this.datagrams.traffic
  }

  /** Says goodbye to the others and closes; within half a second. */
  async leave(): Promise<void> {
    this.step({ kind: 'leave' })
    await new Promise<void>((resolve) => this.options.clock.after(GOODBYE, resolve))
    await this.close()
  }

  /** Stops at once and says nothing, as a crash would; what others hold of this host is theirs to find out. */
  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.wake?.timer.cancel()
    clearImmediate(this.immediate)
    this.ownEcho?.close()
    await Promise.all([this.datagrams.close(), this.streams.close()])
  }

  private step(event: GossipEvent): void {
    if (this.closed) return
    for (const effect of this.gossip.step(event, this.options.clock.now())) this.carryOut(effect)
    this.arm()
  }

  private arm(): void {
    const { clock } = this.options
    if (this.membersChanged) this.agreeOnProtocol()
    const at = this.gossip.wakeAt
    if (this.draining || this.wake?.at === at) return
    this.wake?.timer.cancel()
    // Rounded up: a timer that fires a moment early would only have to be set again.
    const timer = clock.after(Math.max(0, Math.ceil(at - clock.now())), () => this.woken(at))
    this.wake = { timer, at }
  }

  private woken(due: Monotonic): void {
    this.wake = undefined
    if (this.options.clock.now() - due < LATE) this.step({ kind: 'time' })
    else {
      this.draining = true
      this.drain(DRAIN_TURNS)
    }
  }

  /** Timers run before sockets are read: after a pause, all that has arrived must be read before anybody is judged. */
  private drain(turns: number): void {
    if (this.closed) return
    const before = this.datagrams.traffic.received
    this.immediate = setImmediate(() => {
      if (turns > 0 && this.datagrams.traffic.received > before) this.drain(turns - 1)
      else {
        this.draining = false
        this.step({ kind: 'time' })
      }
    })
  }

  private carryOut(effect: Effect): void {
    if (effect.kind === 'send') this.datagrams.send(this.options.wire.seal(effect.packet), effect.to)
    else if (effect.kind === 'call') this.call(effect)
    else if (effect.kind === 'echo') this.sendEcho(effect)
    // Answers are taken where the question is served.
    else if (effect.kind !== 'answer') {
      this.membersChanged ||= effect.kind === 'change'
      this.options.onEffect(effect)
    }
  }

  private sendByStream(to: MemberFacts, frame: Buffer): void {
    this.streams.ask(to, frame, PING_DEADLINE).then(
      (answer) => answer && this.receiveFailover(answer),
      (error: unknown) => this.options.log.error('a stream about failover failed', { error: String(error) }),
    )
  }

  private receiveFailover(frame: Uint8Array): void {
    const letter = this.options.wire.openFailover(frame)
    if (letter && !this.closed) this.options.onFailover?.(letter.from, letter.message)
  }

  private receive(bytes: Uint8Array, from: { readonly address: Ip; readonly port: number }): void {
    if (looksLikeFailover(bytes)) return this.receiveFailover(bytes)
    const packet = this.options.wire.open(bytes)
    if (!packet) return
    if (packet.message?.kind === 'ack') this.pings.get(packet.message.nonce)?.(packet.from)
    if (packet.message?.kind === 'path') this.options.onPath?.(packet.from, packet.message)
    this.step({ kind: 'packet', packet, from })
  }

  private call({ to, body }: Extract<Effect, { kind: 'call' }>): void {
    const { wire, log } = this.options
    const { frame, ticket } = wire.ask(body)
    const deadline = body.kind === 'state' ? STATE_DEADLINE : PING_DEADLINE
    this.streams.ask(to, frame, deadline).then(
      (answer) => {
        const opened = answer && wire.openAnswer(answer, ticket)
        if (opened) this.step({ kind: 'answered', body: opened, contact: to })
      },
      (error: unknown) => log.error('a gossip stream failed', { error: String(error) }),
    )
  }

  private serveFailover(frame: Buffer): Buffer | undefined {
    const letter = this.options.wire.openFailover(frame)
    if (!letter || this.closed) return undefined
    const visitor: Visitor = { id: letter.from, answer: undefined }
    this.visitor = visitor
    try {
      this.options.onFailover?.(letter.from, letter.message)
    } finally {
      this.visitor = undefined
    }
    return visitor.answer
  }

  private serve(frame: Buffer): Buffer | undefined {
    const { wire, clock } = this.options
    if (looksLikeFailover(frame)) return this.serveFailover(frame)
    const question = wire.openQuestion(frame)
    if (!question || this.closed) return undefined
    const token = this.token++
    let answer: Buffer | undefined
    for (const effect of this.gossip.step({ kind: 'called', body: question.body, token }, clock.now())) {
      if (effect.kind === 'answer' && effect.token === token) answer = wire.answer(effect.body, question.ticket)
      else this.carryOut(effect)
    }
    this.arm()
    return answer
  }

  private sendEcho({ id, path, address, nonce }: Extract<Effect, { kind: 'echo' }>): void {
    this.echo.send(address, () => this.step({ kind: 'echo', id, path, nonce }))
  }

  private answerWithin(deadline: number, ask: (answered: (by: HostId) => void) => void): Promise<HostId | undefined> {
    return new Promise((resolve) => {
      const timer = this.options.clock.after(deadline, () => resolve(undefined))
      ask((by) => {
        timer.cancel()
        resolve(by)
      })
    })
  }

  private async sendPing(to: PingTarget, deadline: number): Promise<HostId | undefined> {
    const { id, wire } = this.options
    const nonce = this.drawNonce()
    // Bound to nobody: should another host have that address, it answers under its own name.
    const packet: Packet = { from: id, incarnation: this.incarnation, message: { kind: 'ping', nonce, target: to.id }, news: [] }
    try {
      return await this.answerWithin(deadline, (answered) => {
        this.pings.set(nonce, answered)
        if (!this.closed) this.datagrams.send(wire.seal(packet), to)
      })
    } finally {
      this.pings.delete(nonce)
    }
  }

  private async callPing(to: PingTarget, deadline: number): Promise<HostId | undefined> {
    const { id, wire } = this.options
    const nonce = this.drawNonce()
    const { frame, ticket } = wire.ask({ kind: 'ping', from: id, nonce, target: to.id })
    const answer = await this.streams.ask(to, frame, deadline)
    const body = answer && wire.openAnswer(answer, ticket)
    return body?.kind === 'ack' && body.nonce === nonce ? body.target : undefined
  }

  private drawNonce(): number {
    return below(this.options.random, 0x1_0000_0000)
  }

  private agreeOnProtocol(): void {
    this.membersChanged = false
    const others = this.members().filter(({ id, health }) => id !== this.options.id && health !== 'dead' && health !== 'left')
    this.options.wire.speakWith(others.map(({ facts }) => ({ oldest: facts.protocolMin, newest: facts.protocolMax })))
  }
}
