import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { below, parseNetworkName, parsePrefix, seededRandom, type HostId } from '#core'
import type { FailoverMessage } from '#lease'
import { CLAIMS_LIMIT, writeFailover } from './failover-body.js'
import { KeyRing } from './key-ring.js'
import { Wire } from './wire.js'

const make = (self: string, key = 1, protocols = { oldest: 1, newest: 2 }): Wire =>
  new Wire({
    cluster: 'test',
    self: self as HostId,
    session: 100,
    keys: new KeyRing([Buffer.alloc(32, key).toString('base64')]),
    protocols,
  })
const B = 'b' as HostId

const id = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/).map((text) => text as HostId)
const number = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const ms = fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0)
const text = fc.string({ minLength: 1, maxLength: 128, unit: 'grapheme-ascii' })
const lease = fc.record({
  network: fc.constantFrom('blue', 'red').map(parseNetworkName),
  subnet: fc.constantFrom('10.61.3.0/24', '10.61.3.9/32', 'fd61:3::/64').map(parsePrefix),
})
const claim = fc.tuple(lease, number).map(([ref, epoch]) => ({ ...ref, epoch }))
const message: fc.Arbitrary<FailoverMessage> = fc.oneof(
  fc.record({ kind: fc.constant('renew' as const), host: fc.constant('a' as HostId), epoch: number, nonce: number, incarnation: text }),
  fc.record({ kind: fc.constant('ack' as const), epoch: number, nonce: number, witnessIncarnation: text }),
  fc.record({ kind: fc.constant('silence-question' as const), host: id, epoch: number, nonce: number }),
  fc.record({ kind: fc.constant('silence-answer' as const), host: id, nonce: number, silent: ms, kernelSilent: ms, kernelWindow: ms }),
  fc.record({ kind: fc.constant('silent' as const), host: id, epoch: number, age: ms }),
  fc.tuple(claim, id).map(([ref, to]) => ({ kind: 'wish' as const, ...ref, to })),
  fc.array(claim, { maxLength: 9 }).map((leases) => ({ kind: 'claims' as const, leases })),
  fc
    .array(
      fc.tuple(claim, id).map(([ref, owner]) => ({ ...ref, owner })),
      { maxLength: 9 },
    )
    .map((leases) => ({ kind: 'outranked' as const, leases })),
)

describe('messages about failover', () => {
  it('arrive as they were sent, with their sender', () => {
    const [a, b] = [make('a'), make('b')]
    fc.assert(
      fc.property(message, (sent) => {
        expect(b.openFailover(a.sealFailover(B, sent))).to.deep.include({ from: 'a', message: sent })
      }),
    )
  })

  const renew: FailoverMessage = { kind: 'renew', host: 'a' as HostId, epoch: 7, nonce: 1, incarnation: 'boot' }
  const drops = (wire: Wire): string[] =>
    Object.entries(wire.dropped).flatMap(([reason, count]) => (count > 0 ? [`${reason} ${count}`] : []))

  it('are taken once, by the host they are meant for, from who holds the key', () => {
    const [a, b, c] = [make('a'), make('b'), make('c')]
    const frame = a.sealFailover(B, renew)
    expect(c.openFailover(frame)).to.equal(undefined)
    expect(drops(c)).to.deep.equal(['unauthentic 1'])
    expect(b.openFailover(frame)).not.to.equal(undefined)
    expect(b.openFailover(frame)).to.equal(undefined)
    expect(b.openFailover(make('a', 2).sealFailover(B, renew))).to.equal(undefined)
    expect(drops(b).toSorted()).to.deep.equal(['replayed 1', 'unknown-key 1'])
  })

  it('are no gossip, and gossip is none', () => {
    const [a, b] = [make('a'), make('b')]
    expect(b.open(a.sealFailover(B, renew))).to.equal(undefined)
    expect(b.openFailover(a.seal({ from: 'a' as HostId, incarnation: 1, to: B, news: [] }))).to.equal(undefined)
    expect(drops(b)).to.deep.equal(['direction 2'])
  })

  it('are not for agents of the protocol before', () => {
    const old = make('b', 1, { oldest: 1, newest: 1 })
    expect(old.openFailover(make('a').sealFailover(B, renew))).to.equal(undefined)
    expect(drops(old)).to.deep.equal(['protocol 1'])
  })

  it('are renewals of the sender itself', () => {
    const b = make('b')
    expect(b.openFailover(make('a').sealFailover(B, { ...renew, host: 'c' as HostId }))).to.equal(undefined)
    expect(drops(b)).to.deep.equal(['forged-sender 1'])
  })

  it('have numbers and lists within bounds', () => {
    const [a, b] = [make('a'), make('b')]
    const bad: FailoverMessage[] = [
      { ...renew, epoch: -1 },
      { ...renew, nonce: 0.5 },
      { ...renew, incarnation: 'x'.repeat(129) },
      { kind: 'silent', host: B, epoch: 1, age: Infinity },
      { kind: 'silent', host: B, epoch: 1, age: Number.NaN },
      { kind: 'silence-answer', host: B, nonce: 1, silent: -1, kernelSilent: 0, kernelWindow: 0 },
      {
        kind: 'claims',
        leases: Array.from({ length: CLAIMS_LIMIT + 1 }, () => ({
          network: parseNetworkName('blue'),
          subnet: parsePrefix('10.61.3.0/24'),
          epoch: 1,
        })),
      },
    ]
    for (const message of bad) expect(b.openFailover(a.sealFailover(B, message)), JSON.stringify(message)).to.equal(undefined)
    expect(drops(b)).to.deep.equal([`field ${bad.length}`])
  })

  it('are dropped, and nothing is thrown, however they were damaged', () => {
    const plain = (self: string): Wire => new Wire({ cluster: 'test', self: self as HostId, session: 100, keys: new KeyRing([]) })
    const [a, b] = [plain('a'), plain('b')]
    const random = seededRandom(7)
    const samples = fc.sample(message, { numRuns: 100, seed: 1 })
    for (let round = 0; round < 20_000; round++) {
      const frame = Buffer.from(a.sealFailover(B, samples[round % samples.length] ?? renew))
      for (let change = 0; change <= below(random, 3); change++) frame[12 + below(random, frame.length - 12)] = below(random, 256)
      b.openFailover(frame.subarray(0, frame.length - below(random, 3)))
    }
    expect(Object.values(b.dropped).reduce((sum, count) => sum + count, 0)).to.be.above(5_000)
  })

  it('fit a datagram many times', () => {
    const longest = 'x'.repeat(63) as HostId
    const sample: FailoverMessage = { kind: 'renew', host: longest, epoch: 2 ** 40, nonce: 2 ** 40, incarnation: 'x'.repeat(64) }
    expect(writeFailover({ from: longest, to: longest, message: sample }).length).to.be.below(400)
  })
})
