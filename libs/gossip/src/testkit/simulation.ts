import { below, seededRandom, type HostId, type Ip, type Monotonic, type Random } from '#core'
import type { Effect } from '../effect.js'
import type { GossipEvent } from '../event.js'
import { Gossip } from '../gossip.js'
import type { Health, Member } from '../member.js'
import type { Roster } from '../member-table.js'
import { newsSize, packetOverhead } from '../news-size.js'
import type { Contact, MemberFacts, Packet, StreamBody } from '../packet.js'
import { hostHash } from '../rendezvous.js'
import type { GossipSettings } from '../settings.js'

import { EventHeap } from '#core/testkit'
import { QUIET_NETWORK, SimulatedNetwork, type NetworkModel } from './simulated-network.js'

/** Turns packets into bytes and back, as the wire does: one per host and start. What cannot be opened is lost. */
export interface SimulatedCodec {
  seal(packet: Packet): Uint8Array
  open(bytes: Uint8Array): Packet | undefined
}

export interface SimulationOptions {
  readonly members: number
  readonly seed: number
  readonly network?: Partial<NetworkModel>
  readonly settings?: Partial<GossipSettings>
  /** Without it packets are handed over as they are, and their size is estimated. */
  readonly codec?: (id: HostId, session: number) => SimulatedCodec
  /** Whether all know each other from the start (default), or must join through the first. */
  readonly joined?: boolean
  /** Whether kernels answer echoes; false stands for a network that lets no ICMP through. */
  readonly kernelEchoes?: boolean
}

/** One change of one member's health, as one host saw it. */
export interface Sighting {
  readonly at: Monotonic
  readonly observer: number
  readonly subject: number
  readonly before: Health | undefined
  readonly after: Health
  readonly why: string
}

/** What all hosts sent. */
export interface TrafficCount {
  datagrams: number
  bytes: number
  echoes: number
  streams: number
}

type Happening =
  | { readonly kind: 'wake'; readonly host: SimulatedHost; readonly start: number }
  | { readonly kind: 'deliver'; readonly host: SimulatedHost; readonly start: number; readonly event: GossipEvent | Sealed }
  | { readonly kind: 'resume'; readonly host: SimulatedHost; readonly stall: number }
  | { readonly kind: 'do'; readonly action: () => void }

interface Sealed {
  readonly kind: 'sealed'
  readonly bytes: Uint8Array
  readonly from: Contact
}

/** A stalled agent's socket buffer holds about this many packets (net.core.rmem_default 212,992 bytes, with the kernel's overhead). */
const SOCKET_BUFFER = 250

export class SimulatedHost {
  gossip!: Gossip
  codec: SimulatedCodec | undefined
  /** The kernel runs and forwards. */
  up = true
  /** The agent runs. */
  agentUp = true
  /** The agent gets no CPU; what arrives waits. */
  stalled = 0
  kernelStalled = false
  /** Counts starts of the agent, so that what was meant for an earlier one is lost. */
  start = 0
  lastIncarnation = 0
  wakeAt: Monotonic = Number.POSITIVE_INFINITY
  readonly waiting: (GossipEvent | Sealed)[] = []

  constructor(
    readonly number: number,
    readonly id: HostId,
    readonly facts: MemberFacts,
  ) {}
}

/**
 * Many members on a virtual clock and a made-up network. Runs the very code that agents run; the same seed and the same calls give the
 * same run to the last packet.
 */
export class Simulation {
  now: Monotonic = 0
  readonly hosts: SimulatedHost[] = []
  readonly network: SimulatedNetwork
  readonly sightings: Sighting[] = []
  readonly alarms: { readonly at: Monotonic; readonly observer: number; readonly effect: Effect & { kind: 'alarm' } }[] = []
  readonly traffic: TrafficCount = { datagrams: 0, bytes: 0, echoes: 0, streams: 0 }
  /** Sees every datagram that arrives; for tests that record and replay. */
  onDatagram: ((to: SimulatedHost, packet: Packet, from: Contact) => void) | undefined
  private readonly heap = new EventHeap<Happening>()
  private readonly random: Random
  private readonly numbers = new Map<HostId, number>()
  private readonly byAddress = new Map<Ip, SimulatedHost>()
  private readonly calls = new Map<number, { readonly caller: SimulatedHost; readonly start: number; readonly callee: SimulatedHost }>()
  private token = 0

