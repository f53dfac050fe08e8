import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { Tombstones } from './tombstones.js'

describe('Tombstones', () => {
  const [a, b, c] = ['a', 'b', 'c'] as [HostId, HostId, HostId]

  it('expire by time, and the longest gone by number', () => {
    const tombstones = new Tombstones()
    tombstones.put(a, 0)
    tombstones.put(b, 50)
    tombstones.put(c, 60)
    expect(tombstones.expired(99, 100, 3)).to.deep.equal([])
    expect(tombstones.expired(100, 100, 3)).to.deep.equal([a])
    expect(tombstones.expired(70, 100, 1)).to.deep.equal([a, b])
    tombstones.put(a, 70)
    expect(tombstones.expired(70, 100, 1), 'a is the last to go now').to.deep.equal([b, c])
    tombstones.remove(b)
    expect(tombstones.ids).to.deep.equal([c, a])
  })
})
