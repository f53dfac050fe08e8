import { below } from '#core'
import { retransmitLimit } from './broadcast-queue.js'
import { isLive, UNMET, type Member } from './member.js'
import { newsSize, packetOverhead } from './news-size.js'
import type { Contact, Message, News, Packet } from './packet.js'
import type { Parts } from './parts.js'

/**
 * Sends packets and lets news ride on all of them. Fresh news does not wait for the next gossip interval: it is pushed to a few members
 * as soon as it has waited a moment for company, by everybody who hears it for the first time, so that it crosses the cluster in round
 * trips; the interval repeats it for those who were missed.
 */
export class Spread {
  constructor(private readonly parts: Parts) {}

  /** Queues news for everybody. */
  tell(news: News): void {
    const { queue, deadlines, settings, now } = this.parts
    if (news.incarnation === UNMET) return
    queue.put(news)
    if (deadlines.at('push', '') === undefined) deadlines.set('push', '', now + settings.pushDelay)
    if (deadlines.at('gossip', '') === undefined) deadlines.set('gossip', '', now + settings.gossipInterval)
  }

  /** To be called when the `push` deadline has come. */
  push(): void {
    for (const member of this.randomLive(this.parts.settings.fanOut)) this.toMember(member)
  }

  /** To be called when the `gossip` deadline has come. */
  gossip(): void {
    const { queue, deadlines, settings, now } = this.parts
    this.push()
    if (queue.length > 0) deadlines.set('gossip', '', now + settings.gossipInterval)
  }

  /**
   * Sends to a member; one that is held for suspect or dead reads so in the same packet and can refute at once (Lifeguard's buddy system).
   */
  toMember(member: Member, message?: Message): void {
    const about = member.state === 'suspect' || member.state === 'dead' ? [this.parts.membership.newsAbout(member)] : []
    this.post(member.facts, message, about, member.id)
  }

  /** Sends a message to wherever a question came from, with news as far as it fits; nothing at all when there is neither. */
  post(to: Contact, message: Message | undefined, urgent: readonly News[] = [], id?: Packet['to']): void {
    const { queue, settings, self, members, effects } = this.parts
    let budget = settings.packetBudget - packetOverhead(63, message)
    for (const news of urgent) budget -= newsSize(news)
    const riding = queue.take(budget, retransmitLimit(settings.retransmitMult, members.liveCount))
    if (!message && urgent.length + riding.length === 0) return
    const news = urgent.length === 0 ? riding : [...urgent, ...riding]
    const packet: Packet = { from: self.id, incarnation: self.incarnation, ...(id && { to: id }), ...(message && { message }), news }
    effects.push({ kind: 'send', to: { address: to.address, port: to.port }, packet })
  }

  /** Up to `count` different live members, never this host nor one that `skip` names. */
  randomLive(count: number, skip?: (member: Member) => boolean): Member[] {
    const { members, random, self } = this.parts
    const suits = (member: Member | undefined): member is Member =>
      member !== undefined && isLive(member) && member.id !== self.id && !chosen.includes(member) && !skip?.(member)
    const chosen: Member[] = []
    // Drawing is cheap while most members suit; a walk over all of them is the way out where few do.
    for (let draw = 0; draw < 6 * count && chosen.length < count && members.size > 0; draw++) {
      const member = members.at(below(random, members.size))
      if (suits(member)) chosen.push(member)
    }
    if (chosen.length < count) {
      const start = below(random, Math.max(1, members.size))
      for (let step = 0; step < members.size && chosen.length < count; step++) {
        const member = members.at((start + step) % members.size)
        if (suits(member)) chosen.push(member)
      }
    }
    return chosen
  }
}
