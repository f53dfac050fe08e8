import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { ManualClock } from './manual-clock.js'

describe('ManualClock', () => {
  it('moves only when told to, wall time along with it', () => {
    const clock = new ManualClock()
    expect([clock.now(), clock.wallTime()]).to.deep.equal([0, '2026-01-01T00:00:00.000Z'])
    clock.advance(61_001)
    expect([clock.now(), clock.wallTime()]).to.deep.equal([61_001, '2026-01-01T00:01:01.001Z'])
  })

  it('runs timers in the order of their deadlines, equal ones in the order they were set, each at its time', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { maxLength: 30 }), fc.array(fc.nat(40), { maxLength: 10 }), (delays, steps) => {
        const clock = new ManualClock()
        const ran: { readonly index: number; readonly at: number }[] = []
        for (const [index, delay] of delays.entries()) clock.after(delay, () => ran.push({ index, at: clock.now() }))
        for (const step of steps) clock.advance(step)
        const due = delays.map((delay, index) => ({ index, at: delay })).filter(({ at }) => at <= clock.now() && steps.length > 0)
        expect(ran).to.deep.equal(due.sort((a, b) => a.at - b.at || a.index - b.index))
        expect(clock.pending).to.equal(delays.length - ran.length)
      }),
    )
  })

  it('runs timers that timers set, when they fall due in the same step', () => {
    const clock = new ManualClock()
    const ran: number[] = []
    const tick = (): void => {
      ran.push(clock.now())
      clock.after(30, tick)
    }
    clock.after(30, tick)
    clock.advance(100)
    expect(ran).to.deep.equal([30, 60, 90])
    expect(clock.now()).to.equal(100)
    expect(clock.pending).to.equal(1)
  })

  it('never runs a timer inside the call that sets it, nor a cancelled one', () => {
    const clock = new ManualClock()
    let runs = 0
    const now = clock.after(0, () => runs++)
    const past = clock.after(-5, () => runs++)
    expect([runs, clock.pending]).to.deep.equal([0, 2])
    past.cancel()
    clock.advance(0)
    expect(runs).to.equal(1)
    now.cancel()
    past.cancel()
    clock.advance(10)
    expect([runs, clock.pending]).to.deep.equal([1, 0])
  })
})
