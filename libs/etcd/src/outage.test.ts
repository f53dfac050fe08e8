import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ManualClock, RecordingLog } from '#core/testkit'
import { Outage } from './outage.js'

describe('an outage', () => {
  const start = () => {
    const clock = new ManualClock()
    const log = new RecordingLog()
    return { clock, log, outage: new Outage(clock, log) }
  }

  it('is one line in the log when it begins and one when it ends, however often was tried', () => {
    const { clock, log, outage } = start()
    outage.end()
    for (let attempt = 0; attempt < 100; attempt++) {
      outage.begin(`attempt ${attempt}`)
      clock.advance(100)
    }
    expect(outage.state).to.equal('outage')
    expect(outage.report()).to.deep.equal({ since: '2026-01-01T00:00:00.000Z', duration: 10_000, reason: 'attempt 99' })
    outage.end()
    expect(outage.report()).to.equal(undefined)
    expect(log.lines.map(({ level, fields }) => [level, fields])).to.deep.equal([
      ['warn', { reason: 'attempt 19' }],
      ['info', { after: 10_000 }],
    ])
    expect(clock.pending).to.equal(0)
  })

  it('that is short is not worth a line', () => {
    const { clock, log, outage } = start()
    outage.end()
    outage.begin('a moment')
    clock.advance(1999)
    outage.end()
    clock.advance(10_000)
    expect(log.lines).to.deep.equal([])
  })

  it('before the first contact is a start', () => {
    const { outage } = start()
    expect(outage.state).to.equal('starting')
    outage.begin('nobody there')
    expect(outage.state).to.equal('starting')
    expect(outage.report()?.reason).to.equal('nobody there')
    outage.end()
    expect(outage.state).to.equal('connected')
    outage.stop()
  })
})
