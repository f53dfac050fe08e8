import { below, type HostId, type Ip, type Monotonic } from '#core'
import type { EchoPath } from './event.js'
import { KernelPath } from './kernel-path.js'
import { LossEstimate, missesBeyondChance } from './loss-estimate.js'
import { isSound, UNMET, type Member } from './member.js'
import type { EchoResult } from './packet.js'
import type { Parts } from './parts.js'
import { affinity } from './rendezvous.js'

/** Chance alone may silence a living kernel with this probability per judgement (PROTOCOL.md B, W). */
const SILENCE_RISK = 1e-9
/** Samples of {@link KernelEchoes.loss} before the old ones count half. */
const WHOLE_WINDOW = 512
/** So many observers that get answers are worth telling everybody about. */
const ENOUGH_ANSWERED = 2
/** Never judged by fewer echoes on a path. */
const LEAST_ECHOES = 3
/** The kernel of a host whose agent was never heard is asked this many times less often than others in trouble: there may be many. */
const UNMET_SLOWDOWN = 20
/** The kernel of a dead member is asked this many times less often: it may come back before its agent does. */
const DEAD_SLOWDOWN = 2

/** Echoes to the kernel of one member. */
class Track {
  readonly overlay = new KernelPath()
  readonly underlay = new KernelPath()
  /** What this host told the others last, for this incarnation. */
  reported: EchoResult | undefined
  /** When a case against the member was opened: only answers since then speak for it. */
  opened: Monotonic = 0
  /** This host is to look because it accused the member itself. */
  ownAccusation = false
  /** No datagram comes through, but streams do. */
  onlyStream = false
  lastSent: Monotonic = Number.NEGATIVE_INFINITY
}

/**
 * Asks kernels whether their hosts are there (PROTOCOL.md A, "The kernel echo"): an agent can be starved, frozen or restarting while its
 * host forwards. Watched members are echoed all the time at a low rate, so that silence has something to be compared with; suspects by
 * their watchers, their accusers and a few more, at a high rate.
 */
export class KernelEchoes {
  private readonly tracks = new Map<HostId, Track>()
  private readonly waiting = new Map<number, { readonly id: HostId; readonly path: EchoPath }>()
  private nonce: number
  private sequence = 0
  /** On all paths together: a single path has too few samples to know what chance can do. */
  private readonly loss = new LossEstimate(WHOLE_WINDOW)

  constructor(private readonly parts: Parts) {
    this.nonce = below(parts.random, 0x1_0000_0000)
  }

  /** This host watches the member from now on. */
  begin(id: HostId): void {
    const { deadlines, now } = this.parts
    this.trackOf(id)
    if (deadlines.at('echo', id) === undefined) deadlines.set('echo', id, now)
  }

  /** The member's agent is quiet: its kernel is asked now, and urgently from now on. */
  hurry(id: HostId): void {
    const { deadlines, settings, now } = this.parts
    const at = deadlines.at('echo', id)
    if (at !== undefined && at > now + settings.echoUrgentInterval) deadlines.set('echo', id, now)
  }

  /** One echo on each path along with a routine probe, so that some more hosts than its watchers can judge the member's silence. */
  sample(member: Member): void {
    if (this.parts.deadlines.at('echo', member.id) === undefined) this.send(member, this.trackOf(member.id))
  }

  /** The member is suspected. This host looks if it is one of those that are chosen for it, or the accuser. */
  caseOpened(member: Member, own: boolean): void {
    const track = this.trackOf(member.id)
    track.opened = this.parts.now
    track.ownAccusation ||= own
    if (track.reported !== 'underlay-only' && track.reported !== 'stream-only') track.reported = undefined
    this.observersChanged(member)
  }

  /** Other members came or went: it may be this host's turn to look. */
  observersChanged(member: Member): void {
    const { deadlines, settings, now } = this.parts
    const at = deadlines.at('echo', member.id)
    if (at !== undefined && at <= now + settings.echoUrgentInterval) return
    if (this.hasDuty(member)) deadlines.set('echo', member.id, now)
  }

  /** A new incarnation of the member: what was reported of the old one is void. */
  renewed(id: HostId): void {
    const track = this.tracks.get(id)
    if (!track) return
    track.reported = undefined
    track.ownAccusation = false
    const { deadlines, now } = this.parts
    if (track.onlyStream && deadlines.at('echo', id) !== undefined) deadlines.set('echo', id, now)
  }

