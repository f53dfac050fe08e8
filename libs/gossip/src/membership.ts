import type { HostId } from '#core'
import { Case } from './case.js'
import { CloneWatch } from './clone-watch.js'
import { hostHash } from './rendezvous.js'
import { isLive, isSound, UNMET, type Health, type Member, type Why } from './member.js'
import type { AliveNews, DeadNews, DeathCause, EchoNews, MemberFacts, News, SuspectNews } from './packet.js'
import type { Parts } from './parts.js'
import { clusterScale, remainingSuspicion, suspicionBounds } from './suspicion-time.js'
import { Tombstones } from './tombstones.js'
import { isNewer, judge, type Judgement } from './verdict.js'

/** Others spoke of an incarnation before the member's own word for it came. */
const NONCE_UNKNOWN = 0
/**
 * What this host believes of every member, and how news changes it (SWIM §4.2: alive and suspect are ordered by incarnation, dead is
 * final for its incarnation). Where it departs from memberlist: kernels have a say in every verdict, and nobody is declared dead by one
 * voice while a second could be asked.
 */
export class Membership {
  /** Members that something speaks against, or whose kernel was found wanting. */
  readonly cases = new Map<HostId, Case>()
  private readonly tombstones = new Tombstones()
  private readonly clones = new CloneWatch()

  constructor(private readonly parts: Parts) {}

  /** Takes in one item of news, whoever brought it. */
  apply(news: News): void {
    if (news.id === this.parts.self.id) this.parts.refutation.hear(news)
    else if (news.kind === 'alive') this.applyAlive(news)
    else if (news.kind === 'suspect') this.applySuspect(news)
    else if (news.kind === 'dead') this.applyDead(news)
    else this.applyEcho(news)
  }

  /** A packet came from this member itself: not yet a refutation, but a reason to tell it what is said of it. */
  heard(id: HostId, incarnation: number): void {
    const { members, spread, exchange, hearing } = this.parts
    hearing.note(id)
    const member = members.get(id)
    if (!member || member.state === 'alive' || member.state === 'left' || incarnation > member.incarnation) return
    if (!hearing.mayRemind(id)) return
    spread.toMember(member)
    if (member.state === 'dead') exchange.reunite(member)
  }

  /** This host's own finding: the agent of that member does not answer. */
  accuse(id: HostId, why: Why): void {
    const { members, self } = this.parts
    const member = members.get(id)
    if (!member || !isLive(member) || id === self.id) return
    this.accusation(member, { kind: 'suspect', id, incarnation: member.incarnation, from: self.id }, why)
  }

  /** The suspicion of this member has run out. */
  expire(id: HostId): void {
    const { members, deadlines, settings, spread, now } = this.parts
    const member = members.get(id)
    const open = this.cases.get(id)
    if (!member || !open || member.state !== 'suspect') return
    const judgement = this.judgementOf(open)
    // Nobody else can speak of a host that was never heard: whoever knew better would have told by now.
    if (judgement !== 'kernels-silent' && member.incarnation !== UNMET && !this.isCorroborated(open)) {
      // Somebody could still be asked: say it again, so that they look for themselves.
      deadlines.set('suspicion', id, now + suspicionBounds(members.liveCount, settings).min)
      spread.tell({ kind: 'suspect', id, incarnation: member.incarnation, from: [...open.accusers][0] ?? this.parts.self.id })
      return
    }
    const { from, cause } = open.claimedDead ?? { from: this.parts.self.id, cause: judgement === 'kernels-silent' ? 'echo' : 'timeout' }
    this.bury(member, from, cause)
  }

  /** This host's word about a member, to be told to that member or to others. */
  newsAbout(member: Member): News {
    const { id, incarnation, nonce, facts } = member
    const from = this.parts.self.id
    if (member.state === 'alive') return { kind: 'alive', id, incarnation, nonce, facts }
    if (member.state === 'suspect') return { kind: 'suspect', id, incarnation, from }
    return { kind: 'dead', id, incarnation, from: member.state === 'left' ? id : from, cause: member.cause ?? 'timeout' }
  }

  /** Keeps a member in mind that failed or left before this host came. */
  remember(news: AliveNews, cause: DeathCause): void {
    const { id, incarnation, nonce, facts } = news
    const left = cause === 'left'
    const why: Why = left ? 'left' : cause === 'echo' ? 'kernels-silent' : 'timeout'
    this.insert({ id, incarnation, nonce, facts, state: left ? 'left' : 'dead', cause, health: left ? 'left' : 'dead', why })
    this.entomb(id)
  }

