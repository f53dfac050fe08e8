import { bitsOf, prefixAddress, prefixFamily, prefixLength, prefixOf, type Family, type Ip, type Prefix } from '#core'
import { WEFT_PROTOCOL } from '#plan'
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../abi/netlink.js'
import * as rt from '../abi/rtnetlink.js'
import { AF_INET, AF_INET6 } from '../abi/socket.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'

/** A route of the main table, of whatever owner. */
export interface RouteInfo {
  readonly to: Prefix
  readonly metric: number
  readonly protocol: number
  readonly unreachable: boolean
  /** 0 when it is not by a next-hop object. */
  readonly nextHop: number
  /** Index of its device, 0 for none. */
  readonly index: number
  readonly gateway: Ip | undefined
  readonly source: Ip | undefined
}

/** Writes a route of the main table; with `replace` over the one of the same prefix and metric, otherwise only where there is none. */
export function writeRoute(
  writer: MessageWriter,
  to: Prefix,
  metric: number,
  nextHop: number,
  source: Ip | undefined,
  replace: boolean,
): void {
  const type = nextHop === 0 ? rt.RTN_UNREACHABLE : rt.RTN_UNICAST
  begin(writer, rt.RTM_NEWROUTE, NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL), to, metric, rt.RT_SCOPE_UNIVERSE, type)
  if (nextHop !== 0) writer.attributeU32(rt.RTA_NH_ID, nextHop)
  if (source !== undefined) writer.attributeIp(rt.RTA_PREFSRC, source)
  writer.end()
}

/** Deletes the route only if it bears Weft's protocol number. */
export function writeRouteDelete(writer: MessageWriter, to: Prefix, metric: number): void {
  begin(writer, rt.RTM_DELROUTE, 0, to, metric, rt.RT_SCOPE_NOWHERE, 0)
  writer.end()
}

/**
 * Writes the route that the kernel makes for the subnet of an address, where there is none (net/ipv4/fib_frontend.c, fib_add_ifaddr;
 * net/ipv6/addrconf.c, addrconf_prefix_route).
 */
export function writeConnectedRoute(writer: MessageWriter, index: number, address: Ip, length: number): void {
  const six = address.includes(':')
  // IPv6 asks with EXCL whether any device has such a route, and each has that of fe80::/64 (net/ipv6/ip6_fib.c, fib6_add_rt2node).
  writer.begin(rt.RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | (six ? NLM_F_APPEND : NLM_F_EXCL))
  const scope = six ? rt.RT_SCOPE_UNIVERSE : rt.RT_SCOPE_LINK
  writeRtmsg(writer, six ? AF_INET6 : AF_INET, length, rt.RTPROT_KERNEL, scope, rt.RTN_UNICAST)
  writer.attributeIp(rt.RTA_DST, prefixAddress(prefixOf(address, length)))
  if (six) writer.attributeU32(rt.RTA_PRIORITY, rt.IP6_RT_PRIO_ADDRCONF)
  else writer.attributeIp(rt.RTA_PREFSRC, address)
  writer.attributeU32(rt.RTA_OIF, index)
  writer.end()
}

/** A route within an endpoint's namespace: by gateway and device, as the tools in there expect to see it, and without Weft's mark. */
export function writeInsideRoute(writer: MessageWriter, index: number, to: Prefix | 'default', gateway: Ip): void {
  const family = gateway.includes(':') ? AF_INET6 : AF_INET
  writer.begin(rt.RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL)
  writeRtmsg(writer, family, to === 'default' ? 0 : prefixLength(to), rt.RTPROT_BOOT, rt.RT_SCOPE_UNIVERSE, rt.RTN_UNICAST)
  if (to !== 'default') writer.attributeIp(rt.RTA_DST, prefixAddress(to))
  writer.attributeIp(rt.RTA_GATEWAY, gateway)
  writer.attributeU32(rt.RTA_OIF, index)
  writer.end()
}

/** The main table's routes of one family. Both at once would bring every table. */
export function writeRouteDump(writer: MessageWriter, family: Family): void {
  writer.begin(rt.RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP)
  writeRtmsg(writer, family === 4 ? AF_INET : AF_INET6, 0, 0, 0, 0)
  writer.attributeU32(rt.RTA_TABLE, rt.RT_TABLE_MAIN)
  writer.end()
}

