import { below, type HostId, type Ip, type Monotonic, type Random } from '#core'
import type { EchoPath } from '../event.js'
import { Bout, type ProbeMark } from './bout.js'
import type { PathMessage } from './path-message.js'
import { PATH_WAYS, PathQuality, type PathFinding } from './path-quality.js'
import { PATH_DEFAULTS, type PathSettings } from './path-settings.js'
import { PathTurns } from './path-turns.js'

/** Where echoes go to, and how large they may be. */
export interface PathDirectory {
  /** Of a peer's kernel; undefined where there is no such way to it. */
  addressOf(id: HostId, way: EchoPath): Ip | undefined
  /** The largest IP packet that this host can send to a peer on that way, in bytes; undefined where it can send none. */
  mtuOf(id: HostId, way: EchoPath): number | undefined
}

export interface PathMeshOptions {
  readonly self: HostId
  readonly directory: PathDirectory
  readonly random: Random
  readonly settings?: Partial<PathSettings>
}

export type PathEvent =
  /** The time that {@link PathMesh.wakeAt} named has come. */
  | { readonly kind: 'time' }
  /** Hosts whose agents can be asked; replaces what was told before. */
  | { readonly kind: 'peers'; readonly ids: Iterable<HostId> }
  /** Somebody wants to know about a peer now. */
  | { readonly kind: 'wish'; readonly id: HostId }
  | { readonly kind: 'message'; readonly from: HostId; readonly message: PathMessage }
  /** A peer's echo arrived at this host's kernel, or a peer's kernel answered one of this host's. */
  | { readonly kind: 'came' | 'answered'; readonly mark: ProbeMark; readonly source: Ip }
  /** The kernel did not take an echo. */
  | { readonly kind: 'unsent'; readonly mark: ProbeMark }

export type PathEffect =
  | { readonly kind: 'send'; readonly to: HostId; readonly message: PathMessage }
  /** An ICMP echo that must not be fragmented, of `size` bytes with its IP header. */
  | { readonly kind: 'probe'; readonly address: Ip; readonly size: number; readonly mark: ProbeMark }
  /** Whether echoes of others are to be looked at. While no bout is on they are not: nobody can wake an agent by pings. */
  | { readonly kind: 'listen'; readonly on: boolean }
  /** A finding is new, or `over`. */
  | { readonly kind: 'finding'; readonly id: HostId; readonly finding: PathFinding; readonly over: boolean }

/** Bouts since the start. */
export interface PathCounts {
  opened: number
  /** Opened by this host and counted by both sides. */
  finished: number
  served: number
  /** Of others, not served because there were too many. */
  refused: number
}

/** The bout that this host has opened. */
interface OwnBout {
  readonly bout: Bout
  step: 'open' | 'probing' | 'close'
  due: Monotonic
  tries: number
  late: boolean
}

/** The last bout that a peer has opened with this host. */
interface ServedBout {
  readonly bout: Bout
  /** Its count is told then; undefined before it was asked for, and afterwards. */
  answerAt: Monotonic | undefined
  /** What the opener has told of its side. */
  claim?: PathMessage
  counted: PathMessage | undefined
  forgetAt: Monotonic
  late: boolean
}

interface Peer {
  readonly quality: PathQuality
  findings: ReadonlyMap<string, PathFinding>
  urgentBouts: number
}

/** A wake-up later than this puts counts off: what has arrived is to be read first, in ms. */
const LATE = 20

/**
 * Measures the paths to other hosts in bouts, one peer at a time: both sides send each other kernel echoes, small and as large as the
 * device takes, through the overlay and beside it, and tell each other how many came. So each direction is known by itself, and neither
 * needs the other's answers. A step function like {@link Gossip}, with the same duties for its driver.
 */
export class PathMesh {
  readonly counts: PathCounts = { opened: 0, finished: 0, served: 0, refused: 0 }
  private readonly settings: PathSettings
  private readonly turns: PathTurns
  private readonly peers = new Map<HostId, Peer>()
  private readonly served = new Map<HostId, ServedBout>()
  private readonly urgent = new Set<HostId>()
  private own: OwnBout | undefined
  private turnAt: Monotonic | undefined
  private lastOpened: Monotonic = Number.NEGATIVE_INFINITY
  private listening = false
  private serveCredit: number
  private creditAt: Monotonic = 0
  private now: Monotonic = 0
  private effects: PathEffect[] = []

  constructor(private readonly options: PathMeshOptions) {
    this.settings = { ...PATH_DEFAULTS, ...options.settings }
    this.turns = new PathTurns(options.self, this.settings.partners, options.random)
    this.serveCredit = this.settings.serveBurst
  }

  /** When `time` is to be told next; Infinity when there is nothing to do. */
  get wakeAt(): Monotonic {
    let at = this.own?.due ?? this.nextTurn
    // One that is counted can wait to be forgotten until there is something to do: an idle agent is woken seldom.
    for (const { answerAt, forgetAt, counted } of this.served.values()) if (!counted) at = Math.min(at, answerAt ?? forgetAt)
    return at
  }

