import { below, type HostId, type Monotonic } from '#core'
import type { Why, Member } from './member.js'
import { isLive } from './member.js'
import type { Contact, Message } from './packet.js'
import type { Parts } from './parts.js'

/** A helper says "nack" when this part of its own time is over, so that the word arrives before the accuser judges (Lifeguard). */
const NACK_PART = 0.8

/** A member of which a datagram came within this many beats has no blocked datagrams. */
const DATAGRAM_BEATS = 10
/** So many probes in a row that only a stream answers mean that datagrams are blocked. */
const STREAM_ONLY_PROBES = 3

interface Pending {
  readonly id: HostId
  readonly incarnation: number
  readonly nonce: number
  readonly sentAt: Monotonic
  readonly why: Why
  /** When it has failed. */
  end: Monotonic
  hurried: boolean
  stage: 'direct' | 'indirect'
  asked: number
  nacks: number
  /** It answered over a stream though no datagram came through. */
  streamAnswered: boolean
}

interface Relayed {
  readonly origin: Contact
  readonly originNonce: number
  readonly target: HostId
}

/**
 * Probes: ping a member, ask others to do the same when it does not answer in time, accuse it when nobody brings an answer (SWIM §3.1).
 * One member per interval in turn, plus whoever the watch finds too quiet.
 */
export class Prober {
  private readonly pending = new Map<number, Pending>()
  private readonly byMember = new Map<HostId, number>()
  private readonly relayed = new Map<number, Relayed>()
  /** Probes in a row that only a stream answered. */
  private readonly streamOnly = new Map<HostId, number>()
  private readonly roundTrips = new Map<HostId, number>()
  private nonce: number

  constructor(private readonly parts: Parts) {
    this.nonce = below(parts.random, 0x1_0000_0000)
  }

  /** To be called when the `probe` deadline has come: probes the next member. */
  routine(): void {
    const { deadlines, settings, awareness, members, order, self, echoes, watch, now } = this.parts
    const interval = awareness.scale(settings.probeInterval)
    deadlines.set('probe', '', watch.beatAfter(now + interval))
    for (let tried = 0; tried < members.size; tried++) {
      const index = order.next(members.size)
      const member = index === undefined ? undefined : members.at(index)
      if (!member || !isLive(member) || member.id === self.id) continue
      this.begin(member, interval, 'probe-failed')
      echoes.sample(member)
      return
    }
  }

  /** Probes one member now; it has `allowed` ms to answer. A probe of it that is under way is hurried up. */
  begin(member: Member, allowed: number, why: Why): void {
    const { deadlines, settings, awareness, spread, now } = this.parts
    const running = this.pending.get(this.byMember.get(member.id) ?? -1)
    if (running) {
      // Only once, or it would be hurried again and again and never get an answer.
      if (running.hurried) return
      running.hurried = true
      running.end = Math.min(running.end, now + allowed)
      const at = deadlines.at('pending', running.nonce)
      if (running.stage === 'indirect' && at !== undefined && at > running.end) deadlines.set('pending', running.nonce, running.end)
      return
    }
    const nonce = this.nextNonce()
    const { id, incarnation } = member
    const end = now + allowed
    this.pending.set(nonce, {
      id,
      incarnation,
      nonce,
      sentAt: now,
      why,
      end,
      hurried: why === 'silence',
      stage: 'direct',
      asked: 0,
      nacks: 0,
      streamAnswered: false,
    })
    this.byMember.set(member.id, nonce)
    spread.toMember(member, { kind: 'ping', nonce, target: member.id })
    deadlines.set('pending', nonce, now + Math.min(awareness.scale(settings.probeTimeout), allowed / 3))
  }

  /** To be called when a `pending` deadline has come. */
  overdue(nonce: number): void {
    const probe = this.pending.get(nonce)
    if (!probe) return
    const member = this.parts.members.get(probe.id)
    const heard = this.parts.hearing.lastOf(probe.id) ?? Number.NEGATIVE_INFINITY
    // A member that spoke since is there, whatever became of the question.
    if (heard > probe.sentAt) return this.settle(probe)
    // A member that was restarted or refuted meanwhile was not the one that was asked.
    if (!member || !isLive(member) || member.incarnation !== probe.incarnation) this.settle(probe)
    else if (probe.stage === 'direct') this.askOthers(probe, member)
    else this.fail(probe)
  }

  /** For a ping whose answer is not waited for: the answering packet itself says enough. */
  strayNonce(): number {
    return this.nextNonce()
  }

  /** Somebody asks whether this host, or another for which it asks, is there. */
  ping(message: Message & { kind: 'ping' }, from: Contact): void {
    // Answered under our own name also when another was meant: the sender then learns who lives at that address.
    this.parts.spread.post(from, { kind: 'ack', nonce: message.nonce, target: this.parts.self.id })
  }