/**
 * Asks for the route that a packet to the prefix's first address takes: answered by RTM_NEWROUTE with the whole route, by EHOSTUNREACH
 * where that is `unreachable` (net/ipv4/route.c, inet_rtm_getroute; net/ipv6/route.c, inet6_rtm_getroute).
 */
export function writeRouteGet(writer: MessageWriter, to: Prefix): void {
  const family = prefixFamily(to)
  writer.begin(rt.RTM_GETROUTE, NLM_F_REQUEST)
  writer.bytes4(family === 4 ? AF_INET : AF_INET6, bitsOf(family), 0, 0)
  writer.u32(0)
  // IPv6 tells the table unasked, and refuses to be asked.
  writer.u32(family === 4 ? rt.RTM_F_FIB_MATCH | rt.RTM_F_LOOKUP_TABLE : rt.RTM_F_FIB_MATCH)
  writer.attributeIp(rt.RTA_DST, prefixAddress(to))
  writer.end()
}

const attributes = new Attributes()

/** Reads an RTM_NEWROUTE; undefined for one of another table or family. @throws WeftError WEFT_NETLINK */
export function decodeRoute(message: MessageView): RouteInfo | undefined {
  requireFixedPart(message, rt.RTMSG_SIZE)
  const { view, start } = message
  const familyByte = view.getUint8(start)
  if (familyByte !== AF_INET && familyByte !== AF_INET6) return undefined
  attributes.read(message.bytes, view, start + rt.RTMSG_SIZE, message.end)
  if (attributes.u32Or(rt.RTA_TABLE, view.getUint8(start + 4)) !== rt.RT_TABLE_MAIN) return undefined
  const family: Family = familyByte === AF_INET ? 4 : 6
  const address = attributes.has(rt.RTA_DST) ? attributes.ip(rt.RTA_DST) : family === 4 ? '0.0.0.0' : '::'
  return {
    to: `${address}/${Math.min(view.getUint8(start + 1), bitsOf(family))}` as Prefix,
    metric: metricFromKernel(attributes.u32Or(rt.RTA_PRIORITY, 0), family),
    protocol: view.getUint8(start + 5),
    unreachable: view.getUint8(start + 7) === rt.RTN_UNREACHABLE,
    nextHop: attributes.u32Or(rt.RTA_NH_ID, 0),
    index: attributes.u32Or(rt.RTA_OIF, 0),
    gateway: attributes.has(rt.RTA_GATEWAY) ? attributes.ip(rt.RTA_GATEWAY) : undefined,
    source: attributes.has(rt.RTA_PREFSRC) ? attributes.ip(rt.RTA_PREFSRC) : undefined,
  }
}

/** The kernel stores an IPv6 route without a metric under 1024; Weft's 0 is that. */
function metricFromKernel(metric: number, family: Family): number {
  return family === 6 && metric === rt.IP6_RT_PRIO_USER ? 0 : metric
}

function begin(writer: MessageWriter, type: number, flags: number, to: Prefix, metric: number, scope: number, kind: number): void {
  const slash = to.indexOf('/')
  const length = Number(to.slice(slash + 1))
  const address = to.slice(0, slash) as Ip
  writer.begin(type, NLM_F_REQUEST | flags)
  writeRtmsg(writer, address.includes(':') ? AF_INET6 : AF_INET, length, WEFT_PROTOCOL, scope, kind)
  writer.attributeIp(rt.RTA_DST, address)
  if (metric !== 0) writer.attributeU32(rt.RTA_PRIORITY, metric)
  else if (address.includes(':')) writer.attributeU32(rt.RTA_PRIORITY, rt.IP6_RT_PRIO_USER)
}

/** struct rtmsg. */
function writeRtmsg(writer: MessageWriter, family: number, length: number, protocol: number, scope: number, kind: number): void {
  writer.bytes4(family, length, 0, 0)
  writer.bytes4(rt.RT_TABLE_MAIN, protocol, scope, kind)
  writer.u32(0)
}
