import { below, listChanges, type HostId, type Monotonic } from '#core'
import type { KnownHost } from './event.js'
import { isLive, UNMET, type Member } from './member.js'
import type { StateEntry, StreamBody } from './packet.js'
import type { Parts } from './parts.js'

/** Above this many members the interval between exchanges grows with the logarithm (memberlist util.go `pushPullScale`). */
const SCALE_FROM = 32
/** At most one exchange per this time with members that turn out to be alive after all, in ms. */
const REUNION_INTERVAL = 1_000
/**
 * So many hosts that were never heard are looked for at a time: a host that is cut off from a thousand must not echo all of them at once.
 */
const MISSED_AT_ONCE = 8
/** Names of accusers that travel with a state: two voices decide, more are for people. */
const ACCUSERS_TOLD = 4

/** Time between two full exchanges of one member, in ms. */
export function exchangeTime(interval: number, members: number): number {
  if (members <= SCALE_FROM) return interval
  return interval * (Math.ceil(Math.log2(members) - Math.log2(SCALE_FROM)) + 1)
}

/**
 * Full state exchanges over streams: they bring in new members, mend what rumours missed, and join islands. The findings that a state
 * rests on travel with it: a receiver can judge for itself and does not depend on a rumour that has died out (moby#53437).
 */
export class Exchange {
  private known: readonly KnownHost[] = []
  /** Since when hosts that ought to be there are waited for. */
  private readonly awaited = new Map<HostId, Monotonic>()
  /** Those of them that were looked for last. */
  private readonly missed = new Set<HostId>()
  private lastReunion: Monotonic = Number.NEGATIVE_INFINITY

  constructor(private readonly parts: Parts) {}

  /** To be called when the `exchange` deadline has come. */
  routine(): void {
    const { deadlines, settings, members, now } = this.parts
    deadlines.set('exchange', '', now + exchangeTime(settings.exchangeInterval, members.liveCount))
    this.withSomebody()
  }

  /** To be called after this host was asleep: rumours that went round meanwhile will not come again. */
  withSomebody(): void {
    const [member] = this.parts.spread.randomLive(1, (other) => other.state !== 'alive')
    if (member) this.call(member.facts)
  }

  /** Hosts that ought to be members; each that is not one yet is called at once and then in turn. */
  know(hosts: readonly KnownHost[]): void {
    // Among thousands one is different: only that one is looked at.
    const { removed, added } = listChanges(this.known, hosts)
    this.known = hosts
    const before = new Set(removed.map(contactOf))
    const fresh = added.filter((host) => !before.has(contactOf(host)))
    // Not all of them at once: one answer brings the others.
    for (const host of this.strangers(fresh).slice(0, 3)) this.call(host)
  }

  /**
   * To be called when the `contact` deadline has come: looks for those that are not there. Failed members are remembered and pinged, with
   * the news of their death, so that a healed network grows together although either side holds the other for dead.
   */
  contact(): void {
    const { deadlines, settings, membership, spread, random, prober, watch, now } = this.parts
    deadlines.set('contact', '', watch.beatAfter(now + settings.contactInterval))
    const strangers = this.strangers()
    this.missStrangers(strangers)
    const stranger = strangers[below(random, Math.max(1, strangers.length))]
    if (stranger) this.call(stranger)
    const dead = membership.failed
    const one = dead[below(random, Math.max(1, dead.length))]
    if (one) spread.toMember(one, { kind: 'ping', nonce: prober.strayNonce(), target: one.id })
  }

  /** A member that is held for dead has spoken: each side is told at once what the other side believes. */
  reunite(member: Member): void {
    const { now } = this.parts
    if (now - this.lastReunion < REUNION_INTERVAL) return
    this.lastReunion = now
    this.call(member.facts)
  }