  ack(message: Message & { kind: 'ack' }, sender: HostId, from: Contact): void {
    const { effects, deadlines, awareness, watch, now } = this.parts
    const relay = this.relayed.get(message.nonce)
    if (relay) {
      this.relayed.delete(message.nonce)
      deadlines.cancel('relay', message.nonce)
      this.parts.spread.post(relay.origin, { kind: 'ack', nonce: relay.originNonce, target: message.target })
      return
    }
    const probe = this.pending.get(message.nonce)
    if (!probe) return
    if (probe.id !== message.target) {
      effects.push({ kind: 'alarm', alarm: 'wrong-target', id: probe.id, answeredBy: message.target, contact: from })
      return
    }
    if (sender === probe.id) this.roundTrips.set(probe.id, now - probe.sentAt)
    this.settle(probe)
    this.streamOnly.delete(probe.id)
    awareness.add(-1)
    watch.answered(probe.id)
  }

  /** A peer asks this host to probe another for it. */
  ask(message: Message & { kind: 'ask' }, from: Contact): void {
    const { deadlines, settings, spread, now } = this.parts
    const nonce = this.nextNonce()
    this.relayed.set(nonce, { origin: from, originNonce: message.nonce, target: message.target })
    spread.post(message.contact, { kind: 'ping', nonce, target: message.target }, [], message.target)
    deadlines.set('relay', nonce, now + settings.probeTimeout * NACK_PART * 0.5)
  }

  /** To be called when a `relay` deadline has come: the origin shall know that this helper at least is there. */
  relayOverdue(nonce: number): void {
    const relay = this.relayed.get(nonce)
    if (!relay) return
    this.relayed.delete(nonce)
    this.parts.spread.post(relay.origin, { kind: 'nack', nonce: relay.originNonce, target: relay.target })
  }

  nack(message: Message & { kind: 'nack' }): void {
    const probe = this.pending.get(message.nonce)
    if (probe?.id === message.target) probe.nacks++
  }

  /** The member answered a ping over a stream. */
  streamAck(nonce: number, target: HostId): void {
    const probe = this.pending.get(nonce)
    if (probe?.id === target) probe.streamAnswered = true
  }

  /** Round trip of the last direct answer, in ms. */
  roundTripOf(id: HostId): number | undefined {
    return this.roundTrips.get(id)
  }

  /** Gives every probe under way its full time again: this host itself was asleep. */
  restart(): void {
    for (const probe of Array.from(this.pending.values())) {
      const member = this.parts.members.get(probe.id)
      const allowed = probe.end - probe.sentAt
      this.settle(probe)
      if (member) this.begin(member, allowed, probe.why)
    }
  }

  forget(id: HostId): void {
    this.roundTrips.delete(id)
    this.streamOnly.delete(id)
    const probe = this.pending.get(this.byMember.get(id) ?? -1)
    if (probe) this.settle(probe)
  }

  private askOthers(probe: Pending, member: Member): void {
    const { deadlines, settings, spread, effects, self, now } = this.parts
    probe.stage = 'indirect'
    const { address, port } = member.facts
    const helpers = spread.randomLive(settings.indirectProbes, (other) => other.id === probe.id || other.state !== 'alive')
    probe.asked = helpers.length
    for (const helper of helpers) {
      spread.toMember(helper, { kind: 'ask', nonce: probe.nonce, target: probe.id, contact: { address, port } })
    }
    spread.toMember(member, { kind: 'ping', nonce: probe.nonce, target: probe.id })
    effects.push({ kind: 'call', to: { address, port }, body: { kind: 'ping', from: self.id, nonce: probe.nonce, target: probe.id } })
    deadlines.set('pending', probe.nonce, Math.max(now + settings.beatInterval / 2, probe.end))
  }

  private fail(probe: Pending): void {
    const { awareness, membership, echoes, members, settings, now } = this.parts
    this.settle(probe)
    // Helpers that do not even say "nack" speak against this host's own path (Lifeguard §IV.A).
    awareness.add(probe.asked > 0 ? probe.asked - probe.nacks : 1)
    if (probe.streamAnswered) {
      // Streams get through where datagrams are merely lost now and then: only a row of such probes says that they are blocked.
      const heard = now - (this.parts.hearing.lastOf(probe.id) ?? Number.NEGATIVE_INFINITY) < DATAGRAM_BEATS * settings.beatInterval
      const row = heard ? 0 : (this.streamOnly.get(probe.id) ?? 0) + 1
      this.streamOnly.set(probe.id, row)
      const member = members.get(probe.id)
      if (row < STREAM_ONLY_PROBES && member) {
        this.begin(member, settings.probeInterval, probe.why)
        return
      }
      echoes.onlyStream(probe.id, true)
    } else echoes.onlyStream(probe.id, false)
    membership.accuse(probe.id, probe.why)
  }

  private settle(probe: Pending): void {
    this.pending.delete(probe.nonce)
    this.byMember.delete(probe.id)
    this.parts.deadlines.cancel('pending', probe.nonce)
  }

  private nextNonce(): number {
    this.nonce = (this.nonce + 1) >>> 0
    return this.nonce
  }
}
