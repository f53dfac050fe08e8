import { describe, it } from 'mocha'
import { expect } from 'chai'
import { sleep } from './clock.js'
import { ManualClock } from './testkit/manual-clock.js'

describe('sleep', () => {
  it('ends when its time has come, not before', async () => {
    const clock = new ManualClock()
    let done = false
    const sleeping = sleep(clock, 100).then(() => (done = true))
    clock.advance(99)
    await Promise.resolve()
    expect(done).to.equal(false)
    clock.advance(1)
    await sleeping
    expect(done).to.equal(true)
  })
})
