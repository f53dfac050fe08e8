import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { BroadcastQueue, retransmitLimit } from './broadcast-queue.js'
import { newsSize } from './news-size.js'
import type { News } from './packet.js'
import { alive } from './testkit/lone-member.js'

const suspect = (id: string, from: string): News => ({ kind: 'suspect', id: id as HostId, incarnation: 1, from: from as HostId })
const dead = (id: string): News => ({ kind: 'dead', id: id as HostId, incarnation: 1, from: 'x' as HostId, cause: 'echo' })

describe('BroadcastQueue', () => {
  it('sends what was sent least first, good news before bad', () => {
    const queue = new BroadcastQueue()
    queue.put(dead('a'))
    queue.put(alive('b'))
    expect(queue.take(1_000, 10).map(({ id }) => id)).to.deep.equal(['b', 'a'])
    queue.put(dead('c'))
    expect(queue.take(newsSize(dead('c')), 10).map(({ id }) => id)).to.deep.equal(['c'])
  })

  it('drops an item after its last transmission', () => {
    const queue = new BroadcastQueue()
    queue.put(dead('a'))
    expect([1, 2, 3, 4].map(() => queue.take(1_000, 3).length)).to.deep.equal([1, 1, 1, 0])
    expect(queue.length).to.equal(0)
  })

  it('passes over what does not fit', () => {
    const queue = new BroadcastQueue()
    queue.put(alive('a-member-with-a-long-name'))
    queue.put(suspect('b', 'c'))
    expect(queue.take(newsSize(suspect('b', 'c')), 3).map(({ id }) => id)).to.deep.equal(['b'])
    expect(queue.length).to.equal(2)
  })

  it('puts the newer word about a member in the place of the older', () => {
    const queue = new BroadcastQueue()
    queue.put(suspect('a', 'x'))
    queue.put(suspect('a', 'y'))
    queue.put({ kind: 'echo', id: 'a' as HostId, incarnation: 1, observer: 'x' as HostId, session: 1, sequence: 1, result: 'silent' })
    expect(queue.length).to.equal(3)
    queue.put(dead('a'))
    expect(queue.take(1_000, 1).map(({ kind }) => kind)).to.have.members(['echo', 'dead'])
  })

  it('repeats each item mult × ceil(log10(N + 1)) times', () => {
    expect([1, 9, 10, 99, 100, 1_000].map((members) => retransmitLimit(4, members))).to.deep.equal([4, 4, 8, 8, 12, 16])
  })
})
