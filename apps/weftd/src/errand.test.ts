import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { seededRandom } from '#core'
import { ManualClock } from '#core/testkit'
import { Errand } from './errand.js'

describe('errand', () => {
  let clock: ManualClock
  let answers: ((done: boolean) => void)[]
  let errand: Errand
  beforeEach(() => {
    clock = new ManualClock()
    answers = []
    const work = (): Promise<boolean> => new Promise((resolve) => answers.push(resolve))
    errand = new Errand(work, clock, seededRandom(1), { first: 100, limit: 1_000 })
  })

  /** Ends the work that is under way. */
  async function end(done: boolean): Promise<void> {
    answers.at(-1)?.(done)
    await new Promise((resolve) => setImmediate(resolve))
  }

  it('is done once for all that was asked before it began, and once more for what was asked meanwhile', async () => {
    errand.request()
    errand.request()
    errand.request()
    expect(answers).to.have.length(1)
    await end(true)
    expect(answers).to.have.length(2)
    await end(true)
    expect(answers).to.have.length(2)
    expect(clock.pending).to.equal(0)
  })

  it('is tried again after growing pauses, and after a success with short ones', async () => {
    const pauses: number[] = []
    errand.request()
    for (let attempt = 1; attempt <= 5; attempt++) {
      await end(false)
      let waited = 0
      for (; answers.length === attempt; waited += 10) clock.advance(10)
      pauses.push(waited)
    }
    expect(pauses[0]).to.be.within(50, 100)
    expect(pauses[4]).to.be.within(500, 1_000)
    await end(true)
    errand.request()
    await end(false)
    clock.advance(100)
    expect(answers).to.have.length(8)
  })

  it('does not wait for its pause when it is asked for', async () => {
    errand.request()
    await end(false)
    errand.request()
    expect(answers).to.have.length(2)
    expect(clock.pending).to.equal(0)
  })

  it('begins nothing when it is closed, and leaves no timer', async () => {
    errand.request()
    errand.request()
    const closed = errand.close()
    await end(false)
    await closed
    errand.request()
    expect([answers.length, clock.pending, errand.closed]).to.deep.equal([1, 0, true])
  })
})
