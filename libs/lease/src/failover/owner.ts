import type { Epoch, HostId, Monotonic } from '#core'
import { PROOF_TIME, RENEW_INTERVAL, RETRY_TIME } from './arithmetic.js'
import type { FailoverMessage, SavedChain } from './message.js'
import type { Parts } from './parts.js'

/** A round that begins so much too late, in ms, shows that this agent did not run. */
const STALL = RENEW_INTERVAL

/** An unbroken row of proofs under one registration. */
export interface Chain {
  readonly epoch: Epoch
  readonly witnesses: readonly HostId[]
  /** s_prev: when the last full proof was armed; at first, when the registration was begun. */
  provenAt: Monotonic
  /** Registered by this process; false for one found in the run directory. */
  readonly own: boolean
  /** A round begun under this chain was acknowledged. */
  proven: boolean
}

interface Round {
  readonly nonce: number
  /** s: read before the gate was armed. */
  readonly at: Monotonic
  /** The gate's idle buffer holds this round's grant. */
  armed: boolean
  asked: boolean
  readonly acks: Set<HostId>
  proven: boolean
}

/**
 * The owner's rounds (rules O1 and O2): arm the gate's idle buffer, then ask the witnesses, then, when enough of them have taken note in
 * time, flip. One proof covers all leases of the host.
 */
export class Owner {
  private current: Chain | undefined
  private round: Round | undefined
  private nextRound: Monotonic = Number.POSITIVE_INFINITY
  private retryAt: Monotonic = Number.POSITIVE_INFINITY
  /** Whether the chain was written to the run directory. */
  private isSaved = false
  /** For each witness that was asked since it answered last: when first. */
  private readonly unanswered = new Map<HostId, Monotonic>()

  constructor(private readonly parts: Parts) {}

  /** The chain, while there is one that a further proof may follow. */
  get chain(): Chain | undefined {
    const { current } = this
    return current && this.parts.rules.chainHolds(current.provenAt, this.parts.now) ? current : undefined
  }

  /** Until when the last full proof lasts. */
  get validUntil(): Monotonic | undefined {
    return this.current && this.current.provenAt + PROOF_TIME
  }

  get wakeAt(): Monotonic {
    if (!this.current) return Number.POSITIVE_INFINITY
    return Math.min(this.nextRound, this.retryAt)
  }

  /** Goes on with the chain that an earlier process of the same boot left. */
  resume({ epoch, witnesses, provenAt }: SavedChain): void {
    this.begin({ epoch, witnesses, provenAt, own: false, proven: false })
  }

  /** A registration was won: from now on only its set is asked. */
  registered(epoch: Epoch, witnesses: readonly HostId[], begunAt: Monotonic): void {
    this.begin({ epoch, witnesses, provenAt: begunAt, own: true, proven: false })
  }

  /** Ends the chain: no proof may follow, and the gate shuts when the last one is over. */
  forget(): void {
    this.current = undefined
    this.round = undefined
    // What kept them from answering may be over when the next chain begins.
    this.unanswered.clear()
  }

  time(): void {
    const { current, parts } = this
    if (!current) return
    if (!this.chain) return this.break()
    if (parts.now >= this.nextRound) return this.startRound()
    if (parts.now >= this.retryAt) {
      this.retryAt = Number.POSITIVE_INFINITY
      this.ask(true)
    }
  }

  /** The gate's idle buffer is filled, or could not be. */
  armed(nonce: number, done: boolean): void {
    const { round } = this
    if (!round || round.nonce !== nonce) return
    round.armed = done
    // Without the gate the witnesses still have to know that this host lives.
    if (!round.asked) this.ask(false)
  }

  acknowledged(from: HostId, { nonce, epoch }: FailoverMessage & { kind: 'ack' }): void {
    const { round, current, parts } = this
    this.unanswered.delete(from)
    if (!round || !current || !round.asked || epoch !== current.epoch) return
    if (!parts.rules.countsAck(nonce, round.nonce) || !this.witnesses.includes(from)) return
    round.acks.add(from)
    if (round.acks.size === this.witnesses.length) this.retryAt = Number.POSITIVE_INFINITY
    this.judge()
  }

  /** For how long a witness has been asked in vain, in ms. */
  silenceOf(witness: HostId): number {
    const { now } = this.parts
    return now - (this.unanswered.get(witness) ?? now)
  }

  /** The set that is asked. */
  get witnesses(): readonly HostId[] {
    const { current, parts } = this
    if (!current) return []
    const registering = parts.registrar.unknownSet
    return registering ? parts.rules.setWhileUnknown(current.witnesses, registering) : current.witnesses
  }

  private begin(chain: Chain): void {
    const { now } = this.parts
    this.current = chain
    this.isSaved = false
    this.round = undefined
    this.retryAt = Number.POSITIVE_INFINITY
    this.nextRound = now
    for (const witness of this.unanswered.keys()) if (!chain.witnesses.includes(witness)) this.unanswered.delete(witness)
  }

  private startRound(): void {
    const { parts } = this
    const { now, grants, effects } = parts
    // This agent did not run: answers that came meanwhile are yet to be read.
    if (now - this.nextRound > STALL) this.unanswered.clear()
    const nonce = parts.token()
    this.round = { nonce, at: now, armed: false, asked: false, acks: new Set(), proven: false }
    this.nextRound = now + RENEW_INTERVAL
    if (!grants.gated) this.ask(false)
    else effects.push({ kind: 'arm', nonce, timeout: PROOF_TIME })
  }

  private ask(again: boolean): void {
    const { round, current, parts } = this
    if (!round || !current) return
    round.asked = true
    this.retryAt = again ? Number.POSITIVE_INFINITY : parts.now + RETRY_TIME
    const message = {
      kind: 'renew' as const,
      host: parts.self,
      epoch: current.epoch,
      nonce: round.nonce,
      incarnation: parts.incarnation,
    }
    for (const to of this.witnesses) {
      if (round.acks.has(to)) continue
      parts.effects.push({ kind: 'send', to, message, ...(again && { again }) })
      if (!this.unanswered.has(to)) this.unanswered.set(to, parts.now)
    }
    this.judge()
  }

  private judge(): void {
    const { round, current, parts } = this
    const { rules, grants, effects, now } = parts
    if (!round || !current || round.proven || round.acks.size < rules.quorum(this.witnesses.length).hold) return
    round.proven = true
    if (!rules.chainHolds(current.provenAt, now)) return this.break()
    current.provenAt = Math.max(current.provenAt, round.at)
    current.proven = true
    if (round.armed && grants.settled) effects.push({ kind: 'flip', nonce: round.nonce })
    // Where nothing goes through the gate, a restarted agent that has to register anew has lost nothing: no need to write a file twice a
    // second.
    if (grants.gated || !this.isSaved) this.save()
    parts.registrar.proven()
  }

  /** What is gated must be settled first: a process that finds the chain trusts what the kernel is left to let through. */
  save(): void {
    const { current, parts } = this
    const { gated, settled, closedUntil } = parts.grants
    if (!current || !settled) return
    this.isSaved = true
    const { epoch, witnesses, provenAt } = current
    parts.effects.push({ kind: 'save', chain: { bootId: parts.bootId, epoch, witnesses, gated, closedUntil, provenAt } })
  }

  private break(): void {
    const { current, parts } = this
    if (!current) return
    parts.effects.push({ kind: 'tell', story: { about: 'chain-broken', provenAt: current.provenAt, now: parts.now } })
    this.forget()
    parts.registrar.want('chain-broken')
  }
}