  /** A host that ought to be there was never heard: it is suspected like any other, by this host alone. */
  miss(id: HostId, where: Pick<MemberFacts, 'address' | 'port' | 'overlay'>): void {
    const facts = { ...where, version: '', protocolMin: 0, protocolMax: 0 }
    this.insert({ id, incarnation: UNMET, nonce: NONCE_UNKNOWN, facts, state: 'alive', health: 'suspect', why: 'never-heard' })
    this.accuse(id, 'never-heard')
  }

  /** How many observers that count get answers from the kernel of this member. */
  answeredBy(id: HostId): number {
    let count = 0
    for (const { observer, result } of this.cases.get(id)?.findings ?? []) if (result === 'answered' && this.counts(observer)) count++
    return count
  }

  /** Members that failed and are remembered. */
  get failed(): Member[] {
    const failed = this.tombstones.ids.map((id) => this.parts.members.get(id))
    return failed.filter((member) => member?.state === 'dead') as Member[]
  }

  /** Forgets members that failed or left long ago. */
  reap(): void {
    const { now, settings } = this.parts
    for (const id of this.tombstones.expired(now, settings.tombstoneTime, settings.tombstoneLimit)) this.forget(id)
  }

  /** The suspect's time is measured anew after this host was itself asleep for `by` ms. */
  postpone(by: number): void {
    for (const open of this.cases.values()) open.countedFrom += by
  }

  /** Whether what this observer found may be believed: it is itself beyond doubt. */
  counts(observer: HostId): boolean {
    const member = this.parts.members.get(observer)
    return observer === this.parts.self.id || (member !== undefined && isSound(member))
  }

  private applyAlive(news: AliveNews): void {
    const { members, spread } = this.parts
    const { id, incarnation, nonce, facts } = news
    const before = members.get(id)
    if (!before) {
      this.insert({ id, incarnation, nonce, facts, state: 'alive', health: 'alive', why: 'joined' })
      spread.tell(news)
      return
    }
    if (nonce !== before.nonce && before.nonce !== NONCE_UNKNOWN && incarnation >= before.incarnation) this.noteNonce(before, news)
    if (incarnation === before.incarnation && before.nonce === NONCE_UNKNOWN) members.replace({ ...before, nonce, facts })
    if (incarnation <= before.incarnation) {
      // Whoever says so has missed the death; an old word cannot revive anybody.
      if (incarnation === before.incarnation && before.state === 'dead') this.remind(before)
      return
    }
    this.close(id)
    this.tombstones.remove(id)
    const why: Why =
      before.incarnation === UNMET
        ? 'joined'
        : nonce !== before.nonce && before.nonce !== NONCE_UNKNOWN
          ? 'restarted'
          : before.health === 'alive'
            ? before.why
            : 'refuted'
    const { cause: _, ...rest } = before
    this.update({ ...rest, incarnation, nonce, facts, state: 'alive' }, before, 'alive', why)
    this.parts.echoes.renewed(id)
    spread.tell(news)
  }

  private applySuspect(news: SuspectNews): void {
    const member = this.upToDate(news)
    if (!member) return
    // Who is himself in doubt may be the one that does not hear.
    if (!this.counts(news.from) && this.parts.hearing.isFresh(news.id)) return
    if (isLive(member)) this.accusation(member, news, 'accused')
    else if (member.state === 'dead') this.remind(member)
  }

  private applyDead(news: DeadNews): void {
    const member = this.upToDate(news)
    if (!member || member.state === 'left') return
    if (news.cause === 'left') {
      if (news.from === news.id) this.bury(member, news.from, 'left')
      return
    }
    // Whoever is heard here is not dead, whatever an island believed; if it falls silent now, that will show.
    if (member.state === 'dead' || this.parts.hearing.isFresh(member.id)) return
    const open = this.caseOf(member)
    open.claimedDead = news
    if (this.answersSomebody(open)) this.contradict(member, open)
    else if (member.state === 'alive')
      this.accusation(member, { kind: 'suspect', id: news.id, incarnation: news.incarnation, from: news.from }, 'accused')
    else {
      open.accuse(news.from)
      this.reconsider(member)
    }
  }

