import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import type { Effect } from './effect.js'
import { alive, factsOf, LoneMember } from './testkit/lone-member.js'

const changes = (member: LoneMember): string[] =>
  member
    .take()
    .flatMap((effect) => (effect.kind === 'change' ? [`${effect.id} ${effect.before ?? 'unknown'}→${effect.after} ${effect.why}`] : []))
const alarms = (effects: readonly Effect[]): string[] => effects.flatMap((effect) => (effect.kind === 'alarm' ? [effect.alarm] : []))

describe('alive', () => {
  it('makes a new member known and is passed on', () => {
    const me = new LoneMember()
    me.news('a', alive('a'))
    expect(changes(me)).to.deep.equal(['a unknown→alive joined'])
    me.run(20)
    expect(me.told()).to.deep.include(alive('a'))
  })

  it('changes nothing when it is heard again', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.run(10_000)
    me.take()
    me.news('b', alive('a'))
    me.run(50)
    expect(me.told().filter(({ kind, id }) => kind === 'alive' && id === 'a')).to.deep.equal([])
  })

  it('takes over changed facts with a higher incarnation only', () => {
    const me = new LoneMember()
    me.meet('a')
    const moved = { ...alive('a', 2), facts: factsOf('elsewhere') }
    me.news('a', { ...moved, incarnation: 1 })
    expect(me.gossip.member('a' as HostId)?.facts).to.deep.equal(factsOf('a'))
    me.news('a', moved)
    expect(me.gossip.member('a' as HostId)?.facts).to.deep.equal(factsOf('elsewhere'))
  })

  it('refutes a suspicion with a higher incarnation, not with the same', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.suspect('a', 'b')
    me.news('a', alive('a', 1))
    expect(me.health('a')).to.equal('suspect')
    me.news('a', alive('a', 2))
    expect(me.health('a')).to.equal('alive')
  })

  it('of another process in the same incarnation is a conflict, and when it insists an alarm', () => {
    const me = new LoneMember()
    me.meet('a')
    me.take()
    me.news('a', { ...alive('a', 1, 99), facts: factsOf('clone') })
    expect(alarms(me.take())).to.deep.equal([])
    me.news('a', { ...alive('a', 1, 99), facts: factsOf('clone') })
    expect(alarms(me.take())).to.deep.equal(['cloned-id'])
    expect(me.gossip.member('a' as HostId)?.facts).to.deep.equal(factsOf('a'))
  })

  it('of two processes that overbid each other is an alarm; a restart is none', () => {
    const me = new LoneMember()
    me.meet('a')
    me.news('a', alive('a', 2, 50))
    expect(changes(me)).to.not.include('a alive→alive restarted')
    expect(me.gossip.member('a' as HostId)?.why).to.equal('restarted')
    me.news('a', alive('a', 3, 1))
    expect(alarms(me.take())).to.deep.equal(['cloned-id'])
  })

  it('about me by an older process of mine is ignored; by a clone it is overbid', () => {
    const me = new LoneMember()
    me.meet('a')
    me.news('a', alive('me', 9, 3))
    expect(me.gossip.incarnation).to.equal(10)
    me.news('a', alive('me', 10, 3))
    expect(me.gossip.incarnation).to.equal(11)
    expect(alarms(me.take())).to.deep.equal([])
    me.news('a', alive('me', 12, 3))
    expect(me.gossip.incarnation).to.equal(13)
    expect(alarms(me.take())).to.deep.equal(['cloned-id'])
  })
})

