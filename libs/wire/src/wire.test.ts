import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import type { HostId, Ip } from '#core'
import {
  newsSize,
  packetOverhead,
  PROBE_LIMIT,
  SLOT_LIMIT,
  type Message,
  type News,
  type Packet,
  type StateEntry,
  type StreamBody,
} from '#gossip'
import { FRAME_OVERHEAD } from './frame.js'
import { KeyRing, PLAIN } from './key-ring.js'
import { writePacket } from './packet-body.js'
import { Wire, type WireOptions } from './wire.js'

const KEY = Buffer.alloc(32, 1).toString('base64')
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64')

function wire(self: string, more: Partial<WireOptions> = {}): Wire {
  return new Wire({ cluster: 'test', self: self as HostId, session: 100, keys: new KeyRing([KEY]), ...more })
}

const facts = (overlay: boolean): StateEntry['facts'] => ({
  address: '10.1.2.3' as Ip,
  port: 7946,
  ...(overlay && { overlay: 'fd00::1' as Ip, keys: ['0a0b0c0d', PLAIN] }),
  version: '0.1.0',
  protocolMin: 1,
  protocolMax: 1,
})
const id = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/).map((text) => text as HostId)
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff })
const result = fc.constantFrom('answered' as const, 'underlay-only' as const, 'silent' as const, 'stream-only' as const)
const cause = fc.constantFrom('echo' as const, 'timeout' as const, 'left' as const)
const someFacts = fc.boolean().map(facts)
const news: fc.Arbitrary<News> = fc.oneof(
  fc.record({ kind: fc.constant('alive' as const), id, incarnation: uint32, nonce: uint32, facts: someFacts }),
  fc.record({ kind: fc.constant('suspect' as const), id, incarnation: uint32, from: id }),
  fc.record({ kind: fc.constant('dead' as const), id, incarnation: uint32, from: id, cause }),
  fc.record({ kind: fc.constant('echo' as const), id, incarnation: uint32, observer: id, session: uint32, sequence: uint32, result }),
)
const contact = fc.record({ address: fc.constantFrom('10.0.0.1' as Ip, '2001:db8::1' as Ip), port: fc.integer({ min: 1, max: 65_535 }) })
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constantFrom('ping' as const, 'ack' as const, 'nack' as const), nonce: uint32, target: id }),
  fc.record({ kind: fc.constant('ask' as const), nonce: uint32, target: id, contact }),
  fc.record({ kind: fc.constant('beat' as const), sequence: uint32, every: fc.integer({ min: 1, max: 8 }), released: fc.boolean() }),
)
const slot = fc.record({
  way: fc.constantFrom('overlay' as const, 'underlay' as const),
  size: fc.integer({ min: 0, max: 65_535 }),
  count: fc.integer({ min: 0, max: PROBE_LIMIT }),
})
const path: fc.Arbitrary<Message> = fc.record({
  kind: fc.constant('path' as const),
  step: fc.constantFrom('open' as const, 'opened' as const, 'close' as const, 'closed' as const),
  bout: uint32,
  slots: fc.array(slot, { maxLength: SLOT_LIMIT }),
  got: fc.array(fc.integer({ min: 0, max: PROBE_LIMIT }), { maxLength: SLOT_LIMIT }),
})
const content = fc.record({ incarnation: uint32, message: fc.option(message, { nil: undefined }), news: fc.array(news, { maxLength: 8 }) })
const packetOf = (
  from: string,
  to: string | undefined,
  { message, ...rest }: { incarnation: number; message: Message | undefined; news: News[] },
): Packet => ({
  from: from as HostId,
  ...(to && { to: to as HostId }),
  ...(message && { message }),
  ...rest,
})
const entry: fc.Arbitrary<StateEntry> = fc.record(
  {
    id,
    incarnation: uint32,
    nonce: uint32,
    facts: someFacts,
    state: fc.constantFrom('alive' as const, 'suspect' as const, 'dead' as const, 'left' as const),
    cause,
    accusers: fc.array(id, { maxLength: 4 }),
    echoes: fc.array(fc.record({ observer: id, session: uint32, sequence: uint32, result }), { maxLength: 4 }),
  },
  { requiredKeys: ['id', 'incarnation', 'nonce', 'facts', 'state', 'accusers', 'echoes'] },
)