  private applyEcho(news: EchoNews): void {
    const member = this.upToDate(news)
    if (!member || member.state === 'left') return
    const open = this.caseOf(member)
    if (!open.note(news)) {
      // Whoever says so has missed what the observer found since; that rumour may have died out.
      const newer = open.findingBy(news.observer)
      if (newer && isNewer(newer, news) && this.parts.hearing.mayRemind(member.id)) {
        this.parts.spread.tell({ kind: 'echo', id: member.id, incarnation: member.incarnation, ...newer })
      }
      return
    }
    this.parts.spread.tell(news)
    this.reconsider(member)
  }

  /** The member that the news is about, brought to the incarnation that the news speaks of; nothing when the news is old or unknown. */
  private upToDate(news: SuspectNews | DeadNews | EchoNews): Member | undefined {
    const member = this.parts.members.get(news.id)
    if (!member || news.incarnation < member.incarnation) return undefined
    if (news.incarnation === member.incarnation) return member
    // Its own word for this incarnation is still under way, but it must have given it.
    this.close(member.id)
    this.tombstones.remove(member.id)
    const { cause: _, ...rest } = member
    return this.update({ ...rest, incarnation: news.incarnation, nonce: NONCE_UNKNOWN, state: 'alive' }, member, 'alive', 'refuted')
  }

  private accusation(member: Member, news: SuspectNews, why: Why): void {
    const { members, settings, spread, self, echoes } = this.parts
    const open = this.caseOf(member)
    const isNew = open.accuse(news.from)
    if (member.state === 'alive') {
      open.countedFrom = this.parts.now
      const suspect = this.update({ ...member, state: 'suspect' }, member, member.health === 'path-broken' ? 'path-broken' : 'suspect', why)
      spread.tell(news)
      if (news.from === self.id) spread.toMember(suspect)
      echoes.caseOpened(suspect, news.from === self.id)
      this.reconsider(suspect)
      return
    }
    if (!isNew) return
    // Lifeguard's dogpile: a confirmation is passed on, but no more of them than shorten anything.
    if (open.accusers.size <= suspicionBounds(members.liveCount, settings).confirmations + 1) spread.tell(news)
    if (news.from === self.id) echoes.caseOpened(member, true)
    this.reconsider(member)
  }

  /** Brings health and deadline of a member in line with everything that is known of it. */
  private reconsider(member: Member): void {
    const { deadlines, now } = this.parts
    const open = this.cases.get(member.id)
    if (!open || member.state === 'left') return
    const judgement = this.judgementOf(open)
    if (member.state === 'alive') {
      if (judgement === 'overlay-silent' || judgement === 'datagrams-blocked') this.update(member, member, 'path-broken', judgement)
      else if (member.health === 'path-broken') this.update(member, member, 'alive', 'overlay-answers')
      return
    }
    if (judgement === 'kernel-answers' || judgement === 'datagrams-blocked') {
      deadlines.cancel('suspicion', member.id)
      const { cause: _, ...rest } = member
      this.tombstones.remove(member.id)
      this.update({ ...rest, state: 'suspect' }, member, judgement === 'kernel-answers' ? 'agent-down' : 'path-broken', judgement)
      return
    }
    if (member.state === 'dead') return
    if (judgement === 'overlay-silent') {
      deadlines.cancel('suspicion', member.id)
      this.update(member, member, 'path-broken', 'overlay-silent')
      return
    }
    // A kernel that answered until now has begun to be silent only now.
    if (member.health !== 'suspect') {
      open.countedFrom = now
      member = this.update(member, member, 'suspect', 'silence')
    }
    deadlines.set('suspicion', member.id, Math.max(now, open.countedFrom + this.suspicionTime(open, judgement)))
  }

  private suspicionTime(open: Case, judgement: Judgement): number {
    const { members, settings } = this.parts
    // Others have waited; but the member must have had a moment to hear of it and refute.
    if (open.claimedDead && this.isCorroborated(open)) return settings.confirmedSuspicion
    if (judgement === 'kernels-silent') return settings.confirmedSuspicion * clusterScale(members.liveCount)
    const { min, max, confirmations } = suspicionBounds(members.liveCount, settings)
    // Nobody confirms what nobody is told.
    if (open.incarnation === UNMET) return min
    // The first accuser raised the suspicion; only the others confirm it.
    return remainingSuspicion(Math.max(0, open.accusers.size - 1), confirmations, 0, min, max)
  }

  private judgementOf(open: Case): Judgement {
    return judge(open.findings, (observer) => this.counts(observer), this.neededVoices(open.id))
  }

  /**
   * Whether enough members that are themselves beyond doubt found the member silent. A claim of death alone is not enough: a host that was
   * cut off comes back with claims about everybody else.
   */
  private isCorroborated(open: Case): boolean {
    return open.voices((observer) => this.counts(observer)) >= this.neededVoices(open.id)
  }

