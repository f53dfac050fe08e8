import { describe, it } from 'mocha'
import { expect } from 'chai'
import { below, seededRandom, type HostId, type Ip, type Random } from '#core'
import type { Packet, StreamBody } from '#gossip'
import { KeyRing } from './key-ring.js'
import { Wire } from './wire.js'

/** A million with WEFT_LONG=1. */
const ROUNDS = process.env['WEFT_LONG'] === '1' ? 1_000_000 : 20_000

const facts = { address: '10.1.2.3' as Ip, port: 7946, overlay: '100.64.0.1' as Ip, version: '0.1.0', protocolMin: 1, protocolMax: 1 }
const packet: Packet = {
  from: 'a' as HostId,
  incarnation: 7,
  message: { kind: 'ask', nonce: 9, target: 'c' as HostId, contact: facts },
  news: [
    { kind: 'alive', id: 'c' as HostId, incarnation: 1, nonce: 2, facts },
    { kind: 'suspect', id: 'd' as HostId, incarnation: 1, from: 'a' as HostId },
    { kind: 'dead', id: 'e' as HostId, incarnation: 1, from: 'a' as HostId, cause: 'echo' },
    { kind: 'echo', id: 'e' as HostId, incarnation: 1, observer: 'a' as HostId, session: 1, sequence: 2, result: 'silent' },
  ],
}
const path: Packet = {
  ...packet,
  message: { kind: 'path', step: 'close', bout: 7, slots: [{ way: 'overlay', size: 1450, count: 3 }], got: [8, 3] },
}
const echoes = [{ observer: 'a' as HostId, session: 1, sequence: 2, result: 'silent' as const }]
const entry = { id: 'c' as HostId, incarnation: 1, nonce: 2, facts, state: 'dead' as const, accusers: ['a' as HostId], echoes }
const state: StreamBody = { kind: 'state', from: 'a' as HostId, entries: [entry, entry] }

/** Flips, cuts, repeats and inserts. */
function mutated(random: Random, bytes: Buffer): Buffer {
  let result = Buffer.from(bytes)
  for (let change = 0; change <= below(random, 4); change++) {
    const at = below(random, result.length || 1)
    const kind = below(random, 5)
    if (kind < 2 && result.length > 0) result[at] = below(random, 256)
    else if (kind === 2) result = result.subarray(0, at)
    else if (kind === 3) result = Buffer.concat([result.subarray(0, at), result.subarray(at - below(random, 8)), result.subarray(at)])
    else result = Buffer.concat([result.subarray(0, at), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), result.subarray(at)])
  }
  return result
}

describe('mutated frames', () => {
  for (const sealed of [false, true]) {
    it(`${ROUNDS} of them, ${sealed ? 'sealed' : 'plain'}, are dropped and counted or harmless, and nothing is kept of them`, () => {
      const keys = new KeyRing(sealed ? [Buffer.alloc(32, 3).toString('base64')] : [])
      const make = (self: string): Wire => new Wire({ cluster: 'fuzz', self: self as HostId, session: 1, keys })
      const [a, b] = [make('a'), make('b')]
      const random = seededRandom(42)
      const datagrams = [a.seal(packet), a.seal(path)] as const
      const question = a.ask(state).frame
      let taken = 0
      const before = process.memoryUsage().heapUsed
      for (let round = 0; round < ROUNDS; round++) {
        if (b.open(mutated(random, datagrams[round % 2 === 0 ? 0 : 1])) !== undefined) taken++
        if (round % 4 === 0 && b.openQuestion(mutated(random, question)) !== undefined) taken++
      }
      const dropped = Object.values(b.dropped).reduce((sum, count) => sum + count, 0)
      expect(taken + dropped).to.equal(ROUNDS + Math.ceil(ROUNDS / 4))
      if (sealed) expect(taken, 'only what was not changed at all').to.be.below(4)
      else expect(dropped).to.be.above(ROUNDS / 2)
      expect(process.memoryUsage().heapUsed - before).to.be.below(256 * 1024 * 1024)
    }).timeout(600_000)
  }
})
