import { describe, it } from 'mocha'
import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventLoopDelay } from './event-loop-delay.js'

describe('EventLoopDelay', () => {
  it('notices that the process was busy, and forgets it once told', async () => {
    const delay = new EventLoopDelay()
    try {
      let longest = 0
      for (let tries = 0; tries < 20 && longest < 150; tries++) {
        // It is looked at ten times a second: a few times before the busy time, and after it.
        await sleep(250)
        for (const end = performance.now() + 400; performance.now() < end;);
        await sleep(250)
        longest = delay.takeLongest()
      }
      expect(longest).to.be.at.least(150)
      expect(delay.takeLongest()).to.be.below(longest)
    } finally {
      delay.stop()
    }
  })
})
