import { describe, it } from 'mocha'
import { expect } from 'chai'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventLoopDelay } from './event-loop-delay.js'

describe('EventLoopDelay', () => {
  it('notices that the process was busy, and forgets it once told', async () => {
    const delay = new EventLoopDelay()
    try {
      let longest = 0
      for (let tries = 0; tries < 50 && longest < 150; tries++) {
        await sleep(30)
        for (const end = performance.now() + 250; performance.now() < end;);
        await sleep(30)
        longest = delay.takeLongest()
      }
      expect(longest).to.be.at.least(150)
      expect(delay.takeLongest()).to.be.below(longest)
    } finally {
      delay.stop()
    }
  })
})
