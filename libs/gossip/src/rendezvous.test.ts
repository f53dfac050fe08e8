import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { affinity, hostHash } from './rendezvous.js'

describe('affinity', () => {
  const hashes = Array.from({ length: 200 }, (_, number) => hostHash(`host-${number}` as HostId))
  const best = (subject: number): number[] =>
    hashes
      .filter((hash) => hash !== subject)
      .sort((a, b) => affinity(subject, b) - affinity(subject, a))
      .slice(0, 4)

  it('spreads the work: nobody watches more than a few times the average', () => {
    const load = new Map<number, number>()
    for (const subject of hashes) for (const watcher of best(subject)) load.set(watcher, (load.get(watcher) ?? 0) + 1)
    expect(Math.max(...load.values())).to.be.below(16)
    expect(load.size).to.be.above(180)
  })

  it('is not the same in both directions, or two hosts would share all their watchers', () => {
    expect(affinity(1, 2)).to.not.equal(affinity(2, 1))
  })
})
