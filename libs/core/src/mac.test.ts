import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { derivedMac, macFromBytes, macToBytes, parseMac } from './mac.js'
import { WeftError } from './weft-error.js'

describe('parseMac', () => {
  it('returns lower case', () => {
    expect(parseMac('02:00:5E:10:00:0a')).to.equal('02:00:5e:10:00:0a')
  })

  for (const text of [
    '',
    '02:00:5e:10:00',
    '02:00:5e:10:00:01:02',
    '02-00-5e-10-00-01',
    '2:0:5e:10:0:1',
    '02:00:5e:10:00:0g',
    '0200.5e10.0001',
    '02:00:5e:10:00:01 ',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseMac(text))
        .to.throw(WeftError)
        .with.property('code', 'WEFT_MAC_INVALID')
    })
  }

  it('survives the way through bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const mac = macFromBytes(bytes)
        expect(parseMac(mac)).to.equal(mac)
        expect(macToBytes(mac)).to.deep.equal(bytes)
      }),
    )
  })
})

describe('derivedMac', () => {
  it('is always locally administered and unicast, and the same for the same parts', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (host, vni) => {
        const mac = derivedMac('vtep', host, vni)
        expect((macToBytes(mac)[0] ?? 0) & 0b11).to.equal(0b10)
        expect(derivedMac('vtep', host, vni)).to.equal(mac)
      }),
    )
  })

  it('never changes between versions: peers compute the same one', () => {
    expect(derivedMac('vtep', 'h1', 100)).to.equal('5a:eb:01:37:b3:88')
    expect(derivedMac('bridge', 'h1', 100)).to.equal('46:02:80:2a:c3:6a')
  })

  it('differs between 20,000 hosts, and between parts that join to the same text', () => {
    const macs = new Set(Array.from({ length: 20_000 }, (_, index) => derivedMac('vtep', `host-${index}`, 100)))
    expect(macs.size).to.equal(20_000)
    expect(derivedMac('ab', 'c')).not.to.equal(derivedMac('a', 'bc'))
  })
})
