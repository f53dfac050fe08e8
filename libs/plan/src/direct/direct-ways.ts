import type { HostId, Ip, Monotonic, NetworkName } from '#core'
import type { NearPeer } from './near-peers.js'

/** Times in ms. */
export interface DirectSettings {
  /** How long an answer is waited for: the way is one link. */
  readonly patience: number
  /** Between tries while one answer follows another, or while the way is in doubt. */
  readonly quick: number
  /** So many answers in a row, and the peer is reached directly. */
  readonly answers: number
  /** So many times in a row answered by VXLAN alone, and it is reached by VXLAN again. */
  readonly doubts: number
  /** Between tries of a way that is in use; longer with many peers, so that all of them cost {@link tryCost} each. */
  readonly interval: number
  readonly tryCost: number
  /** Between tries of a peer that does not answer: doubled up to the limit. */
  readonly pauses: { readonly first: number; readonly limit: number }
  /** A peer that was given up is not tried for so long; doubled each time up to the limit, and forgotten after as long as that in use. */
  readonly holds: { readonly first: number; readonly limit: number }
  /** So many tries begin at once; the others follow in the next {@link step}. */
  readonly burst: number
  readonly step: number
}

export const DIRECT_DEFAULTS: DirectSettings = {
  patience: 300,
  quick: 200,
  answers: 3,
  doubts: 3,
  interval: 1_000,
  tryCost: 20,
  pauses: { first: 1_000, limit: 60_000 },
  holds: { first: 10_000, limit: 600_000 },
  burst: 64,
  step: 20,
}

/** An echo that is to be sent to a peer's VTEP address. */
export interface Try {
  readonly peer: NearPeer
  readonly by: 'direct' | 'vxlan'
  /** Its answer is told by this number. */
  readonly number: number
}

/** A peer goes over to the other way. */
export interface WayChange {
  readonly peer: NearPeer
  readonly directly: boolean
}

/** What is known of a peer that is tried. */
export interface WayState {
  readonly directly: boolean
  readonly since: Monotonic
  /** Why it is reached by VXLAN. */
  readonly why?: 'untried' | 'silent' | 'given-up'
}

interface Peer {
  readonly near: NearPeer
  state: WayState
  /** When the next try is due, or the one under way is judged. */
  at: Monotonic
  /** What is under way. */
  round: { readonly direct: number; readonly vxlan?: number; vxlanAnswered: boolean } | undefined
  inDoubt: boolean
  answers: number
  doubts: number
  pause: number
  hold: number
}

/**
 * Decides which peers are reached without VXLAN. Nobody is before its kernel has answered, several times in a row, echoes that came to it
 * directly, with the overlay's own addresses: many networks drop what has an address that they did not give out. A peer goes back to VXLAN
 * when it answers by VXLAN and not directly; where neither is answered nothing is decided, since it is the host then, or this agent.
 * Pure: time and numbers come in, tries and changes go out.
 */
export class DirectWays {
  private peers = new Map<string, Peer>()
  private readonly underWay = new Map<number, Peer>()
  private last = 0
  private inUse = 0
  private current: ReadonlyMap<NetworkName, ReadonlyMap<HostId, Ip>> | undefined

  constructor(private readonly settings: DirectSettings = DIRECT_DEFAULTS) {}

  /** Who may be reached directly; whoever is the same as before stays as it is, all others begin with VXLAN. */
  setPeers(peers: Iterable<NearPeer>, now: Monotonic): readonly WayChange[] {
    const before = this.peers
    const next = new Map<string, Peer>()
    for (const near of peers) {
      const key = keyOf(near)
      const known = before.get(key)
      next.set(key, known && sameWay(known.near, near) ? known : this.untried(near, now))
    }
    this.peers = next
    const changes: WayChange[] = []
    for (const [key, peer] of before) {
      if (next.get(key) === peer) continue
      this.endRound(peer)
      if (peer.state.directly) changes.push({ peer: peer.near, directly: false })
    }
    this.counted(changes)
    return changes
  }

  /** An answer has come to a try. */
  answered(number: number, now: Monotonic): readonly WayChange[] {
    const peer = this.underWay.get(number)
    if (!peer?.round) return []
    if (number !== peer.round.direct) {
      peer.round.vxlanAnswered = true
      return []
    }
    return this.counted(this.came(peer, now))
  }

  /** To be called when {@link wakeAt} has come. */
  step(now: Monotonic): { readonly tries: readonly Try[]; readonly changes: readonly WayChange[] } {
    const tries: Try[] = []
    const changes: WayChange[] = []
    for (const peer of this.peers.values()) {
      if (peer.at > now) continue
      if (peer.round) changes.push(...this.missed(peer, now))
      if (peer.at > now) continue
      if (tries.length >= this.settings.burst) peer.at = now + this.settings.step
      else tries.push(...this.begin(peer, now))
    }
    return { tries, changes: this.counted(changes) }
  }

