import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseIp } from '#core'
import { ipv4Echo } from './ipv4-packet.js'

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
