import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { ReplayWindow } from './replay-window.js'

describe('ReplayWindow', () => {
  it('takes each count once, in any order within its width', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 300 }), (counts) => {
        const window = new ReplayWindow()
        const seen = new Set<number>()
        for (const count of counts) {
          expect(window.accept('a', 1, 'p', count, 0)).to.equal(!seen.has(count))
          seen.add(count)
        }
      }),
    )
  })

  it('takes nothing that is older than its width, and forgets nothing within it', () => {
    const window = new ReplayWindow()
    for (const count of [1, 5_000, 3_977]) expect(window.accept('a', 1, 'p', count, 0)).to.equal(true)
    expect(window.accept('a', 1, 'p', 3_976, 0)).to.equal(false)
    expect(window.accept('a', 1, 'p', 3_977, 0)).to.equal(false)
    expect(window.accept('a', 1, 'p', 4_000_000_000, 0)).to.equal(true)
    expect(window.accept('a', 1, 'p', 3_999_999_999, 0)).to.equal(true)
    expect(window.accept('a', 1, 'p', 3_999_999_999, 0)).to.equal(false)
  })

  it('keeps senders apart, and a later session of one from an earlier', () => {
    const window = new ReplayWindow()
    expect([window.accept('a', 1, 'p', 1, 0), window.accept('b', 1, 'q', 1, 0)]).to.deep.equal([true, true])
    expect(window.accept('a', 2, 'r', 1, 0)).to.equal(true)
    expect(window.accept('a', 1, 'p', 2, 0)).to.equal(false)
  })

  it('lets two processes that share an id be heard, so that the clone is noticed, and no third', () => {
    const window = new ReplayWindow()
    expect(['p', 'q', 'r'].map((process) => window.accept('a', 1, process, 1, 0))).to.deep.equal([true, true, false])
  })

  it('listens to an earlier session again when its sender was silent for a minute', () => {
    const window = new ReplayWindow()
    expect(window.accept('a', 9, 'p', 1, 0)).to.equal(true)
    expect(window.accept('a', 9, 'p', 2, 30_000)).to.equal(true)
    expect(window.accept('a', 3, 'q', 1, 89_999)).to.equal(false)
    expect(window.accept('a', 3, 'q', 1, 90_000)).to.equal(true)
    expect(window.accept('a', 3, 'q', 1, 90_000)).to.equal(false)
  })
})
