import { familyOf, type Ip, type Mac } from '#core'
import * as link from '../abi/if-link.js'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST } from '../abi/netlink.js'
import { RTM_DELLINK, RTM_GETLINK, RTM_NEWLINK } from '../abi/rtnetlink.js'
import { AF_INET6, AF_UNSPEC } from '../abi/socket.js'
import { NO_MAC } from './address-text.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'

/** A network interface, as far as Weft looks at it. */
export interface LinkInfo {
  readonly index: number
  readonly name: string
  /** `vxlan`, `bridge`, `veth`…; empty for hardware and lo. */
  readonly kind: string
  readonly up: boolean
  /** There is somebody at the other end: the kernel takes no next hop without. */
  readonly carrier: boolean
  readonly mtu: number
  readonly mac: Mac
  readonly alias: string | undefined
  /** Index of the bridge it is plugged into, 0 for none. */
  readonly master: number
  /** Weft has made it and did not get to giving it its alias (see UNFINISHED). */
  readonly unfinished: boolean
  readonly vxlan: VxlanInfo | undefined
  /** Undefined where it is no port of a bridge. */
  readonly switching: SwitchingInfo | undefined
}

/** How a bridge treats the port. */
export interface SwitchingInfo {
  readonly learning: boolean
  readonly flood: boolean
  readonly suppress: boolean
}

export interface VxlanInfo {
  readonly vni: number
  readonly port: number
  /** Undefined when the device is bound to no address. */
  readonly local: Ip | undefined
}

/**
 * The kernel takes no alias at creation, so a link is made with this device group, which the message that sets the alias takes away.
 * An agent that is killed in between knows by it, after its restart, that the link is its own. The letters of `Weft`.
 */
const UNFINISHED = 0x57656674

/** A link that exists: its index in its namespace. What is left out stays as it is. */
export interface LinkChange {
  readonly mac?: Mac
  readonly mtu?: number
  /** Also finishes a link that has just been created. */
  readonly alias?: string
  readonly master?: number
  readonly up?: boolean
}

/** A VXLAN device, still down: bound to its local address, learning off (see LinkInfo for units). */
export function writeVxlanCreate(writer: MessageWriter, name: string, mac: Mac, mtu: number, vxlan: VxlanInfo & { local: Ip }): void {
  beginCreate(writer, name)
  writer.attributeMac(link.IFLA_ADDRESS, mac)
  writer.attributeU32(link.IFLA_MTU, mtu)
  const data = beginKind(writer, 'vxlan')
  writer.attributeU32(link.IFLA_VXLAN_ID, vxlan.vni)
  writer.attributePort(link.IFLA_VXLAN_PORT, vxlan.port)
  writeVxlanLocal(writer, vxlan.local)
  endKind(writer, data)
  writer.end()
}

/** Binds a VXLAN device to another local address of the same family, in place; anything else about it the kernel refuses to change. */
export function writeVxlanChange(writer: MessageWriter, index: number, local: Ip): void {
  begin(writer, RTM_NEWLINK, 0, index, 0, 0)
  const data = beginKind(writer, 'vxlan')
  writeVxlanLocal(writer, local)
  endKind(writer, data)
  writer.end()
}

/** A bridge, still down. Its MTU must be set afterwards: one given here would follow its ports (br_mtu_auto_adjust, net/bridge/br_if.c). */
export function writeBridgeCreate(writer: MessageWriter, name: string, mac: Mac): void {
  beginCreate(writer, name)
  writer.attributeMac(link.IFLA_ADDRESS, mac)
  const data = beginKind(writer, 'bridge')
  endKind(writer, data)
  writer.end()
}

export interface VethPeer {
  readonly name: string
  readonly mac: Mac
  /** Descriptor of the namespace in which it comes into being; beside the other end without one. */
  readonly netnsFd?: number
}

