import { FAMILIES, prefixFamily, WeftError, type Family } from '#core'
import { WEFT_PROTOCOL, type FdbEntry, type Neighbour, type NextHop, type Route, type Station, type Step } from '#plan'
import { RTPROT_KERNEL } from '../abi/rtnetlink.js'
import type { LinkInfo } from '../codec/link.js'
import type { NeighbourInfo } from '../codec/neighbour.js'
import type { NextHopInfo } from '../codec/next-hop.js'
import type { RouteInfo } from '../codec/route.js'
import type { Devices } from './devices.js'
import { ownLink, routeText } from './observe.js'
import { operationOf } from './operation-text.js'
import type { Tables } from './tables.js'

/** A step whose object exists already. */
export interface Conflict<K extends Judged = Judged> {
  readonly step: Step
  readonly object: K
}

type Judged = Neighbour | FdbEntry | Station | NextHop | Route

/** What to do about a conflict: nothing, since the object is as asked; put ours over what is there; or report it. */
export type Verdict = 'as asked' | 'replace' | WeftError

/**
 * Judges steps that the kernel answered with EEXIST, by looking at what is there. Ours, or the kernel's own doing, gives way; another
 * owner's does not.
 */
export async function judge(conflicts: readonly Conflict[], tables: Tables, devices: Devices): Promise<Verdict[]> {
  const verdicts = new Map<Conflict, Verdict>()
  const neighbours = conflicts.filter((conflict): conflict is Conflict<Neighbour> => conflict.object.kind === 'neighbour')
  if (neighbours.length > 0) {
    const places = neighbours.map(({ object }) => ({ index: devices.indexOf(object.dev), address: object.address }))
    const found = await tables.neighboursAt(places)
    neighbours.forEach((conflict, at) => verdicts.set(conflict, judgeNeighbour(conflict, found[at])))
  }
  const nextHops = conflicts.filter((conflict): conflict is Conflict<NextHop> => conflict.object.kind === 'nexthop')
  if (nextHops.length > 0) {
    const found = await tables.nextHopsWithId(nextHops.map(({ step }) => step.id ?? 0))
    nextHops.forEach((conflict, at) => verdicts.set(conflict, judgeNextHop(conflict, found[at], devices)))
  }
  const routes = conflicts.filter((conflict): conflict is Conflict<Route> => conflict.object.kind === 'route')
  for (const family of FAMILIES) await judgeRoutes(routes, family, tables, verdicts)
  // Every FDB entry on a device of ours is ours, and what a bridge has learnt gives way to what we know.
  return conflicts.map((conflict) => verdicts.get(conflict) ?? 'replace')
}

function judgeNeighbour({ step, object }: Conflict<Neighbour>, found: NeighbourInfo | undefined): Verdict {
  // A neighbour that the kernel tries to learn on our device gives way to what we know.
  if (found === undefined || !found.permanent) return 'replace'
  if (found.mac === object.mac && found.protocol === WEFT_PROTOCOL) return 'as asked'
  if (found.protocol === WEFT_PROTOCOL) return 'replace'
  return occupied(step, `the permanent neighbour ${found.address} lladdr ${found.mac} on ${object.dev}`)
}

function judgeNextHop({ step, object }: Conflict<NextHop>, found: NextHopInfo | undefined, devices: Devices): Verdict {
  if (found === undefined) return 'replace'
  const same = found.protocol === WEFT_PROTOCOL && found.gateway === object.gateway && found.index === devices.indexOf(object.dev)
  if (same && found.onlink) return 'as asked'
  return occupied(step, `next hop ${found.id}${found.gateway === undefined ? '' : ` via ${found.gateway}`}`)
}

async function judgeRoutes(
  conflicts: readonly Conflict<Route>[],
  family: Family,
  tables: Tables,
  verdicts: Map<Conflict, Verdict>,
): Promise<void> {
  const wanted = new Map(
    conflicts.filter(({ object }) => prefixFamily(object.to) === family).map((conflict) => [placeOf(conflict.object), conflict]),
  )
  if (wanted.size === 0) return
  const links = new Map((await tables.links()).map((link) => [link.index, link]))
  for (const route of await tables.routes(family)) {
    const conflict = wanted.get(placeOf(route))
    if (conflict) verdicts.set(conflict, judgeRoute(conflict, route, links.get(route.index)))
  }
}

function judgeRoute({ step, object }: Conflict<Route>, found: RouteInfo, device: LinkInfo | undefined): Verdict {
  // A subnet that moves to a peer: the kernel's route for our gateway's address goes with that address, a moment later.
  if (found.protocol === RTPROT_KERNEL && device !== undefined && ownLink(device, '') !== undefined) return 'replace'
  if (found.protocol === WEFT_PROTOCOL) {
    const nextHop = object.via.type === 'unreachable' ? 0 : step.id
    const same = found.nextHop === nextHop && found.unreachable === (object.via.type === 'unreachable') && found.source === object.source
    return same ? 'as asked' : 'replace'
  }
  return occupied(step, routeText(found, device?.name ?? ''))
}

/** Prefix and metric: what the kernel tells routes of one table apart by. */
function placeOf({ to, metric }: Pick<Route, 'to' | 'metric'>): string {
  return `${to} ${metric}`
}

function occupied(step: Step, what: string): WeftError {
  return new WeftError('WEFT_KERNEL_OCCUPIED', `${operationOf(step)}: ${what} is in the way, and Weft did not make it`, {
    hint: 'remove it, or give the network another pool',
  })
}
