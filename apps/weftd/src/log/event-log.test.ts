import { describe, it } from 'mocha'
import { expect } from 'chai'
import { ManualClock, RecordingLog } from '#core/testkit'
import { EventLog } from './event-log.js'

describe('event log', () => {
  it('logs what it keeps, with number and wall time', () => {
    const log = new RecordingLog()
    const clock = new ManualClock()
    const events = new EventLog(log, clock)
    events.info('host registered', { host: 'h1' })
    clock.advance(1_500)
    events.error('broken')
    expect(events.kept.list()).to.deep.equal([
      { sequence: 1, time: '2026-01-01T00:00:00.000Z', level: 'info', message: 'host registered', fields: { host: 'h1' } },
      { sequence: 2, time: '2026-01-01T00:00:01.500Z', level: 'error', message: 'broken', fields: {} },
    ])
    expect(log.lines).to.deep.equal([
      { level: 'info', message: 'host registered', fields: { host: 'h1' } },
      { level: 'error', message: 'broken', fields: {} },
    ])
  })
})
