import { describe, it } from 'mocha'
import { expect } from 'chai'
import { runGossip } from './gossip-run.js'
import { csv, quantile, report, summarise } from './report.js'
import { plotDetection, plotTraffic } from './plot.js'
import { wireCodec } from './wire-codec.js'

const OPTIONS = { members: 12, seed: 3, kill: 3, loss: 0, starve: 0, seconds: 5 }

describe('a simulation of gossip', () => {
  it('gives the same result with the real codec, sealed or not, as without: nothing is lost on the wire', () => {
    const [plain, encoded, sealed] = [undefined, wireCodec(false), wireCodec(true)].map((codec) =>
      runGossip({ ...OPTIONS, ...(codec && { codec }) }),
    )
    expect(encoded?.detections).to.deep.equal(plain?.detections)
    expect(sealed?.detections).to.deep.equal(plain?.detections)
    expect(sealed?.detections.every(({ all }) => all < 1_500)).to.equal(true)
    expect([plain, encoded, sealed].map((run) => run?.falseDeaths)).to.deep.equal([0, 0, 0])
  })

  it('reports every kill', () => {
    const results = [1, 2].map((seed) => runGossip({ ...OPTIONS, seed }))
    const [summary] = summarise(results)
    expect(summary).to.include({ members: 12, seeds: 2, kills: 6, undetected: 0, falseDeaths: 0 })
    expect(csv(results).trim().split('\n')).to.have.length(7)
    expect(report(summarise(results)).trim().split('\n')).to.have.length(3)
    for (const picture of [plotDetection(summarise(results)), plotTraffic(summarise(results))])
      expect(picture)
        .to.match(/^<svg.*<\/svg>\n$/s)
        .and.not.include('NaN')
  })

  it('counts no false death at 20 % loss with 30 % of the agents starved at the same time', () => {
    const result = runGossip({ ...OPTIONS, members: 30, kill: 1, loss: 0.2, starve: 0.3, seconds: 30 })
    expect(result.falseDeaths).to.equal(0)
    expect(result.detections[0]?.all).to.be.below(10_000)
  })
})

describe('quantile', () => {
  it('is one of the values', () => {
    const values = Array.from({ length: 100 }, (_, at) => at + 1)
    expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).to.deep.equal([1, 50, 99, 100])
    expect(quantile([], 0.5)).to.equal(undefined)
  })
})