  constructor(private readonly options: SimulationOptions) {
    this.random = seededRandom(options.seed)
    this.network = new SimulatedNetwork({ ...QUIET_NETWORK, ...options.network }, seededRandom(options.seed + 1))
    for (let number = 0; number < options.members; number++) this.addHost()
    const roster = options.joined === false ? undefined : this.roster()
    for (const host of this.hosts) this.boot(host, roster)
    if (options.joined === false) this.joinAll()
  }

  /** A host of its own number, not started. */
  addHost(id?: string): SimulatedHost {
    const number = this.hosts.length
    const address = `10.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}` as Ip
    const overlay = `100.${64 + (number >> 16)}.${(number >> 8) & 0xff}.${number & 0xff}` as Ip
    const facts = { address, port: 7946, overlay, version: '0.1.0', protocolMin: 1, protocolMax: 1 }
    const host = new SimulatedHost(number, (id ?? `h${number}`) as HostId, facts)
    host.lastIncarnation = 1_700_000_000 + number
    this.hosts.push(host)
    if (!this.numbers.has(host.id)) this.numbers.set(host.id, number)
    this.byAddress.set(address, host)
    return host
  }

  /** Starts the agent of a host, with a higher incarnation than before. */
  boot(host: SimulatedHost, roster?: Roster): void {
    host.start++
    host.up = true
    host.agentUp = true
    host.waiting.length = 0
    host.lastIncarnation++
    const nonce = roster ? host.number + 1 : 1 + below(this.random, 0xffff_ffff)
    host.codec = this.options.codec?.(host.id, host.lastIncarnation)
    host.gossip = new Gossip({
      id: host.id,
      incarnation: host.lastIncarnation,
      nonce,
      facts: host.facts,
      random: seededRandom(below(this.random, 0x1_0000_0000)),
      ...(this.options.settings && { settings: this.options.settings }),
      ...(roster && { roster }),
    })
    host.wakeAt = Number.POSITIVE_INFINITY
    this.step(host, { kind: 'time' })
  }

  /** Tells a host of some others, as etcd's host records would. */
  tell(host: SimulatedHost, others: readonly SimulatedHost[]): void {
    const hosts = others.map(({ id, facts }) => ({ id, address: facts.address, port: facts.port }))
    this.step(host, { kind: 'known', hosts })
  }

  /** Agent and kernel are gone from one moment to the next. */
  kill(host: SimulatedHost): void {
    host.up = false
    this.killAgent(host)
  }

  /** Only the agent is gone; the kernel goes on forwarding. */
  killAgent(host: SimulatedHost): void {
    host.agentUp = false
    host.start++
    host.wakeAt = Number.POSITIVE_INFINITY
  }

  /** Starts a killed host again; it finds the others as a real one does, from etcd's records. */
  restart(host: SimulatedHost): void {
    this.boot(host)
    this.tell(host, this.hosts.filter((other) => other !== host).slice(0, 50))
  }

  /** The agent gets no CPU for `ms`; with `kernel` the whole machine stands still. */
  stall(host: SimulatedHost, ms: number, kernel = false): void {
    host.stalled++
    host.kernelStalled = kernel
    this.heap.put(this.now + ms, { kind: 'resume', host, stall: host.stalled })
  }

  leave(host: SimulatedHost): void {
    this.step(host, { kind: 'leave' })
    this.after(1_000, () => this.kill(host))
  }

  after(ms: number, action: () => void): void {
    this.heap.put(this.now + ms, { kind: 'do', action })
  }

