import { describe, it } from 'mocha'
import { expect } from 'chai'
import { GOSSIP_DEFAULTS } from './settings.js'
import { clusterScale, remainingSuspicion, suspicionBounds } from './suspicion-time.js'

describe('remainingSuspicion', () => {
  // The table of memberlist's suspicion_test.go, in seconds: k 3, min 2, max 30.
  const table: [n: number, elapsed: number, remaining: number][] = [
    [0, 0, 30],
    [1, 2, 14],
    [2, 3, 4.81],
    [3, 4, -2],
    [4, 5, -3],
    [5, 10, -8],
  ]
  for (const [n, elapsed, remaining] of table) {
    it(`leaves ${remaining} s with ${n} confirmations after ${elapsed} s`, () => {
      expect(remainingSuspicion(n, 3, elapsed, 2, 30)).to.be.closeTo(remaining, 0.01)
    })
  }

  it('is the shortest at once where there is nobody to confirm', () => {
    expect(remainingSuspicion(0, 0, 0, 2, 30)).to.equal(2)
  })
})

describe('suspicionBounds', () => {
  it('has the reference figures: 8 s at 100 members, 12 s at 1,000, 16 s at 10,000', () => {
    const min = (members: number): number => Math.round(suspicionBounds(members, GOSSIP_DEFAULTS).min)
    expect([3, 10, 100, 1_000, 10_000].map(min)).to.deep.equal([4_000, 4_000, 8_000, 12_000, 16_000])
    expect(suspicionBounds(100, GOSSIP_DEFAULTS).max).to.equal(48_000)
  })

  it('asks for as many confirmations as there are others, two at most', () => {
    expect([1, 2, 3, 4, 100].map((members) => suspicionBounds(members, GOSSIP_DEFAULTS).confirmations)).to.deep.equal([0, 0, 1, 2, 2])
  })

  it('never scales below one', () => {
    expect(clusterScale(0)).to.equal(1)
    expect(clusterScale(5)).to.equal(1)
  })
})
