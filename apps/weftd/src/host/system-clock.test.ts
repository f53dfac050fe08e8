import { describe, it } from 'mocha'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { sleep } from '#core'
import { SystemClock } from './system-clock.js'

describe('system clock', () => {
  it('goes forward, and calls back not before the time', async () => {
    const clock = new SystemClock()
    const began = clock.now()
    await sleep(clock, 20)
    // Timers count whole milliseconds.
    expect(clock.now() - began).to.be.greaterThan(18)
  })

  it('counts from boot, so that an agent that follows another understands its times', () => {
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000
    // A machine that slept was up for longer than this clock counts.
    expect(new SystemClock().now()).to.be.within(1, uptime + 1000)
    expect(new SystemClock().now()).to.be.above(performance.now())
  })

  it('never calls back what was cancelled, nor inside the call', async () => {
    const clock = new SystemClock()
    const ran: string[] = []
    clock.after(5, () => ran.push('cancelled')).cancel()
    clock.after(0, () => ran.push('ran'))
    expect(ran).to.deep.equal([])
    await sleep(clock, 20)
    expect(ran).to.deep.equal(['ran'])
  })

  it('shows wall time as ISO 8601 in UTC', () => expect(new SystemClock().wallTime()).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/))
})
