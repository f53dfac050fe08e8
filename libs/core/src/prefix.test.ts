import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { ipFromNumber, ipToNumber, parseIp, type Family } from './address.js'
import {
  addressAt,
  bitsOf,
  contains,
  hostPrefix,
  overlaps,
  parsePrefix,
  prefixAddress,
  prefixFamily,
  prefixFromKey,
  prefixLength,
  prefixOf,
  prefixSize,
  prefixToKey,
  subnetAt,
  subnetCount,
  type Prefix,
} from './prefix.js'
import { WeftError } from './weft-error.js'

const families = fc.constantFrom<Family>(4, 6)
const prefixes: fc.Arbitrary<Prefix> = families.chain((family) =>
  fc
    .tuple(fc.bigInt({ min: 0n, max: (1n << BigInt(bitsOf(family))) - 1n }), fc.integer({ min: 0, max: bitsOf(family) }))
    .map(([number, length]) => prefixOf(ipFromNumber(number, family), length)),
)

describe('parsePrefix', () => {
  for (const text of ['10.61.0.0/16', '0.0.0.0/0', '10.61.3.9/32', 'fd00::/48', '::/0', '::1/128', '192.0.2.128/25']) {
    it(`reads ${text}`, () => {
      expect(parsePrefix(text)).to.equal(text)
    })
  }

  it('returns canonical text', () => {
    expect(parsePrefix('FD00:0::/48')).to.equal('fd00::/48')
  })

  for (const text of [
    '',
    '/',
    '10.61.0.0',
    '10.61.0.0/',
    '/16',
    '10.61.0.0/33',
    '::/129',
    '10.61.0.0/-1',
    '10.61.0.0/16/16',
    '10.61/16',
    '10.61.0.0/016',
    '10.61.0.0/1e1',
    ' 10.61.0.0/16',
    '10.61.0.0 /16',
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parsePrefix(text))
        .to.throw(WeftError)
        .with.property('code', 'WEFT_PREFIX_INVALID')
    })
  }

  it('refuses host bits, and says which prefix was meant', () => {
    const thrown = catching(() => parsePrefix('10.61.3.9/16'))
    expect(thrown).to.include({ code: 'WEFT_PREFIX_INVALID', hint: 'write 10.61.0.0/16' })
  })

  it('refuses what is no text', () => {
    expect(() => parsePrefix(undefined as unknown as string)).to.throw(WeftError, 'undefined')
  })
})

describe('prefixes', () => {
  it('survive the way through text and keys', () => {
    fc.assert(
      fc.property(prefixes, (prefix) => {
        expect(parsePrefix(prefix)).to.equal(prefix)
        expect(prefixToKey(prefix)).not.to.include('/')
        expect(prefixFromKey(prefixToKey(prefix))).to.equal(prefix)
        expect(prefixOf(prefixAddress(prefix), prefixLength(prefix))).to.equal(prefix)
      }),
    )
    expect(prefixToKey(parsePrefix('10.61.3.0/24'))).to.equal('10.61.3.0-24')
    expect(() => prefixFromKey('10.61.3.0'))
      .to.throw(WeftError)
      .with.property('code', 'WEFT_PREFIX_INVALID')
  })

  it('contain their first and last address and not the ones beside them', () => {
    fc.assert(
      fc.property(prefixes, (prefix) => {
        const first = ipToNumber(prefixAddress(prefix))
        const end = first + prefixSize(prefix)
        const family = prefixFamily(prefix)
        expect(contains(prefix, addressAt(prefix, 0))).to.equal(true)
        expect(contains(prefix, addressAt(prefix, prefixSize(prefix) - 1n))).to.equal(true)
        if (first > 0n) expect(contains(prefix, ipFromNumber(first - 1n, family))).to.equal(false)
        if (end < 1n << BigInt(bitsOf(family))) expect(contains(prefix, ipFromNumber(end, family))).to.equal(false)
      }),
    )
  })

  it('contain and overlap as their ranges of numbers do', () => {
    const range = (prefix: Prefix): readonly [bigint, bigint] => {
      const first = ipToNumber(prefixAddress(prefix))
      return [first, first + prefixSize(prefix) - 1n]
    }
    // Near each other, or nearly all pairs would be apart.
    const near = fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 22, max: 32 }))
      .map(([last, length]) => prefixOf(parseIp(`10.0.0.${last}`), length))
    fc.assert(
      fc.property(fc.oneof(near, prefixes), fc.oneof(near, prefixes), (a, b) => {
        const sameFamily = prefixFamily(a) === prefixFamily(b)
        const [aFirst, aLast] = range(a)
        const [bFirst, bLast] = range(b)
        expect(contains(a, b)).to.equal(sameFamily && aFirst <= bFirst && bLast <= aLast)
        expect(overlaps(a, b)).to.equal(sameFamily && aFirst <= bLast && bFirst <= aLast)
        expect(overlaps(a, b)).to.equal(overlaps(b, a))
      }),
      { numRuns: 1000 },
    )
  })

  it('are divided into subnets that are in order, apart and complete', () => {
    const pools = fc.tuple(fc.integer({ min: 8, max: 24 }), fc.integer({ min: 0, max: 6 }))
    fc.assert(
      fc.property(pools, ([length, more]) => {
        const pool = prefixOf(parseIp('10.61.77.3'), length)
        const count = Number(subnetCount(pool, length + more))
        expect(count).to.equal(2 ** more)
        const subnets = Array.from({ length: count }, (_, index) => subnetAt(pool, length + more, index))
        expect(subnets.every((subnet) => contains(pool, subnet) && parsePrefix(subnet) === subnet)).to.equal(true)
        for (const [index, subnet] of subnets.entries()) {
          const next = subnets[index + 1]
          if (next) expect(ipToNumber(prefixAddress(next))).to.equal(ipToNumber(prefixAddress(subnet)) + prefixSize(subnet))
        }
        expect(() => subnetAt(pool, length + more, count)).to.throw(RangeError)
        expect(() => subnetAt(pool, length + more, -1)).to.throw(RangeError)
      }),
    )
    expect(subnetCount(parsePrefix('10.61.0.0/16'), 8)).to.equal(0n)
    expect(subnetAt(parsePrefix('fd00::/48'), 64, 65_535)).to.equal('fd00:0:0:ffff::/64')
  })

  it('have addresses up to their end', () => {
    const prefix = parsePrefix('10.61.3.0/24')
    expect(addressAt(prefix, 255)).to.equal('10.61.3.255')
    expect(() => addressAt(prefix, 256)).to.throw(RangeError)
    expect(() => addressAt(prefix, -1)).to.throw(RangeError)
    expect(hostPrefix(parseIp('10.61.3.9'))).to.equal('10.61.3.9/32')
    expect(hostPrefix(parseIp('fd00::9'))).to.equal('fd00::9/128')
  })
})

function catching(action: () => unknown): unknown {
  try {
    action()
  } catch (thrown) {
    return thrown
  }
  return undefined
}
