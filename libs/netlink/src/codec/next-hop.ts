import { familyOf, type Ip } from '#core'
import { WEFT_PROTOCOL } from '#plan'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../abi/netlink.js'
import * as nh from '../abi/nexthop.js'
import { RTM_DELNEXTHOP, RTM_GETNEXTHOP, RTM_NEWNEXTHOP } from '../abi/rtnetlink.js'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../abi/socket.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'

/** A next-hop object, of whatever kind and owner. */
export interface NextHopInfo {
  readonly id: number
  readonly protocol: number
  /** 0 when it has no device: a group or a blackhole. */
  readonly index: number
  /** Undefined when it has none. */
  readonly gateway: Ip | undefined
  readonly onlink: boolean
}

/** Writes an on-link next hop under an id; with `replace` over what has the id, otherwise only where the id is free. */
export function writeNextHop(writer: MessageWriter, id: number, index: number, gateway: Ip, replace: boolean): void {
  const family = familyOf(gateway) === 4 ? AF_INET : AF_INET6
  begin(writer, RTM_NEWNEXTHOP, NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL), family, WEFT_PROTOCOL, nh.RTNH_F_ONLINK)
  writer.attributeU32(nh.NHA_ID, id)
  writer.attributeU32(nh.NHA_OIF, index)
  writer.attributeIp(nh.NHA_GATEWAY, gateway)
  writer.end()
}

/** Deletes a next hop; the kernel deletes the routes through it. */
export function writeNextHopDelete(writer: MessageWriter, id: number): void {
  begin(writer, RTM_DELNEXTHOP, 0, AF_UNSPEC, 0, 0)
  writer.attributeU32(nh.NHA_ID, id)
  writer.end()
}

/** Asks for one next hop: answered by RTM_NEWNEXTHOP or ENOENT. */
export function writeNextHopGet(writer: MessageWriter, id: number): void {
  begin(writer, RTM_GETNEXTHOP, 0, AF_UNSPEC, 0, 0)
  writer.attributeU32(nh.NHA_ID, id)
  writer.end()
}

export function writeNextHopDump(writer: MessageWriter): void {
  begin(writer, RTM_GETNEXTHOP, NLM_F_DUMP, AF_UNSPEC, 0, 0)
  writer.end()
}

const attributes = new Attributes()

/** Reads an RTM_NEWNEXTHOP or RTM_DELNEXTHOP. @throws WeftError WEFT_NETLINK */
export function decodeNextHop(message: MessageView): NextHopInfo {
  requireFixedPart(message, nh.NHMSG_SIZE)
  attributes.read(message.bytes, message.view, message.start + nh.NHMSG_SIZE, message.end)
  return {
    id: attributes.u32(nh.NHA_ID),
    protocol: message.view.getUint8(message.start + 2),
    index: attributes.u32Or(nh.NHA_OIF, 0),
    gateway: attributes.has(nh.NHA_GATEWAY) ? attributes.ip(nh.NHA_GATEWAY) : undefined,
    onlink: (message.view.getUint32(message.start + 4, true) & nh.RTNH_F_ONLINK) !== 0,
  }
}

function begin(writer: MessageWriter, type: number, flags: number, family: number, protocol: number, nhFlags: number): void {
  writer.begin(type, NLM_F_REQUEST | flags)
  writer.u32(family | (protocol << 16))
  writer.u32(nhFlags)
}
