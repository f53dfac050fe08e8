import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import type { Member } from './member.js'
import { EMPTY_ROSTER, MemberTable } from './member-table.js'
import { alive } from './testkit/lone-member.js'

const member = (name: string): Omit<Member, 'index'> => {
  const { id, incarnation, nonce, facts } = alive(name)
  return { id, incarnation, nonce, facts, hash: 1, state: 'alive', health: 'alive', why: 'joined', since: 0 }
}

describe('MemberTable', () => {
  it('keeps changes to itself when several share a roster', () => {
    const shared: Member = { ...member('a'), index: 0 }
    const roster = { members: [shared], index: new Map([[shared.id, 0]]) }
    const [one, other] = [new MemberTable(roster), new MemberTable(roster)]
    one.replace({ ...shared, state: 'dead' })
    expect(one.get(shared.id)?.state).to.equal('dead')
    expect(other.get(shared.id)?.state).to.equal('alive')
    expect([one.liveCount, other.liveCount]).to.deep.equal([0, 1])
  })

  it('gives the place of a forgotten member to the next', () => {
    const table = new MemberTable(EMPTY_ROSTER)
    const first = table.add(member('a'))
    table.add(member('b'))
    table.remove(first)
    expect(table.get('a' as HostId)).to.equal(undefined)
    expect(table.add(member('c')).index).to.equal(first.index)
    expect(table.get('a' as HostId)).to.equal(undefined)
    expect([...table].map(({ id }) => id)).to.deep.equal(['c', 'b'])
    expect(table.liveCount).to.equal(2)
  })
})
