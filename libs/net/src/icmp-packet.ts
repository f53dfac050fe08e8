import type { Family } from '#core'

/** Types of RFC 792 and RFC 4443. */
const REQUEST: Readonly<Record<Family, number>> = { 4: 8, 6: 128 }
const REPLY: Readonly<Record<Family, number>> = { 4: 0, 6: 129 }
const HEADER_BYTES = 8
/** Random bytes of this process, then the nonce. */
export const MARK_BYTES = 8
const PAYLOAD_BYTES = MARK_BYTES + 4
/** Smallest IPv4 header; a raw IPv4 socket hands it over, a raw IPv6 socket does not (RFC 3542 §3). */
const IPV4_HEADER_BYTES = 20

/** An echo request with the checksum left 0. @param mark {@link MARK_BYTES} random bytes that tell our echoes from others' */
export function echoRequest(family: Family, mark: Buffer, nonce: number): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + PAYLOAD_BYTES)
  packet[0] = REQUEST[family]
  // Identifier and sequence are for people who watch with tcpdump; what counts is the payload.
  mark.copy(packet, 4, 0, 2)
  packet.writeUInt16BE(nonce & 0xffff, 6)
  mark.copy(packet, HEADER_BYTES)
  packet.writeUInt32BE(nonce, HEADER_BYTES + MARK_BYTES)
  return packet
}

/** The nonce of an echo reply to a request with this mark; nothing for any other packet. */
export function nonceOfReply(family: Family, mark: Buffer, received: Buffer): number | undefined {
  const start = family === 4 ? ((received[0] ?? 0) & 0x0f) * 4 : 0
  if (family === 4 && start < IPV4_HEADER_BYTES) return undefined
  const packet = received.subarray(start)
  if (packet.length < HEADER_BYTES + PAYLOAD_BYTES || packet[0] !== REPLY[family] || packet[1] !== 0) return undefined
  if (!packet.subarray(HEADER_BYTES, HEADER_BYTES + MARK_BYTES).equals(mark)) return undefined
  return packet.readUInt32BE(HEADER_BYTES + MARK_BYTES)
}

/** A filter that keeps everything but echo replies from waking the process (raw(7) ICMP_FILTER, RFC 3542 §3.2 ICMP6_FILTER). */
export function repliesOnly(family: Family): { readonly level: number; readonly option: number; readonly value: Buffer } {
  const value = Buffer.alloc(family === 4 ? 4 : 32, 0xff)
  // Bits of types that are to be dropped, in the machine's own order of bytes, in words of 32 bits.
  const word = Math.floor(REPLY[family] / 32)
  const bits = new Uint32Array([~(1 << (REPLY[family] % 32)) >>> 0])
  Buffer.from(bits.buffer).copy(value, word * 4)
  return { level: family === 4 ? SOL_RAW : IPPROTO_ICMPV6, option: 1, value }
}

const SOL_RAW = 255
const IPPROTO_ICMPV6 = 58
