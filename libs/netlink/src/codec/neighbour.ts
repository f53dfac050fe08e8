import { familyOf, type Ip, type Mac } from '#core'
import { WEFT_PROTOCOL } from '#plan'
import * as nd from '../abi/neighbour.js'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../abi/netlink.js'
import { RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH } from '../abi/rtnetlink.js'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../abi/socket.js'
import { NO_MAC } from './address-text.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'

/** A neighbour (ARP or ND) entry. */
export interface NeighbourInfo {
  readonly index: number
  readonly address: Ip
  /** All zeros while the kernel does not know it. */
  readonly mac: Mac
  /** False for what the kernel learned, or tries to. */
  readonly permanent: boolean
  /** Who made it, 0 when nobody said. */
  readonly protocol: number
}

/** Writes a permanent entry; with `replace` over whatever the kernel has, otherwise only where there is nothing. */
export function writeNeighbour(writer: MessageWriter, index: number, address: Ip, mac: Mac, replace: boolean): void {
  begin(writer, RTM_NEWNEIGH, NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL), index, address)
  writer.attributeMac(nd.NDA_LLADDR, mac)
  writer.attributeU8(nd.NDA_PROTOCOL, WEFT_PROTOCOL)
  writer.end()
}

export function writeNeighbourDelete(writer: MessageWriter, index: number, address: Ip): void {
  begin(writer, RTM_DELNEIGH, 0, index, address)
  writer.end()
}

/** Has the interface answer for an address that is elsewhere. One that is there already is no error to the kernel. */
export function writeProxy(writer: MessageWriter, index: number, address: Ip): void {
  begin(writer, RTM_NEWNEIGH, NLM_F_CREATE, index, address, nd.NTF_PROXY)
  writer.attributeU8(nd.NDA_PROTOCOL, WEFT_PROTOCOL)
  writer.end()
}

export function writeProxyDelete(writer: MessageWriter, index: number, address: Ip): void {
  begin(writer, RTM_DELNEIGH, 0, index, address, nd.NTF_PROXY)
  writer.end()
}

/** The proxy entries of one interface, which the dump of its neighbours leaves out. */
export function writeProxyDump(writer: MessageWriter, index: number): void {
  writer.begin(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
  writeNdmsg(writer, AF_INET6, 0, 0, nd.NTF_PROXY)
  writer.attributeU32(nd.NDA_IFINDEX, index)
  writer.end()
}

/** Asks for one entry: answered by RTM_NEWNEIGH or ENOENT. */
export function writeNeighbourGet(writer: MessageWriter, index: number, address: Ip): void {
  writer.begin(RTM_GETNEIGH, NLM_F_REQUEST)
  // Strict checking wants state and flags zero.
  writeNdmsg(writer, familyOf(address) === 4 ? AF_INET : AF_INET6, index, 0, 0)
  writer.attributeIp(nd.NDA_DST, address)
  writer.end()
}

/** The entries of one interface, of both families. */
export function writeNeighbourDump(writer: MessageWriter, index: number): void {
  writer.begin(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
  writeNdmsg(writer, AF_UNSPEC, 0, 0, 0)
  writer.attributeU32(nd.NDA_IFINDEX, index)
  writer.end()
}

const attributes = new Attributes()

/** Which interface an RTM_NEWNEIGH or RTM_DELNEIGH of any family is about, without reading the rest. @throws WeftError WEFT_NETLINK */
export function neighbourIndex(message: MessageView): number {
  requireFixedPart(message, nd.NDMSG_SIZE)
  return message.view.getUint32(message.start + 4, true)
}

/** Reads an RTM_NEWNEIGH of AF_INET or AF_INET6; undefined for one of another family. @throws WeftError WEFT_NETLINK */
export function decodeNeighbour(message: MessageView): NeighbourInfo | undefined {
  requireFixedPart(message, nd.NDMSG_SIZE)
  const family = message.view.getUint8(message.start)
  if (family !== AF_INET && family !== AF_INET6) return undefined
  attributes.read(message.bytes, message.view, message.start + nd.NDMSG_SIZE, message.end)
  return {
    index: message.view.getUint32(message.start + 4, true),
    address: attributes.ip(nd.NDA_DST),
    mac: attributes.length(nd.NDA_LLADDR) === 6 ? attributes.mac(nd.NDA_LLADDR) : NO_MAC,
    permanent: (message.view.getUint16(message.start + 8, true) & nd.NUD_PERMANENT) !== 0,
    protocol: attributes.has(nd.NDA_PROTOCOL) ? attributes.u8(nd.NDA_PROTOCOL) : 0,
  }
}

function begin(writer: MessageWriter, type: number, flags: number, index: number, address: Ip, kind = 0): void {
  writer.begin(type, NLM_F_REQUEST | flags)
  writeNdmsg(writer, familyOf(address) === 4 ? AF_INET : AF_INET6, index, nd.NUD_PERMANENT, kind)
  writer.attributeIp(nd.NDA_DST, address)
}

/** struct ndmsg. */
export function writeNdmsg(writer: MessageWriter, family: number, index: number, state: number, flags: number): void {
  writer.u32(family)
  writer.u32(index)
  writer.u32(state | (flags << 16))
}