  /** Whether the member answers over streams while its datagrams do not come through. */
  onlyStream(id: HostId, is: boolean): void {
    const track = this.tracks.get(id)
    if (track) track.onlyStream = is
  }

  /** To be called when an `echo` deadline has come. */
  due(id: HostId): void {
    const { members, deadlines, settings, watch, now } = this.parts
    const member = members.get(id)
    const track = this.tracks.get(id)
    if (!member || !track || member.state === 'left' || !this.hasDuty(member)) return
    for (const path of [track.overlay, track.underlay]) path.settle(now, settings.echoTimeout)
    this.evaluate(member, track)
    const interval = this.interval(members.get(id) ?? member, track)
    const isUrgent = interval <= settings.echoUrgentInterval
    // Beats are no exact clock: the one that was waited for may come up a moment early.
    if (!isUrgent && now < track.lastSent + interval - settings.beatInterval / 2) {
      deadlines.set('echo', id, watch.beatAfter(track.lastSent + interval))
      return
    }
    this.send(member, track)
    // Where nothing is urgent, looked at once its time is over: an echo without an answer is not to be noticed by the next one only.
    deadlines.set('echo', id, isUrgent ? now + interval : watch.beatAfter(now + settings.echoTimeout))
  }

  /** An answer came. */
  answered(id: HostId, path: EchoPath, nonce: number): void {
    const { members, now } = this.parts
    const track = this.tracks.get(id)
    const member = members.get(id)
    if (this.waiting.get(nonce)?.id !== id) return
    this.waiting.delete(nonce)
    if (!track || !member) return
    const wasSilent = track.underlay.silent
    if (!track[path].answered(nonce, now, this.loss)) return
    // The host is back: whether its overlay is, remains to be seen.
    if (wasSilent && path === 'underlay' && track.overlay.silent) track.overlay.restart()
    this.evaluate(member, track)
  }

  /** Whether silence of this member's kernel would mean anything: it has answered lately. */
  canJudge(id: HostId): boolean {
    const { members, settings, now } = this.parts
    const track = this.tracks.get(id)
    const path = members.get(id)?.facts.overlay === undefined ? track?.underlay : track?.overlay
    return path?.mattersSince(now, settings.echoMemory) ?? false
  }

  /** Says again what this host found, because somebody claims otherwise. */
  affirm(member: Member): void {
    const result = this.tracks.get(member.id)?.reported
    if (result) this.report(member, result)
  }

  /** Round trips in ms and the share of echoes lost, per path, as far as known. */
  qualityOf(id: HostId): { readonly overlay: KernelPath; readonly underlay: KernelPath } | undefined {
    return this.tracks.get(id)
  }

  /** What was under way while this host was asleep proves nothing. */
  restart(): void {
    this.waiting.clear()
    for (const track of this.tracks.values()) {
      track.overlay.restart()
      track.underlay.restart()
    }
  }

  forget(id: HostId): void {
    this.tracks.delete(id)
    this.parts.deadlines.cancel('echo', id)
  }

  private trackOf(id: HostId): Track {
    let track = this.tracks.get(id)
    if (!track) this.tracks.set(id, (track = new Track()))
    return track
  }

  private hasDuty(member: Member): boolean {
    const { watch, membership } = this.parts
    if (watch.isWatching(member.id)) return true
    if (member.state === 'alive' || !membership.cases.has(member.id)) return false
    return this.tracks.get(member.id)?.ownAccusation === true || this.isChosen(member)
  }

  private isChosen(member: Member): boolean {
    const { members, self, settings } = this.parts
    const own = affinity(member.hash, self.hash)
    let better = 0
    for (const other of members) {
      if (!isSound(other) || other.id === member.id || other.id === self.id || affinity(member.hash, other.hash) <= own) continue
      if (++better >= settings.echoObservers) return false
    }
    return true
  }

