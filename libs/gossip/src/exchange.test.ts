import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { exchangeTime } from './exchange.js'
import type { StateEntry, StreamBody } from './packet.js'
import { alive, factsOf, LoneMember } from './testkit/lone-member.js'

function entry(name: string, state: StateEntry['state'], more: Partial<StateEntry> = {}): StateEntry {
  const { id, incarnation, nonce, facts } = alive(name)
  return { id, incarnation, nonce, facts, state, accusers: [], echoes: [], ...more }
}
const state = (...entries: StateEntry[]): StreamBody => ({ kind: 'state', from: 'x' as HostId, entries })

describe('Exchange', () => {
  it('answers with everything it believes, and takes over what it lacks', () => {
    const me = new LoneMember()
    me.meet('a')
    const answer = me.called(state(entry('b', 'alive')))
    expect(answer?.kind === 'state' && answer.entries.map(({ id }) => id).sort()).to.deep.equal(['a', 'b', 'me'])
    expect(me.health('b')).to.equal('alive')
  })

  it('holds a member for suspect that is dead elsewhere, so that it can refute', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.called(state(entry('a', 'dead', { cause: 'timeout' })))
    expect(me.health('a')).to.equal('suspect')
  })

  it('judges by the findings that travel with a state, although their rumour has died out', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.packet('b', {})
    me.packet('c', {})
    const echoes = ['b', 'c'].map((observer) => ({ observer: observer as HostId, session: 1, sequence: 1, result: 'silent' as const }))
    me.called(state(entry('a', 'dead', { cause: 'echo', accusers: ['b' as HostId], echoes })))
    me.run(300)
    expect(me.health('a')).to.equal('dead')
  })

  it('does not start the clock of a suspect whose kernel answers somebody', () => {
    const me = new LoneMember()
    me.meet('b')
    const echoes = [{ observer: 'b' as HostId, session: 1, sequence: 1, result: 'answered' as const }]
    me.called(state(entry('a', 'suspect', { accusers: ['b' as HostId], echoes })))
    expect(me.health('a')).to.equal('agent-down')
  })

  it('remembers members that failed or left before it came', () => {
    const me = new LoneMember()
    me.called(state(entry('a', 'dead', { cause: 'echo' }), entry('b', 'left')))
    expect([me.health('a'), me.health('b')]).to.deep.equal(['dead', 'left'])
    me.news('a', alive('a', 1))
    expect(me.health('a'), 'an old word revives nobody').to.equal('dead')
  })

  it('lets me refute what another believes of me', () => {
    const me = new LoneMember()
    me.called(state(entry('me', 'dead', { incarnation: 20 })))
    expect(me.gossip.incarnation).to.equal(21)
  })

  it('calls hosts that ought to be members, again and again until they are', () => {
    const me = new LoneMember()
    const calls = (): number => me.take().filter((effect) => effect.kind === 'call' && effect.to.address === factsOf('a').address).length
    me.step({ kind: 'known', hosts: [{ id: 'a' as HostId, address: factsOf('a').address, port: 7946 }] })
    expect(calls()).to.equal(1)
    me.run(3_000)
    expect(calls()).to.be.within(5, 7)
    me.news('a', alive('a'))
    me.run(400)
    me.take()
    me.packet('a', {})
    me.run(600)
    expect(me.take().filter((effect) => effect.kind === 'call' && effect.body.kind === 'state')).to.have.length.below(2)
  })

  it('pings failed members with the news of their death, so that they can refute after a partition', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.mourn('a', 'b')
    me.run(60_000)
    me.take()
    me.run(10_000)
    const pings = me.sent().filter((packet) => packet.to === 'a' && packet.message?.kind === 'ping')
    expect(pings.length).to.be.above(0)
    expect(pings[0]?.news[0]).to.include({ kind: 'dead', id: 'a' })
  })

  it('is scheduled less often in larger clusters', () => {
    expect([2, 32, 33, 64, 65, 1_000, 10_000].map((members) => exchangeTime(30, members))).to.deep.equal([30, 30, 60, 60, 90, 180, 300])
  })
})
