import type { HostId, Monotonic } from '#core'
import { ECHO_INTERVAL, RENEW_INTERVAL, silenceWindow } from './arithmetic.js'
import type { EchoPath } from './event.js'
import type { Parts } from './parts.js'

/** Silence counts only where the kernel answered within this time, in ms, before the host's last renewal (PROTOCOL.md A). */
const TRUST_TIME = 60_000
/**
 * Elsewhere (no ICMP came through lately, or this witness was started after the host had died) so much silence is needed, in ms: whoever
 * filters ICMP has failover after a minute, and an agent must not be stopped for longer there.
 */
const LONG_WINDOW = 60_000
/** An echo that has not come back after this time, in ms, is lost. */
const ECHO_TIMEOUT = 1_000
/** A path on which nothing is answered for longer, in ms, was not there. */
const AWAY = 1_000
/** Weight of one echo in the estimate of loss. */
const LOSS_WEIGHT = 1 / 64
/**
 * A kernel whose agent renews is asked this often, in ms, so that its path is known to be there; each {@link ECHO_INTERVAL} from the first
 * renewal on that is missing. Twenty packets a second for nothing were most of what an idle agent cost.
 */
const CALM_INTERVAL = 1_000
/** It may wait so much longer, in ms, for something else to wake this host: a round of its own, if nothing comes before. */
const CALM_PATIENCE = RENEW_INTERVAL
/**
 * Until it has answered for the first time a kernel is asked each {@link ECHO_INTERVAL}, for so long, in ms: a host that dies right after
 * the network came up shall not be one whose kernel never answered.
 */
const NEW_TIME = 10_000
/** A renewal that came within this time, in ms, is no reason to ask. */
const CALM_TIME = RENEW_INTERVAL + 50
/** Echoes sent that much too late, in ms, show that this agent did not run: its own silence is not the kernel's. */
const STALL = ECHO_INTERVAL

interface Asked {
  readonly nonce: number
  /** The agent renewed at that time. */
  readonly calm: boolean
  readonly at: Monotonic
}

/** Echoes on one of the two paths to a kernel. */
class WatchedPath {
  /** Echoes since the last answer, oldest first. */
  private open: Asked[] = []
  /** From when on echoes have gone unanswered. */
  private silentSince: Monotonic | undefined
  /** It may not be there yet: what gets lost before the first answer says nothing of it. */
  private hasAnswered = false

  /** @returns how many echoes got lost on the way to a host that was there all the time, as its renewals show */
  ask(nonce: number, calm: boolean, now: Monotonic): number {
    // In a silence that has not ended by an answer yet, the last echo before it may have met a host that was off.
    const settled = calm && this.hasAnswered && this.silentSince === undefined
    const lost = settled ? this.open.filter((asked) => asked.calm && now - asked.at > ECHO_TIMEOUT) : []
    if (lost.length > 0) this.open = this.open.filter((asked) => !lost.includes(asked))
    this.open.push({ nonce, calm, at: now })
    if (this.open.length > MOST_OPEN) this.open.shift()
    if (!calm) this.silentSince ??= now
    return lost.length
  }

  /** @returns how many echoes got lost before the one that was answered; undefined for an answer to none of them */
  answered(nonce: number, now: Monotonic): number | undefined {
    const place = this.open.findIndex((asked) => asked.nonce === nonce)
    if (place < 0) return undefined
    // What got no answer for so long met a host that was off or cut off, or an overlay that was not up yet: it says nothing of the path.
    const wasAway = !this.hasAnswered || (this.silentSince !== undefined && now - this.silentSince > AWAY)
    this.hasAnswered = true
    const missed = wasAway ? 0 : this.open.filter(({ calm, at }, index) => index < place && !calm && now - at > ECHO_TIMEOUT).length
    // The last echoes of that time must not be counted later, either.
    this.open = wasAway ? [] : this.open.filter(({ at, nonce: other }) => other !== nonce && now - at <= ECHO_TIMEOUT)
    this.silentSince = undefined
    return missed
  }

  stalled(): void {
    this.silentSince = undefined
  }
}

/** The kernel of one watched host: echoed on both paths in turn, because an agent can be silent while its host forwards perfectly. */
class WatchedKernel {
  private turn: EchoPath = 'overlay'
  private readonly paths: Readonly<Record<EchoPath, WatchedPath>> = { overlay: new WatchedPath(), underlay: new WatchedPath() }
  private lastAnswer: Monotonic | undefined
  private lastAsked: Monotonic | undefined
  /** From when on echoes, sent in close order, have gone unanswered on either path. */
  private silentSince: Monotonic | undefined
  /** Share of round trips that get lost, 0..1, counted only between two answers on one path: a dead kernel loses nothing. */
  private loss = 0

  constructor(
    private readonly since: Monotonic,
    /** When the host's agent was heard last. */
    private readonly lastRenewal: () => Monotonic | undefined,
  ) {}

  isCalm(now: Monotonic): boolean {
    return now < this.calmUntil
  }

