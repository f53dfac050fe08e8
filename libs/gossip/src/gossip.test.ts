import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { factsOf, LoneMember } from './testkit/lone-member.js'

describe('Gossip', () => {
  it('does the same for the same events, times and seed', () => {
    const run = (seed: number): string => {
      const me = new LoneMember({}, seed)
      me.meet('a', 'b', 'c', 'd', 'e')
      me.run(20_000)
      return JSON.stringify(me.take())
    }
    expect(run(1)).to.equal(run(1))
    expect(run(1)).to.not.equal(run(2))
  })

  it('judges nobody after it was asleep itself: everything begins anew', () => {
    const me = new LoneMember({ probeInterval: 60_000 })
    me.meet('a', 'b')
    for (let sequence = 1; sequence < 20; sequence++) {
      me.packet('a', { message: { kind: 'beat', sequence, every: 1, released: false } })
      me.run(200)
    }
    me.take()
    me.now += 30_000
    me.step({ kind: 'time' })
    const effects = me.take()
    expect(effects.find((effect) => effect.kind === 'alarm')).to.include({ alarm: 'stalled' })
    expect(
      effects.some((effect) => effect.kind === 'call' && effect.body.kind === 'state'),
      'it asks what it missed',
    ).to.equal(true)
    expect(me.health('a')).to.equal('alive')
    me.run(150)
    expect(me.health('a')).to.equal('alive')
    me.run(3_000)
    expect(me.health('a'), 'a full window later its silence counts').to.equal('suspect')
  })

  it('counts a delay once, however many packets it finds waiting', () => {
    const me = new LoneMember()
    me.meet('a')
    me.run(1_000)
    me.now = me.gossip.wakeAt + 150
    for (let packet = 0; packet < 10; packet++) me.packet('a', {})
    me.step({ kind: 'time' })
    expect(me.gossip.awareness).to.equal(1)
  })

  it('trusts itself less when its event loop is late', () => {
    const me = new LoneMember()
    for (const [late, awareness] of [
      [50, 0],
      [150, 1],
    ] as const) {
      me.now = me.gossip.wakeAt + late
      me.step({ kind: 'time' })
      expect(me.gossip.awareness).to.equal(awareness)
    }
  })

  it('says goodbye, and lets nobody talk it into staying', () => {
    const me = new LoneMember()
    me.meet('a')
    me.step({ kind: 'leave' })
    me.suspect('me', 'a', 10)
    me.run(50)
    const told = me.told()
    expect(told.some((news) => news.kind === 'dead' && news.id === 'me' && news.cause === 'left')).to.equal(true)
    expect(told.some((news) => news.kind === 'alive' && news.id === 'me')).to.equal(false)
  })

  it('announces changed facts with a new incarnation', () => {
    const me = new LoneMember()
    me.meet('a')
    me.step({ kind: 'facts', facts: factsOf('moved') })
    me.run(20)
    expect(me.told()).to.deep.include({ kind: 'alive', id: 'me', incarnation: 11, nonce: 7, facts: factsOf('moved') })
  })

  it('notices that it is the one that is cut off, and when that is over', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.run(5_000)
    const isolated = (): unknown[] =>
      me.take().flatMap((effect) => (effect.kind === 'alarm' && effect.alarm === 'isolated' ? [effect.over] : []))
    expect(isolated()).to.deep.equal([false])
    me.packet('a', {})
    me.run(600)
    expect(isolated()).to.deep.equal([true])
  })

  it('shows members with what is known of them', () => {
    const me = new LoneMember()
    me.meet('a')
    me.packet('a', { message: { kind: 'beat', sequence: 1, every: 1, released: false } })
    me.run(1)
    me.answerFor('a')
    const view = me.gossip.member('a' as HostId)
    expect(view).to.include({ id: 'a', health: 'alive', why: 'joined', lastHeard: 0, kernelAsked: true })
    expect(view?.overlayRoundTrip).to.equal(1)
    expect(me.gossip.members()).to.have.length(2)
  })
})