  /** Infinity without peers. */
  get wakeAt(): Monotonic {
    let at = Number.POSITIVE_INFINITY
    for (const peer of this.peers.values()) at = Math.min(at, peer.at)
    return at
  }

  /** Undefined for a peer that is not tried. */
  stateOf(network: NetworkName, host: HostId): WayState | undefined {
    return this.peers.get(keyOf({ network, host }))?.state
  }

  /** Those that are reached directly, each with its underlay address; the same map as long as nothing changes. */
  get direct(): ReadonlyMap<NetworkName, ReadonlyMap<HostId, Ip>> {
    return (this.current ??= this.collect())
  }

  private collect(): ReadonlyMap<NetworkName, ReadonlyMap<HostId, Ip>> {
    const direct = new Map<NetworkName, Map<HostId, Ip>>()
    for (const { near, state } of this.peers.values()) {
      if (!state.directly) continue
      const hosts = direct.get(near.network) ?? new Map<HostId, Ip>()
      direct.set(near.network, hosts.set(near.host, near.underlay))
    }
    return direct
  }

  private untried(near: NearPeer, now: Monotonic): Peer {
    const { pauses, holds } = this.settings
    const state: WayState = { directly: false, since: now, why: 'untried' }
    const nothing = { round: undefined, inDoubt: false, answers: 0, doubts: 0 }
    return { near, state, at: now, pause: pauses.first, hold: holds.first, ...nothing }
  }

  private begin(peer: Peer, now: Monotonic): readonly Try[] {
    const { near, inDoubt } = peer
    const direct = this.number(peer)
    const vxlan = inDoubt ? this.number(peer) : undefined
    peer.round = { direct, ...(vxlan === undefined ? {} : { vxlan }), vxlanAnswered: false }
    peer.at = now + this.settings.patience
    const first: Try = { peer: near, by: 'direct', number: direct }
    return vxlan === undefined ? [first] : [first, { peer: near, by: 'vxlan', number: vxlan }]
  }

  private number(peer: Peer): number {
    this.last = (this.last + 1) >>> 0
    this.underWay.set(this.last, peer)
    return this.last
  }

  private endRound(peer: Peer): void {
    if (!peer.round) return
    this.underWay.delete(peer.round.direct)
    if (peer.round.vxlan !== undefined) this.underWay.delete(peer.round.vxlan)
    peer.round = undefined
  }

  /** A direct try was answered. */
  private came(peer: Peer, now: Monotonic): readonly WayChange[] {
    const { answers, quick, pauses, holds } = this.settings
    this.endRound(peer)
    peer.inDoubt = false
    peer.doubts = 0
    peer.pause = pauses.first
    peer.answers++
    if (peer.state.directly) {
      if (now - peer.state.since >= holds.limit) peer.hold = holds.first
      peer.at = now + this.interval()
      return []
    }
    peer.at = now + quick
    if (peer.answers < answers) return []
    peer.state = { directly: true, since: now }
    return [{ peer: peer.near, directly: true }]
  }

  /** A direct try was not answered in time. */
  private missed(peer: Peer, now: Monotonic): readonly WayChange[] {
    const { quick, interval, doubts, pauses, holds } = this.settings
    const byVxlan = peer.round?.vxlanAnswered === true
    const askedBoth = peer.round?.vxlan !== undefined
    this.endRound(peer)
    peer.answers = 0
    if (!peer.state.directly) {
      if (peer.state.why === 'untried') peer.state = { ...peer.state, why: 'silent' }
      peer.at = now + peer.pause
      peer.pause = Math.min(pauses.limit, peer.pause * 2)
      return []
    }
    peer.inDoubt = true
    if (!askedBoth) return []
    // Neither way: the host is gone, or this agent was not running. In a row means without an answer by either way in between.
    if (!byVxlan) {
      peer.at = now + interval
      return []
    }
    peer.doubts++
    peer.at = now + quick
    if (peer.doubts < doubts) return []
    peer.state = { directly: false, since: now, why: 'given-up' }
    peer.inDoubt = false
    peer.doubts = 0
    peer.at = now + peer.hold
    peer.hold = Math.min(holds.limit, peer.hold * 2)
    return [{ peer: peer.near, directly: false }]
  }

  private interval(): number {
    return Math.max(this.settings.interval, this.inUse * this.settings.tryCost)
  }

  private counted<T extends readonly WayChange[]>(changes: T): T {
    if (changes.length > 0) this.current = undefined
    for (const { directly } of changes) this.inUse += directly ? 1 : -1
    return changes
  }
}

function keyOf({ network, host }: Pick<NearPeer, 'network' | 'host'>): string {
  return `${network} ${host}`
}

function sameWay(a: NearPeer, b: NearPeer): boolean {
  return a.underlay === b.underlay && a.mac === b.mac && a.vtep === b.vtep && a.from === b.from
}
