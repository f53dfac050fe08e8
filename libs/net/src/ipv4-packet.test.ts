import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseIp } from '#core'
import { ipv4Echo, ipv4Udp } from './ipv4-packet.js'

/** RFC 1071: with its checksum in place a message adds up to ones. */
function addsUp(bytes: Buffer): boolean {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] as number) * 256 + (bytes[at + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return sum === 0xffff
}

describe('ipv4Echo', () => {
  it('has both checksums, the addresses, and the message but for its checksum', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 64 }), (bytes) => {
        const message = Buffer.from(bytes)
        message.writeUInt16BE(0, 2)
        const packet = ipv4Echo(parseIp('10.61.0.1'), parseIp('10.61.0.2'), message)
        expect(packet.length).to.equal(20 + message.length)
        expect([addsUp(packet.subarray(0, 20)), addsUp(packet.subarray(20))]).to.deep.equal([true, true])
        expect([...packet.subarray(0, 10)]).to.deep.equal([0x45, 0, 0, packet.length, 0, 0, 0x40, 0, 64, 1])
        expect([...packet.subarray(12, 20)]).to.deep.equal([10, 61, 0, 1, 10, 61, 0, 2])
        expect(packet.subarray(24).equals(message.subarray(4))).to.equal(true)
      }),
    )
  })
})

describe('ipv4Udp', () => {
  it('has both checksums, addresses, ports and payload, also where the checksum comes out as 0', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(0xffff), fc.nat(0xffff), (bytes, fromPort, toPort) => {
        const [from, to] = [
          { address: parseIp('10.61.0.1'), port: fromPort },
          { address: parseIp('10.61.0.2'), port: toPort },
        ]
        const packet = ipv4Udp(from, to, Buffer.from(bytes))
        const datagram = packet.subarray(20)
        const length = 8 + bytes.length
        const pseudo = Buffer.from([10, 61, 0, 1, 10, 61, 0, 2, 0, 17, 0, length])
        expect([packet[9], packet.length, datagram.readUInt16BE(4)]).to.deep.equal([17, 20 + length, length])
        expect([datagram.readUInt16BE(0), datagram.readUInt16BE(2)]).to.deep.equal([fromPort, toPort])
        expect([addsUp(packet.subarray(0, 20)), addsUp(Buffer.concat([pseudo, datagram]))]).to.deep.equal([true, true])
        expect(datagram.readUInt16BE(6)).not.to.equal(0)
        expect(datagram.subarray(8).equals(Buffer.from(bytes))).to.equal(true)
      }),
    )
    // What is missing to ones: then the sum is 0xffff, and its complement 0.
    const datagram = (payload: Buffer): Buffer =>
      ipv4Udp({ address: parseIp('10.61.0.1'), port: 1 }, { address: parseIp('10.61.0.2'), port: 2 }, payload)
    const checksum = datagram(Buffer.alloc(2)).subarray(26, 28)
    expect(datagram(Buffer.from(checksum)).readUInt16BE(26)).to.equal(0xffff)
  })
})
