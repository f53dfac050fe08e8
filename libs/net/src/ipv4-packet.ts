import { ipToBytes, type Ip } from '#core'
import raw from 'raw-socket'

const HEADER_BYTES = 20
const PROTOCOL_ICMP = 1
const TTL = 64

/** An ICMP message, whose checksum is still 0, in an IPv4 packet that is never fragmented (RFC 791, RFC 792), with both checksums. */
export function ipv4Echo(from: Ip, to: Ip, message: Buffer): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + message.length)
  packet[0] = 0x45
  packet.writeUInt16BE(packet.length, 2)
  packet.writeUInt16BE(0x4000, 6)
  packet[8] = TTL
  packet[9] = PROTOCOL_ICMP
  packet.set(ipToBytes(from), 12)
  packet.set(ipToBytes(to), 16)
  raw.writeChecksum(packet, 10, raw.createChecksum(packet.subarray(0, HEADER_BYTES)))
  message.copy(packet, HEADER_BYTES)
  raw.writeChecksum(packet, HEADER_BYTES + 2, raw.createChecksum(message))
  return packet
}
