import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { ipFromBytes, ipToBytes, macFromBytes, macToBytes, parseIp, parseMac } from '#core'
import { ip4FromWord, ip4ToWord, ipAt, macAt, macHigh, macLow } from './address-text.js'

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })

describe('addresses in messages', () => {
  it('puts the first byte of an IPv4 address first', () => {
    expect(ip4ToWord(parseIp('192.0.2.1'))).to.equal(0x010200c0)
    expect(ip4FromWord(0xff000a0a)).to.equal('10.10.0.255')
  })

  it('agrees with core on every IPv4 address', () => {
    fc.assert(
      fc.property(bytesOf(4), (bytes) => {
        const address = ipFromBytes(bytes)
        const word = ip4ToWord(address)
        const written = new Uint8Array(4)
        new DataView(written.buffer).setUint32(0, word, true)
        expect([...written]).to.deep.equal([...ipToBytes(address)])
        expect(ip4FromWord(word)).to.equal(address)
      }),
    )
  })

  it('agrees with core on every MAC address', () => {
    fc.assert(
      fc.property(bytesOf(6), (bytes) => {
        const mac = macFromBytes(bytes)
        const written = new Uint8Array(Uint32Array.of(macLow(mac), macHigh(mac)).buffer)
        expect([...written]).to.deep.equal([...macToBytes(mac), 0, 0])
        expect(macAt(written, 0)).to.equal(mac)
      }),
    )
  })

  it('reads addresses at an offset', () => {
    const bytes = Uint8Array.of(9, ...ipToBytes(parseIp('2001:db8::5')), 9)
    expect(ipAt(bytes, 1, 16)).to.equal('2001:db8::5')
    expect(macAt(Uint8Array.of(1, 2, 0xfe, 4, 5, 6, 7), 1)).to.equal(parseMac('02:fe:04:05:06:07'))
  })
})