const ping: Packet = {
  from: 'a' as HostId,
  to: 'b' as HostId,
  incarnation: 1,
  message: { kind: 'ping', nonce: 5, target: 'b' as HostId },
  news: [],
}
/** What was dropped, as reason and number. */
const drops = (one: Wire): Record<string, number> => Object.fromEntries(Object.entries(one.dropped).filter(([, count]) => count > 0))

describe('Wire', () => {
  it('brings every packet back as it was', () => {
    const [a, b] = [wire('a'), wire('b')]
    fc.assert(
      fc.property(content, fc.boolean(), (some, addressed) => {
        const packet = packetOf('a', addressed ? 'b' : undefined, some)
        expect(b.open(a.seal(packet))).to.deep.equal(packet)
      }),
    )
    expect(drops(b)).to.deep.equal({})
  })

  it('brings every step about paths back as it was, and in the smallest datagram', () => {
    const [a, b] = [wire('a'), wire('b')]
    fc.assert(
      fc.property(path, uint32, (message, incarnation) => {
        const packet = packetOf('a', 'b', { incarnation, message, news: [] })
        const frame = a.seal(packet)
        expect(frame.length).to.be.at.most(576)
        expect(b.open(frame)).to.deep.equal(packet)
      }),
    )
    expect(drops(b)).to.deep.equal({})
  })

  it('brings every state back as it was', () => {
    const [a, b] = [wire('a'), wire('b')]
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (entries) => {
        const body: StreamBody = { kind: 'state', from: 'a' as HostId, entries }
        const { frame, ticket } = a.ask(body)
        const question = b.openQuestion(frame)
        expect(question?.body).to.deep.equal(body)
        const reply: StreamBody = { kind: 'ack', from: 'b' as HostId, nonce: 1, target: 'b' as HostId }
        expect(a.openAnswer(b.answer(reply, question!.ticket), ticket)).to.deep.equal(reply)
      }),
      { numRuns: 50 },
    )
  })

  it('never makes more of a packet than the sizes that gossip reckons with', () => {
    fc.assert(
      fc.property(content, id, id, (some, from, to) => {
        const packet = packetOf(from, to, some)
        const reckoned = packet.news.reduce((sum, one) => sum + newsSize(one), packetOverhead(63, packet.message))
        const body = writePacket(packet)
        expect(body.length).to.be.at.most(reckoned)
        const sender = wire(from)
        expect(sender.seal(packet).length).to.be.at.most(body.length + FRAME_OVERHEAD)
      }),
    )
  })

  it('takes nothing twice', () => {
    const [a, b] = [wire('a'), wire('b')]
    const frames = [1, 2, 3].map(() => a.seal(ping))
    expect(frames.reverse().map((frame) => b.open(frame) !== undefined)).to.deep.equal([true, true, true])
    expect(frames.map((frame) => b.open(frame))).to.deep.equal([undefined, undefined, undefined])
    expect(drops(b)).to.deep.equal({ replayed: 3 })
  })

  it('does not listen to an earlier process of a host once it heard a later one', () => {
    const b = wire('b')
    const old = wire('a', { session: 100 }).seal(ping)
    expect(b.open(wire('a', { session: 101 }).seal(ping))).to.not.equal(undefined)
    expect(b.open(old)).to.equal(undefined)
    expect(drops(b)).to.deep.equal({ replayed: 1 })
  })

  it('drops what strangers send, each for its reason', () => {
    const b = wire('b')
    const good = wire('a').seal(ping)
    b.open(wire('a', { keys: new KeyRing([OTHER_KEY]) }).seal(ping))
    b.open(wire('a', { cluster: 'other' }).seal(ping))
    b.open(wire('a', { keys: new KeyRing() }).seal(ping))
    b.open(wire('a', { protocols: { oldest: 9, newest: 9 } }).seal(ping))
    b.open(good.subarray(0, 20))
    b.open(new Uint8Array())
    b.open(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    b.open(Buffer.alloc(3_000, 0x57))
    const damaged = Buffer.from(good)
    damaged[damaged.length - 20]! ^= 1
    b.open(damaged)
    b.open(wire('a').ask({ kind: 'ping', from: 'a' as HostId, nonce: 1, target: 'b' as HostId }).frame)
    b.open(wire('x').seal(ping))
    expect(drops(b)).to.deep.equal({
      'unknown-key': 1,
      cluster: 1,
      plain: 1,
      protocol: 1,
      truncated: 2,
      foreign: 1,
      oversized: 1,
      unauthentic: 1,
      direction: 1,
      'forged-sender': 1,
    })
  })

  it('does not take a packet that was meant for another host, sealed or not', () => {
    const c = wire('c')
    expect(c.open(wire('a').seal(ping))).to.equal(undefined)
    const plain = wire('c', { keys: new KeyRing() })
    expect(plain.open(wire('a', { keys: new KeyRing() }).seal(ping))).to.equal(undefined)
    expect([drops(c), drops(plain)]).to.deep.equal([{ unauthentic: 1 }, { misdirected: 1 }])
  })

  it('does not believe a sender’s name that the seal does not cover', () => {
    const frame = Buffer.from(wire('a').seal(ping))
    frame[8] = 'x'.charCodeAt(0)
    const b = wire('b')
    expect(b.open(frame)).to.equal(undefined)
    expect(drops(b)).to.deep.equal({ unauthentic: 1 })
  })

  it('takes an answer only for its own question', () => {
    const [a, b] = [wire('a'), wire('b')]
    const body: StreamBody = { kind: 'ping', from: 'a' as HostId, nonce: 1, target: 'b' as HostId }
    const [first, second] = [a.ask(body), a.ask(body)]
    const question = b.openQuestion(first.frame)
    const answer = b.answer({ kind: 'ack', from: 'b' as HostId, nonce: 1, target: 'b' as HostId }, question!.ticket)
    expect(a.openAnswer(answer, second.ticket)).to.equal(undefined)
    expect(a.openAnswer(answer, first.ticket)).to.not.equal(undefined)
    expect(drops(a)).to.deep.equal({ unauthentic: 1 })
  })

  it('drops fields that are out of bounds', () => {
    const open = { keys: new KeyRing() }
    const b = wire('b', open)
    const a = wire('a', open)
    const bad = (packet: unknown): void => void b.open(a.seal(packet as Packet))
    bad({ ...ping, message: { kind: 'ping', nonce: 1, target: 'UPPER' } })
    bad({ ...ping, message: { kind: 'ping', nonce: 1, target: 'x'.repeat(64) } })
    bad({ ...ping, message: { kind: 'ask', nonce: 1, target: 'b', contact: { address: '10.0.0.1', port: 70_000 } } })
    bad({ ...ping, news: [{ kind: 'alive', id: 'a', incarnation: 1, nonce: 1, facts: { ...facts(false), version: 'v'.repeat(40) } }] })
    bad({ ...ping, news: [{ kind: 'suspect', id: 'a', incarnation: 1, from: '' }] })
    bad({ ...ping, news: Array.from({ length: 200 }, () => ({ kind: 'suspect', id: 'a', incarnation: 1, from: 'b' })) })
    expect(drops(b)).to.deep.equal({ field: 5, oversized: 1 })
    const step = { kind: 'path', step: 'open', bout: 1, slots: [], got: [] }
    const slot = { way: 'overlay', size: 0, count: 1 }
    bad({ ...ping, message: { ...step, slots: Array.from({ length: SLOT_LIMIT + 1 }, () => slot) } })
    bad({ ...ping, message: { ...step, slots: [{ ...slot, count: PROBE_LIMIT + 1 }] } })
    bad({ ...ping, message: { ...step, slots: [{ ...slot, size: 70_000 }] } })
    bad({ ...ping, message: { ...step, got: [PROBE_LIMIT + 1] } })
    bad({ ...ping, message: { ...step, got: Array.from({ length: SLOT_LIMIT + 1 }, () => 1) } })
    expect(drops(b)).to.deep.equal({ field: 10, oversized: 1 })
  })

  it('refuses a state that would blow up, before it makes anything of it', () => {
    const a = wire('a', { keys: new KeyRing() })
    const b = wire('b', { keys: new KeyRing() })
    const head = a.ask({ kind: 'state', from: 'a' as HostId, entries: [] }).frame
    // Field 4 (state) with a million empty entries: two megabytes that would become a hundred.
    const entries = Buffer.alloc(2_000_000)
    for (let at = 0; at < entries.length; at += 2) entries[at] = 0x0a
    const length = [0x22, 0x80, 0x89, 0x7a]
    const bomb = Buffer.concat([head.subarray(0, head.length - 2), Buffer.from(length), entries])
    expect(b.openQuestion(bomb)).to.equal(undefined)
    expect(drops(b)).to.deep.equal({ field: 1 })
  })
})

