import { describe, it } from 'mocha'
import { expect } from 'chai'
import { Feed } from './feed.js'

describe('feed', () => {
  it('keeps the last thousand and goes on counting', () => {
    const feed = new Feed<{ at: number }>()
    for (let at = 1; at <= 1_200; at++) feed.add({ at })
    const kept = feed.list()
    expect([kept.length, kept[0], kept.at(-1)]).to.deep.equal([1_000, { sequence: 201, at: 201 }, { sequence: 1_200, at: 1_200 }])
  })

  it('lists what came after a number, and everything to those who know another agent', () => {
    const feed = new Feed<{ at: number }>()
    for (const at of [1, 2, 3]) feed.add({ at })
    const numbers = (after: number): number[] => feed.list(after).map(({ sequence }) => sequence)
    expect([0, 2, 3, 4].map(numbers)).to.deep.equal([[1, 2, 3], [3], [], [1, 2, 3]])
  })

  it('tells those who follow what was, then what comes, until they end it', () => {
    const feed = new Feed<{ at: number }>()
    for (const at of [1, 2]) feed.add({ at })
    const told: number[] = []
    const end = feed.follow(1, ({ sequence }) => told.push(sequence))
    feed.add({ at: 3 })
    end()
    feed.add({ at: 4 })
    expect(told).to.deep.equal([2, 3])
  })
})