  /** Of a peer that was measured at some time. */
  qualityOf(id: HostId): PathQuality | undefined {
    return this.peers.get(id)?.quality
  }

  /** Whether a bout with a peer is on, or follows soon. */
  measures(id: HostId): boolean {
    return this.own?.bout.peer === id || this.urgent.has(id)
  }

  /** The peers that are measured often. */
  get partners(): readonly HostId[] {
    return this.turns.partners
  }

  /** All that is wrong with paths to present peers. */
  findings(): { readonly id: HostId; readonly finding: PathFinding }[] {
    // Of who cannot be asked at present they are neither true nor false.
    const asked = [...this.peers].filter(([id]) => this.turns.has(id))
    return asked.flatMap(([id, { findings }]) => [...findings.values()].map((finding) => ({ id, finding })))
  }

  step(event: PathEvent, now: Monotonic): readonly PathEffect[] {
    this.effects = []
    this.now = now
    if (event.kind === 'time') this.passTime()
    else if (event.kind === 'peers') this.setPeers(event.ids)
    else if (event.kind === 'wish') this.wish(event.id)
    else if (event.kind === 'message') this.receive(event.from, event.message)
    else if (event.kind === 'unsent') this.sideOf(event.mark.bout, event.mark.byOpener)?.unsent(event.mark.slot)
    else this.echoed(event)
    this.setListening()
    return this.effects
  }

  private get nextTurn(): Monotonic {
    const { urgentInterval } = this.settings
    const turnAt = this.turnAt ?? Number.POSITIVE_INFINITY
    return this.urgent.size > 0 ? Math.min(turnAt, this.lastOpened + urgentInterval) : turnAt
  }

  private setPeers(ids: Iterable<HostId>): void {
    const { settings, turns, options } = this
    turns.setPeers(ids)
    for (const id of this.urgent) if (!turns.has(id)) this.urgent.delete(id)
    if (turns.partners.length === 0) this.turnAt = undefined
    else this.turnAt ??= this.now + options.random.next() * settings.boutInterval
  }

  /** Forgets what is known of hosts that are gone for good. */
  keepOnly(known: (id: HostId) => boolean): void {
    for (const id of this.peers.keys()) if (!known(id)) this.peers.delete(id)
  }

  private wish(id: HostId): void {
    if (!this.turns.has(id)) return
    const peer = this.peer(id)
    peer.quality.inquire()
    peer.urgentBouts = 0
    this.urgent.add(id)
  }

  private passTime(): void {
    const { now, own } = this
    for (const [peer, served] of this.served) {
      if (served.answerAt !== undefined && now >= served.answerAt) {
        if (!this.putOff(served, served.answerAt)) this.tellCount(peer, served)
      } else if (served.answerAt === undefined && now >= served.forgetAt) this.served.delete(peer)
    }
    if (own && now >= own.due) this.proceed(own)
    if (!this.own && now >= this.nextTurn) this.open()
  }

  /** After a pause of this agent, what has arrived meanwhile must be read before it is counted; once in a bout. */
  private putOff(side: { late: boolean; answerAt?: Monotonic | undefined; due?: Monotonic }, due: Monotonic): boolean {
    if (side.late || this.now - due < LATE) return false
    side.late = true
    if ('answerAt' in side) side.answerAt = this.now + this.settings.settleTime
    else side.due = this.now + this.settings.settleTime
    return true
  }

  private open(): void {
    const { settings, turns, options } = this
    const [urgent] = this.urgent
    if (urgent !== undefined) this.urgent.delete(urgent)
    if (this.turnAt !== undefined && this.now >= this.turnAt) this.turnAt = Math.max(this.turnAt + settings.boutInterval, this.now)
    const peer = urgent ?? turns.next()
    if (peer === undefined) return
    const known = this.peer(peer)
    known.urgentBouts = urgent === undefined ? 0 : known.urgentBouts + 1
    this.counts.opened++
    this.lastOpened = this.now
    const bout = new Bout(below(options.random, 0x1_0000_0000), peer, true)
    this.own = { bout, step: 'open', due: this.now, tries: 0, late: false }
    this.proceed(this.own)
  }

  /** The own bout's time has come: a step is taken, or taken again. */
  private proceed(own: OwnBout): void {
    const { settings, now } = this
    if (own.step === 'probing') {
      if (this.putOff(own, own.due)) return
      own.step = 'close'
      own.tries = 0
    }
    if (own.tries++ === settings.stepTries) {
      // Whether the agent is there is for others to find out.
      this.own = undefined
      return
    }
    own.due = now + settings.stepTimeout
    const { bout, step } = own
    if (step === 'open') this.send(bout, 'open', { slots: this.peer(bout.peer).quality.plan('in'), got: [] })
    else this.send(bout, 'close', bout.count)
  }

  private receive(from: HostId, message: PathMessage): void {
    const { own, now, settings } = this
    const { step, bout: id } = message
    if (step === 'open') this.serve(from, message)
    else if (step === 'close') this.closeServed(from, message)
    else if (!own || own.bout.id !== id || own.bout.peer !== from) return
    else if (step === 'opened' && own.step === 'open') {
      own.step = 'probing'
      own.due = now + settings.patience
      this.probe(own.bout, this.peer(from).quality.plan('out'))
    } else if (step === 'closed' && own.step === 'close') {
      this.own = undefined
      this.counts.finished++
      this.learn(own.bout, message)
    }
  }

