import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseIp, type HostId } from '#core'
import { hostId } from '../testkit/index.js'
import type { Sender } from './firewall.js'
import { SenderList } from './sender-list.js'

const ANY = parseIp('192.0.2.1')
const sender = (host: HostId): Sender => ({ host, underlay: ANY, vtep: ANY, subnets: [], floating: [], away: [], sendsOn: [] })

describe('a list of senders', () => {
  it('has one for each host, whatever comes and goes, and leaves earlier lists as they were', () => {
    const changes = fc.array(fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom('new', 'gone', 'same')), { maxLength: 6 }))
    fc.assert(
      fc.property(changes, (rounds) => {
        const list = new SenderList()
        const expected = new Map<HostId, Sender>()
        for (const round of rounds) {
          const before = list.senders
          const copy = [...before]
          const wish = new Map(round.map(([number, what]) => [hostId(number), what]))
          list.update(wish.keys(), (host, known) => {
            expect(known).to.equal(expected.get(host))
            const next = wish.get(host) === 'same' ? known : wish.get(host) === 'gone' ? undefined : sender(host)
            if (next) expected.set(host, next)
            else expected.delete(host)
            return next
          })
          expect(before).to.deep.equal(copy)
          expect(list.senders).to.have.lengthOf(expected.size)
          expect(list.senders).to.have.members([...expected.values()])
          if ([...wish.values()].every((what) => what === 'same')) expect(list.senders).to.equal(before)
        }
      }),
    )
  })
})
