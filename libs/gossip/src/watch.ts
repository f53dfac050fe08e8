import type { HostId, Monotonic } from '#core'
import { LossEstimate, missesBeyondChance } from './loss-estimate.js'
import { isLive, type Member } from './member.js'
import type { Message } from './packet.js'
import type { Parts } from './parts.js'
import { affinity } from './rendezvous.js'

/** Beats lost by chance may raise this share of false questions; a question is cheap, so it need not be small. */
const SILENCE_RISK = 1e-4
/** A beat that is late by this part of a beat interval is missing: the member is asked. */
const LATE_BEATS = 0.3
/**
 * From so many watchers on each beat goes to every other one of them, by turns: two still notice a death as early as all would, and two
 * are enough for a verdict.
 */
const BY_TURNS_FROM = 4
/** An agent that distrusts itself waits at most so many times as long where the kernel has the last word. */
const PATIENCE_WITH_ECHOES = 2
/** Without a beat for this long, from a member that is otherwise well: it has chosen other watchers. */
const RELEASED_BEATS = 15

/** A larger gap in the count of beats, or a step back, is a restarted or stopped agent and not loss. */
const LARGEST_GAP = 10
/** Samples of {@link Watch.loss} before the old ones count half. */
const WHOLE_WINDOW = 512

interface Watched {
  lastHeard: Monotonic
  lastBeat: Monotonic
  sequence: number
  /** Of how many of the member's beats this host is sent one. */
  every: number
  readonly loss: LossEstimate
}

/**
 * The watch that makes detection fast at any size: each member sends beats to a few watchers, chosen by rendezvous hash, and a watcher
 * that misses some asks at once instead of when the member's turn comes. (The routine probe of SWIM reaches a given member once per
 * interval only on average: after 4.6 intervals for the slowest hundredth.)
 */
export class Watch {
  private watchers: Member[] = []
  private stale = true
  private sequence = 0
  private beatDue: Monotonic = 0
  /** Of beats from everybody: a single member has sent too few to know what chance can do. */
  private readonly loss = new LossEstimate(WHOLE_WINDOW)
  private readonly watched = new Map<HostId, Watched>()

  constructor(private readonly parts: Parts) {}

  /** The first beat is `wait` ms away. */
  start(wait: number): void {
    this.setBeat(this.parts.now + wait)
  }

  /** To be called when the `beat` deadline has come. */
  beat(): void {
    const { settings, spread, now } = this.parts
    const next = this.beatDue + settings.beatInterval
    this.setBeat(next > now ? next : now + settings.beatInterval)
    if (this.stale) this.choose()
    this.sequence = (this.sequence + 1) >>> 0
    const every = this.every
    for (const [place, watcher] of this.watchers.entries()) {
      if ((this.sequence + place) % every === 0) spread.toMember(watcher, { kind: 'beat', sequence: this.sequence, every, released: false })
    }
  }

  /** This host's first beat at or after a time. Whatever need not be exact waits for it, so that an idle agent is woken seldom. */
  beatAfter(time: Monotonic): Monotonic {
    const { beatInterval } = this.parts.settings
    return this.beatDue + Math.max(0, Math.ceil((time - this.beatDue) / beatInterval)) * beatInterval
  }

  /** A member sent a beat: from now on it is watched. */
  beaten(message: Message & { kind: 'beat' }, id: HostId): void {
    const { deadlines, echoes, members, now } = this.parts
    let watched = this.watched.get(id)
    if (message.released) {
      this.unwatch(id)
      return
    }
    // Its own word must be known before it can be suspected; one that is held for dead has to refute that first.
    const member = members.get(id)
    if (!member || !isLive(member)) return
    if (!watched) {
      watched = {
        lastHeard: now,
        lastBeat: now,
        sequence: message.sequence - message.every,
        every: message.every,
        loss: new LossEstimate(),
      }
      this.watched.set(id, watched)
      echoes.begin(id)
    }
    const missed = Math.floor((message.sequence - watched.sequence - 1) / message.every)
    if (missed >= 0 && missed < LARGEST_GAP) {
      watched.loss.add(missed, 1)
      this.loss.add(missed, 1)
    }
    watched.sequence = message.sequence
    watched.every = message.every
    watched.lastBeat = now
    watched.lastHeard = now
    // Moved with each beat: a deadline left behind would wake an idle agent only to be moved then.
    deadlines.set('watch', id, now + this.quietTime(watched))
  }

