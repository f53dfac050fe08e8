import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { familyOf, ipFromBytes, ipFromNumber, ipToBytes, ipToNumber, ipv4ToNumber, parseIp } from './address.js'
import { WeftError } from './weft-error.js'

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc
    .array(fc.oneof(fc.constantFrom(0, 0, 255), fc.integer({ min: 0, max: 255 })), { minLength: length, maxLength: length })
    .map((all) => Uint8Array.from(all))
const anyBytes = fc.oneof(bytesOf(4), bytesOf(16))

describe('parseIp', () => {
  const canonical: readonly (readonly [string, string])[] = [
    ['0.0.0.0', '0.0.0.0'],
    ['10.61.3.9', '10.61.3.9'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8::1', '2001:db8::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['::192.0.2.1', '::c000:201'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
    // The examples of RFC 5952, sections 2 and 4.
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ]
  for (const [text, expected] of canonical) {
    it(`reads ${text} as ${expected}`, () => {
      expect(parseIp(text)).to.equal(expected)
      expect(parseIp(expected)).to.equal(expected)
    })
  }

  const wrong = [
    '',
    ' ',
    '10',
    '10.61.3',
    '10.61.3.9.1',
    '10.61.3.',
    '.10.61.3',
    '10..61.3',
    '256.0.0.1',
    '1.2.3.999',
    '01.2.3.4',
    '1.2.3.04',
    '1.2.3.4 ',
    '-1.2.3.4',
    '1.2.3.4/32',
    '0x1.2.3.4',
    '1,2,3,4',
    '١.٢.٣.٤',
    'localhost',
    '10.61.3.9\n',
    ':',
    ':::',
    '1:',
    ':1',
    '1:2',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '[::1]',
    '::1.2.3',
    '::1.2.3.4:5',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::01.2.3.4',
    ' ::1',
  ]
  for (const text of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseIp(text))
        .to.throw(WeftError)
        .with.property('code', 'WEFT_ADDRESS_INVALID')
    })
  }

  it('refuses what is no text, as it can come out of JSON', () => {
    for (const value of [undefined, null, 7, {}, ['10.61.3.9']]) {
      expect(() => parseIp(value as string))
        .to.throw(WeftError)
        .with.property('code', 'WEFT_ADDRESS_INVALID')
    }
  })
})

describe('addresses', () => {
  it('survive the way through bytes, numbers and text', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const address = ipFromBytes(bytes)
        expect(parseIp(address)).to.equal(address)
        expect(ipToBytes(address)).to.deep.equal(bytes)
        expect(ipFromNumber(ipToNumber(address), familyOf(address))).to.equal(address)
        expect(familyOf(address)).to.equal(bytes.length === 4 ? 4 : 6)
      }),
    )
  })

  it('are equal texts when they are equal addresses, however they were written', () => {
    fc.assert(
      fc.property(bytesOf(16), (bytes) => {
        const words = Array.from({ length: 8 }, (_, at) => ((bytes[2 * at] ?? 0) << 8) | (bytes[2 * at + 1] ?? 0))
        const whole = words.map((word) => word.toString(16).padStart(4, '0')).join(':')
        expect(parseIp(whole.toUpperCase())).to.equal(ipFromBytes(bytes))
      }),
    )
  })

  it('shorten the first of the longest runs of zero groups, and never a single group', () => {
    fc.assert(
      fc.property(bytesOf(16), (bytes) => {
        const address = ipFromBytes(bytes)
        const zeros = Array.from({ length: 8 }, (_, at) => (bytes[2 * at] || bytes[2 * at + 1] ? 'x' : '0')).join('')
        const longest = (zeros.match(/00+/g) ?? []).sort((a, b) => b.length - a.length)[0]
        const groupsBefore = address.split('::')[0]?.split(':').filter(Boolean).length
        expect(address.includes('::')).to.equal(longest !== undefined)
        if (longest !== undefined) expect(groupsBefore).to.equal(zeros.indexOf(longest))
      }),
    )
  })

  it('are ordered as numbers as they are as bytes', () => {
    expect(ipToNumber(parseIp('10.61.3.9'))).to.equal(0x0a3d0309n)
    expect(ipv4ToNumber(parseIp('255.255.255.255'))).to.equal(0xffffffff)
    expect(ipToNumber(parseIp('::1:0'))).to.equal(0x10000n)
  })

  it('do not come from numbers or bytes that do not fit', () => {
    for (const make of [() => ipFromNumber(-1n, 4), () => ipFromNumber(1n << 32n, 4), () => ipFromNumber(1n << 128n, 6)]) {
      expect(make).to.throw(WeftError).with.property('code', 'WEFT_ADDRESS_INVALID')
    }
    expect(ipFromNumber((1n << 128n) - 1n, 6)).to.equal('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')
    for (const length of [0, 3, 5, 15, 17]) expect(() => ipFromBytes(new Uint8Array(length))).to.throw(WeftError, `not ${length}`)
    expect(() => ipv4ToNumber(parseIp('::1')))
      .to.throw(WeftError)
      .with.property('code', 'WEFT_ADDRESS_INVALID')
  })
})