  private interval(member: Member, track: Track): number {
    const { settings, watch } = this.parts
    if (member.state === 'dead') return settings.echoTroubleInterval * DEAD_SLOWDOWN
    const { overlay, underlay } = track
    const undecided = (path: KernelPath): boolean => path.unanswered > 0 && path.lastAnswer !== undefined && !path.silent
    const settled = member.health === 'agent-down' || member.health === 'path-broken'
    if (undecided(overlay) || undecided(underlay)) return settings.echoUrgentInterval
    if (settled) return settings.echoTroubleInterval * (member.incarnation === UNMET ? UNMET_SLOWDOWN : 1)
    return member.state === 'suspect' || watch.isQuiet(member.id) ? settings.echoUrgentInterval : settings.echoInterval
  }

  private send(member: Member, track: Track): void {
    track.lastSent = this.parts.now
    if (member.facts.overlay !== undefined) this.sendOn(member, 'overlay', track.overlay, member.facts.overlay)
    this.sendOn(member, 'underlay', track.underlay, member.facts.address)
  }

  private sendOn(member: Member, path: EchoPath, kernelPath: KernelPath, address: Ip): void {
    const { effects, now } = this.parts
    this.nonce = (this.nonce + 1) >>> 0
    this.waiting.set(this.nonce, { id: member.id, path })
    // Answers come within echoTimeout or count for nothing: older ones need not be remembered.
    if (this.waiting.size > WAITING_LIMIT) {
      const oldest = this.waiting.keys().next().value
      if (oldest !== undefined) this.waiting.delete(oldest)
    }
    kernelPath.sent(this.nonce, now)
    effects.push({ kind: 'echo', id: member.id, path, address, nonce: this.nonce })
  }

  /** Draws what conclusion can be drawn, and tells it when it is news. */
  private evaluate(member: Member, track: Track): void {
    const result = this.conclude(member, track)
    if (result === undefined || result === track.reported) return
    // A few say so for all; should they fall away, this host is asked again at its next echo.
    if (
      result === 'answered' &&
      member.state !== 'alive' &&
      track.reported === undefined &&
      this.parts.membership.answeredBy(member.id) >= ENOUGH_ANSWERED
    )
      return
    this.report(member, result)
  }

  private conclude(member: Member, track: Track): EchoResult | undefined {
    const { settings, now } = this.parts
    const { overlay, underlay } = track
    const underOverlay = member.facts.overlay !== undefined
    const matters = (path: KernelPath): boolean => path.silent || path.mattersSince(now, settings.echoMemory)
    const answers = (path: KernelPath): boolean => path.answersWithin(now, 2 * settings.echoInterval)
    if (track.onlyStream) return 'stream-only'
    if (underOverlay && matters(overlay) && overlay.unanswered >= this.echoesNeeded([overlay]) && answers(underlay)) {
      overlay.silent = true
    }
    if ((!underOverlay || matters(overlay)) && matters(underlay) && this.bothExhausted(underOverlay ? [overlay, underlay] : [underlay])) {
      overlay.silent = underOverlay
      underlay.silent = true
    }
    const carrying = underOverlay ? overlay : underlay
    if (underOverlay && overlay.silent && answers(underlay)) return 'underlay-only'
    if (member.state === 'alive') {
      // Of a member that is well only trouble is reported, and its end.
      return track.reported !== undefined && !overlay.silent && answers(carrying) ? 'answered' : undefined
    }
    if (carrying.silent && underlay.silent) return 'silent'
    return carrying.lastAnswer !== undefined && carrying.lastAnswer >= track.opened && !carrying.silent ? 'answered' : undefined
  }

  private bothExhausted(paths: readonly KernelPath[]): boolean {
    const unanswered = paths.reduce((sum, path) => sum + path.unanswered, 0)
    return paths.every((path) => path.unanswered >= LEAST_ECHOES) && unanswered >= this.echoesNeeded(paths)
  }

  private echoesNeeded(paths: readonly KernelPath[]): number {
    const loss = Math.max(this.loss.share, ...paths.map((path) => path.loss.share))
    return Math.max(LEAST_ECHOES, missesBeyondChance(loss, SILENCE_RISK))
  }

  private report(member: Member, result: EchoResult): void {
    const { self, membership } = this.parts
    this.trackOf(member.id).reported = result
    const { id, incarnation } = member
    membership.apply({ kind: 'echo', id, incarnation, observer: self.id, session: self.session, sequence: ++this.sequence, result })
  }
}

/** Echoes whose answers may still come: a few hundred members at the urgent rate. */
const WAITING_LIMIT = 4_096