/** Both ends of a veth pair, still down, the other one directly in its namespace, if it is given one. */
export function writeVethCreate(writer: MessageWriter, name: string, mtu: number, peer: VethPeer): void {
  beginCreate(writer, name)
  writer.attributeU32(link.IFLA_MTU, mtu)
  const data = beginKind(writer, 'veth')
  const other = writer.beginNested(link.VETH_INFO_PEER)
  writeFixedPart(writer, 0, 0, 0)
  writer.attributeText(link.IFLA_IFNAME, peer.name)
  writer.attributeMac(link.IFLA_ADDRESS, peer.mac)
  writer.attributeU32(link.IFLA_MTU, mtu)
  if (peer.netnsFd !== undefined) writer.attributeU32(link.IFLA_NET_NS_FD, peer.netnsFd)
  writer.endNested(other)
  endKind(writer, data)
  writer.end()
}

/** Changes an existing link; the kernel sets it up last, so that it comes up complete. */
export function writeLinkChange(writer: MessageWriter, index: number, change: LinkChange): void {
  const up = change.up === undefined ? 0 : link.IFF_UP
  begin(writer, RTM_NEWLINK, 0, index, change.up === true ? up : 0, up)
  if (change.mac !== undefined) writer.attributeMac(link.IFLA_ADDRESS, change.mac)
  if (change.mtu !== undefined) writer.attributeU32(link.IFLA_MTU, change.mtu)
  if (change.alias !== undefined) {
    writer.attributeText(link.IFLA_IFALIAS, change.alias)
    writer.attributeU32(link.IFLA_GROUP, 0)
  }
  if (change.master !== undefined) writer.attributeU32(link.IFLA_MASTER, change.master)
  writer.end()
}

/** Has the bridge treat its port so. */
export function writeSwitching(writer: MessageWriter, index: number, { learning, flood, suppress }: SwitchingInfo): void {
  begin(writer, RTM_NEWLINK, 0, index, 0, 0)
  const outer = writer.beginNested(link.IFLA_LINKINFO)
  writer.attributeText(link.IFLA_INFO_SLAVE_KIND, 'bridge')
  const settings = writer.beginNested(link.IFLA_INFO_SLAVE_DATA)
  writer.attributeU8(link.IFLA_BRPORT_LEARNING, Number(learning))
  writer.attributeU8(link.IFLA_BRPORT_UNICAST_FLOOD, Number(flood))
  writer.attributeU8(link.IFLA_BRPORT_NEIGH_SUPPRESS, Number(suppress))
  writer.endNested(settings)
  writer.endNested(outer)
  writer.end()
}

/**
 * Keeps the kernel from giving the link an IPv6 link-local address. Answered by EAFNOSUPPORT where IPv6 is off.
 * A message of its own, to be sent before the link comes up.
 */
export function writeNoLinkLocal(writer: MessageWriter, index: number): void {
  begin(writer, RTM_NEWLINK, 0, index, 0, 0)
  const families = writer.beginNested(link.IFLA_AF_SPEC)
  const inet6 = writer.beginNested(AF_INET6)
  writer.attributeU8(link.IFLA_INET6_ADDR_GEN_MODE, link.IN6_ADDR_GEN_MODE_NONE)
  writer.endNested(inet6)
  writer.endNested(families)
  writer.end()
}

export function writeLinkDelete(writer: MessageWriter, index: number): void {
  begin(writer, RTM_DELLINK, 0, index, 0, 0)
  writer.end()
}

/** Asks for one link by name: answered by RTM_NEWLINK or ENODEV. */
export function writeLinkGet(writer: MessageWriter, name: string): void {
  begin(writer, RTM_GETLINK, 0, 0, 0, 0)
  writer.attributeU32(link.IFLA_EXT_MASK, link.RTEXT_FILTER_SKIP_STATS)
  writer.attributeText(link.IFLA_IFNAME, name)
  writer.end()
}

export function writeLinkDump(writer: MessageWriter): void {
  begin(writer, RTM_GETLINK, NLM_F_DUMP, 0, 0, 0)
  writer.attributeU32(link.IFLA_EXT_MASK, link.RTEXT_FILTER_SKIP_STATS)
  writer.end()
}

const attributes = new Attributes()
const info = new Attributes()
const data = new Attributes()

