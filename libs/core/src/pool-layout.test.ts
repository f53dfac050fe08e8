import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseIp } from './address.js'
import {
  gatewayOf,
  isFloatable,
  isLeasable,
  isVtepAddress,
  leasableSubnetAt,
  leasableSubnets,
  reservedSubnets,
  vtepAddressAt,
} from './pool-layout.js'
import { contains, parsePrefix, prefixOf, subnetAt, type Prefix } from './prefix.js'

interface Pool {
  readonly pool: Prefix
  readonly subnetSize: number
}

const pool = (text: string, subnetSize: number): Pool => ({ pool: parsePrefix(text), subnetSize })
const blue = pool('10.61.0.0/16', 24)

describe('pool layout', () => {
  const table: readonly (readonly [string, number, number, number, string | undefined])[] = [
    // pool, subnet size, reserved subnets, leasable subnets, first leasable subnet
    ['10.61.0.0/16', 24, 1, 255, '10.61.1.0/24'],
    ['10.61.0.0/16', 26, 16, 1_008, '10.61.4.0/26'],
    ['10.0.0.0/8', 24, 256, 65_280, '10.1.0.0/24'],
    ['10.61.0.0/24', 28, 1, 15, '10.61.0.16/28'],
    ['10.61.0.0/24', 25, 1, 1, '10.61.0.128/25'],
    ['10.61.0.0/24', 30, 16, 48, '10.61.0.64/30'],
    ['10.61.0.0/24', 24, 1, 0, undefined],
    ['10.61.0.0/24', 32, 256, 0, undefined],
    ['fd00::/48', 64, 1, 65_535, 'fd00:0:0:1::/64'],
  ]
  for (const [text, size, reserved, leasable, first] of table) {
    it(`of ${text} in /${size}s: ${reserved} for VTEP addresses, ${leasable} for hosts`, () => {
      const network = pool(text, size)
      expect(reservedSubnets(network)).to.equal(reserved)
      expect(leasableSubnets(network)).to.equal(leasable)
      if (first !== undefined) expect(leasableSubnetAt(network, 0)).to.equal(first)
    })
  }

  it('begins with VTEP addresses, without the first, which reads like a network', () => {
    expect(vtepAddressAt(blue, 0)).to.equal('10.61.0.1')
    expect(vtepAddressAt(blue, 254)).to.equal('10.61.0.255')
    expect(isVtepAddress(blue, parseIp('10.61.0.0'))).to.equal(false)
    expect(isVtepAddress(blue, parseIp('10.61.0.255'))).to.equal(true)
    expect(isVtepAddress(blue, parseIp('10.61.1.0'))).to.equal(false)
    expect(isVtepAddress(blue, parseIp('10.60.255.255'))).to.equal(false)
    expect(isVtepAddress(blue, parseIp('fd00::1'))).to.equal(false)
  })

  for (const text of [
    '10.61.0.0/24',
    '10.61.1.0/25',
    '10.61.0.0/16',
    '10.60.0.0/15',
    '10.62.1.0/24',
    '10.60.255.0/24',
    '0.0.0.0/0',
    'fd00::/24',
  ]) {
    it(`does not lease ${text}`, () => expect(isLeasable(blue, parsePrefix(text))).to.equal(false))
  }

  it('has a VTEP address for every subnet it leases, and the two never meet', () => {
    const networks = fc
      .tuple(fc.nat(0xffffff), fc.integer({ min: 8, max: 28 }), fc.integer({ min: 1, max: 6 }))
      .map(([address, length, more]): Pool => ({
        pool: prefixOf(parseIp(`10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`), length),
        subnetSize: length + more,
      }))
      .filter(({ subnetSize }) => subnetSize <= 30)
    fc.assert(
      fc.property(networks, (network) => {
        const count = leasableSubnets(network)
        expect(count + reservedSubnets(network)).to.equal(2 ** (network.subnetSize - Number(network.pool.split('/')[1])))
        for (let index = 0; index < count; index++) {
          const subnet = leasableSubnetAt(network, index)
          const vtep = vtepAddressAt(network, index)
          expect(isLeasable(network, subnet), subnet).to.equal(true)
          expect(isVtepAddress(network, vtep), vtep).to.equal(true)
          expect(isVtepAddress(network, gatewayOf(subnet)), subnet).to.equal(false)
          expect(contains(subnet, gatewayOf(subnet))).to.equal(true)
        }
        for (let index = 0; index < reservedSubnets(network); index++) {
          expect(isLeasable(network, subnetAt(network.pool, network.subnetSize, index))).to.equal(false)
        }
        expect(() => leasableSubnetAt(network, count)).to.throw(RangeError)
      }),
    )
  })

  const floats: readonly (readonly [string, boolean])[] = [
    ['10.61.1.2/32', true],
    ['10.61.255.254/32', true],
    ['10.61.1.0/32', false],
    ['10.61.1.1/32', false],
    ['10.61.1.255/32', false],
    ['10.61.0.7/32', false],
    ['10.62.1.7/32', false],
    ['10.61.1.0/24', false],
    ['10.61.1.4/31', false],
  ]
  for (const [address, can] of floats) {
    it(`${address} ${can ? 'can' : 'cannot'} float`, () => expect(isFloatable(blue, parsePrefix(address))).to.equal(can))
  }
})
