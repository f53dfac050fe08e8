import { ipToBytes, type Ip } from '#core'
import raw from 'raw-socket'

const HEADER_BYTES = 20
const PROTOCOL_ICMP = 1
const PROTOCOL_UDP = 17
const UDP_HEADER_BYTES = 8
const TTL = 64

/** An ICMP message, whose checksum is still 0, in an IPv4 packet that is never fragmented (RFC 791, RFC 792), with both checksums. */
export function ipv4Echo(from: Ip, to: Ip, message: Buffer): Buffer {
  const packet = ipv4Packet(from, to, PROTOCOL_ICMP, message)
  raw.writeChecksum(packet, HEADER_BYTES + 2, raw.createChecksum(message))
  return packet
}

/** Where a datagram comes from, or goes to. */
export interface UdpEnd {
  readonly address: Ip
  readonly port: number
}

/** A UDP datagram (RFC 768) in such a packet, with both checksums. */
export function ipv4Udp(from: UdpEnd, to: UdpEnd, payload: Buffer): Buffer {
  const datagram = Buffer.alloc(UDP_HEADER_BYTES + payload.length)
  datagram.writeUInt16BE(from.port, 0)
  datagram.writeUInt16BE(to.port, 2)
  datagram.writeUInt16BE(datagram.length, 4)
  payload.copy(datagram, UDP_HEADER_BYTES)
  // The pseudo header: addresses, protocol and length.
  const pseudo = Buffer.from([...ipToBytes(from.address), ...ipToBytes(to.address), 0, PROTOCOL_UDP, 0, 0])
  pseudo.writeUInt16BE(datagram.length, 10)
  const checksum = raw.createChecksum(Buffer.concat([pseudo, datagram]))
  // 0 would say that there is none.
  datagram.writeUInt16BE(checksum === 0 ? 0xffff : checksum, 6)
  return ipv4Packet(from.address, to.address, PROTOCOL_UDP, datagram)
}

function ipv4Packet(from: Ip, to: Ip, protocol: number, content: Buffer): Buffer {
  const packet = Buffer.alloc(HEADER_BYTES + content.length)
  packet[0] = 0x45
  packet.writeUInt16BE(packet.length, 2)
  packet.writeUInt16BE(0x4000, 6)
  packet[8] = TTL
  packet[9] = protocol
  packet.set(ipToBytes(from), 12)
  packet.set(ipToBytes(to), 16)
  raw.writeChecksum(packet, 10, raw.createChecksum(packet.subarray(0, HEADER_BYTES)))
  content.copy(packet, HEADER_BYTES)
  return packet
}
