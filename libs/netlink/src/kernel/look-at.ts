import { prefixFamily, prefixLength } from '#core'
import {
  keyOf,
  WEFT_PROTOCOL,
  type FdbEntry,
  type KernelObject,
  type Neighbour,
  type ObjectKey,
  type ObservedObject,
  type Route,
  type RouteVia,
  type Sighting,
  type Station,
} from '#plan'
import { IP6_RT_PRIO_USER } from '../abi/rtnetlink.js'
import type { NextHopInfo } from '../codec/next-hop.js'
import type { RouteInfo } from '../codec/route.js'
import { NOWHERE, type SeenLinks } from './observe.js'
import type { Tables } from './tables.js'

/**
 * What the kernel has at the keys of a few neighbours, forwarding entries and routes; undefined when that does not tell: see Kernel.lookAt. Says
 * the same as observe() of these objects. Rejects with WEFT_NETLINK.
 */
export async function lookAt(
  objects: readonly KernelObject[],
  tables: Tables,
  { names, own, tunnels, segments }: SeenLinks,
): Promise<Sighting | undefined> {
  const seen = new Map<ObjectKey, ObservedObject | undefined>()
  const indexes = new Map([...tunnels, ...segments].map(([index, name]) => [name, index]))
  const indexOf = ({ dev }: Neighbour | FdbEntry): number => indexes.get(dev) ?? 0
  const isTold = (object: KernelObject): boolean => {
    if (object.kind === 'neighbour' || object.kind === 'fdb') return indexes.has(object.dev)
    return object.kind === 'route' || (object.kind === 'station' && indexes.has(object.bridge))
  }
  if (!objects.every(isTold)) return undefined

  const neighbours = objects.filter((object) => object.kind === 'neighbour')
  const found = await tables.neighboursAt(neighbours.map((object) => ({ index: indexOf(object), address: object.address })))
  for (const [at, { dev, address }] of neighbours.entries()) {
    const entry = found[at]
    // What the kernel learned gives way, as in observe().
    const object = entry?.permanent ? ({ kind: 'neighbour', dev, address, mac: entry.mac } as const) : undefined
    if (object && entry?.protocol !== WEFT_PROTOCOL) return undefined
    seen.set(keyOf(neighbours[at] as Neighbour), object && ours(object))
  }

  const entries = objects.filter((object) => object.kind === 'fdb')
  const forwarding = await tables.fdbAt(entries.map((object) => ({ index: indexOf(object), mac: object.mac })))
  for (const [at, { dev, mac, to }] of entries.entries()) {
    const entry = forwarding[at]
    // The entry of all zeros may have several ways, of which the kernel tells the first: where it has announced another, there are more.
    if (entry && entry.to !== to) return undefined
    seen.set(keyOf(entries[at] as FdbEntry), entry && ours({ kind: 'fdb', dev, mac, to: entry.to }))
  }

  const stations = objects.filter((object) => object.kind === 'station')
  const behind = await tables.stationsAt(stations.map(({ bridge, mac }) => ({ master: indexes.get(bridge) ?? 0, mac })))
  for (const [at, { bridge, mac }] of stations.entries()) {
    const entry = behind[at]
    // Somebody else's: whose, a look at everything tells.
    if (entry && !(entry.fixed && own.has(entry.index))) return undefined
    seen.set(keyOf(stations[at] as Station), entry && ours({ kind: 'station', bridge, mac, dev: names.get(entry.index) ?? '' }))
  }
  return (await lookAtRoutes(objects, tables, names, seen)) ? seen : undefined
}

async function lookAtRoutes(
  objects: readonly KernelObject[],
  tables: Tables,
  names: SeenLinks['names'],
  seen: Map<ObjectKey, ObservedObject | undefined>,
): Promise<boolean> {
  const routes = objects.filter((object) => object.kind === 'route')
  const taken = await tables.routesTaken(routes.map(({ to }) => to))
  const found: (RouteInfo | undefined)[] = []
  for (const [at, route] of routes.entries()) {
    const verdict = atKey(route, taken[at])
    if (verdict === 'unclear') return false
    found.push(verdict)
  }
  const hops = await tables.nextHopsWithId(found.map((route) => route?.nextHop ?? 0))
  for (const [at, route] of routes.entries()) {
    const info = found[at]
    const { to, metric } = route
    const source = info?.source
    const object = info && { kind: 'route' as const, to, via: viaOf(info, hops[at], names), metric, ...(source && { source }) }
    seen.set(keyOf(route), object && ours(object))
  }
  return true
}

/** Whether the way that packets take tells what stands at a route's key. */
function atKey(route: Route, taken: RouteInfo | 'unreachable' | undefined): RouteInfo | undefined | 'unclear' {
  // It was no such route that changed, so it is one of a wider prefix.
  if (taken === 'unreachable') return undefined
  if (taken === undefined) return 'unclear'
  if (taken.to !== route.to) return prefixLength(taken.to) < prefixLength(route.to) ? undefined : 'unclear'
  if (rankOf(taken) > rankOf(route)) return undefined
  return taken.metric === route.metric && taken.protocol === WEFT_PROTOCOL ? taken : 'unclear'
}

/** As the kernel compares routes to one prefix: an IPv6 route without a metric is not before all others. */
function rankOf({ to, metric }: Pick<Route, 'to' | 'metric'>): number {
  return metric === 0 && prefixFamily(to) === 6 ? IP6_RT_PRIO_USER : metric
}

/** As in observe(): a route that does not go by one of our next hops equals none that Weft would wish for. */
function viaOf(route: RouteInfo, hop: NextHopInfo | undefined, names: SeenLinks['names']): RouteVia {
  const dev = names.get(hop?.index ?? 0)
  if (dev !== undefined && hop?.protocol === WEFT_PROTOCOL && hop.onlink && hop.gateway !== undefined)
    return { type: 'nexthop', dev, gateway: hop.gateway }
  return { type: 'nexthop', dev: names.get(route.index) ?? '', gateway: NOWHERE }
}

function ours(object: KernelObject): ObservedObject {
  return { object, ours: true, up: true }
}
