import { contains, ipFromBytes, type Prefix } from '#core'
import {
  attributesOf,
  encode,
  nested,
  NLA_F_NESTED,
  NLM_F_ACK,
  NLM_F_DUMP,
  type Attributes,
  type Outgoing,
  type Request,
} from './socket/messages.js'
import type { RequestSocket } from './socket/request-socket.js'

/** include/uapi/linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h */
const SUBSYSTEM = 1
const GET = (SUBSYSTEM << 8) | 1
const DELETE = (SUBSYSTEM << 8) | 2
const TUPLE_ORIGINAL = 1
const TUPLE_REPLY = 2
const ID = 12
const ZONE = 18
const TUPLE_IP = 1
/** CTA_IP_V4_SRC, CTA_IP_V4_DST, CTA_IP_V6_SRC, CTA_IP_V6_DST */
const ADDRESSES = [1, 2, 3, 4]
/** CTA_TUPLE_PROTO with CTA_PROTO_NUM and CTA_PROTO_DST_PORT, the port in network order */
const TUPLE_PROTOCOL = 2
const PROTOCOL_NUMBER = 1
const DESTINATION_PORT = 3
const IPPROTO_UDP = 17
const AF_UNSPEC = 0
const AF_INET = 2
const AF_INET6 = 10

/** Deletions in one send: about 150 bytes each. */
const BATCH = 5000

/**
 * Deletes every tracked connection that an address within the prefixes is an end of, before or after translation. Returns how many.
 * @throws WeftError WEFT_FIREWALL, WEFT_NOT_ROOT, WEFT_KERNEL_MISSING
 */
export function forgetConnections(requests: RequestSocket, of: readonly Prefix[]): number {
  return of.length === 0 ? 0 : forget(requests, (attributes) => isEnd(attributes, of))
}

/**
 * Deletes every tracked UDP flow that was sent to one of the ports, whatever became of it. Returns how many.
 * @throws WeftError WEFT_FIREWALL, WEFT_NOT_ROOT, WEFT_KERNEL_MISSING
 */
export function forgetUdp(requests: RequestSocket, ports: ReadonlySet<number>): number {
  return ports.size === 0 ? 0 : forget(requests, (attributes) => isSentTo(attributes, ports))
}

function forget(requests: RequestSocket, matches: (attributes: Attributes) => boolean): number {
  let found: Attributes[] = []
  const list = encode([{ type: GET, flags: NLM_F_DUMP, family: AF_UNSPEC, attributes: [] }])
  requests.dump('list tracked connections', list, () => {
    found = []
    return ({ payload }) => {
      if (matches(attributesOf(payload))) found.push(attributesOf(payload.slice()))
    }
  })
  for (let at = 0; at < found.length; at += BATCH) {
    const deletions = found.slice(at, at + BATCH).map(deletion)
    // One that has ended by itself meanwhile is no error.
    requests.request('delete tracked connections', encode(deletions), true)
  }
  return found.length
}

function isEnd(attributes: Attributes, of: readonly Prefix[]): boolean {
  return [TUPLE_ORIGINAL, TUPLE_REPLY].some((tuple) => {
    const ends = nested(nested(attributes.get(tuple)).get(TUPLE_IP))
    return ADDRESSES.some((type) => {
      const bytes = ends.get(type)
      return bytes !== undefined && of.some((prefix) => contains(prefix, ipFromBytes(bytes)))
    })
  })
}

function isSentTo(attributes: Attributes, ports: ReadonlySet<number>): boolean {
  const protocol = nested(nested(attributes.get(TUPLE_ORIGINAL)).get(TUPLE_PROTOCOL))
  const port = protocol.get(DESTINATION_PORT)
  return protocol.get(PROTOCOL_NUMBER)?.[0] === IPPROTO_UDP && port !== undefined && ports.has((port[0] ?? 0) * 256 + (port[1] ?? 0))
}

/** By tuple, its bytes as they came, and id, so that a connection that took its place meanwhile stays. */
function deletion(attributes: Attributes): Request {
  const addresses = nested(nested(attributes.get(TUPLE_ORIGINAL)).get(TUPLE_IP))
  const kept = [TUPLE_ORIGINAL, ID, ZONE].flatMap((type): Outgoing[] => {
    const value = attributes.get(type)
    return value === undefined ? [] : [[type === TUPLE_ORIGINAL ? type | NLA_F_NESTED : type, value]]
  })
  return { type: DELETE, flags: NLM_F_ACK, family: addresses.has(1) ? AF_INET : AF_INET6, attributes: kept }
}
