import { familyOf, type Ip } from '#core'
import type { PingView, PingWayView } from '#api'
import type { Health } from '#gossip'
import type { PingResult, PingTarget } from '#net'

/** What a host answered, and what that means, as `weft ping` shows it. */
export function pingView(own: Ip, target: PingTarget, state: Health | undefined, results: readonly PingResult[]): PingView {
  const ways = results.map((result) => wayView(target, result))
  return {
    host: target.id,
    state: state ?? null,
    ways,
    ok: ways.every(({ sent, answered }) => answered === sent),
    meaning: familyOf(own) === familyOf(target.address) ? meaningOf(ways) : [crossed(own, target)],
  }
}

/** Whatever answers then does so by another address than the one that this host's packets for it bear. */
function crossed(own: Ip, { id, address }: PingTarget): string {
  return `${id} has the underlay address ${address}, this host ${own}: gossip and VXLAN need one family; set --underlay-address on one of the two`
}

function wayView({ port }: PingTarget, { way, address, sent, answered, roundTrip, answeredBy }: PingResult): PingWayView {
  return {
    way,
    address,
    port: way === 'datagram' || way === 'stream' ? port : null,
    sent,
    answered,
    roundTripMs: roundTrip === undefined ? null : Math.round(roundTrip * 100) / 100,
    error: answered > 0 ? null : answeredBy === undefined ? 'no-answer' : 'other-host',
    ...(answeredBy !== undefined && { answeredBy }),
  }
}

/** The first thing to look at, and what else stands out. */
function meaningOf(ways: readonly PingWayView[]): string[] {
  const answers = (name: PingWayView['way']): boolean => ways.some(({ way, answered }) => way === name && answered > 0)
  const agent = answers('datagram') || answers('stream')
  const meaning: string[] = []
  for (const { answeredBy, address } of ways)
    if (answeredBy !== undefined) meaning.push(`${answeredBy} answers at ${address}: two hosts share an address`)
  if (!ways.some(({ answered }) => answered > 0)) {
    return [...meaning, 'nothing answers: the host is down or cut off, unless it is this one; `weft hosts` on a third host tells which']
  }
  if (!ways.some(({ way }) => way === 'overlay')) meaning.push('it is in no network: there is no way through the overlay')
  else if (!answers('overlay') && answers('underlay'))
    meaning.push('the overlay is broken: look for a filter of its UDP port (4789), a smaller MTU on the way, or `weft plan` on both hosts')
  if (!answers('underlay') && !answers('overlay'))
    meaning.push('its agent answers and its kernel does not: ICMP is filtered, so a death is noticed by the long timers only')
  else if (!answers('underlay')) meaning.push('ICMP is filtered on the underlay: harmless while the overlay answers')
  if (!agent)
    meaning.push(
      'its kernel answers and its agent does not: it is down or frozen, has another gossip key, or TCP and UDP to its port are filtered',
    )
  else if (!answers('datagram')) meaning.push('its agent answers by TCP only: UDP to its gossip port is filtered')
  else if (!answers('stream'))
    meaning.push('its agent answers by UDP only: TCP to its gossip port is filtered, so members are not compared')
  for (const { way, sent, answered } of ways)
    if (answered > 0 && answered < sent) meaning.push(`${way}: ${sent - answered} of ${sent} were lost`)
  return meaning.length > 0 ? meaning : ['host and paths are well']
}