/** Reads an RTM_NEWLINK. @throws WeftError WEFT_NETLINK */
export function decodeLink(message: MessageView): LinkInfo {
  requireFixedPart(message, link.IFINFOMSG_SIZE)
  attributes.read(message.bytes, message.view, message.start + link.IFINFOMSG_SIZE, message.end)
  info.readNested(attributes, link.IFLA_LINKINFO)
  const flags = message.view.getUint32(message.start + 8, true)
  const kind = info.has(link.IFLA_INFO_KIND) ? info.text(link.IFLA_INFO_KIND) : ''
  return {
    index: message.view.getInt32(message.start + 4, true),
    name: attributes.text(link.IFLA_IFNAME),
    kind,
    up: (flags & link.IFF_UP) !== 0,
    carrier: (flags & link.IFF_LOWER_UP) !== 0,
    mtu: attributes.u32Or(link.IFLA_MTU, 0),
    mac: attributes.length(link.IFLA_ADDRESS) === 6 ? attributes.mac(link.IFLA_ADDRESS) : NO_MAC,
    alias: attributes.has(link.IFLA_IFALIAS) ? attributes.text(link.IFLA_IFALIAS) : undefined,
    master: attributes.u32Or(link.IFLA_MASTER, 0),
    unfinished: attributes.u32Or(link.IFLA_GROUP, 0) === UNFINISHED,
    vxlan: kind === 'vxlan' ? decodeVxlan() : undefined,
    switching: info.has(link.IFLA_INFO_SLAVE_KIND) && info.text(link.IFLA_INFO_SLAVE_KIND) === 'bridge' ? decodeSwitching() : undefined,
  }
}

function decodeVxlan(): VxlanInfo {
  data.readNested(info, link.IFLA_INFO_DATA)
  const local = data.has(link.IFLA_VXLAN_LOCAL6) ? link.IFLA_VXLAN_LOCAL6 : link.IFLA_VXLAN_LOCAL
  return {
    vni: data.u32Or(link.IFLA_VXLAN_ID, 0),
    port: data.has(link.IFLA_VXLAN_PORT) ? data.port(link.IFLA_VXLAN_PORT) : 0,
    local: data.has(local) ? data.ip(local) : undefined,
  }
}

function decodeSwitching(): SwitchingInfo {
  data.readNested(info, link.IFLA_INFO_SLAVE_DATA)
  const isOn = (type: number): boolean => data.has(type) && data.u8(type) !== 0
  return {
    learning: isOn(link.IFLA_BRPORT_LEARNING),
    flood: isOn(link.IFLA_BRPORT_UNICAST_FLOOD),
    suppress: isOn(link.IFLA_BRPORT_NEIGH_SUPPRESS),
  }
}

function writeVxlanLocal(writer: MessageWriter, local: Ip): void {
  writer.attributeIp(familyOf(local) === 4 ? link.IFLA_VXLAN_LOCAL : link.IFLA_VXLAN_LOCAL6, local)
  writer.attributeU8(link.IFLA_VXLAN_LEARNING, 0)
}

function beginCreate(writer: MessageWriter, name: string): void {
  begin(writer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0)
  writer.attributeText(link.IFLA_IFNAME, name)
  writer.attributeU32(link.IFLA_GROUP, UNFINISHED)
}

function begin(writer: MessageWriter, type: number, flags: number, index: number, set: number, mask: number): void {
  writer.begin(type, NLM_F_REQUEST | flags)
  writeFixedPart(writer, index, set, mask)
}

/** struct ifinfomsg. */
function writeFixedPart(writer: MessageWriter, index: number, set: number, mask: number): void {
  writer.u32(AF_UNSPEC)
  writer.u32(index)
  writer.u32(set)
  writer.u32(mask)
}

function beginKind(writer: MessageWriter, kind: string): { info: number; data: number } {
  const outer = writer.beginNested(link.IFLA_LINKINFO)
  writer.attributeText(link.IFLA_INFO_KIND, kind)
  return { info: outer, data: writer.beginNested(link.IFLA_INFO_DATA) }
}

function endKind(writer: MessageWriter, at: { info: number; data: number }): void {
  writer.endNested(at.data)
  writer.endNested(at.info)
}
