import { bitsOf, familyOf, type Ip } from '#core'
import { NLM_F_REQUEST } from '../abi/netlink.js'
import * as rt from '../abi/rtnetlink.js'
import { AF_INET, AF_INET6 } from '../abi/socket.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'

/** By what the kernel would send to an address now, policy routing and all. */
export interface RouteLookup {
  /** Index of the device. */
  readonly index: number
  /** False when a gateway is in between, or the address is the host's own or leads nowhere. */
  readonly onLink: boolean
}

/** Asks which way a packet to an address would take: answered by RTM_NEWROUTE, or by an error where there is none. */
export function writeRouteLookup(writer: MessageWriter, to: Ip): void {
  const family = familyOf(to)
  writer.begin(rt.RTM_GETROUTE, NLM_F_REQUEST)
  // The kernel takes nothing but family and length here (net/ipv4/route.c, inet_rtm_valid_getroute_req).
  writer.bytes4(family === 4 ? AF_INET : AF_INET6, bitsOf(family), 0, 0)
  writer.bytes4(0, 0, 0, 0)
  writer.u32(0)
  writer.attributeIp(rt.RTA_DST, to)
  writer.end()
}

const attributes = new Attributes()

/** @throws WeftError WEFT_NETLINK */
export function decodeRouteLookup(message: MessageView): RouteLookup {
  requireFixedPart(message, rt.RTMSG_SIZE)
  const { view, start } = message
  attributes.read(message.bytes, view, start + rt.RTMSG_SIZE, message.end)
  const direct = view.getUint8(start + 7) === rt.RTN_UNICAST && !attributes.has(rt.RTA_GATEWAY) && !attributes.has(rt.RTA_VIA)
  return { index: attributes.u32Or(rt.RTA_OIF, 0), onLink: direct }
}
