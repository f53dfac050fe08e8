import type { Monotonic } from '#core'
import { LossEstimate } from './loss-estimate.js'

/** This many echoes in a row without an answer make a path doubtful; as many answers are needed to trust it again. */
const DOUBT = 3

/** What is known of one way to the kernel of one member: echoes sent, answers, and what may be concluded from silence. */
export class KernelPath {
  lastAnswer: Monotonic | undefined
  /** Round trip of the last answer in ms. */
  roundTrip: number | undefined
  /** Echoes in a row that had their time and were not answered. */
  unanswered = 0
  /** It was concluded that this path is silent; an answer ends that. */
  silent = false
  readonly loss = new LossEstimate()
  /** Answers since the path was last doubtful. */
  private answers = 0
  private readonly underWay: { readonly nonce: number; readonly at: Monotonic }[] = []

  sent(nonce: number, now: Monotonic): void {
    this.underWay.push({ nonce, at: now })
  }

  /** Counts echoes that have waited longer than `timeout`. */
  settle(now: Monotonic, timeout: number): void {
    while (this.underWay[0] && now - this.underWay[0].at >= timeout) {
      this.underWay.shift()
      if (++this.unanswered >= DOUBT) this.answers = 0
    }
  }

  /**
   * @param everywhere the loss that this host sees on all its paths together
   * @returns whether the answer belongs to an echo that was still waited for
   */
  answered(nonce: number, now: Monotonic, everywhere: LossEstimate): boolean {
    const at = this.underWay.findIndex((echo) => echo.nonce === nonce)
    const echo = this.underWay[at]
    if (!echo) return false
    this.underWay.splice(at, 1)
    // Only now is it certain that the earlier ones were lost by chance, and not the beginning of silence.
    const lost = this.silent ? 0 : this.unanswered
    this.loss.add(lost, 1)
    everywhere.add(lost, 1)
    this.answers++
    this.unanswered = 0
    this.silent = false
    this.lastAnswer = now
    this.roundTrip = now - echo.at
    return true
  }

  /** Whether it answers now, and not only by a single echo at the moment of coming back. */
  answersWithin(now: Monotonic, time: number): boolean {
    return this.answers >= DOUBT && this.unanswered === 0 && this.lastAnswer !== undefined && now - this.lastAnswer <= time
  }

  /** Whether silence would mean anything here: it answered within the last `memory` ms. */
  mattersSince(now: Monotonic, memory: number): boolean {
    return this.lastAnswer !== undefined && now - this.lastAnswer <= memory
  }

  /** Begins to count anew: what was sent until now proves nothing. */
  restart(): void {
    this.silent = false
    this.underWay.length = 0
    this.unanswered = 0
  }
}
