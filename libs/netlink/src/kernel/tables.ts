import type { Family, Ip, Mac, Prefix } from '#core'
import { decodeFdb, writeFdbDump, writeFdbGet, type FdbInfo } from '../codec/fdb.js'
import { decodeAddress, writeAddressDump, type LinkAddressInfo } from '../codec/link-address.js'
import { decodeLink, writeLinkDump, writeLinkGet, type LinkInfo } from '../codec/link.js'
import { MessageWriter } from '../codec/message-writer.js'
import type { MessageView } from '../codec/messages.js'
import { decodeNeighbour, writeNeighbourDump, writeProxyDump, writeNeighbourGet, type NeighbourInfo } from '../codec/neighbour.js'
import { decodeNextHop, writeNextHopDump, writeNextHopGet, type NextHopInfo } from '../codec/next-hop.js'
import { decodeRoute, writeRouteDump, writeRouteGet, type RouteInfo } from '../codec/route.js'
import { decodeRouteLookup, writeRouteLookup, type RouteLookup } from '../codec/route-lookup.js'
import { decodeStation, writeStationDump, writeStationGet, type StationInfo } from '../codec/station.js'
import { decodeRule, writeRuleDump, type RuleInfo } from '../codec/rule.js'
import type { Connection } from '../socket/connection.js'
import { ERRNO } from '../socket/errno.js'

/** The kernel's tables of one namespace, as lists of what stands in them. Every method rejects with WEFT_NETLINK. */
export class Tables {
  constructor(private readonly connection: Connection) {}

  links(): Promise<LinkInfo[]> {
    return this.list('list links', writeLinkDump, decodeLink)
  }

  addresses(): Promise<LinkAddressInfo[]> {
    return this.list('list addresses', writeAddressDump, decodeAddress)
  }

  /** The neighbours of one interface; none when it is gone. */
  neighbours(index: number): Promise<NeighbourInfo[]> {
    return this.list('list neighbours', (writer) => writeNeighbourDump(writer, index), decodeNeighbour)
  }

  /** The addresses that one interface answers for; none when it is gone. */
  proxies(index: number): Promise<NeighbourInfo[]> {
    return this.list('list proxy entries', (writer) => writeProxyDump(writer, index), decodeNeighbour)
  }

  /** The forwarding entries of one interface; none when it is gone. */
  fdb(index: number): Promise<FdbInfo[]> {
    return this.list('list FDB entries', (writer) => writeFdbDump(writer, index), decodeFdb)
  }

  /** The forwarding entries of one bridge that somebody has made; none when it is gone. */
  stations(bridge: number): Promise<StationInfo[]> {
    return this.list('list entries of a bridge', (writer) => writeStationDump(writer, bridge), decodeStation)
  }

  stationsAt(places: readonly Pick<StationInfo, 'master' | 'mac'>[]): Promise<(StationInfo | undefined)[]> {
    return this.get(places, (writer, { master, mac }) => writeStationGet(writer, master, mac), decodeStation)
  }

  nextHops(): Promise<NextHopInfo[]> {
    return this.list('list next hops', writeNextHopDump, decodeNextHop)
  }

  /** The routes of the main table. */
  routes(family: Family): Promise<RouteInfo[]> {
    return this.list('list routes', (writer) => writeRouteDump(writer, family), decodeRoute)
  }

  /** The rules of policy routing, in the kernel's order. */
  rules(): Promise<RuleInfo[]> {
    return this.list('list rules', writeRuleDump, decodeRule)
  }

  /** Links by name, in the order of the names; undefined where there is none. */
  linksNamed(names: readonly string[]): Promise<(LinkInfo | undefined)[]> {
    return this.get(names, writeLinkGet, decodeLink)
  }

  neighboursAt(places: readonly Pick<NeighbourInfo, 'index' | 'address'>[]): Promise<(NeighbourInfo | undefined)[]> {
    return this.get(places, (writer, { index, address }) => writeNeighbourGet(writer, index, address), decodeNeighbour)
  }

  nextHopsWithId(ids: readonly number[]): Promise<(NextHopInfo | undefined)[]> {
    return this.get(ids, writeNextHopGet, decodeNextHop)
  }

  /** By what the kernel would send to each of the addresses; undefined where it would not. */
  waysTo(addresses: readonly Ip[]): Promise<(RouteLookup | undefined)[]> {
    return this.get(addresses, writeRouteLookup, decodeRouteLookup)
  }

  fdbAt(places: readonly { readonly index: number; readonly mac: Mac }[]): Promise<(FdbInfo | undefined)[]> {
    return this.get(places, (writer, { index, mac }) => writeFdbGet(writer, index, mac), decodeFdb)
  }

  /**
   * The routes that packets to the prefixes' first addresses take, by whatever table: `unreachable` where they are refused by such a route,
   * undefined where that cannot be told or the route is not in the main table.
   */
  async routesTaken(prefixes: readonly Prefix[]): Promise<(RouteInfo | 'unreachable' | undefined)[]> {
    const writer = new MessageWriter()
    for (const to of prefixes) writeRouteGet(writer, to)
    const found = Array<RouteInfo | 'unreachable' | undefined>(prefixes.length).fill(undefined)
    const refusals = await this.connection.execute(writer, (message) => {
      found[message.sequence - writer.firstSequence] = decodeRoute(message)
    })
    for (const { index, errno } of refusals) if (errno === ERRNO.EHOSTUNREACH) found[index] = 'unreachable'
    return found
  }

  private async list<T>(
    operation: string,
    write: (writer: MessageWriter) => void,
    decode: (message: MessageView) => T | undefined,
  ): Promise<T[]> {
    let found: T[] = []
    await this.connection.dump(operation, write, () => {
      found = []
      return (message) => {
        const item = decode(message)
        if (item !== undefined) found.push(item)
      }
    })
    return found
  }

  private async get<K, T>(
    keys: readonly K[],
    write: (writer: MessageWriter, key: K) => void,
    decode: (message: MessageView) => T | undefined,
  ): Promise<(T | undefined)[]> {
    const writer = new MessageWriter()
    for (const key of keys) write(writer, key)
    const found = Array<T | undefined>(keys.length).fill(undefined)
    await this.connection.execute(writer, (message) => {
      found[message.sequence - writer.firstSequence] = decode(message)
    })
    return found
  }
}