  /** Anything came from the member itself. */
  heard(id: HostId): void {
    const watched = this.watched.get(id)
    if (watched) watched.lastHeard = this.parts.now
  }

  /** A probe of the member succeeded, be it through others. */
  answered(id: HostId): void {
    this.heard(id)
  }

  /** To be called when a `watch` deadline has come. */
  check(id: HostId): void {
    const { members, deadlines, prober, echoes, settings, now } = this.parts
    const watched = this.watched.get(id)
    const member = members.get(id)
    if (!watched || !member) return
    // The next beat sets the deadline again.
    if (member.state !== 'alive') return
    const quietAt = watched.lastHeard + this.quietTime(watched)
    if (now < quietAt) {
      deadlines.set('watch', id, quietAt)
      return
    }
    if (now - watched.lastBeat > RELEASED_BEATS * settings.beatInterval && now - watched.lastHeard < settings.probeInterval) {
      this.unwatch(id)
      return
    }
    // Its kernel is asked along with its agent: their silence counts together.
    echoes.hurry(id)
    prober.begin(member, Math.max(watched.lastHeard + this.silenceLimit(id, watched) - now, settings.beatInterval / 2), 'silence')
    deadlines.set('watch', id, now + settings.beatInterval)
  }

  isWatching(id: HostId): boolean {
    return this.watched.has(id)
  }

  /** Whether the member has missed a beat. */
  isQuiet(id: HostId): boolean {
    const watched = this.watched.get(id)
    return watched !== undefined && this.parts.now - watched.lastHeard > this.quietTime(watched)
  }

  get watcherIds(): HostId[] {
    return this.watchers.map((watcher) => watcher.id)
  }

  /** A member came, went, or changed its state. */
  memberChanged(member: Member): void {
    if (member.state === 'dead' || member.state === 'left') this.unwatch(member.id)
    this.stale = true
  }

  /** Everybody's silence begins now: this host itself was asleep. */
  restart(): void {
    for (const watched of this.watched.values()) watched.lastHeard = watched.lastBeat = this.parts.now
  }

  private setBeat(at: Monotonic): void {
    this.beatDue = at
    this.parts.deadlines.set('beat', '', at)
  }

  private unwatch(id: HostId): void {
    this.watched.delete(id)
    this.parts.deadlines.cancel('watch', id)
  }

  private choose(): void {
    const { members, self, settings, spread } = this.parts
    this.stale = false
    const before = this.watchers
    const best: { readonly member: Member; readonly score: number }[] = []
    for (const member of members) {
      // A suspect may be well; to let go of it at once would make watchers come and go with every lost packet.
      const suits =
        member.health === 'alive' ||
        member.health === 'path-broken' ||
        (member.health === 'suspect' && before.some(({ id }) => id === member.id))
      if (!suits || member.id === self.id) continue
      const score = affinity(self.hash, member.hash)
      const last = best[settings.watchers - 1]
      if (last && last.score >= score) continue
      const place = best.findIndex((other) => other.score < score)
      best.splice(place < 0 ? best.length : place, 0, { member, score })
      best.length = Math.min(best.length, settings.watchers)
    }
    this.watchers = best.map(({ member }) => member)
    for (const old of before) {
      const member = members.get(old.id)
      if (!member || this.watchers.some(({ id }) => id === old.id)) continue
      if (member.state === 'alive' || member.state === 'suspect')
        spread.toMember(member, { kind: 'beat', sequence: this.sequence, every: this.every, released: true })
    }
  }

  private get every(): number {
    return this.watchers.length >= BY_TURNS_FROM ? 2 : 1
  }

  private quietTime({ every }: Watched): number {
    return (every + LATE_BEATS) * this.parts.settings.beatInterval
  }

  private silenceLimit(id: HostId, watched: Watched): number {
    const { settings, awareness, echoes } = this.parts
    const beats = Math.max(settings.silentBeats, missesBeyondChance(Math.max(watched.loss.share, this.loss.share), SILENCE_RISK))
    // Where kernels can be asked, a wrong accusation does no harm, and a late one does.
    return awareness.scale((beats + watched.every - 1) * settings.beatInterval, echoes.canJudge(id) ? PATIENCE_WITH_ECHOES : undefined)
  }
}