  /** Lets `ms` of virtual time pass. */
  run(ms: number): void {
    const end = this.now + ms
    while (this.heap.nextAt <= end) this.next()
    this.now = end
  }

  /** Runs until `done` says so, looking every `step` ms. @returns whether it did within `limit` ms */
  runUntil(done: () => boolean, limit: number, step = 10): boolean {
    for (const end = this.now + limit; this.now < end;) {
      if (done()) return true
      this.run(Math.min(step, end - this.now))
    }
    return done()
  }

  /** What `observer` holds of `subject`. */
  health(observer: SimulatedHost, subject: SimulatedHost): Health | undefined {
    return observer.gossip.healthOf(subject.id)
  }

  /** Hosts whose agents run. */
  get running(): SimulatedHost[] {
    return this.hosts.filter((host) => host.agentUp)
  }

  /** Whether every running agent sees exactly the running ones as alive. */
  get agrees(): boolean {
    const running = this.running
    return running.every((observer) =>
      this.hosts.every((subject) => {
        const health = this.health(observer, subject)
        if (running.includes(subject)) return health === 'alive'
        return health === 'dead' || health === 'left' || health === undefined || (subject.up && health === 'agent-down')
      }),
    )
  }

  /** Hands a packet to a host as if it had come from that address; for tests of strangers and replays. */
  inject(host: SimulatedHost, packet: Packet, from: Contact): void {
    this.arrive(host, { kind: 'packet', packet, from })
  }

  private roster(): Roster {
    const members: Member[] = this.hosts.map(({ id, number, facts, lastIncarnation }) => ({
      index: number,
      id,
      hash: hostHash(id),
      incarnation: lastIncarnation + 1,
      nonce: number + 1,
      facts,
      state: 'alive',
      health: 'alive',
      why: 'joined',
      since: 0,
    }))
    return { members, index: new Map(members.map(({ id, index }) => [id, index])) }
  }

  private joinAll(): void {
    const first = this.hosts[0]
    if (first) for (const host of this.hosts.slice(1)) this.tell(host, [first])
  }

  private next(): void {
    this.now = Math.max(this.now, this.heap.nextAt)
    const happening = this.heap.take()
    if (!happening) return
    if (happening.kind === 'do') happening.action()
    else if (happening.kind === 'resume') this.resume(happening.host, happening.stall)
    else if (happening.start !== happening.host.start || !happening.host.agentUp) return
    else if (happening.kind === 'deliver') this.arrive(happening.host, happening.event)
    else if (happening.host.stalled === 0) this.wake(happening.host)
  }

  private wake(host: SimulatedHost): void {
    // Its deadline may have moved since; then this wake-up only sets the next one.
    host.wakeAt = Number.POSITIVE_INFINITY
    if (host.gossip.wakeAt <= this.now) this.step(host, { kind: 'time' })
    else this.arm(host)
  }

  private resume(host: SimulatedHost, stall: number): void {
    if (host.stalled !== stall) return
    host.stalled = 0
    host.kernelStalled = false
    if (!host.agentUp) return
    // As libs/net does: first everything that has arrived, then the time.
    for (const event of host.waiting.splice(0)) this.arrive(host, event)
    host.wakeAt = Number.POSITIVE_INFINITY
    this.step(host, { kind: 'time' })
  }

  private arrive(host: SimulatedHost, event: GossipEvent | Sealed): void {
    if (host.stalled > 0) {
      if (host.waiting.length < SOCKET_BUFFER) host.waiting.push(event)
      return
    }
    if (event.kind === 'sealed') {
      const packet = host.codec?.open(event.bytes)
      if (packet) this.arrive(host, { kind: 'packet', packet, from: event.from })
      return
    }
    if (event.kind === 'packet') this.onDatagram?.(host, event.packet, event.from)
    this.step(host, event)
  }

  private step(host: SimulatedHost, event: GossipEvent): void {
    for (const effect of host.gossip.step(event, this.now)) this.carryOut(host, effect)
    this.arm(host)
  }

