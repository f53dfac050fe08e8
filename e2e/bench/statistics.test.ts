import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ratios, summarise } from './statistics.js'

describe('statistics of benchmarks', () => {
  it('give minimum, median and maximum', () => {
    expect(summarise([5, 1, 3])).to.deep.equal({ min: 1, median: 3, max: 5, rounds: 3 })
    expect(summarise([4, 1, 3, 2])).to.deep.equal({ min: 1, median: 2.5, max: 4, rounds: 4 })
    expect(summarise([7])).to.deep.equal({ min: 7, median: 7, max: 7, rounds: 1 })
    expect(() => summarise([])).to.throw(RangeError)
  })

  it('compare round by round', () => {
    expect(ratios([1, 2, 3], [2, 2, 2])).to.deep.equal([0.5, 1, 1.5])
    expect(ratios([1, 2, 3], [2, 0])).to.deep.equal([0.5])
  })
})
