import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { addressAt, contains, gatewayOf, parseIp, parsePrefix, prefixAddress, prefixOf, prefixSize, type Ip, type Prefix } from '#core'
import { checkAddress, chooseAddress } from './address-choice.js'

const SUBNET = parsePrefix('10.61.3.0/24')
const ip = parseIp
const none: ReadonlySet<Ip> = new Set()

/** A small subnet, so that it fills up soon. */
const subnets = fc
  .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 26, max: 30 }))
  .map(([at, length]) => prefixOf(addressAt(parsePrefix('10.61.0.0/16'), at), length))

const usable = (subnet: Prefix): Ip[] => Array.from({ length: Number(prefixSize(subnet)) - 3 }, (_, index) => addressAt(subnet, index + 2))

describe('choice of an address', () => {
  it('begins behind the gateway', () => {
    expect(chooseAddress([SUBNET], none, undefined)).to.deep.equal({ address: '10.61.3.2', subnet: SUBNET })
  })

  it('goes on behind the last one, so that a freed address rests', () => {
    expect(chooseAddress([SUBNET], new Set([ip('10.61.3.9')]), ip('10.61.3.8')).address).to.equal('10.61.3.10')
  })

  it('wraps around at the end, past network, gateway and broadcast addresses', () => {
    expect(chooseAddress([SUBNET], none, ip('10.61.3.254')).address).to.equal('10.61.3.2')
  })

  it('takes the next subnet when one is full, and only then', () => {
    const small = [parsePrefix('10.61.3.0/30'), parsePrefix('10.61.4.0/30')]
    expect(chooseAddress(small, none, undefined).address).to.equal('10.61.3.2')
    expect(chooseAddress(small, new Set([ip('10.61.3.2')]), ip('10.61.3.2'))).to.deep.equal({
      address: '10.61.4.2',
      subnet: '10.61.4.0/30',
    })
  })

  it('starts afresh when the last address lies in a subnet that the host lost', () => {
    expect(chooseAddress([SUBNET], none, ip('10.61.9.77')).address).to.equal('10.61.3.2')
  })

  it('says what is full', () => {
    const subnet = parsePrefix('10.61.3.0/29')
    expect(() => chooseAddress([subnet], new Set(usable(subnet)), undefined))
      .to.throw('no free address in 10.61.3.0/29: 5 in use')
      .with.property('code', 'WEFT_SUBNET_FULL')
  })

  it('never gives out a used or reserved address, whatever is in use and whichever was last', () => {
    fc.assert(
      fc.property(subnets, fc.array(fc.nat(63)), fc.nat(63), (subnet, taken, lastAt) => {
        const size = Number(prefixSize(subnet))
        const used = new Set(taken.map((at) => addressAt(subnet, at % size)))
        const free = usable(subnet).filter((address) => !used.has(address))
        fc.pre(free.length > 0)
        const { address } = chooseAddress([subnet], used, addressAt(subnet, lastAt % size))
        expect(free).to.include(address)
      }),
    )
  })

  it('finds the last free address, also with other networks’ and subnets’ addresses among the used', () => {
    fc.assert(
      fc.property(subnets, fc.nat(63), fc.nat(63), fc.nat(300), (subnet, leftAt, lastAt, besides) => {
        const all = usable(subnet)
        const left = all[leftAt % all.length] as Ip
        const elsewhere = Array.from({ length: besides }, (_, at) => addressAt(parsePrefix('10.99.0.0/16'), at))
        const used = new Set([...all.filter((address) => address !== left), ...elsewhere])
        expect(chooseAddress([subnet], used, all[lastAt % all.length]).address).to.equal(left)
      }),
    )
  })

  it('gives every usable address out once before any a second time, when each is freed at once', () => {
    fc.assert(
      fc.property(subnets, (subnet) => {
        const given: Ip[] = []
        for (const _ of usable(subnet)) given.push(chooseAddress([subnet], none, given.at(-1)).address)
        expect([...given].sort()).to.deep.equal([...usable(subnet)].sort())
      }),
    )
  })

  it('is quick in a huge subnet', () => {
    const huge = parsePrefix('10.0.0.0/8')
    const used = new Set(Array.from({ length: 2_000 }, (_, at) => addressAt(huge, at + 2)))
    expect(chooseAddress([huge], used, undefined).address).to.equal(addressAt(huge, 2_002))
  })
})

describe('an address that was asked for', () => {
  it('is taken when it is free and in a subnet of this host', () => {
    expect(checkAddress(ip('10.61.3.77'), [parsePrefix('10.61.2.0/24'), SUBNET], none)).to.deep.equal({
      address: '10.61.3.77',
      subnet: SUBNET,
    })
  })

  const wrong: readonly (readonly [address: string, code: string, what: string])[] = [
    ['10.61.4.1', 'WEFT_ADDRESS_OUTSIDE_SUBNET', 'does not lie in a subnet of this host'],
    ['2001:db8::1', 'WEFT_ADDRESS_OUTSIDE_SUBNET', 'does not lie in a subnet of this host'],
    ['10.61.3.0', 'WEFT_ADDRESS_OUTSIDE_SUBNET', 'is reserved'],
    ['10.61.3.1', 'WEFT_ADDRESS_OUTSIDE_SUBNET', 'is reserved'],
    ['10.61.3.255', 'WEFT_ADDRESS_OUTSIDE_SUBNET', 'is reserved'],
    ['10.61.3.9', 'WEFT_ENDPOINT_EXISTS', 'is in use on this host'],
  ]
  for (const [address, code, what] of wrong) {
    it(`is refused: ${address}`, () => {
      expect(() => checkAddress(ip(address), [SUBNET], new Set([ip('10.61.3.9')])))
        .to.throw(what)
        .that.includes({ code, field: 'address' })
    })
  }

  it('can be every address that could also be chosen, and no other', () => {
    fc.assert(
      fc.property(subnets, fc.nat(63), (subnet, at) => {
        const address = addressAt(subnet, at % Number(prefixSize(subnet)))
        const reserved = address === prefixAddress(subnet) || address === gatewayOf(subnet) || !usable(subnet).includes(address)
        if (reserved) expect(() => checkAddress(address, [subnet], none)).to.throw('is reserved')
        else expect(contains(checkAddress(address, [subnet], none).subnet, address)).to.equal(true)
      }),
    )
  })
})
