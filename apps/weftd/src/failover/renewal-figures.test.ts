import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseHostId } from '#core'
import { RenewalFigures } from './renewal-figures.js'

const [h2, h3] = [parseHostId('h2'), parseHostId('h3')]

describe('figures of renewals', () => {
  it('measure a round from its first sending, for each witness, once', () => {
    const figures = new RenewalFigures()
    figures.renewed(h2, 1, 100)
    figures.renewed(h3, 1, 100)
    figures.renewed(h3, 1, 300)
    figures.acknowledged(h2, 1, 102)
    figures.acknowledged(h2, 1, 110)
    figures.acknowledged(h3, 1, 305)
    figures.acknowledged(h3, 7, 999)
    const { sent, answered, roundTrips, lastRoundTrip } = figures
    expect({ sent, answered, roundTrips, lastRoundTrip }).to.deep.equal({ sent: 3, answered: 2, roundTrips: 207, lastRoundTrip: 205 })
  })

  it('forget what is never answered', () => {
    const figures = new RenewalFigures()
    for (let nonce = 0; nonce < 1_000; nonce++) figures.renewed(h2, nonce, nonce)
    figures.acknowledged(h2, 1, 2_000)
    expect(figures.answered).to.equal(0)
    figures.acknowledged(h2, 999, 2_000)
    expect(figures.answered).to.equal(1)
  })
})