  /** Everything this host believes, as question or answer. */
  state(): StreamBody {
    const entries: StateEntry[] = []
    for (const { id, incarnation, nonce, facts, state, cause } of this.parts.members) {
      if (incarnation === UNMET) continue
      const open = this.parts.membership.cases.get(id)
      entries.push({
        id,
        incarnation,
        nonce,
        facts,
        state,
        ...(cause && { cause }),
        accusers: open ? [...open.accusers].slice(0, ACCUSERS_TOLD) : [],
        echoes: open ? [...open.findings] : [],
      })
    }
    return { kind: 'state', from: this.parts.self.id, entries }
  }

  /** Takes over what another member believes, as if it were news. */
  merge(from: HostId, entries: readonly StateEntry[]): void {
    for (const entry of entries) this.mergeEntry(from, entry)
  }

  private mergeEntry(from: HostId, entry: StateEntry): void {
    const { members, membership, prober, settings, self } = this.parts
    const { id, incarnation, nonce, facts, cause } = entry
    const known = members.get(id)
    const alive = { kind: 'alive', id, incarnation, nonce, facts } as const
    if (entry.state === 'left') {
      if (known) membership.apply({ kind: 'dead', id, incarnation, from: id, cause: 'left' })
      else membership.remember(alive, 'left')
      return
    }
    if (entry.state === 'dead' && !known && id !== self.id) {
      membership.remember(alive, cause ?? 'timeout')
      return
    }
    // A suspect's word for its incarnation holds until it is refuted; for this host itself it is not its own word.
    if (id !== self.id || entry.state === 'alive') membership.apply(alive)
    for (const echo of entry.echoes) membership.apply({ kind: 'echo', id, incarnation, ...echo })
    if (entry.state === 'alive') return
    // Dead elsewhere is suspect here (memberlist `mergeState`): it has a chance to refute, and this host looks for itself.
    for (const accuser of entry.accusers.length > 0 ? entry.accusers : [from]) {
      membership.apply({ kind: 'suspect', id, incarnation, from: accuser })
    }
    const suspect = members.get(id)
    if (suspect?.state === 'suspect' && entry.state === 'dead') prober.begin(suspect, settings.probeInterval, 'probe-failed')
  }

  /** Those of the hosts that are no members. */
  private strangers(hosts = this.known): KnownHost[] {
    const { members, self } = this.parts
    if (hosts.length === 0) return []
    const own = self.facts
    const addresses = new Set<string>()
    for (const member of members) if (isLive(member)) addresses.add(contactOf(member.facts))
    return hosts.filter((host) => {
      if (host.id === self.id || (host.address === own.address && host.port === own.port)) return false
      const member = host.id && members.get(host.id)
      return member ? member.state === 'dead' || member.incarnation === UNMET : !addresses.has(contactOf(host))
    })
  }

  /** A host that ought to be there and is not heard by anybody may be dead: whoever connects to its containers should not have to wait. */
  private missStrangers(strangers: readonly KnownHost[]): void {
    const { members, membership, settings, now } = this.parts
    const waitedFor = new Set<HostId>()
    for (const id of this.missed) if (members.get(id)?.health !== 'suspect') this.missed.delete(id)
    for (const { id, address, port, overlay } of strangers) {
      if (id === undefined || members.get(id)) continue
      waitedFor.add(id)
      const since = this.awaited.get(id)
      if (since === undefined) this.awaited.set(id, now)
      else if (now - since >= settings.meetingTime && this.missed.size < MISSED_AT_ONCE) {
        this.missed.add(id)
        membership.miss(id, { address, port, ...(overlay !== undefined && { overlay }) })
      }
    }
    for (const id of this.awaited.keys()) if (!waitedFor.has(id)) this.awaited.delete(id)
  }

  private call(to: { readonly address: KnownHost['address']; readonly port: number }): void {
    this.parts.effects.push({ kind: 'call', to: { address: to.address, port: to.port }, body: this.state() })
  }
}

function contactOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address} ${port}`
}
