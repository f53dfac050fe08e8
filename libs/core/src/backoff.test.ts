import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { Backoff } from './backoff.js'
import { seededRandom } from './random.js'

/** Always the largest number that a Random can give, nearly. */
const largest = { next: (): number => 1 - Number.EPSILON }
const smallest = { next: (): number => 0 }

describe('Backoff', () => {
  it('doubles up to its limit', () => {
    const backoff = new Backoff({ first: 100, limit: 1_000 }, largest)
    expect([1, 2, 3, 4, 5, 6].map(() => Math.round(backoff.next()))).to.deep.equal([100, 200, 400, 800, 1_000, 1_000])
  })

  it('never waits less than half of the bound', () => {
    const backoff = new Backoff({ first: 100, limit: 1_000 }, smallest)
    expect([1, 2, 3, 4, 5].map(() => backoff.next())).to.deep.equal([50, 100, 200, 400, 500])
  })

  it('begins anew after a success', () => {
    const backoff = new Backoff({ first: 100, limit: 1_000 }, largest)
    for (let failure = 0; failure < 9; failure++) backoff.next()
    backoff.reset()
    expect(Math.round(backoff.next())).to.equal(100)
  })

  it('stays within its bounds for any number of failures', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 100_000 }), fc.integer(), (first, limit, seed) => {
        const backoff = new Backoff({ first, limit }, seededRandom(seed))
        for (let failure = 0; failure < 100; failure++) {
          const bound = Math.min(limit, first * 2 ** failure)
          expect(backoff.next()).to.be.within(bound / 2, bound)
        }
      }),
    )
  })
})
