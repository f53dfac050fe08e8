import { describe, it } from 'mocha'
import { expect } from 'chai'
import { seededRandom, type HostId } from '#core'
import { LoneMember } from './testkit/lone-member.js'

type Paths = readonly ('overlay' | 'underlay')[]
const BOTH: Paths = ['overlay', 'underlay']

/** Plays member `a`: its kernel answers on `paths`, its agent sends beats and answers pings if `agent`; `b` is always well. */
function play(me: LoneMember, ms: number, paths: Paths, agent: boolean): void {
  for (let step = 0; step < ms / 10; step++) {
    for (const effect of me.take()) {
      if (effect.kind === 'echo' && (effect.id === 'b' || paths.includes(effect.path))) {
        me.step({ kind: 'echo', id: effect.id, path: effect.path, nonce: effect.nonce })
      }
      if (effect.kind === 'send' && effect.packet.message?.kind === 'ping') {
        const { nonce, target } = effect.packet.message
        if (target === 'b' || agent) me.packet(target, { message: { kind: 'ack', nonce, target } })
      }
    }
    if (me.now % 200 === 0) {
      const message = { kind: 'beat', sequence: me.now / 200 + 1, every: 1, released: false } as const
      me.packet('b', { message })
      if (agent) me.packet('a', { message })
    }
    me.run(10)
  }
}

function wellKnown(): LoneMember {
  const me = new LoneMember()
  me.meet('a', 'b')
  play(me, 10_000, BOTH, true)
  return me
}

describe('KernelEchoes', () => {
  it('calls a silent agent with an answering kernel agent-down, for as long as it lasts', () => {
    const me = wellKnown()
    play(me, 2_000, BOTH, false)
    expect(me.health('a')).to.equal('agent-down')
    play(me, 120_000, BOTH, false)
    expect(me.health('a')).to.equal('agent-down')
  })

  it('tells silence of both kernel paths within a second, and a second observer makes it death', () => {
    const me = wellKnown()
    play(me, 1_000, [], false)
    expect(me.health('a')).to.equal('suspect')
    me.finding('a', 'b', 'silent', 1)
    play(me, 600, [], false)
    expect(me.health('a')).to.equal('dead')
    expect(me.gossip.member('a' as HostId)?.why).to.equal('kernels-silent')
  })

  it('does not take the usual loss of a path for silence', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    // Two of three echoes to a are lost all the time, also while its agent is silent: its kernel must not be taken for dead.
    const random = seededRandom(5)
    for (let step = 0; step < 12_000; step++) {
      for (const effect of me.take()) {
        if (effect.kind === 'echo' && random.next() < 1 / 3)
          me.step({ kind: 'echo', id: effect.id, path: effect.path, nonce: effect.nonce })
      }
      const message = { kind: 'beat', sequence: me.now / 200 + 1, every: 1, released: false } as const
      if (me.now % 200 === 0) me.packet('b', { message })
      if (me.now % 200 === 0 && step < 4_000) me.packet('a', { message })
      me.run(10)
      if (step > 4_500) expect(me.health('a')).to.equal('agent-down')
    }
  })

  it('calls it path-broken when only the underlay answers, with the agent well or silent', () => {
    for (const agent of [true, false]) {
      const me = wellKnown()
      play(me, 3_000, ['underlay'], agent)
      expect(me.health('a')).to.equal('path-broken')
      play(me, 60_000, ['underlay'], agent)
      expect(me.health('a')).to.equal('path-broken')
    }
  })

  it('takes path-broken back when the overlay answers again', () => {
    const me = wellKnown()
    play(me, 3_000, ['underlay'], true)
    play(me, 2_000, BOTH, true)
    expect(me.health('a')).to.equal('alive')
  })

  it('does not count silence on a path that never answered: the long timers apply', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    play(me, 10_000, [], true)
    expect(me.gossip.member('a' as HostId)?.kernelAsked).to.equal(false)
    play(me, 3_000, [], false)
    me.finding('a', 'b', 'silent', 1)
    play(me, 3_000, [], false)
    expect(me.health('a')).to.equal('suspect')
  })

  it('does not count silence on a path that answered more than a minute ago', () => {
    const me = wellKnown()
    // ICMP is filtered from now on; the agent is well all the time.
    play(me, 61_000, [], true)
    play(me, 2_000, [], false)
    me.finding('a', 'b', 'silent', 1)
    play(me, 1_000, [], false)
    expect(me.gossip.member('a' as HostId)?.kernelAsked).to.equal(false)
  })

  it('with two hosts the silence of both paths is the second opinion', () => {
    const me = new LoneMember()
    me.meet('a')
    play(me, 10_000, BOTH, true)
    // Nobody else is there: drop the other player's beats by leaving it unknown.
    play(me, 1_500, [], false)
    expect(me.health('a')).to.be.oneOf(['suspect', 'dead'])
    me.run(3_000)
    expect(me.health('a')).to.equal('dead')
  })

  it('says stream-only when datagrams are blocked but streams are not', () => {
    const me = wellKnown()
    for (let step = 0; step < 1_000 && me.health('a') !== 'path-broken'; step++) {
      for (const effect of me.take()) {
        if (effect.kind === 'echo') me.step({ kind: 'echo', id: effect.id, path: effect.path, nonce: effect.nonce })
        if (effect.kind === 'call' && effect.body.kind === 'ping') {
          const { nonce, target } = effect.body
          me.step({ kind: 'answered', body: { kind: 'ack', from: target, nonce, target }, contact: effect.to })
        }
      }
      me.run(10)
    }
    expect(me.gossip.member('a' as HostId)?.why).to.equal('datagrams-blocked')
  })
})