describe('suspect', () => {
  it('of somebody unknown, or of an old incarnation, means nothing', () => {
    const me = new LoneMember()
    me.news('a', alive('a', 5), alive('b'))
    me.take()
    me.suspect('nobody', 'b')
    me.suspect('a', 'b', 4)
    expect(changes(me)).to.deep.equal([])
    expect(me.health('a')).to.equal('alive')
  })

  it('is passed on once per accuser, and no more accusers than shorten it (dogpile)', () => {
    const me = new LoneMember({ probeInterval: 60_000 })
    me.meet('a', 'b', 'c', 'd', 'e', 'f')
    me.run(5_000)
    me.take()
    for (const accuser of ['b', 'b', 'c', 'd', 'e', 'f']) me.suspect('a', accuser)
    me.run(450)
    // My own word is only for the suspect itself.
    const told = me.told().filter((news) => news.kind === 'suspect')
    expect(new Set(told.map((news) => news.kind === 'suspect' && news.from))).to.deep.equal(new Set(['b', 'c', 'd', 'me']))
  })

  it('of me is refuted at once, and counts against my own health', () => {
    const me = new LoneMember()
    me.meet('a')
    me.take()
    me.suspect('me', 'a', 10)
    expect(me.gossip.incarnation).to.equal(11)
    expect(me.gossip.awareness).to.equal(1)
    me.run(15)
    expect(me.told()).to.deep.include({ kind: 'alive', id: 'me', incarnation: 11, nonce: 7, facts: factsOf('me') })
  })

  it('of an older incarnation of mine is not worth an answer', () => {
    const me = new LoneMember()
    me.meet('a')
    me.suspect('me', 'a', 9)
    expect(me.gossip.incarnation).to.equal(10)
  })

  it('is told to the suspect in whatever is sent to it (buddy), so that it can refute', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.run(5_000)
    me.suspect('a', 'b', 1)
    me.take()
    me.packet('a', { message: { kind: 'ping', nonce: 4, target: 'me' as HostId } })
    const toSuspect = me.sent().flatMap((packet) => packet.news)
    expect(toSuspect.some((news) => news.kind === 'suspect' && news.id === 'a')).to.equal(true)
  })
})

describe('dead', () => {
  it('is final for its incarnation: a replayed alive revives nobody, a newer one does', () => {
    const me = new LoneMember()
    me.meet('a', 'b')
    me.mourn('a', 'b')
    me.news('b', alive('a', 1))
    expect(me.health('a')).to.equal('dead')
    me.news('a', alive('a', 2))
    expect(me.health('a')).to.equal('alive')
  })

  it('of an old incarnation, or for the second time, means nothing', () => {
    const me = new LoneMember()
    me.news('a', alive('a', 5), alive('b'))
    me.dead('a', 'b', 4)
    expect(me.health('a')).to.equal('alive')
    me.run(700)
    me.mourn('a', 'b')
    expect(me.health('a')).to.equal('dead')
    me.run(5_000)
    me.take()
    me.dead('a', 'b', 5)
    expect(changes(me)).to.deep.equal([])
  })

  it('about me is refuted', () => {
    const me = new LoneMember()
    me.meet('a')
    me.dead('me', 'a', 30)
    expect(me.gossip.incarnation).to.equal(31)
  })

  it('is left when it is the member’s own word, also after it failed', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.dead('a', 'a', 1, 'left')
    expect(me.health('a')).to.equal('left')
    me.mourn('b', 'c')
    me.dead('b', 'b', 1, 'left')
    expect(me.health('b')).to.equal('left')
    me.dead('c', 'a', 1, 'left')
    expect(me.health('c'), 'nobody leaves for another').to.equal('alive')
  })

  it('is doubted while somebody who is there still reaches the kernel, and believed when he no longer does', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.run(700)
    me.suspect('a', 'b')
    me.finding('a', 'c', 'answered', 1)
    expect(me.health('a')).to.equal('agent-down')
    me.run(500)
    me.take()
    me.dead('a', 'b')
    expect(me.health('a')).to.equal('agent-down')
    me.run(20)
    expect(
      me.told().some((news) => news.kind === 'echo' && news.result === 'answered'),
      'the others hear what they lack',
    ).to.equal(true)
    me.finding('a', 'c', 'silent', 2)
    me.run(300)
    expect(me.health('a')).to.equal('dead')
  })

  it('is not believed on one claim: a host that was cut off comes back with claims about everybody', () => {
    // Nobody answers here: a routine probe would make one of the voices doubtful.
    const me = new LoneMember({ probeInterval: 60_000 })
    me.meet('x', 'a', 'b', 'c')
    me.run(5_000)
    for (const name of ['b', 'c']) me.packet(name, {})
    me.mourn('x', 'b')
    me.dead('a', 'x')
    expect(me.health('a'), 'x is not believed').to.equal('suspect')
    me.dead('a', 'b')
    me.run(300)
    expect(me.health('a'), 'b alone is not enough').to.equal('suspect')
    me.suspect('a', 'c')
    me.run(10)
    expect(me.health('a')).to.equal('dead')
  })

  it('of a member that is heard here is no news', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.run(700)
    me.packet('a', {})
    me.take()
    me.dead('a', 'b')
    expect(changes(me)).to.deep.equal([])
    expect(me.health('a')).to.equal('alive')
  })

  it('whose observers have changed their minds is told again to whoever missed it', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.finding('a', 'c', 'silent', 2)
    me.run(10_000)
    me.take()
    me.finding('a', 'c', 'answered', 1)
    me.run(20)
    const told = me.told().filter((news) => news.kind === 'echo')
    expect(told.map(({ observer, result }) => [observer, result])).to.deep.equal([['c', 'silent']])
  })

  it('is taken back when the kernel answers again before its agent does', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.run(700)
    me.mourn('a', 'b')
    expect(me.health('a')).to.equal('dead')
    me.finding('a', 'c', 'answered', 1)
    expect(me.health('a')).to.equal('agent-down')
  })

  it('is said again to whoever still believes otherwise', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.run(700)
    me.mourn('a', 'b')
    me.run(10_000)
    me.take()
    me.suspect('a', 'c')
    me.run(20)
    expect(me.told().some((news) => news.kind === 'dead' && news.id === 'a')).to.equal(true)
  })

  it('members are remembered, not refused, and forgotten after a day', () => {
    const me = new LoneMember({ exchangeInterval: 3_600_000 })
    me.meet('a', 'b')
    me.mourn('a', 'b')
    me.run(23 * 3_600_000)
    expect(me.health('a')).to.equal('dead')
    me.run(2 * 3_600_000)
    expect(me.health('a')).to.equal(undefined)
    me.news('a', alive('a', 1))
    expect(me.health('a')).to.equal('alive')
  })

  it('members beyond the limit are forgotten, the oldest first', () => {
    const me = new LoneMember({ tombstoneLimit: 2 })
    const names = ['a', 'b', 'c', 'd']
    me.meet(...names, 'x')
    for (const name of names) {
      me.mourn(name, 'x')
      me.run(1)
    }
    expect(names.map((name) => me.health(name))).to.deep.equal([undefined, undefined, 'dead', 'dead'])
  })
})

