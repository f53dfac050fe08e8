import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { seededRandom } from '#core'
import { ProbeOrder } from './probe-order.js'

describe('ProbeOrder', () => {
  it('visits everybody once per pass, in another order each time', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer(), (size, seed) => {
        const order = new ProbeOrder(seededRandom(seed))
        for (let pass = 0; pass < 3; pass++) {
          const seen = new Set(Array.from({ length: size }, () => order.next(size)))
          expect(seen.size).to.equal(size)
        }
      }),
    )
  })

  it('visits a member that comes during a pass before the pass ends', () => {
    const order = new ProbeOrder(seededRandom(3))
    const seen = [order.next(10), order.next(10)]
    order.added(10)
    while (seen.length < 11) seen.push(order.next(11))
    expect(new Set(seen).size).to.equal(11)
  })

  it('has nothing to offer for an empty table', () => {
    expect(new ProbeOrder(seededRandom(1)).next(0)).to.equal(undefined)
  })
})
