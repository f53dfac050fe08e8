import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { DRIFT, LEAST_WINDOW, PROOF_TIME, coversWindow, longest, quorumOf, shortest, silenceWindow } from './arithmetic.js'

describe('arithmetic of failover', () => {
  it('has the quorums of PROTOCOL.md B', () => {
    expect([4, 3, 2, 1].map(quorumOf)).to.deep.equal([
      { hold: 2, silent: 3 },
      { hold: 2, silent: 2 },
      { hold: 1, silent: 2 },
      { hold: 1, silent: 1 },
    ])
    expect(quorumOf(0)).to.deep.equal({ hold: 0, silent: Number.POSITIVE_INFINITY })
  })

  it('lets any group that holds meet any group that is silent', () => {
    for (let witnesses = 1; witnesses <= 16; witnesses++) {
      const { hold, silent } = quorumOf(witnesses)
      expect(hold + silent, `${witnesses}`).to.be.greaterThan(witnesses)
      expect(silent).to.be.at.most(witnesses)
    }
  })

  it('believes an answer only if the owner’s gate was shut when the question was asked, whatever the clocks', () => {
    const rates = fc.double({ min: 1 - DRIFT, max: 1 + DRIFT, noNaN: true })
    const times = fc.double({ min: 0, max: 12_000, noNaN: true })
    fc.assert(
      fc.property(rates, rates, rates, times, times, times, (owner, witness, asker, heardBefore, questionTook, answerTook) => {
        // True times: the last renewal was heard at 0, the question asked then, answered and read after that.
        const asked = heardBefore
        const answered = asked + questionTook
        const read = answered + answerTook
        const evidence = { silent: answered * witness, askedAt: asked * asker, answeredAt: read * asker, seenAt: -100_000 }
        if (coversWindow(evidence, PROOF_TIME)) expect(asked).to.be.at.least(PROOF_TIME / owner - 1e-6)
      }),
      { numRuns: 2_000 },
    )
  })

  it('asks for the age of the record as well', () => {
    const evidence = { silent: 60_000, askedAt: 10_000, answeredAt: 10_001 }
    const needed = longest(PROOF_TIME) * (1 + DRIFT)
    expect(coversWindow({ ...evidence, seenAt: 10_000 - needed - 1 }, PROOF_TIME)).to.equal(true)
    expect(coversWindow({ ...evidence, seenAt: 10_000 - needed + 1 }, PROOF_TIME)).to.equal(false)
  })

  it('brackets real time', () => {
    expect(shortest(1_100)).to.be.closeTo(1_000, 1e-9)
    expect(longest(900)).to.be.closeTo(1_000, 1e-9)
  })

  it('waits longer where echoes get lost, so that chance stays below 10⁻⁹', () => {
    expect([0, 0.0001, 0.001, 0.01, 0.1, 0.2, 0.5].map(silenceWindow)).to.deep.equal([600, 600, 600, 1_000, 1_800, 2_600, 6_000])
    expect(silenceWindow(0)).to.equal(LEAST_WINDOW)
    expect(silenceWindow(1)).to.equal(silenceWindow(0.9))
  })
})
