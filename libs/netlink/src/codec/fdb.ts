import type { Ip, Mac } from '#core'
import * as nd from '../abi/neighbour.js'
import { NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../abi/netlink.js'
import { RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH } from '../abi/rtnetlink.js'
import { AF_BRIDGE } from '../abi/socket.js'
import { NO_MAC } from './address-text.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'
import { writeNdmsg } from './neighbour.js'

/** A forwarding entry of a VXLAN device: frames for this MAC go to that underlay address. */
export interface FdbInfo {
  readonly index: number
  readonly mac: Mac
  readonly to: Ip
}

/** Writes a permanent entry; with `replace` over what there is for this MAC, otherwise only where there is nothing. */
export function writeFdb(writer: MessageWriter, index: number, mac: Mac, to: Ip, replace: boolean): void {
  begin(writer, RTM_NEWNEIGH, NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL), index, mac)
  writer.attributeIp(nd.NDA_DST, to)
  writer.end()
}

export function writeFdbDelete(writer: MessageWriter, index: number, mac: Mac): void {
  begin(writer, RTM_DELNEIGH, 0, index, mac)
  writer.end()
}

/** One more host to which what is for all, or for a group, is copied; one that is there already is no error to the kernel. */
export function writeFlood(writer: MessageWriter, index: number, to: Ip, group = NO_MAC): void {
  begin(writer, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_APPEND, index, group)
  writer.attributeIp(nd.NDA_DST, to)
  writer.end()
}

export function writeFloodDelete(writer: MessageWriter, index: number, to: Ip, group = NO_MAC): void {
  begin(writer, RTM_DELNEIGH, 0, index, group)
  writer.attributeIp(nd.NDA_DST, to)
  writer.end()
}

/** Asks for the entry of one MAC address: answered by RTM_NEWNEIGH or ENOENT. */
export function writeFdbGet(writer: MessageWriter, index: number, mac: Mac): void {
  writer.begin(RTM_GETNEIGH, NLM_F_REQUEST)
  // Strict checking wants the state zero.
  writeNdmsg(writer, AF_BRIDGE, index, 0, nd.NTF_SELF)
  writer.attributeMac(nd.NDA_LLADDR, mac)
  writer.end()
}

/** The entries of one device. */
export function writeFdbDump(writer: MessageWriter, index: number): void {
  writer.begin(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
  writeNdmsg(writer, AF_BRIDGE, index, 0, 0)
  writer.end()
}

const attributes = new Attributes()

/** Reads an RTM_NEWNEIGH of AF_BRIDGE; undefined when it does not lead to an underlay address. @throws WeftError WEFT_NETLINK */
export function decodeFdb(message: MessageView): FdbInfo | undefined {
  requireFixedPart(message, nd.NDMSG_SIZE)
  if (message.view.getUint8(message.start) !== AF_BRIDGE) return undefined
  attributes.read(message.bytes, message.view, message.start + nd.NDMSG_SIZE, message.end)
  if (!attributes.has(nd.NDA_DST) || attributes.length(nd.NDA_LLADDR) !== 6) return undefined
  return { index: message.view.getUint32(message.start + 4, true), mac: attributes.mac(nd.NDA_LLADDR), to: attributes.ip(nd.NDA_DST) }
}

function begin(writer: MessageWriter, type: number, flags: number, index: number, mac: Mac): void {
  writer.begin(type, NLM_F_REQUEST | flags)
  writeNdmsg(writer, AF_BRIDGE, index, nd.NUD_PERMANENT, nd.NTF_SELF)
  writer.attributeMac(nd.NDA_LLADDR, mac)
}
