import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import type { Message, Packet } from './packet.js'
import { factsOf, LoneMember } from './testkit/lone-member.js'

const of = <K extends Message['kind']>(packets: readonly Packet[], kind: K): (Message & { kind: K })[] =>
  packets.flatMap(({ message }) => (message?.kind === kind ? [message as Message & { kind: K }] : []))

/** Lets everybody else answer pings until `name` is probed, and returns that ping. */
function nextProbe(me: LoneMember, name: string): Message & { kind: 'ping' } {
  for (let step = 0; step < 1_000; step++) {
    me.run(10)
    let found: (Message & { kind: 'ping' }) | undefined
    for (const ping of of(me.sent(), 'ping')) {
      if (ping.target === name) found = ping
      else me.packet(ping.target, { message: { kind: 'ack', nonce: ping.nonce, target: ping.target } })
    }
    if (found) return found
  }
  throw new Error(`${name} was never probed`)
}

describe('Prober', () => {
  it('answers a ping with its nonce and my own name, also when another was meant', () => {
    const me = new LoneMember()
    me.packet('a', { message: { kind: 'ping', nonce: 5, target: 'someone' as HostId } })
    expect(of(me.sent(), 'ack')).to.deep.equal([{ kind: 'ack', nonce: 5, target: 'me' }])
  })

  it('asks three others, pings again and tries a stream when there is no answer, then accuses', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c', 'd', 'e')
    const { nonce } = nextProbe(me, 'a')
    me.run(400)
    const effects = me.take()
    const packets = effects.flatMap((effect) => (effect.kind === 'send' ? [effect.packet] : []))
    const asks = of(packets, 'ask').filter((ask) => ask.target === 'a')
    expect(asks).to.have.length(3)
    expect(asks[0]).to.deep.equal({ kind: 'ask', nonce, target: 'a', contact: { address: factsOf('a').address, port: 7946 } })
    expect(of(packets, 'ping').some((ping) => ping.nonce === nonce)).to.equal(true)
    expect(effects.some((effect) => effect.kind === 'call' && effect.body.kind === 'ping')).to.equal(true)
    me.run(1_000)
    expect(me.health('a')).to.equal('suspect')
  })

  it('is content with an answer that comes through another', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    const { nonce } = nextProbe(me, 'a')
    me.run(400)
    me.packet('b', { message: { kind: 'ack', nonce, target: 'a' as HostId } })
    me.run(300)
    expect(me.health('a')).to.equal('alive')
    expect(me.gossip.awareness).to.equal(0)
  })

  it('counts missing nacks against itself, and none when all came', () => {
    const fail = (nacks: readonly string[]): number => {
      const me = new LoneMember({ suspicionMult: 100 })
      me.meet('a', 'b', 'c', 'd')
      const { nonce } = nextProbe(me, 'a')
      me.run(400)
      const before = me.gossip.awareness
      for (const name of nacks) me.packet(name, { message: { kind: 'nack', nonce, target: 'a' as HostId } })
      for (let step = 0; step < 200 && me.health('a') === 'alive'; step++) me.run(10)
      expect(me.health('a')).to.equal('suspect')
      return me.gossip.awareness - before
    }
    expect(fail([])).to.equal(3)
    expect(fail(['b', 'c'])).to.equal(1)
    expect(fail(['b', 'c', 'd'])).to.equal(0)
  })

  it('rejects and reports an answer under another name: two hosts share an address', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    const { nonce } = nextProbe(me, 'a')
    me.packet('other', { message: { kind: 'ack', nonce, target: 'other' as HostId } })
    const alarm = me.take().find((effect) => effect.kind === 'alarm')
    expect(alarm).to.deep.include({ alarm: 'wrong-target', id: 'a', answeredBy: 'other' })
    me.run(1_500)
    expect(me.health('a')).to.equal('suspect')
  })

  it('probes for another and passes the answer on under the asker’s nonce', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.take()
    me.packet('a', { message: { kind: 'ask', nonce: 77, target: 'b' as HostId, contact: factsOf('b') } })
    const [ping] = of(me.sent(), 'ping')
    expect(ping?.target).to.equal('b')
    me.packet('b', { message: { kind: 'ack', nonce: ping?.nonce ?? 0, target: 'b' as HostId } })
    expect(of(me.sent(), 'ack')).to.deep.equal([{ kind: 'ack', nonce: 77, target: 'b' }])
  })

  it('says nack when the one it was asked about does not answer', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.packet('a', { message: { kind: 'ask', nonce: 77, target: 'b' as HostId, contact: factsOf('b') } })
    me.run(200)
    expect(of(me.sent(), 'nack')).to.deep.equal([{ kind: 'nack', nonce: 77, target: 'b' }])
  })

  it('gives itself more time the less it trusts itself', () => {
    const probes = (late: number): number => {
      const me = new LoneMember()
      me.meet('a')
      for (let time = 0; time < late; time++) {
        me.now = me.gossip.wakeAt + 150
        me.step({ kind: 'time' })
      }
      let count = 0
      for (let step = 0; step < 120; step++) {
        me.run(50)
        me.packet('a', {})
        count += of(me.sent(), 'ping').filter(({ target }) => target === 'a').length
      }
      return count
    }
    expect(probes(7)).to.be.below(probes(0) * 0.7)
  })

  it('does not hold the silence of an earlier incarnation against a restarted member', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    nextProbe(me, 'a')
    // Its word comes through another: it was not heard itself.
    me.news('b', { kind: 'alive', id: 'a' as HostId, incarnation: 2, nonce: 2, facts: factsOf('a') })
    me.run(990)
    expect(me.health('a')).to.equal('alive')
  })
})
