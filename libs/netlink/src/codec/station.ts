import type { Mac } from '#core'
import * as nd from '../abi/neighbour.js'
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, NLM_F_REQUEST } from '../abi/netlink.js'
import { RTM_DELNEIGH, RTM_GETNEIGH, RTM_NEWNEIGH } from '../abi/rtnetlink.js'
import { AF_BRIDGE } from '../abi/socket.js'
import { Attributes } from './attributes.js'
import type { MessageWriter } from './message-writer.js'
import { requireFixedPart, type MessageView } from './messages.js'
import { writeNdmsg } from './neighbour.js'

/** A forwarding entry of a bridge that somebody has made: frames for this MAC go out by that port. */
export interface StationInfo {
  /** The port. */
  readonly index: number
  /** The bridge. */
  readonly master: number
  readonly mac: Mac
  /** False for what a program made that learns in the bridge's stead. */
  readonly fixed: boolean
}

/** Writes a static entry; with `replace` over what there is for this MAC, whatever its port. */
export function writeStation(writer: MessageWriter, index: number, mac: Mac, replace: boolean): void {
  begin(writer, RTM_NEWNEIGH, NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL), index, mac)
}

/** Deletes the entry if it leads to this port. */
export function writeStationDelete(writer: MessageWriter, index: number, mac: Mac): void {
  begin(writer, RTM_DELNEIGH, 0, index, mac)
}

/** Asks a bridge for the entry of one MAC address: answered by RTM_NEWNEIGH or ENOENT. */
export function writeStationGet(writer: MessageWriter, bridge: number, mac: Mac): void {
  writer.begin(RTM_GETNEIGH, NLM_F_REQUEST)
  // Strict checking wants the state zero.
  writeNdmsg(writer, AF_BRIDGE, 0, 0, nd.NTF_MASTER)
  writer.attributeU32(nd.NDA_MASTER, bridge)
  writer.attributeMac(nd.NDA_LLADDR, mac)
  writer.end()
}

/** The entries of one bridge, and of the devices that are its ports. */
export function writeStationDump(writer: MessageWriter, bridge: number): void {
  writer.begin(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP)
  writeNdmsg(writer, AF_BRIDGE, 0, 0, 0)
  writer.attributeU32(nd.NDA_MASTER, bridge)
  writer.end()
}

const attributes = new Attributes()

/**
 * Reads an RTM_NEWNEIGH or RTM_DELNEIGH of AF_BRIDGE; undefined when it is no bridge's, and for what the bridge has learnt itself or has of
 * its own. @throws WeftError WEFT_NETLINK
 */
export function decodeStation(message: MessageView): StationInfo | undefined {
  requireFixedPart(message, nd.NDMSG_SIZE)
  if (message.view.getUint8(message.start) !== AF_BRIDGE) return undefined
  attributes.read(message.bytes, message.view, message.start + nd.NDMSG_SIZE, message.end)
  if (!attributes.has(nd.NDA_MASTER) || attributes.has(nd.NDA_DST) || attributes.length(nd.NDA_LLADDR) !== 6) return undefined
  const learnt = (message.view.getUint8(message.start + 10) & nd.NTF_EXT_LEARNED) !== 0
  if (!learnt && (message.view.getUint16(message.start + 8, true) & nd.NUD_NOARP) === 0) return undefined
  return {
    index: message.view.getUint32(message.start + 4, true),
    master: attributes.u32(nd.NDA_MASTER),
    mac: attributes.mac(nd.NDA_LLADDR),
    fixed: !learnt,
  }
}

function begin(writer: MessageWriter, type: number, flags: number, index: number, mac: Mac): void {
  writer.begin(type, NLM_F_REQUEST | flags)
  writeNdmsg(writer, AF_BRIDGE, index, nd.NUD_NOARP, nd.NTF_MASTER)
  writer.attributeMac(nd.NDA_LLADDR, mac)
  writer.end()
}
