import { describe, it } from 'mocha'
import { expect } from 'chai'
import { KernelPath } from './kernel-path.js'
import { LossEstimate } from './loss-estimate.js'

describe('KernelPath', () => {
  const everywhere = new LossEstimate()

  it('counts echoes that had their time, and not those still under way', () => {
    const path = new KernelPath()
    path.sent(1, 0)
    path.sent(2, 100)
    path.settle(150, 150)
    expect(path.unanswered).to.equal(1)
    expect(path.answered(2, 160, everywhere)).to.equal(true)
    expect(path.unanswered).to.equal(0)
    expect(path.roundTrip).to.equal(60)
  })

  it('does not know echoes it did not send, or gave up', () => {
    const path = new KernelPath()
    path.sent(1, 0)
    path.settle(200, 150)
    expect(path.answered(1, 210, everywhere)).to.equal(false)
    expect(path.answered(99, 210, everywhere)).to.equal(false)
  })

  it('takes the echoes of a silence that was concluded for no loss', () => {
    const [path, other] = [new KernelPath(), new KernelPath()]
    for (const [one, silent] of [
      [path, true],
      [other, false],
    ] as const) {
      for (let nonce = 1; nonce <= 20; nonce++) one.sent(nonce, nonce)
      one.settle(1_000, 150)
      one.silent = silent
      one.sent(21, 1_000)
      one.answered(21, 1_001, everywhere)
    }
    expect(path.loss.share).to.be.below(0.2)
    expect(other.loss.share).to.be.above(0.5)
  })

  it('lets silence matter only for a while after an answer', () => {
    const path = new KernelPath()
    expect(path.mattersSince(0, 60_000)).to.equal(false)
    path.sent(1, 0)
    path.answered(1, 1, everywhere)
    expect(path.mattersSince(60_001, 60_000)).to.equal(true)
    expect(path.mattersSince(60_002, 60_000)).to.equal(false)
  })

  it('takes several answers to trust a path that was silent', () => {
    const path = new KernelPath()
    for (const nonce of [1, 2, 3]) path.sent(nonce, nonce)
    path.settle(1_000, 150)
    const trusted = [4, 5, 6].map((nonce) => {
      path.sent(nonce, 1_000)
      path.answered(nonce, 1_001, everywhere)
      return path.answersWithin(1_001, 1_000)
    })
    expect(trusted).to.deep.equal([false, false, true])
  })
})
