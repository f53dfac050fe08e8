import { describe, it } from 'mocha'
import { expect } from 'chai'
import { firstProbe, gossipRounds, memberlistDetection } from './memberlist-figures.js'

describe('memberlist’s computed figures', () => {
  it('agree with those of PROTOCOL.md A', () => {
    expect([10, 100, 1_000, 10_000].map(gossipRounds)).to.deep.equal([3, 6, 8, 11])
    expect(firstProbe(0.99)).to.be.closeTo(4_605, 1)
  })

  it('are those of serf with 40 agents, 7.9 to 8.1 s, in the middle', () => {
    expect(memberlistDetection(40, 0.5)).to.be.within(7_500, 9_500)
  })
})
