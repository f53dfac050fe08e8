import { familyOf, type Ip } from '#core'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from '../abi/netlink.js'
import * as rt from '../abi/rtnetlink.js'
import { AF_INET, AF_INET6, AF_UNSPEC } from '../abi/socket.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'

/** An address of a link. */
export interface LinkAddressInfo {
  readonly index: number
  readonly address: Ip
  readonly prefixLength: number
  /** Valid on its link only (fe80::/10, 169.254.0.0/16 as the system sets them). */
  readonly linkLocal: boolean
  /** Configured by somebody, not learned by autoconfiguration. */
  readonly permanent: boolean
  /** False while nothing can be sent from it: IPv6 addresses are looked for on other hosts first (RFC 4862 §5.4). */
  readonly usable: boolean
  /** False for an IPv6 address that will be replaced: one made for privacy (RFC 8981), or out of its preferred lifetime. */
  readonly lasting: boolean
}

export function writeAddressCreate(writer: MessageWriter, index: number, address: Ip, prefixLength: number): void {
  begin(writer, rt.RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, address, prefixLength)
  if (familyOf(address) === 6) writer.attributeU32(rt.IFA_FLAGS, rt.IFA_F_NODAD)
  writer.end()
}

export function writeAddressDelete(writer: MessageWriter, index: number, address: Ip, prefixLength: number): void {
  begin(writer, rt.RTM_DELADDR, 0, index, address, prefixLength)
  writer.end()
}

export function writeAddressDump(writer: MessageWriter): void {
  writer.begin(rt.RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP)
  writeFixedPart(writer, AF_UNSPEC, 0, 0)
  writer.end()
}

const attributes = new Attributes()

/** Reads an RTM_NEWADDR. @throws WeftError WEFT_NETLINK */
export function decodeAddress(message: MessageView): LinkAddressInfo {
  requireFixedPart(message, rt.IFADDRMSG_SIZE)
  attributes.read(message.bytes, message.view, message.start + rt.IFADDRMSG_SIZE, message.end)
  const flags = attributes.u32Or(rt.IFA_FLAGS, message.view.getUint8(message.start + 2))
  const six = message.view.getUint8(message.start) === AF_INET6
  return {
    index: message.view.getUint32(message.start + 4, true),
    // On a point-to-point link IFA_ADDRESS is the other end's.
    address: attributes.ip(attributes.has(rt.IFA_LOCAL) ? rt.IFA_LOCAL : rt.IFA_ADDRESS),
    prefixLength: message.view.getUint8(message.start + 1),
    linkLocal: message.view.getUint8(message.start + 3) === rt.RT_SCOPE_LINK,
    permanent: (flags & rt.IFA_F_PERMANENT) !== 0,
    usable: !six || (flags & (rt.IFA_F_TENTATIVE | rt.IFA_F_DADFAILED)) === 0,
    lasting: !six || (flags & (rt.IFA_F_TEMPORARY | rt.IFA_F_DEPRECATED)) === 0,
  }
}

function begin(writer: MessageWriter, type: number, flags: number, index: number, address: Ip, prefixLength: number): void {
  writer.begin(type, NLM_F_REQUEST | flags)
  writeFixedPart(writer, familyOf(address) === 4 ? AF_INET : AF_INET6, prefixLength, index)
  writer.attributeIp(rt.IFA_LOCAL, address)
  writer.attributeIp(rt.IFA_ADDRESS, address)
}

/** struct ifaddrmsg; scope 0 is global. */
function writeFixedPart(writer: MessageWriter, family: number, prefixLength: number, index: number): void {
  writer.bytes4(family, prefixLength, 0, 0)
  writer.u32(index)
}
