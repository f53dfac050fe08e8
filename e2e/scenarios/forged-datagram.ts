export interface Forged {
  readonly vni: number
  /** Of the VXLAN device that shall unpack it. */
  readonly mac: string
  /** Inner addresses. */
  readonly from: string
  readonly to: string
  /** Inner UDP port. */
  readonly port: number
  /** Of the inner frame; IPv4 unless given. */
  readonly etherType?: number
  /** With a priority tag (VLAN 0), which the receiver takes off. */
  readonly tagged?: boolean
  /** Only so many bytes of it. */
  readonly length?: number
}

/** The payload of a VXLAN packet's UDP datagram: VXLAN header (RFC 7348 §5), Ethernet frame, IPv4, UDP without a checksum, five bytes. */
export function datagramWithin({ vni, mac, from, to, port, etherType = 0x0800, tagged = false, length }: Forged): Buffer {
  const vxlan = Buffer.alloc(8)
  vxlan[0] = 0x08
  vxlan.writeUIntBE(vni, 4, 3)
  const ethernet = Buffer.from(
    `${mac.replaceAll(':', '')}020000000001${tagged ? '81000000' : ''}${etherType.toString(16).padStart(4, '0')}`,
    'hex',
  )
  const udp = Buffer.alloc(8)
  udp.writeUInt16BE(7, 0)
  udp.writeUInt16BE(port, 2)
  udp.writeUInt16BE(8 + 5, 4)
  const ip = Buffer.from([0x45, 0, 0, 20 + 8 + 5, 0, 0, 0, 0, 64, 17, 0, 0, ...octets(from), ...octets(to)])
  ip.writeUInt16BE(checksum(ip), 10)
  return Buffer.concat([vxlan, ethernet, ip, udp, Buffer.from('hello')]).subarray(0, length)
}

function octets(address: string): number[] {
  return address.split('.').map(Number)
}

/** RFC 1071, of an even number of bytes. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
