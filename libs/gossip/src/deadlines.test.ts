import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { Deadlines } from './deadlines.js'

describe('Deadlines', () => {
  it('comes up in order of time, equal times in the order they were set', () => {
    const deadlines = new Deadlines()
    deadlines.set('echo', 'b', 20)
    deadlines.set('echo', 'a', 10)
    deadlines.set('watch', 'c', 20)
    expect(deadlines.next).to.equal(10)
    const due = []
    for (let one = deadlines.takeDue(20); one; one = deadlines.takeDue(20)) due.push(one.subject)
    expect(due).to.deep.equal(['a', 'b', 'c'])
    expect(deadlines.next).to.equal(Number.POSITIVE_INFINITY)
  })

  it('keeps one deadline per purpose and subject', () => {
    const deadlines = new Deadlines()
    deadlines.set('echo', 'a', 10)
    deadlines.set('echo', 'a', 30)
    deadlines.set('watch', 'a', 20)
    deadlines.cancel('watch', 'a')
    expect(deadlines.takeDue(29)).to.equal(undefined)
    expect(deadlines.takeDue(30)).to.include({ purpose: 'echo', subject: 'a' })
  })

  it('postpones everything alike', () => {
    const deadlines = new Deadlines()
    deadlines.set('echo', 'a', 10)
    deadlines.set('echo', 'b', 15)
    deadlines.postpone(100)
    expect(deadlines.next).to.equal(110)
    expect(deadlines.at('echo', 'b')).to.equal(115)
  })

  it('agrees with a sorted list whatever is set and cancelled', () => {
    const change = fc.record({ subject: fc.integer({ min: 0, max: 8 }), at: fc.integer({ min: 0, max: 50 }), cancel: fc.boolean() })
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const deadlines = new Deadlines()
        const model = new Map<number, number>()
        for (const { subject, at, cancel } of changes) {
          if (cancel) deadlines.cancel('echo', subject)
          else deadlines.set('echo', subject, at)
          if (cancel) model.delete(subject)
          else model.set(subject, at)
        }
        const times = []
        for (let next = deadlines.next; deadlines.takeDue(100); next = deadlines.next) times.push(next)
        expect(times).to.deep.equal([...model.values()].sort((a, b) => a - b))
      }),
    )
  })
})
