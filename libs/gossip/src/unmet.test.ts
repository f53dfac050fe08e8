import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { alive, factsOf, LoneMember } from './testkit/lone-member.js'

/** This host is told that `names` ought to be there. */
function expecting(me: LoneMember, ...names: string[]): void {
  me.step({ kind: 'known', hosts: names.map((name) => ({ id: name as HostId, ...factsOf(name) })) })
}

/** What can be asked of kernels is answered through the overlay for so long. */
function withKernel(me: LoneMember, name: string, ms: number): void {
  for (let passed = 0; passed < ms; passed += 10) {
    for (const effect of me.take()) if (effect.kind === 'echo' && effect.id === name) me.step({ ...effect, kind: 'echo' })
    me.run(10)
  }
}

describe('a host that ought to be there and was never heard', () => {
  it('is waited for, then suspected, then dead by the long timers: two hosts, one of which is gone', () => {
    const me = new LoneMember()
    expecting(me, 'a')
    me.run(4_900)
    expect(me.health('a')).to.equal(undefined)
    me.run(1_000)
    expect(me.health('a')).to.equal('suspect')
    expect(me.gossip.member('a' as HostId)).to.include({ why: 'never-heard', kernelAsked: false })
    me.run(6_000)
    expect(me.health('a')).to.equal('dead')
    expect(me.gossip.member('a' as HostId)?.why).to.equal('never-heard')
  })

  it('is agent-down where its kernel answers', () => {
    const me = new LoneMember()
    expecting(me, 'a')
    me.run(5_600)
    withKernel(me, 'a', 30_000)
    expect(me.health('a')).to.equal('agent-down')
  })

  it('joins as soon as it is heard, and is called until then', () => {
    const me = new LoneMember()
    expecting(me, 'a')
    me.run(20_000)
    expect(me.health('a')).to.equal('dead')
    me.take()
    me.run(2_000)
    expect(me.take().some((effect) => effect.kind === 'call')).to.equal(true)
    me.news('a', alive('a', 5))
    expect(me.health('a')).to.equal('alive')
    expect(me.gossip.member('a' as HostId)?.why).to.equal('joined')
  })

  it('is looked for along with a few others at a time, however many there are', () => {
    const me = new LoneMember()
    expecting(me, ...Array.from({ length: 30 }, (_, at) => `n${at}`))
    me.run(6_000)
    const count = (health: string): number => me.gossip.members().filter((member) => member.health === health).length
    expect(count('suspect')).to.equal(8)
    me.run(60_000)
    expect(count('dead')).to.equal(30)
  })

  it('is nobody else’s business: they ask for themselves', () => {
    const me = new LoneMember()
    me.meet('b')
    expecting(me, 'a')
    me.run(4_000)
    me.take()
    for (let passed = 0; passed < 20_000; passed += 100) {
      me.packet('b', {})
      me.run(100)
    }
    expect(me.health('a'), 'one voice is enough').to.equal('dead')
    const toOthers = me.take().flatMap((effect) => (effect.kind === 'send' && effect.packet.to === 'b' ? effect.packet.news : []))
    expect(toOthers.filter(({ id }) => id === 'a')).to.deep.equal([])
    const state = me.called({ kind: 'state', from: 'b' as HostId, entries: [] })
    expect(state?.kind === 'state' && state.entries.map(({ id }) => id)).to.deep.equal(['me', 'b'])
  })

  it('is not missed once it has been heard of', () => {
    const me = new LoneMember()
    expecting(me, 'a')
    me.run(4_000)
    me.news('b', alive('b'), alive('a'))
    for (let passed = 0; passed < 10_000; passed += 100) {
      for (const name of ['a', 'b']) me.packet(name, {})
      me.run(100)
    }
    expect(me.health('a')).to.equal('alive')
  })
})
