import { describe, it } from 'mocha'
import { expect } from 'chai'
import { createSocket } from 'node:dgram'
import { parseIp, seededRandom, type Clock, type HostId } from '#core'
import { RecordingLog } from '#core/testkit'
import type { Effect, GossipSettings } from '#gossip'
import type { FailoverMessage } from '#lease'
import { KeyRing, Wire } from '#wire'
import { GossipNode, packetBudget, type GossipNodeOptions } from './gossip-node.js'
import { until } from './testkit/until.js'

const HERE = parseIp('127.0.0.1')
const KEY = Buffer.alloc(32, 5).toString('base64')
const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date().toISOString(),
  after(delay, action) {
    const timer = setTimeout(action, delay)
    return { cancel: () => clearTimeout(timer) }
  },
}

interface Played {
  readonly node: GossipNode
  readonly wire: Wire
  readonly effects: Effect[]
  readonly letters: [HostId, FailoverMessage][]
}

async function play(
  names: readonly string[],
  options: { readonly settings?: Partial<GossipSettings>; readonly echo?: GossipNodeOptions['echo']; readonly protocolMax?: number },
  run: (played: readonly Played[]) => Promise<void>,
): Promise<void> {
  const played: Played[] = []
  try {
    for (const [number, name] of names.entries()) {
      const id = name as HostId
      const effects: Effect[] = []
      const letters: Played['letters'] = []
      const wire = new Wire({ cluster: 'test', self: id, session: 100, keys: new KeyRing([KEY]) })
      const node = await GossipNode.start({
        id,
        incarnation: 100,
        nonce: 1 + number,
        facts: { address: HERE, port: 0, version: '0.1.0', protocolMin: 1, protocolMax: options.protocolMax ?? 2 },
        wire,
        clock,
        random: seededRandom(number),
        log: new RecordingLog(),
        mtu: 1_500,
        ...(options.settings && { settings: options.settings }),
        ...(options.echo && { echo: options.echo }),
        onEffect: (effect) => effects.push(effect),
        onFailover: (from, message) => {
          letters.push([from, message])
          if (message.kind === 'renew') node.sendFailover(from, { kind: 'ack', epoch: 1, nonce: message.nonce, witnessIncarnation: id })
        },
      })
      played.push({ node, wire, effects, letters })
    }
    await run(played)
  } finally {
    await Promise.all(played.map(({ node }) => node.close()))
  }
}

const health = ({ node }: Played, id: string): string | undefined => node.member(id as HostId)?.health
const meet = (played: readonly Played[]): void => {
  const [first, ...others] = played
  for (const { node } of others) if (first) node.know([{ address: HERE, port: first.node.facts.port }])
}
const agreed = (played: readonly Played[]): boolean =>
  played.every(({ node }) => node.members().filter((member) => member.health === 'alive').length === played.length)

