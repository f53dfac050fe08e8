import { describe, it } from 'mocha'
import { expect } from 'chai'
import { addressAt, parseIp, parsePrefix } from '#core'
import { NextHopIds } from './next-hop-ids.js'

describe('NextHopIds', () => {
  const gateway = parseIp('10.61.0.2')

  it('picks the same id for the same next hop, in our range', () => {
    const id = new NextHopIds(new Set()).pick('weft-a', gateway)
    expect(new NextHopIds(new Set()).pick('weft-a', gateway)).to.equal(id)
    expect(id).to.be.within(0x57000000, 0x57ffffff)
    expect(new NextHopIds(new Set()).pick('weft-b', gateway)).not.to.equal(id)
  })

  it('never picks one twice, among 20,000', () => {
    const ids = new NextHopIds(new Set())
    const picked = new Set<number>()
    for (let index = 0; index < 20_000; index++) picked.add(ids.pick('weft-a', addressAt(parsePrefix('10.0.0.0/8'), index)))
    expect(picked.size).to.equal(20_000)
  })

  it('goes on behind an id in use, and from the end of the range to its beginning', () => {
    const first = new NextHopIds(new Set()).pick('weft-a', gateway)
    const upToTheEnd = new (class extends Set<number> {
      override has = (id: number): boolean => id >= first
    })()
    expect(new NextHopIds(new Set([first])).pick('weft-a', gateway)).to.equal(first + 1)
    expect(new NextHopIds(upToTheEnd).pick('weft-a', gateway)).to.equal(0x57000000)
  })
})
