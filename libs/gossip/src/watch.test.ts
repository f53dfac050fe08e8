import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { LoneMember } from './testkit/lone-member.js'

/** Lets a member send `count` beats, one per 200 ms, leaving out those that `lost` names. */
function beats(me: LoneMember, name: string, count: number, from = 1, lost: (sequence: number) => boolean = () => false): void {
  for (let sequence = from; sequence < from + count; sequence++) {
    if (!lost(sequence)) me.packet(name, { message: { kind: 'beat', sequence, every: 1, released: false } })
    me.run(200)
  }
}

/** Whether a member was pinged since the last look. */
function asked(me: LoneMember, name: string): boolean {
  return me.sent().some(({ message }) => message?.kind === 'ping' && message.target === name)
}

/** Nothing but the watch shall notice anything. */
const RARE_PROBES = { probeInterval: 60_000 }

describe('Watch', () => {
  it('sends a beat to two of four watchers five times a second, by turns and always the same four', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c', 'd', 'e', 'f', 'g')
    me.run(300)
    me.take()
    const receivers: string[] = []
    for (let second = 0; second < 10; second++) {
      me.run(100)
      receivers.push(...me.sent().flatMap((packet) => (packet.message?.kind === 'beat' ? [packet.to ?? ''] : [])))
    }
    expect(receivers).to.have.length(10)
    expect(new Set(receivers.slice(0, 4)).size).to.equal(4)
    expect(new Set(receivers).size).to.equal(4)
    expect([...new Set(receivers)].sort()).to.deep.equal([...me.gossip.watchers].sort())
  })

  it('chooses another watcher for one that died, and releases one it no longer needs', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c', 'd', 'e')
    me.run(300)
    const before = me.gossip.watchers
    me.mourn(before[0] ?? '', 'e')
    me.run(300)
    expect(me.gossip.watchers).to.not.include(before[0])
    expect(me.gossip.watchers).to.have.length(4)
    me.take()
    me.news(before[0] ?? '', {
      kind: 'alive',
      id: before[0] as HostId,
      incarnation: 2,
      nonce: 2,
      facts: me.gossip.member(before[0] as HostId)!.facts,
    })
    me.run(300)
    const released = me.sent().filter((packet) => packet.message?.kind === 'beat' && packet.message.released)
    expect(released).to.have.length(1)
    expect([...me.gossip.watchers].sort()).to.deep.equal([...before].sort())
  })

  it('sends every beat to each of fewer watchers', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.run(300)
    me.take()
    me.run(1_000)
    const beatsSent = me.sent().flatMap(({ to, message }) => (message?.kind === 'beat' ? [{ to, every: message.every }] : []))
    expect(beatsSent.filter(({ to }) => to === 'a')).to.deep.equal(Array.from({ length: 5 }, () => ({ to: 'a', every: 1 })))
  })

  it('waits for the next beat of a member that beats to it every other time', () => {
    const me = new LoneMember(RARE_PROBES)
    me.meet('a', 'b')
    for (let sequence = 2; sequence <= 60; sequence += 2) {
      me.packet('a', { message: { kind: 'beat', sequence, every: 2, released: false } })
      me.run(400)
    }
    expect(asked(me, 'a'), 'none was missing').to.equal(false)
    me.run(50)
    expect(asked(me, 'a')).to.equal(false)
    me.run(20)
    expect(asked(me, 'a')).to.equal(true)
    me.run(320)
    expect(me.health('a')).to.equal('alive')
    me.run(20)
    expect(me.health('a'), '800 ms after the last beat').to.equal('suspect')
  })

  it('asks after one missing beat and accuses after three', () => {
    const me = new LoneMember(RARE_PROBES)
    me.meet('a', 'b')
    beats(me, 'a', 60)
    me.take()
    me.run(100)
    expect(asked(me, 'a')).to.equal(true)
    expect(me.health('a')).to.equal('alive')
    me.run(320)
    expect(me.health('a')).to.equal('suspect')
    expect(me.gossip.member('a' as HostId)?.why).to.equal('silence')
  })

  it('is patient with a member whose beats get lost anyway', () => {
    const me = new LoneMember(RARE_PROBES)
    me.meet('a', 'b')
    beats(me, 'a', 100, 1, (sequence) => sequence % 4 === 0)
    me.run(700)
    expect(me.health('a')).to.equal('alive')
    me.run(1_500)
    expect(me.health('a')).to.equal('suspect')
  })

  it('does not suspect a member that has released it', () => {
    const me = new LoneMember(RARE_PROBES)
    me.meet('a', 'b')
    beats(me, 'a', 10)
    me.packet('a', { message: { kind: 'beat', sequence: 11, every: 1, released: true } })
    me.run(800)
    expect(me.health('a')).to.not.equal('suspect')
  })

  it('takes a witness’s word for silence at once', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.step({ kind: 'silence', id: 'a' as HostId })
    expect(me.health('a')).to.equal('suspect')
  })
})
