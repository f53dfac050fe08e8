import { describe, it } from 'mocha'
import { expect } from 'chai'
import * as fc from 'fast-check'
import { addressAt, contains, hostPrefix, parsePrefix, type Prefix } from '#core'
import { grantedElements, outermost } from './disjoint.js'

const SUBNET = parsePrefix('10.61.1.0/29')
const ADDRESSES = Array.from({ length: 8 }, (_, offset) => addressAt(SUBNET, offset))

describe('elements of leases within leases', () => {
  it('of what is stopped are the larger ones', () => {
    const prefixes = ['10.61.9.9/32', '10.61.1.0/24', '10.61.1.5/32', 'fd61::/64', 'fd61::9/128'].map(parsePrefix)
    expect(outermost(prefixes)).to.deep.equal(['10.61.9.9/32', '10.61.1.0/24', 'fd61::/64'])
  })

  it('of what is granted leave out the lease within that is not', () => {
    const [subnet, floating] = [parsePrefix('fd61:0:0:1::/64'), parsePrefix('fd61:0:0:1::9/128')]
    expect(grantedElements([subnet, floating], [subnet, floating])).to.deep.equal([subnet])
    expect(grantedElements([floating], [subnet, floating])).to.deep.equal([floating])
    const parts = grantedElements([subnet], [subnet, floating])
    expect([parts.length, parts.some((part) => contains(part, floating)), parts[0]]).to.deep.equal([64, false, 'fd61:0:0:1::/125'])
  })

  it('cover an address just when its own lease is granted, and never overlap', () => {
    const some = fc.subarray(ADDRESSES.map(hostPrefix))
    fc.assert(
      fc.property(some, some, fc.boolean(), fc.boolean(), (floating, chosen, hasSubnet, grantsSubnet) => {
        const gated: Prefix[] = [...(hasSubnet ? [SUBNET] : []), ...floating]
        const granted = gated.filter((lease) => (lease === SUBNET ? grantsSubnet : chosen.includes(lease)))
        const elements = grantedElements(granted, gated)
        for (const address of ADDRESSES) {
          const own = gated.includes(hostPrefix(address)) ? hostPrefix(address) : SUBNET
          const covering = elements.filter((element) => contains(element, address)).length
          expect(covering, `${address} of ${gated.join(' ')} by ${elements.join(' ')}`).to.equal(granted.includes(own) ? 1 : 0)
        }
      }),
    )
  })
})