  private answersSomebody(open: Case): boolean {
    const judgement = this.judgementOf(open)
    return judgement === 'kernel-answers' || judgement === 'datagrams-blocked'
  }

  /** Two, wherever a second one is within hearing. */
  private neededVoices(suspect: HostId): number {
    return this.parts.hearing.hasSecondOpinion(suspect, (id) => this.counts(id)) ? 2 : 1
  }

  private bury(member: Member, from: HostId, cause: DeathCause): void {
    const { deadlines, spread } = this.parts
    deadlines.cancel('suspicion', member.id)
    const left = cause === 'left'
    const timeout: Why = member.incarnation === UNMET ? 'never-heard' : 'timeout'
    const why: Why = left ? 'left' : cause === 'echo' ? 'kernels-silent' : timeout
    this.update({ ...member, state: left ? 'left' : 'dead', cause }, member, left ? 'left' : 'dead', why)
    if (left) this.close(member.id)
    this.entomb(member.id)
    spread.tell({ kind: 'dead', id: member.id, incarnation: member.incarnation, from, cause })
  }

  private contradict(member: Member, open: Case): void {
    const { spread, echoes, self } = this.parts
    if (!this.parts.hearing.mayRemind(member.id)) return
    if (open.findingBy(self.id)) echoes.affirm(member)
    else {
      for (const finding of open.findings) {
        if (finding.result !== 'silent') spread.tell({ kind: 'echo', id: member.id, incarnation: member.incarnation, ...finding })
      }
    }
  }

  private remind(member: Member): void {
    if (this.parts.hearing.mayRemind(member.id)) this.parts.spread.tell(this.newsAbout(member))
  }

  private noteNonce(before: Member, news: AliveNews): void {
    if (!isLive(before)) return
    const conflict = news.incarnation === before.incarnation
    if (conflict ? this.clones.contested(news.id, news.nonce) : this.clones.replaced(news.id, before.nonce, news.nonce, this.parts.now)) {
      this.parts.effects.push({ kind: 'alarm', alarm: 'cloned-id', id: news.id, nonces: [before.nonce, news.nonce] })
    }
  }

  private caseOf(member: Member): Case {
    let open = this.cases.get(member.id)
    if (!open || open.incarnation !== member.incarnation) {
      open = new Case(member.id, member.incarnation, this.parts.now)
      this.cases.set(member.id, open)
    }
    return open
  }

  private close(id: HostId): void {
    this.cases.delete(id)
    this.parts.deadlines.cancel('suspicion', id)
  }

  private insert(member: Omit<Member, 'index' | 'hash' | 'since'>): void {
    const { members, order, effects, watch, now } = this.parts
    const added = members.add({ ...member, hash: hostHash(member.id), since: now })
    order.added(added.index)
    effects.push({ kind: 'change', id: added.id, before: undefined, after: added.health, why: added.why })
    watch.memberChanged(added)
  }

  private update(next: Member, before: Member, health: Health, why: Why): Member {
    const { members, effects, watch, echoes, now } = this.parts
    const changed = health !== before.health
    const member: Member = { ...next, health, why: changed || why === 'restarted' ? why : before.why, since: changed ? now : before.since }
    members.replace(member)
    if (changed) effects.push({ kind: 'change', id: member.id, before: before.health, after: health, why })
    if (changed || member.state !== before.state) watch.memberChanged(member)
    if (isSound(member) !== isSound(before)) {
      // What it found about others counts from now on, or no longer; and another may have to look in its place.
      for (const open of Array.from(this.cases.values())) {
        const other = open.id === member.id ? undefined : members.get(open.id)
        if (!other) continue
        // What it said while it was cut off, it said of others it could not reach.
        if (before.state === 'dead') open.unsay(member.id)
        echoes.observersChanged(other)
        if (open.findingBy(member.id)) this.reconsider(other)
      }
    }
    return member
  }

  private entomb(id: HostId): void {
    this.tombstones.put(id, this.parts.now)
    this.reap()
  }

  private forget(id: HostId): void {
    const { members, echoes, prober, hearing } = this.parts
    this.tombstones.remove(id)
    hearing.forget(id)
    this.close(id)
    echoes.forget(id)
    prober.forget(id)
    this.clones.forget(id)
    const member = members.get(id)
    if (member && !isLive(member)) members.remove(member)
  }
}
