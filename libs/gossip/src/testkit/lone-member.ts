import { hash32, seededRandom, type HostId, type Ip, type Monotonic } from '#core'
import type { Effect } from '../effect.js'
import type { GossipEvent } from '../event.js'
import { Gossip } from '../gossip.js'
import type { AliveNews, Message, News, Packet, StreamBody } from '../packet.js'
import type { GossipSettings } from '../settings.js'

/** Addresses and facts that tests give to a member, by its name. */
export function factsOf(name: string): AliveNews['facts'] {
  const last = 1 + (hash32(name) % 250)
  return {
    address: `10.0.0.${last}` as Ip,
    port: 7946,
    overlay: `100.64.0.${last}` as Ip,
    version: '0.1.0',
    protocolMin: 1,
    protocolMax: 1,
  }
}

export function alive(name: string, incarnation = 1, nonce = 1): AliveNews {
  return { kind: 'alive', id: name as HostId, incarnation, nonce, facts: factsOf(name) }
}

/**
 * One member and nobody else: a test plays all the others. Its own id is `me`, its incarnation 10. What it does is collected until
 * looked at.
 */
export class LoneMember {
  now: Monotonic = 0
  readonly gossip: Gossip
  private effects: Effect[] = []

  constructor(settings: Partial<GossipSettings> = {}, seed = 1) {
    this.gossip = new Gossip({ id: 'me' as HostId, incarnation: 10, nonce: 7, facts: factsOf('me'), random: seededRandom(seed), settings })
    this.step({ kind: 'time' })
    this.effects = []
  }

  step(event: GossipEvent): void {
    this.effects.push(...this.gossip.step(event, this.now))
  }

  /** A datagram from a member, sent from that member's address. */
  packet(from: string, content: { readonly message?: Message; readonly news?: readonly News[]; readonly incarnation?: number }): void {
    const packet: Packet = {
      from: from as HostId,
      incarnation: content.incarnation ?? 1,
      ...(content.message && { message: content.message }),
      news: content.news ?? [],
    }
    this.step({ kind: 'packet', packet, from: factsOf(from) })
  }

  news(from: string, ...news: News[]): void {
    this.packet(from, { news })
  }

  /** Makes these members known, all alive in incarnation 1; none of them was heard itself. */
  meet(...names: string[]): void {
    this.news('somebody', ...names.map((name) => alive(name)))
  }

  suspect(name: string, from: string, incarnation = 1): void {
    this.news(from, { kind: 'suspect', id: name as HostId, incarnation, from: from as HostId })
  }

  dead(name: string, from: string, incarnation = 1, cause: 'echo' | 'timeout' | 'left' = 'echo'): void {
    this.news(from, { kind: 'dead', id: name as HostId, incarnation, from: from as HostId, cause })
  }

  /** A death that this member believes: it found the host silent itself, `from` claims it, and it is not refuted. Takes 300 ms. */
  mourn(name: string, from: string): void {
    this.step({ kind: 'silence', id: name as HostId })
    this.dead(name, from, this.gossip.member(name as HostId)?.incarnation)
    this.run(300)
  }

  /** What an observer says of a member's kernel. */
  finding(name: string, observer: string, result: 'answered' | 'underlay-only' | 'silent' | 'stream-only', sequence: number): void {
    this.news(observer, { kind: 'echo', id: name as HostId, incarnation: 1, observer: observer as HostId, session: 1, sequence, result })
  }

  /** Lets time pass; the member is woken whenever it asked to be. */
  run(ms: number): void {
    const end = this.now + ms
    while (this.gossip.wakeAt <= end) {
      this.now = Math.max(this.now, this.gossip.wakeAt)
      this.step({ kind: 'time' })
    }
    this.now = end
  }

  /** Takes what was done since the last look. */
  take(): Effect[] {
    return this.effects.splice(0)
  }

  /** Takes what was done and returns the packets in it. */
  sent(): Packet[] {
    return this.take().flatMap((effect) => (effect.kind === 'send' ? [effect.packet] : []))
  }

  /** Takes what was done and returns the news told to anybody, each once. */
  told(): News[] {
    return [...new Set(this.sent().flatMap((packet) => packet.news))]
  }

  health(name: string): string | undefined {
    return this.gossip.healthOf(name as HostId)
  }

  /** Answers every ping and kernel echo of the last look as if all these members were well. */
  answerFor(...names: string[]): void {
    for (const effect of this.take()) {
      if (effect.kind === 'echo' && names.includes(effect.id))
        this.step({ kind: 'echo', id: effect.id, path: effect.path, nonce: effect.nonce })
      if (effect.kind !== 'send' || effect.packet.message?.kind !== 'ping') continue
      const { nonce, target } = effect.packet.message
      if (names.includes(target)) this.packet(target, { message: { kind: 'ack', nonce, target } })
    }
  }

  called(body: StreamBody): StreamBody | undefined {
    this.take()
    this.step({ kind: 'called', body, token: 1 })
    return this.take().flatMap((effect) => (effect.kind === 'answer' ? [effect.body] : []))[0]
  }
}
