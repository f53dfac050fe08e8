import type { Monotonic } from '#core'

/*
 * The protocol's times and counts (PROTOCOL.md B). All times are in ms.
 */

/** F: for so long after it was armed a proof holds the gate open. */
export const PROOF_TIME = 4_000
/** R: an owner renews this often, and asks those again that have not answered after RETRY_TIME. */
export const RENEW_INTERVAL = 500
export const RETRY_TIME = 200
/** m: how many witnesses a host has where there are so many others. */
export const WITNESSES = 4
/** ρ: a running kernel's clock gains or loses at most this share of real time (chrony slews by 8.3 % at most). */
export const DRIFT = 0.1
/** Every watched kernel is asked this often, on both paths in turn. */
export const ECHO_INTERVAL = 200
/** Least W: silence of agent and kernel that permits adoption under `adopt`. */
export const LEAST_WINDOW = 600
/** Chance alone must not make a kernel seem silent more often than this. */
export const SILENCE_RISK = 1e-9
/** More echoes than this share get lost: not worth waiting even longer. */
const WORST_LOSS = 0.9

/** How many of m witnesses are needed for what. Any group of `hold` and any group of `silent` share a member. */
export interface Quorum {
  /** a: acknowledgements that make a proof. */
  readonly hold: number
  /** b: silent answers that permit adoption. Infinity without witnesses: nobody can know. */
  readonly silent: number
}

export function quorumOf(witnesses: number): Quorum {
  const hold = Math.ceil(witnesses / 2)
  return { hold, silent: witnesses === 0 ? Number.POSITIVE_INFINITY : witnesses - hold + 1 }
}

/**
 * The longest real time that can pass while a clock shows `local`. A clock that runs at 1 - ρ needs local / (1 - ρ), not local · (1 + ρ).
 */
export function longest(local: number): number {
  return local / (1 - DRIFT)
}

/** The shortest real time that can pass while a clock shows `local`. */
export function shortest(local: number): number {
  return local / (1 + DRIFT)
}

/** What a successor holds of one answer: durations of the witness's clock, points of time of its own. */
export interface Evidence {
  /** Of the witness: since it last took note of a renewal; for `adopt` or of an echo. */
  readonly silent: number
  /** When the question was first asked, and when the answer came. */
  readonly askedAt: Monotonic
  readonly answeredAt: Monotonic
  /** When exactly this proof record was first observed. */
  readonly seenAt: Monotonic
}

/**
 * How long, in real time, the witness has certainly been silent when the question was asked. The answer may have been given just before it
 * came, so the time that it took counts against it.
 */
export function certainSilence({ silent, askedAt, answeredAt }: Evidence): number {
  return shortest(silent) - longest(answeredAt - askedAt)
}

/**
 * Rule S3: whether the silence covers `window` ms of the owner's clock, all of them before the question and after the record was written.
 */
export function coversWindow(evidence: Evidence, window: number): boolean {
  return certainSilence(evidence) >= longest(window) && shortest(evidence.askedAt - evidence.seenAt) >= longest(window)
}

/**
 * W: how long a kernel must have been silent on a path that loses this share of echoes (round trips), so that chance alone is out of the
 * question.
 * @param loss 0..1
 */
export function silenceWindow(loss: number): number {
  if (loss <= 0) return LEAST_WINDOW
  return Math.max(LEAST_WINDOW, ECHO_INTERVAL * Math.ceil(Math.log(SILENCE_RISK) / Math.log(Math.min(loss, WORST_LOSS))))
}
