import { describe, it } from 'mocha'
import { expect } from 'chai'
import { CheckVerdict } from './check-verdict.js'

describe('the verdict of checks', () => {
  it('takes three failures in a row', () => {
    const verdict = new CheckVerdict()
    const passed = [false, false, true, false, false]
    for (const [at, result] of passed.entries()) expect(verdict.take(result, at * 1_000)).to.equal(false)
    expect(verdict.failing).to.equal(true)
    expect(verdict.take(false, 5_000)).to.equal(true)
  })

  it('moves ever more slowly while the check fails everywhere', () => {
    const verdict = new CheckVerdict()
    const moves: number[] = []
    for (let now = 0; now < 120_000; now += 1_000) {
      if (!verdict.take(false, now)) continue
      moves.push(now)
      verdict.moved(now)
    }
    expect(moves).to.deep.equal([2_000, 7_000, 17_000, 37_000, 77_000])
  })

  it('never waits longer than five minutes, and forgets after ten without a move', () => {
    const verdict = new CheckVerdict()
    for (let move = 0; move < 20; move++) verdict.moved(0)
    for (const now of [297_000, 298_000, 299_000]) expect(verdict.take(false, now)).to.equal(false)
    expect(verdict.take(false, 300_000)).to.equal(true)
    verdict.moved(300_000)
    verdict.take(true, 901_000)
    for (const now of [902_000, 903_000]) expect(verdict.take(false, now)).to.equal(false)
    expect(verdict.take(false, 904_000)).to.equal(true)
    verdict.moved(904_000)
    for (const now of [905_000, 906_000, 908_000]) expect(verdict.take(false, now)).to.equal(false)
    expect(verdict.take(false, 909_000)).to.equal(true)
  })
})