  private arm(host: SimulatedHost): void {
    const { wakeAt } = host.gossip
    if (wakeAt >= host.wakeAt) return
    host.wakeAt = wakeAt
    this.heap.put(Math.max(this.now, wakeAt), { kind: 'wake', host, start: host.start })
  }

  private carryOut(host: SimulatedHost, effect: Effect): void {
    if (effect.kind === 'send') this.send(host, effect.to, effect.packet)
    else if (effect.kind === 'echo') this.echo(host, effect)
    else if (effect.kind === 'call') this.call(host, effect.to, effect.body)
    else if (effect.kind === 'answer') this.answer(effect.token, effect.body)
    else if (effect.kind === 'incarnation') host.lastIncarnation = effect.incarnation
    else if (effect.kind === 'alarm') this.alarms.push({ at: this.now, observer: host.number, effect })
    else {
      const { before, after, why } = effect
      this.sightings.push({ at: this.now, observer: host.number, subject: this.numbers.get(effect.id) ?? -1, before, after, why })
    }
  }

  private send(host: SimulatedHost, to: Contact, packet: Packet): void {
    const bytes = host.codec?.seal(packet)
    this.traffic.datagrams++
    this.traffic.bytes += bytes ? bytes.length : estimatedSize(packet)
    const target = this.byAddress.get(to.address)
    const delay = target && this.network.carry(host.number, target.number, 'datagram')
    if (!target || delay === undefined) return
    const event: GossipEvent | Sealed = bytes ? { kind: 'sealed', bytes, from: host.facts } : { kind: 'packet', packet, from: host.facts }
    this.heap.put(this.now + delay, { kind: 'deliver', host: target, start: target.start, event })
  }

  private echo(host: SimulatedHost, { id, path, nonce }: Effect & { kind: 'echo' }): void {
    this.traffic.echoes++
    const target = this.hosts[this.numbers.get(id) ?? -1]
    if (this.options.kernelEchoes === false || !target?.up || target.kernelStalled) return
    const there = this.network.carry(host.number, target.number, path)
    const back = this.network.carry(target.number, host.number, path)
    if (there === undefined || back === undefined) return
    this.heap.put(this.now + there + back, { kind: 'deliver', host, start: host.start, event: { kind: 'echo', id, path, nonce } })
  }

  private call(host: SimulatedHost, to: Contact, body: StreamBody): void {
    this.traffic.streams++
    this.traffic.bytes += streamSize(body)
    const target = this.byAddress.get(to.address)
    if (!target) return
    const delay = this.network.carryStream(host.number, target.number)
    if (delay === undefined || !target.agentUp) return
    const token = this.token++
    this.calls.set(token, { caller: host, start: host.start, callee: target })
    this.heap.put(this.now + delay, { kind: 'deliver', host: target, start: target.start, event: { kind: 'called', body, token } })
  }

  private answer(token: number, body: StreamBody): void {
    this.traffic.bytes += streamSize(body)
    const call = this.calls.get(token)
    this.calls.delete(token)
    if (!call) return
    const delay = this.network.carryStream(call.callee.number, call.caller.number)
    if (delay === undefined) return
    const event: GossipEvent = { kind: 'answered', body, contact: call.callee.facts }
    this.heap.put(this.now + delay, { kind: 'deliver', host: call.caller, start: call.start, event })
  }
}

function estimatedSize(packet: Packet): number {
  return packet.news.reduce((sum, news) => sum + newsSize(news), packetOverhead(packet.from.length, packet.message))
}

/** Streams are handed over as they are; this is about what they would take. */
function streamSize(body: StreamBody): number {
  if (body.kind !== 'state') return packetOverhead(body.from.length, undefined)
  return body.entries.reduce(
    (sum, { id, incarnation, nonce, facts }) => sum + newsSize({ kind: 'alive', id, incarnation, nonce, facts }),
    0,
  )
}
