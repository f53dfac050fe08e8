import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { below, seededRandom, shuffled } from './random.js'

const ascending = (a: number, b: number): number => a - b

describe('seededRandom', () => {
  it('gives the same sequence for the same seed, on every machine and in every version', () => {
    const random = seededRandom(1)
    expect([random.next(), random.next(), random.next()].map((value) => Math.floor(value * 2 ** 32))).to.deep.equal([
      2762661735, 4222749577, 1565589074,
    ])
  })

  it('gives numbers in [0, 1) that fill it evenly', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed)
        const counts = Array<number>(10).fill(0)
        for (let draw = 0; draw < 2_000; draw++) {
          const value = random.next()
          expect(value).to.be.at.least(0).and.below(1)
          counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] ?? 0) + 1
        }
        // Seven standard deviations.
        for (const count of counts) expect(count).to.be.within(106, 294)
      }),
    )
  })

  it('differs from seed to seed', () => {
    const firsts = new Set(Array.from({ length: 1_000 }, (_, seed) => seededRandom(seed).next()))
    expect(firsts.size).to.equal(1_000)
  })
})

describe('below and shuffled', () => {
  it('stay below the bound, and reach every number', () => {
    const random = seededRandom(7)
    const seen = new Set(Array.from({ length: 500 }, () => below(random, 6)))
    expect([...seen].sort(ascending)).to.deep.equal([0, 1, 2, 3, 4, 5])
  })

  it('keep all items and leave the original alone', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.integer(), (items, seed) => {
        const before = [...items]
        const copy = shuffled(seededRandom(seed), items)
        expect([...copy].sort(ascending)).to.deep.equal([...before].sort(ascending))
        expect(items).to.deep.equal(before)
      }),
    )
  })

  it('put every item everywhere about equally often', () => {
    const random = seededRandom(3)
    const firsts = [0, 0, 0, 0]
    for (let run = 0; run < 4_000; run++) {
      const first = shuffled(random, [0, 1, 2, 3])[0] ?? 0
      firsts[first] = (firsts[first] ?? 0) + 1
    }
    for (const count of firsts) expect(count).to.be.within(800, 1_200)
  })
})
