import type { HostId, Monotonic } from '#core'

/** Renewals that wait for an answer at most. */
const UNDER_WAY = 64

/** How renewals with witnesses go, for metrics. Times are in ms. */
export class RenewalFigures {
  private readonly underWay = new Map<string, Monotonic>()
  sent = 0
  answered = 0
  /** Sum of all round trips. */
  roundTrips = 0
  lastRoundTrip: number | undefined

  renewed(to: HostId, nonce: number, now: Monotonic): void {
    this.sent++
    const name = `${nonce} ${to}`
    // The second sending of a round is part of it.
    if (!this.underWay.has(name)) this.underWay.set(name, now)
    if (this.underWay.size > UNDER_WAY) this.underWay.delete(this.underWay.keys().next().value as string)
  }

  acknowledged(from: HostId, nonce: number, now: Monotonic): void {
    const name = `${nonce} ${from}`
    const began = this.underWay.get(name)
    if (began === undefined) return
    this.underWay.delete(name)
    this.answered++
    this.lastRoundTrip = now - began
    this.roundTrips += this.lastRoundTrip
  }
}
