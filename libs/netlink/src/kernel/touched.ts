import { isInOurRange, WEFT_PROTOCOL, type Touched } from '#plan'
import { RTM_DELNETCONF, RTM_NEWNETCONF, NETCONFA_IFINDEX, NETCONFMSG_SIZE } from '../abi/netconf.js'
import * as rt from '../abi/rtnetlink.js'
import { Attributes } from '../codec/attributes.js'
import { decodeFdb } from '../codec/fdb.js'
import { requireFixedPart, type MessageView } from '../codec/messages.js'
import { decodeNeighbour, neighbourIndex } from '../codec/neighbour.js'
import { decodeNextHop } from '../codec/next-hop.js'
import { decodeRoute } from '../codec/route.js'
import { decodeStation } from '../codec/station.js'
import { entryOf, NOWHERE, type SeenLinks } from './observe.js'

const NOTHING: Touched = []

/**
 * What a notification of the kernel's is about. Single objects are those that an event tells completely: a route, a neighbour, an FDB
 * entry. A link takes along what stands on it, a next hop its routes, without a word about these.
 * @param links undefined before anything was looked at
 * @returns undefined for what is not worth a call: other interfaces' neighbours and forwarding entries change all the time
 * @throws WeftError WEFT_NETLINK for a notification that cannot be read
 */
export function touchedBy(message: MessageView, links: SeenLinks | undefined): Touched | undefined {
  if (!links) return 'anything'
  switch (message.type) {
    case rt.RTM_NEWNEIGH:
    case rt.RTM_DELNEIGH:
      return touchedEntry(message, links)
    case rt.RTM_NEWROUTE:
    case rt.RTM_DELROUTE:
      return touchedRoute(message, links)
    case rt.RTM_NEWADDR:
    case rt.RTM_DELADDR:
      return links.own.has(addressIndex(message)) ? 'anything' : NOTHING
    case rt.RTM_NEWNEXTHOP:
    case rt.RTM_DELNEXTHOP: {
      const { id, protocol } = decodeNextHop(message)
      return protocol === WEFT_PROTOCOL || isInOurRange(id) ? 'anything' : NOTHING
    }
    case RTM_NEWNETCONF:
    case RTM_DELNETCONF: {
      const index = netconfIndex(message)
      return index < 0 || links.own.has(index) ? 'anything' : NOTHING
    }
    default:
      return 'anything'
  }
}

/** A neighbour or a forwarding entry: both are of one type. */
function touchedEntry(message: MessageView, { tunnels, segments, names, own }: SeenLinks): Touched | undefined {
  const index = neighbourIndex(message)
  const station = segments.size > 0 ? decodeStation(message) : undefined
  if (station) {
    const bridge = segments.get(station.master)
    const { mac, fixed } = station
    return bridge === undefined
      ? undefined
      : [{ object: { kind: 'station', bridge, mac, dev: names.get(index) ?? '' }, ours: fixed && own.has(index) }]
  }
  const dev = tunnels.get(index) ?? segments.get(index)
  if (dev === undefined) return undefined
  const neighbour = decodeNeighbour(message)
  if (neighbour) {
    const { address, mac, protocol } = neighbour
    return [{ object: { kind: 'neighbour', dev, address, mac }, ours: protocol === WEFT_PROTOCOL }]
  }
  const entry = decodeFdb(message)
  return entry ? [{ object: entryOf(dev, entry), ours: true }] : NOTHING
}

function touchedRoute(message: MessageView, { own }: SeenLinks): Touched {
  const route = decodeRoute(message)
  // Another table's.
  if (!route) return NOTHING
  const { to, metric, index } = route
  const ours = route.protocol === WEFT_PROTOCOL
  // The kernel's own routes for our addresses; and what is unreachable is not seen by asking for the way.
  if ((!ours && own.has(index)) || route.unreachable) return 'anything'
  return [{ object: { kind: 'route', to, via: { type: 'nexthop', dev: '', gateway: NOWHERE }, metric }, ours }]
}

/** struct ifaddrmsg: the index is its second word. */
function addressIndex(message: MessageView): number {
  requireFixedPart(message, rt.IFADDRMSG_SIZE)
  return message.view.getUint32(message.start + 4, true)
}

const attributes = new Attributes()

function netconfIndex(message: MessageView): number {
  requireFixedPart(message, NETCONFMSG_SIZE)
  attributes.read(message.bytes, message.view, message.start + NETCONFMSG_SIZE, message.end)
  return attributes.u32(NETCONFA_IFINDEX) | 0
}