  isDue(now: Monotonic): boolean {
    // Added as in `lateAt`: a difference may be rounded to just below the interval, and this host be woken again and again for nothing.
    const { lastAsked } = this
    if (lastAsked === undefined) return true
    return now >= lastAsked + (this.isCalm(now) && !this.isNew(lastAsked) ? CALM_INTERVAL : ECHO_INTERVAL)
  }

  /** When it must be asked at the latest, unless a further renewal comes. */
  get lateAt(): Monotonic {
    const { lastAsked, since, calmUntil } = this
    if (lastAsked === undefined) return since
    if (this.isNew(lastAsked)) return lastAsked + ECHO_INTERVAL
    return Math.min(lastAsked + CALM_INTERVAL + CALM_PATIENCE, Math.max(lastAsked + ECHO_INTERVAL, calmUntil))
  }

  ask(nonce: number, now: Monotonic): EchoPath {
    // While the agent renews, one echo that gets lost is not the beginning of a silence in which many do.
    const calm = this.isCalm(now)
    const path = this.turn
    this.turn = path === 'overlay' ? 'underlay' : 'overlay'
    this.lost(this.paths[path].ask(nonce, calm, now))
    this.lastAsked = now
    if (calm) this.silentSince = undefined
    else this.silentSince ??= now
    return path
  }

  answered(nonce: number, now: Monotonic): void {
    const missed = this.paths.overlay.answered(nonce, now) ?? this.paths.underlay.answered(nonce, now)
    if (missed === undefined) return
    this.lost(missed)
    this.loss -= this.loss * LOSS_WEIGHT
    this.lastAnswer = now
    this.silentSince = undefined
  }

  private lost(echoes: number): void {
    for (let count = 0; count < echoes; count++) this.loss += (1 - this.loss) * LOSS_WEIGHT
  }

  stalled(): void {
    this.silentSince = undefined
    for (const path of Object.values(this.paths)) path.stalled()
  }

  silence(now: Monotonic): number {
    return this.silentSince === undefined ? 0 : now - this.silentSince
  }

  get window(): number {
    const { lastAnswer } = this
    const lastRenewal = this.lastRenewal()
    const trusted = lastAnswer !== undefined && lastRenewal !== undefined && lastRenewal - lastAnswer <= TRUST_TIME
    return trusted ? silenceWindow(this.loss) : LONG_WINDOW
  }

  private isNew(now: Monotonic): boolean {
    return this.lastAnswer === undefined && now < this.since + NEW_TIME
  }

  private get calmUntil(): Monotonic {
    return (this.lastRenewal() ?? Number.NEGATIVE_INFINITY) + CALM_TIME
  }
}

const MOST_OPEN = 16

/** All kernels that this host watches as a witness (rule W4). What they say never opens or shuts a gate. */
export class KernelWatch {
  private readonly kernels = new Map<HostId, WatchedKernel>()
  private readonly hosts = new Map<number, HostId>()

  /** @param lastRenewalOf when a host's agent was heard last */
  constructor(
    private readonly parts: Parts,
    private readonly lastRenewalOf: (host: HostId) => Monotonic | undefined,
  ) {}

  get wakeAt(): Monotonic {
    let next = Number.POSITIVE_INFINITY
    for (const { lateAt } of this.kernels.values()) next = Math.min(next, lateAt)
    return next
  }

  /** Watches exactly these. */
  follow(hosts: ReadonlySet<HostId>): void {
    for (const host of this.kernels.keys()) if (!hosts.has(host)) this.kernels.delete(host)
    for (const host of hosts) {
      if (!this.kernels.has(host)) this.kernels.set(host, new WatchedKernel(this.parts.now, () => this.lastRenewalOf(host)))
    }
  }

  /** Asks the kernels whose turn it is. @returns whether there were any */
  time(): boolean {
    const { parts, kernels, hosts } = this
    const { now, effects } = parts
    if (now - this.wakeAt > STALL) for (const kernel of kernels.values()) kernel.stalled()
    const before = effects.length
    for (const [host, kernel] of kernels) {
      if (!kernel.isDue(now)) continue
      const nonce = parts.token()
      hosts.set(nonce, host)
      effects.push({ kind: 'echo', host, path: kernel.ask(nonce, now), nonce })
    }
    const most = kernels.size * MOST_OPEN
    if (hosts.size > most) for (const nonce of [...hosts.keys()].slice(0, hosts.size - most)) hosts.delete(nonce)
    return effects.length > before
  }

  answered(nonce: number): void {
    const host = this.hosts.get(nonce)
    if (host === undefined) return
    this.hosts.delete(nonce)
    this.kernels.get(host)?.answered(nonce, this.parts.now)
  }

  /** How long the kernel has been silent, and for how long it must be for that to mean anything, in ms. */
  silenceOf(host: HostId): { readonly silent: number; readonly window: number } {
    const kernel = this.kernels.get(host)
    if (!kernel) return { silent: 0, window: LONG_WINDOW }
    const { now } = this.parts
    // A question may be read before the clock is looked at and before the answers of kernels, which come by a socket of their own: an agent
    // that did not run until now knows of no silence but its own.
    return { silent: now - kernel.lateAt > STALL ? 0 : kernel.silence(now), window: kernel.window }
  }
}
