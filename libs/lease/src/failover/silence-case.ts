import type { HostId, Monotonic, StoredProof } from '#core'
import type { SilenceAnswer } from './message.js'
import type { Parts } from './parts.js'
import { certainSilence, longest, LEAST_WINDOW, PROOF_TIME, type Evidence } from './arithmetic.js'

/** In a round, those who have not answered are asked again this often, in ms. */
const AGAIN = 100
/** A round that has not been enough is followed by the next one after this time, in ms. */
const ROUND_TIME = 350
/** Rounds keep at least this distance, in ms. */
const LEAST_PAUSE = 25

interface Answer {
  readonly answer: SilenceAnswer
  readonly askedAt: Monotonic
  readonly at: Monotonic
}

/** What a round has shown so far. */
export interface Finding {
  /** Every listed set has enough witnesses to whom the host was silent for F (`exclusive`), or dead for W (`adopt`). */
  readonly shut: boolean
  readonly dead: boolean
  readonly silentWitnesses: number
  readonly witnesses: number
  /** On this host's clock, as far back as the witnesses that were needed agree. */
  readonly silentSince: Monotonic
  readonly askedAt: Monotonic
  readonly answeredAt: Monotonic
  readonly called: number
  readonly answered: number
}

/** The question whether one host is silent, asked in rounds: only answers to one question share a window of silence (rules S2 and S3). */
export class SilenceCase {
  readonly openedAt: Monotonic
  /** Last time that somebody gave a reason to ask. */
  hintedAt: Monotonic
  private nonce = 0
  private askedAt: Monotonic = Number.NEGATIVE_INFINITY
  private againAt: Monotonic = Number.POSITIVE_INFINITY
  private nextAt: Monotonic
  private sets: readonly (readonly HostId[])[] = []
  private called: readonly HostId[] = []
  private epoch = 0
  private readonly answers = new Map<HostId, Answer>()

  constructor(
    private readonly parts: Parts,
    readonly host: HostId,
  ) {
    this.openedAt = this.hintedAt = this.nextAt = parts.now
  }

  get wakeAt(): Monotonic {
    return Math.min(this.againAt, this.nextAt)
  }

  /** @returns whether the round has something to be judged */
  time(proof: StoredProof): boolean {
    const { now } = this.parts
    if (now >= this.nextAt) return this.begin(proof)
    if (now < this.againAt) return false
    this.againAt = now + AGAIN
    this.send(true)
    return false
  }

  take(from: HostId, answer: SilenceAnswer): boolean {
    if (answer.nonce !== this.nonce) return false
    const before = this.answerOf(from)
    if (before && before.answer.silent >= answer.silent) return false
    this.answers.set(from, { answer, askedAt: this.askedAt, at: this.parts.now })
    return true
  }

  finding(seenAt: Monotonic): Finding {
    const { parts, sets, askedAt } = this
    const everybody = new Set(sets.flat())
    const good = { exclusive: new Set<HostId>(), adopt: new Set<HostId>() }
    const sinces: Monotonic[] = []
    for (const witness of everybody) {
      const given = this.answerOf(witness)
      if (!given) continue
      const { silent, kernelSilent, kernelWindow } = given.answer
      const evidence = (silent: number): Evidence => ({ silent, askedAt: given.askedAt, answeredAt: given.at, seenAt })
      if (parts.rules.provesShut(evidence(silent))) good.exclusive.add(witness)
      if (parts.rules.provesDead(evidence(Math.min(silent, kernelSilent)), kernelWindow)) good.adopt.add(witness)
      sinces.push(given.at - silent)
    }
    const enough = (found: ReadonlySet<HostId>): boolean =>
      sets.every((set) => set.filter((witness) => found.has(witness)).length >= parts.rules.quorum(set.length).silent)
    return {
      shut: enough(good.exclusive),
      dead: enough(good.adopt),
      silentWitnesses: Math.max(good.exclusive.size, good.adopt.size),
      witnesses: everybody.size,
      silentSince: Math.max(...sinces),
      askedAt,
      answeredAt: parts.now,
      called: this.called.length,
      answered: this.called.filter((host) => this.answerOf(host)).length,
    }
  }

  /** The round was not enough: the next one begins when silence may have become long enough. */
  reschedule(seenAt: Monotonic, exclusive: boolean): void {
    const { parts, answers, askedAt } = this
    const window = exclusive ? PROOF_TIME : LEAST_WINDOW
    const missing = [...answers.values()]
      .filter(({ answer }) => answer.nonce === this.nonce)
      .map(({ answer, at }) => {
        const silent = exclusive ? answer.silent : Math.min(answer.silent, answer.kernelSilent)
        return longest(window) - certainSilence({ silent, askedAt, answeredAt: at, seenAt })
      })
    const least = Math.max(0, ...missing.filter((time) => time > 0 && time < ROUND_TIME))
    this.nextAt = askedAt + Math.max(LEAST_PAUSE, least > 0 ? least * (1 + MARGIN) + LEAST_PAUSE : ROUND_TIME)
    if (this.nextAt <= parts.now) this.nextAt = parts.now + LEAST_PAUSE
  }

  /** Of this round. */
  private answerOf(witness: HostId): Answer | undefined {
    const given = this.answers.get(witness)
    return given && this.parts.rules.sameRound(given.answer.nonce, this.nonce) ? given : undefined
  }

  private begin(proof: StoredProof): boolean {
    const { parts, host } = this
    const previous = parts.view.previousProofs.get(host)?.sets ?? []
    this.epoch = proof.epoch
    this.sets = parts.rules.setsToAsk(proof, previous)
    this.called = parts.guards.rollCall(host)
    this.nonce = parts.token()
    this.askedAt = parts.now
    this.againAt = parts.now + AGAIN
    this.nextAt = parts.now + ROUND_TIME
    if (this.sets.some((set) => set.includes(parts.self))) this.take(parts.self, parts.witness.answer(host, this.nonce))
    this.send(false)
    return true
  }

  private send(again: boolean): void {
    const { parts, host, nonce, epoch, answers } = this
    for (const to of new Set([...this.sets.flat(), ...this.called])) {
      if (to === parts.self || to === host || answers.get(to)?.answer.nonce === nonce) continue
      const message = { kind: 'silence-question' as const, host, epoch, nonce }
      parts.effects.push({ kind: 'send', to, message, ...(again && { again }) })
    }
  }
}

/** Clocks differ: what is missing on one may be a little more on another. */
const MARGIN = 0.1