describe('GossipNode', () => {
  it('finds all others from one address, measures them and asks their kernels', async () => {
    await play(['a', 'b', 'c'], {}, async (played) => {
      meet(played)
      await until(() => agreed(played), 'agreement')
      const known = (): boolean =>
        played[0]?.node.member('b' as HostId)?.roundTrip !== undefined && played[0].node.member('b' as HostId)?.kernelAsked === true
      await until(known, 'a measured round trip')
      expect(played.map(({ wire }) => Object.values(wire.dropped).reduce((sum, count) => sum + count, 0))).to.deep.equal([0, 0, 0])
    })
  })

  it('asks a host on every way for people, and tells what does not answer', async () => {
    await play(['a', 'b'], {}, async ([a, b]) => {
      const target = { id: 'b' as HostId, address: HERE, port: b?.node.facts.port ?? 0 }
      const answered = async (): Promise<unknown> =>
        (await a?.node.ping(target))?.map((result) => [result.way, result.answered, result.answeredBy])
      expect(await answered()).to.deep.equal([
        ['underlay', 3, undefined],
        ['datagram', 3, undefined],
        ['stream', 3, undefined],
      ])
      const other = await a?.node.ping({ ...target, id: 'c' as HostId })
      expect(other?.slice(1).map(({ answered: count, answeredBy }) => [count, answeredBy])).to.deep.equal([
        [0, 'b'],
        [0, 'b'],
      ])
      await b?.node.close()
      expect(await answered()).to.deep.equal([
        ['underlay', 3, undefined],
        ['datagram', 0, undefined],
        ['stream', 0, undefined],
      ])
    })
  })

  it('calls an agent that is gone agent-down, because its kernel answers', async () => {
    await play(['a', 'b', 'c'], {}, async (played) => {
      meet(played)
      await until(() => agreed(played), 'agreement')
      await until(() => played.slice(0, 2).every(({ node }) => node.member('c' as HostId)?.kernelAsked === true), 'echoes')
      await played[2]?.node.close()
      await until(() => played.slice(0, 2).every((one) => health(one, 'c') === 'agent-down'), 'agent-down')
    })
  })

  it('without kernel echoes calls it dead after the long timers', async () => {
    const settings = { probeInterval: 200, probeTimeout: 80 }
    await play(['a', 'b', 'c'], { settings, echo: { send: () => undefined } }, async (played) => {
      meet(played)
      await until(() => agreed(played), 'agreement')
      await played[2]?.node.close()
      await until(() => played.slice(0, 2).every((one) => health(one, 'c') === 'dead'), 'death')
      expect(played[0]?.node.member('c' as HostId)?.why).to.equal('timeout')
    })
  })

  const renew = (nonce: number): FailoverMessage => ({ kind: 'renew', host: 'a' as HostId, epoch: 1, nonce, incarnation: 'boot' })
  const noncesOf = ({ letters }: Played): number[] => letters.flatMap(([, message]) => ('nonce' in message ? [message.nonce] : []))

  it('carries messages about failover by datagram and by stream, and answers the same way', async () => {
    await play(['a', 'b'], {}, async (played) => {
      const [a, b] = played
      if (!a || !b) throw new Error('there are two')
      a.node.sendFailover('b' as HostId, renew(1))
      meet(played)
      await until(() => agreed(played), 'agreement')
      a.node.sendFailover('b' as HostId, renew(2))
      await until(() => noncesOf(a).length === 1, 'the answer by datagram')
      a.node.sendFailover('b' as HostId, renew(3), true)
      await until(() => noncesOf(a).length === 2, 'the answer by stream')
      expect(noncesOf(a)).to.deep.equal([2, 3])
      expect(noncesOf(b), 'nothing is kept for a host that is not known yet').to.deep.equal([2, 3])
      expect(b.letters[0]).to.deep.equal(['a', renew(2)])
    })
  })

  it('sends none to agents that do not understand them', async () => {
    await play(['a', 'b'], { protocolMax: 1 }, async (played) => {
      meet(played)
      await until(() => agreed(played), 'agreement')
      const [a, b] = played
      a?.node.sendFailover('b' as HostId, renew(1))
      a?.node.sendFailover('b' as HostId, renew(2), true)
      const heard = b?.node.traffic.received ?? 0
      await until(() => (b?.node.traffic.received ?? 0) > heard + 10, 'further gossip')
      expect(b?.letters).to.deep.equal([])
    })
  })

  it('says goodbye', async () => {
    await play(['a', 'b'], {}, async (played) => {
      meet(played)
      await until(() => agreed(played), 'agreement')
      await played[1]?.node.leave()
      expect(played[0] && health(played[0], 'b')).to.equal('left')
    })
  })

  it('accuses nobody after it was stopped for a while: what arrived is read first', async () => {
    await play(['a', 'b', 'c'], {}, async (played) => {
      meet(played)
      await until(() => agreed(played), 'agreement')
      // All three live in this process, so all are stopped; none may hold it against another.
      const before = played.map(({ effects }) => effects.length)
      for (const end = performance.now() + 2_000; performance.now() < end;);
      await until(
        () => played.every(({ effects }) => effects.some((effect) => effect.kind === 'alarm' && effect.alarm === 'stalled')),
        'the alarm',
      )
      await until(() => played.every(({ node }) => node.traffic.received > 0))
      const changes = played.flatMap(({ effects }, number) => effects.slice(before[number]).filter(({ kind }) => kind === 'change'))
      expect(changes).to.deep.equal([])
      expect(agreed(played)).to.equal(true)
    })
  })

  it('is not impressed by strangers', async () => {
    await play(['a', 'b'], {}, async (played) => {
      meet(played)
      await until(() => agreed(played), 'agreement')
      const target = played[0] as Played
      const stranger = createSocket('udp4')
      const forger = new Wire({
        cluster: 'test',
        self: 'b' as HostId,
        session: 999,
        keys: new KeyRing([Buffer.alloc(32, 6).toString('base64')]),
      })
      const claim = { kind: 'dead', id: 'b' as HostId, incarnation: 100, from: 'b' as HostId, cause: 'left' } as const
      const forged = forger.seal({ from: 'b' as HostId, incarnation: 100, to: 'a' as HostId, news: [claim] })
      for (const bytes of [Buffer.from('hello'), Buffer.alloc(0), Buffer.alloc(9_000, 0x57), forged])
        stranger.send(bytes, target.node.facts.port, HERE)
      const { dropped } = target.wire
      await until(
        () => dropped.foreign === 1 && dropped.truncated === 1 && dropped.oversized === 1 && dropped['unknown-key'] === 1,
        'the counts',
      )
      stranger.close()
      expect(health(target, 'b')).to.equal('alive')
    })
  })
})

describe('packetBudget', () => {
  it('leaves room for every header', () => {
    expect(packetBudget(1_500)).to.equal(1_200)
    expect(packetBudget(1_280)).to.be.below(1_280 - 48 - 100)
  })
})