describe('keys', () => {
  it('are changed without a lost packet: add, use, remove', () => {
    const rings = [new KeyRing([KEY]), new KeyRing([KEY])] as const
    const [a, b] = [wire('a', { keys: rings[0] }), wire('b', { keys: rings[1] })]
    const back: Packet = { ...ping, from: 'b' as HostId, to: 'a' as HostId }
    const talk = (): boolean => b.open(a.seal(ping)) !== undefined && a.open(b.seal(back)) !== undefined
    const next = rings[0].add(OTHER_KEY)
    expect(talk()).to.equal(true)
    rings[1].add(OTHER_KEY)
    expect(talk()).to.equal(true)
    rings[0].use(next)
    expect(talk()).to.equal(true)
    expect([b.keyUsedBy('a' as HostId), a.keyUsedBy('b' as HostId)]).to.deep.equal([next, rings[1].primary])
    rings[1].use(next)
    for (const ring of rings) for (const key of ring.ids) if (key !== next) ring.remove(key)
    expect(talk()).to.equal(true)
    expect([drops(a), drops(b)]).to.deep.equal([{}, {}])
  })

  it('come into a plain cluster host by host', () => {
    const stages: Partial<WireOptions>[] = [
      { keys: new KeyRing() },
      { keys: new KeyRing([PLAIN, KEY]) },
      { keys: new KeyRing([KEY, PLAIN]) },
      { keys: new KeyRing([KEY]) },
    ]
    for (let stage = 0; stage + 1 < stages.length; stage++) {
      const [before, after] = [wire('a', stages[stage]), wire('b', stages[stage + 1])]
      expect(after.open(before.seal(ping)), `stage ${stage}`).to.not.equal(undefined)
      const back = before.open(after.seal({ ...ping, from: 'b' as HostId, to: 'a' as HostId }))
      expect(back, `stage ${stage}, back`).to.not.equal(undefined)
    }
  })
})

describe('protocols', () => {
  it('of the version before are spoken as long as one member needs them', () => {
    const old = wire('a', { protocols: { oldest: 1, newest: 1 } })
    const young = wire('b', { protocols: { oldest: 1, newest: 2 } })
    const back: Packet = { ...ping, from: 'b' as HostId, to: 'a' as HostId }
    const old1 = { oldest: 1, newest: 1 }
    expect(young.open(old.seal(ping))).to.not.equal(undefined)
    expect(old.open(young.seal(back)), 'a newcomer is understood').to.not.equal(undefined)
    young.speakWith([old1, { oldest: 1, newest: 2 }])
    expect(old.open(young.seal(back))).to.not.equal(undefined)
    // The old one has left or was upgraded.
    young.speakWith([{ oldest: 1, newest: 2 }])
    expect(young.protocol).to.equal(2)
    expect(old.open(young.seal(back))).to.equal(undefined)
  })
})
