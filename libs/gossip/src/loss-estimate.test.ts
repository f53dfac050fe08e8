import { describe, it } from 'mocha'
import { expect } from 'chai'
import { LossEstimate, missesBeyondChance } from './loss-estimate.js'

describe('LossEstimate', () => {
  it('begins with doubt and comes near the truth', () => {
    const estimate = new LossEstimate()
    expect(estimate.share).to.equal(0.2)
    for (let sample = 0; sample < 200; sample++) estimate.add(sample % 4 === 0 ? 1 : 0, sample % 4 === 0 ? 0 : 1)
    expect(estimate.share).to.be.closeTo(0.25, 0.05)
    for (let sample = 0; sample < 200; sample++) estimate.add(0, 1)
    expect(estimate.share).to.be.below(0.06)
  })
})

describe('missesBeyondChance', () => {
  it('has the figures of PROTOCOL.md B: ln 1e-9 / ln p', () => {
    expect([0.01, 0.1, 0.2, 0.36, 0.5].map((share) => missesBeyondChance(share, 1e-9))).to.deep.equal([5, 9, 13, 21, 30])
  })

  it('stays finite on a path that loses everything or nothing', () => {
    expect(missesBeyondChance(1, 1e-9)).to.equal(197)
    expect(missesBeyondChance(0, 1e-9)).to.equal(5)
  })
})
