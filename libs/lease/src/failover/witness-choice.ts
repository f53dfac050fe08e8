import type { HostId } from '#core'
import { WITNESSES } from './arithmetic.js'
import { hostKey, ranked } from './rendezvous.js'

/**
 * Chooses a host's witnesses: by rendezvous hash, and so that as few of them as possible share a zone with the host or with each other. (A
 * rack that takes the host and two of its four witnesses leaves nobody who may adopt.) Hosts without a zone are each a zone of their own.
 * @param candidates hosts that are well, without the host itself
 * @returns at most {@link WITNESSES}, in the order of choice
 */
export function chooseWitnesses(host: HostId, candidates: readonly HostId[], zoneOf: (host: HostId) => string | undefined): HostId[] {
  const waiting = ranked(hostKey(host), candidates)
  const ownZone = zoneOf(host)
  const crowd = new Map<string, number>()
  // The own zone counts as one that has a witness already: the last resort among equals.
  if (ownZone !== undefined) crowd.set(ownZone, 1)
  const chosen: HostId[] = []
  while (chosen.length < WITNESSES && waiting.length > 0) {
    const crowds = waiting.map((candidate) => crowd.get(zoneOf(candidate) ?? '') ?? 0)
    const place = crowds.indexOf(Math.min(...crowds))
    const [next] = waiting.splice(place, 1)
    if (next === undefined) break
    chosen.push(next)
    const zone = zoneOf(next)
    if (zone !== undefined) crowd.set(zone, (crowd.get(zone) ?? 0) + 1)
  }
  return chosen
}