  private serve(from: HostId, { bout: id, slots }: PathMessage): void {
    const { settings, now } = this
    const before = this.served.get(from)
    if (before?.bout.id === id) {
      if (!before.counted) this.send(before.bout, 'opened', NOTHING)
      return
    }
    if (!this.takeCredit()) {
      this.counts.refused++
      return
    }
    this.counts.served++
    const bout = new Bout(id, from, false)
    this.served.set(from, { bout, answerAt: undefined, counted: undefined, forgetAt: now + settings.boutMemory, late: false })
    this.probe(bout, slots)
    this.send(bout, 'opened', NOTHING)
  }

  private closeServed(from: HostId, message: PathMessage): void {
    const served = this.served.get(from)
    if (!served || served.bout.id !== message.bout) return
    if (served.counted) this.effects.push({ kind: 'send', to: from, message: served.counted })
    else if (served.answerAt === undefined) {
      served.answerAt = this.now + this.settings.settleTime
      served.claim = message
    }
  }

  private tellCount(peer: HostId, served: ServedBout): void {
    const { bout, claim } = served
    served.answerAt = undefined
    served.forgetAt = this.now + this.settings.boutMemory
    served.counted = { kind: 'path', step: 'closed', bout: bout.id, ...bout.count }
    this.effects.push({ kind: 'send', to: peer, message: served.counted })
    if (claim) this.learn(bout, claim)
  }

  private learn(bout: Bout, theirs: PathMessage): void {
    const { urgent, turns, settings, now } = this
    const peer = this.peer(bout.peer)
    peer.quality.take(bout.result(theirs), now)
    this.tellFindings(bout.peer, peer)
    const again = peer.quality.unsettled && turns.has(bout.peer) && peer.urgentBouts < settings.urgentBouts
    if (again) urgent.add(bout.peer)
    else urgent.delete(bout.peer)
  }

  private tellFindings(id: HostId, peer: Peer): void {
    const before = peer.findings
    peer.findings = new Map(peer.quality.findings().map((finding) => [`${finding.kind} ${finding.direction}`, finding]))
    for (const [name, finding] of before) if (!peer.findings.has(name)) this.effects.push({ kind: 'finding', id, finding, over: true })
    for (const [name, finding] of peer.findings) if (!before.has(name)) this.effects.push({ kind: 'finding', id, finding, over: false })
  }

  private probe(bout: Bout, wishes: PathMessage['slots']): void {
    const { directory } = this.options
    const largest = (way: EchoPath): number | undefined =>
      directory.addressOf(bout.peer, way) === undefined ? undefined : directory.mtuOf(bout.peer, way)
    for (const { mark, way, size } of bout.send(wishes, largest, this.now)) {
      const address = directory.addressOf(bout.peer, way)
      if (address !== undefined) this.effects.push({ kind: 'probe', address, size, mark })
    }
  }

  private echoed({ kind, mark, source }: Extract<PathEvent, { kind: 'came' | 'answered' }>): void {
    // What came was sent by the other side.
    const side = this.sideOf(mark.bout, kind === 'answered' ? mark.byOpener : !mark.byOpener)
    const { directory } = this.options
    if (!side || !PATH_WAYS.some((way) => directory.addressOf(side.peer, way) === source)) return
    if (kind === 'came') side.came(mark.slot, mark.index)
    else side.answered(mark.slot, this.now)
  }

  /** This host's side of a bout. */
  private sideOf(id: number, isOpener: boolean): Bout | undefined {
    if (isOpener) return this.own?.bout.id === id ? this.own.bout : undefined
    for (const { bout } of this.served.values()) if (bout.id === id) return bout
    return undefined
  }

  private setListening(): void {
    let on = this.own !== undefined
    for (const { counted } of this.served.values()) on ||= counted === undefined
    if (on === this.listening) return
    this.listening = on
    // First of all: what is asked for in this step must not be missed.
    this.effects.unshift({ kind: 'listen', on })
  }

  private takeCredit(): boolean {
    const { serveBurst, serveInterval } = this.settings
    this.serveCredit = Math.min(serveBurst, this.serveCredit + (this.now - this.creditAt) / serveInterval)
    this.creditAt = this.now
    if (this.serveCredit < 1) return false
    this.serveCredit--
    return true
  }

  private send({ id, peer }: Bout, step: PathMessage['step'], content: Pick<PathMessage, 'slots' | 'got'>): void {
    this.effects.push({ kind: 'send', to: peer, message: { kind: 'path', step, bout: id, ...content } })
  }

  private peer(id: HostId): Peer {
    let peer = this.peers.get(id)
    if (!peer) this.peers.set(id, (peer = { quality: new PathQuality(), findings: new Map(), urgentBouts: 0 }))
    return peer
  }
}

const NOTHING = { slots: [], got: [] }
