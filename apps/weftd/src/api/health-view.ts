import type { HostHealthView } from '#api'
import type { Monotonic } from '#core'
import type { MemberView } from '#gossip'

/** What gossip and a host's kernel say, as `weft hosts` shows it. */
export function healthView(member: MemberView, now: Monotonic): HostHealthView {
  const { health, why, since, lastHeard, roundTrip, overlayRoundTrip, overlayLoss, kernelAsked } = member
  return {
    state: health,
    why,
    sinceMs: Math.round(now - since),
    lastHeardMs: lastHeard === undefined ? null : Math.round(now - lastHeard),
    roundTripMs: tenths(roundTrip),
    overlayRoundTripMs: tenths(overlayRoundTrip),
    overlayLoss: overlayLoss === undefined ? null : Math.round(overlayLoss * 1000) / 1000,
    kernelAsked,
  }
}

function tenths(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 10) / 10
}
