import type { Family } from '#core'
import type { ProbeMark } from '#gossip'

/** Types of RFC 792 and RFC 4443. */
const REQUEST: Readonly<Record<Family, number>> = { 4: 8, 6: 128 }
const REPLY: Readonly<Record<Family, number>> = { 4: 0, 6: 129 }
const HEADER_BYTES = 8
/** Random bytes of this process, then the echo's number. */
export const MARK_BYTES = 8
const PAYLOAD_BYTES = MARK_BYTES + 4
/** Without options. A raw IPv4 socket hands the header over, a raw IPv6 socket does not (RFC 3542 §3). */
const IP_HEADER_BYTES: Readonly<Record<Family, number>> = { 4: 20, 6: 40 }
const PATH_MAGIC = Buffer.from('weftpath')
/** ICMP header, magic, bout, side, slot, index. */
const PATH_BYTES = HEADER_BYTES + PATH_MAGIC.length + 4 + 3

/** An echo request with the checksum left 0. @param mark {@link MARK_BYTES} random bytes that tell our echoes from others' */
export function echoRequest(family: Family, mark: Buffer, number: number): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + PAYLOAD_BYTES)
  packet[0] = REQUEST[family]
  // Identifier and sequence are for people who watch with tcpdump; what counts is the payload.
  mark.copy(packet, 4, 0, 2)
  packet.writeUInt16BE(number & 0xffff, 6)
  mark.copy(packet, HEADER_BYTES)
  packet.writeUInt32BE(number, HEADER_BYTES + MARK_BYTES)
  return packet
}

/**
 * An echo request about a path, with the checksum left 0. Unlike {@link echoRequest} it says to another agent what it is.
 * @param size of the IP packet that it will be in, with a header without options; 63 and more
 */
export function pathRequest(family: Family, mark: ProbeMark, size: number): Buffer {
  const packet = Buffer.alloc(size - IP_HEADER_BYTES[family])
  packet[0] = REQUEST[family]
  packet.writeUInt32BE(mark.bout, 4)
  PATH_MAGIC.copy(packet, HEADER_BYTES)
  const at = packet.writeUInt32BE(mark.bout, HEADER_BYTES + PATH_MAGIC.length)
  packet[at] = mark.byOpener ? 1 : 0
  packet[at + 1] = mark.slot
  packet[at + 2] = mark.index
  return packet
}

/** What a packet says about a path, and whether it is the answer; nothing for any other packet. The packet may have been cut off. */
export function pathMarkOf(family: Family, received: Buffer): { readonly mark: ProbeMark; readonly isAnswer: boolean } | undefined {
  const packet = icmpOf(family, received)
  if (!packet || packet.length < PATH_BYTES || packet[1] !== 0) return undefined
  if (packet[0] !== REQUEST[family] && packet[0] !== REPLY[family]) return undefined
  const payload = packet.subarray(HEADER_BYTES)
  if (!payload.subarray(0, PATH_MAGIC.length).equals(PATH_MAGIC)) return undefined
  const bout = payload.readUInt32BE(PATH_MAGIC.length)
  const [byOpener = 0, slot = 0, index = 0] = payload.subarray(PATH_MAGIC.length + 4)
  return { mark: { bout, byOpener: byOpener === 1, slot, index }, isAnswer: packet[0] === REPLY[family] }
}

/** The number of an echo reply to a request with this mark; nothing for any other packet. */
export function numberOfReply(family: Family, mark: Buffer, received: Buffer): number | undefined {
  const packet = icmpOf(family, received)
  if (!packet || packet.length < HEADER_BYTES + PAYLOAD_BYTES || packet[0] !== REPLY[family] || packet[1] !== 0) return undefined
  if (!packet.subarray(HEADER_BYTES, HEADER_BYTES + MARK_BYTES).equals(mark)) return undefined
  return packet.readUInt32BE(HEADER_BYTES + MARK_BYTES)
}

function icmpOf(family: Family, received: Buffer): Buffer | undefined {
  const start = family === 4 ? ((received[0] ?? 0) & 0x0f) * 4 : 0
  return family === 4 && start < IP_HEADER_BYTES[4] ? undefined : received.subarray(start)
}

/** As setsockopt(2) takes it. */
export interface SocketOption {
  readonly level: number
  readonly option: number
  readonly value: Buffer
}

/** A filter that keeps everything but echo replies from waking the process (raw(7) ICMP_FILTER, RFC 3542 §3.2 ICMP6_FILTER). */
export function repliesOnly(family: Family): SocketOption {
  return filterOf(family, [REPLY[family]])
}

/** The same for echo requests and replies, or for nothing at all. */
export function echoesOnly(family: Family, pass: boolean): SocketOption {
  return filterOf(family, pass ? [REQUEST[family], REPLY[family]] : [])
}

function filterOf(family: Family, types: readonly number[]): SocketOption {
  // Bits of types that are to be dropped, in words of 32 bits, in the machine's own order of bytes.
  const words = new Uint32Array(family === 4 ? 1 : 8).fill(0xffff_ffff)
  for (const type of types) words[type >> 5] = ((words[type >> 5] ?? 0) & ~(1 << (type & 31))) >>> 0
  return { level: family === 4 ? SOL_RAW : IPPROTO_ICMPV6, option: 1, value: Buffer.from(words.buffer) }
}

/**
 * What makes a socket send packets with DF and as large as its device takes, whatever path MTU the kernel has heard of (ip(7) and ipv6(7),
 * IP_MTU_DISCOVER with IP_PMTUDISC_PROBE).
 */
export function neverFragment(family: Family): SocketOption {
  const value = Buffer.from(new Uint32Array([PMTUDISC_PROBE]).buffer)
  return family === 4 ? { level: IPPROTO_IP, option: IP_MTU_DISCOVER, value } : { level: IPPROTO_IPV6, option: IPV6_MTU_DISCOVER, value }
}

/** A larger receive buffer, over the limit for programs without CAP_NET_ADMIN (socket(7), SO_RCVBUFFORCE). */
export function receiveBuffer(bytes: number): SocketOption {
  return { level: SOL_SOCKET, option: SO_RCVBUFFORCE, value: Buffer.from(new Uint32Array([bytes]).buffer) }
}

const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
const IPPROTO_IP = 0
const IP_MTU_DISCOVER = 10
const IPPROTO_IPV6 = 41
const IPV6_MTU_DISCOVER = 23
const PMTUDISC_PROBE = 3
const SOL_RAW = 255
const IPPROTO_ICMPV6 = 58