describe('a suspicion', () => {
  it('lasts 24 s among three where the kernel cannot be asked, 4 s with a second voice', () => {
    const suspectedFor = (others: string[]): number => {
      const me = new LoneMember()
      me.meet('a', 'b')
      me.suspect('a', 'b')
      while (me.health('a') === 'suspect' && me.now < 60_000) {
        me.run(100)
        for (const packet of me.sent()) {
          const { message } = packet
          if (message?.kind !== 'ping' || !others.includes(message.target)) continue
          me.packet(message.target, { message: { kind: 'ack', nonce: message.nonce, target: message.target } })
        }
      }
      return Math.round(me.now / 1_000)
    }
    expect(suspectedFor(['b'])).to.be.within(4, 6)
    // It answers probes, so this host has no reason of its own; but it never refutes.
    expect(suspectedFor(['a', 'b'])).to.be.above(24)
  })

  it('never ends in death by one voice while a second can be heard', () => {
    // b goes on sending beats but never says a word about a; a's kernel cannot be asked.
    const me = new LoneMember({ suspicionMaxMult: 1 })
    me.meet('a', 'b')
    me.gossip.step({ kind: 'silence', id: 'a' as HostId }, me.now)
    for (let second = 0; second < 60; second++) {
      me.packet('b', {})
      me.run(1_000)
      me.answerFor('b')
    }
    expect(me.health('a')).to.equal('suspect')
    me.suspect('a', 'b')
    me.run(5_000)
    expect(me.health('a')).to.equal('dead')
  })

  it('is short when two observers find agent and kernels silent', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c')
    me.suspect('a', 'b')
    me.finding('a', 'b', 'silent', 1)
    me.packet('c', {})
    me.run(1_000)
    expect(me.health('a'), 'one observer is not enough').to.equal('suspect')
    me.packet('b', {})
    me.packet('c', {})
    me.finding('a', 'c', 'silent', 1)
    me.run(10)
    expect(me.health('a')).to.equal('dead')
    expect(me.gossip.member('a' as HostId)?.why).to.equal('kernels-silent')
  })

  it('stands still while the kernel answers, and counts anew when it falls silent', () => {
    const me = new LoneMember()
    me.meet('a', 'b', 'c', 'd')
    me.suspect('a', 'b')
    me.finding('a', 'c', 'answered', 1)
    for (let second = 0; second < 120; second++) {
      for (const name of ['b', 'c', 'd']) me.packet(name, {})
      me.run(1_000)
      me.answerFor('b', 'c', 'd')
    }
    expect(me.health('a')).to.equal('agent-down')
    me.finding('a', 'd', 'silent', 1)
    me.finding('a', 'b', 'silent', 1)
    me.finding('a', 'c', 'silent', 2)
    expect(me.health('a')).to.equal('suspect')
    me.run(240)
    expect(me.health('a')).to.equal('suspect')
    me.run(20)
    expect(me.health('a')).to.equal('dead')
  })
})
