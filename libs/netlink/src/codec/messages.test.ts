import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { WeftError } from '#core'
import { decodeAcknowledgement } from './acknowledgement.js'
import { Attributes } from './attributes.js'
import { decodeFdb } from './fdb.js'
import { decodeAddress } from './link-address.js'
import { decodeLink } from './link.js'
import { MessageWriter } from './message-writer.js'
import { eachMessage, type MessageView } from './messages.js'
import { decodeNeighbour, neighbourIndex } from './neighbour.js'
import { decodeNextHop } from './next-hop.js'
import { decodeRoute } from './route.js'

const DECODERS = [decodeAcknowledgement, decodeAddress, decodeFdb, decodeLink, decodeNeighbour, neighbourIndex, decodeNextHop, decodeRoute]

/** Reads the bytes with every decoder; anything but success and WEFT_NETLINK fails the test. */
function readWithAll(bytes: Uint8Array): void {
  for (const decode of DECODERS) {
    try {
      eachMessage(bytes, (message) => void decode(message))
    } catch (error) {
      if (!(error instanceof WeftError) || error.code !== 'WEFT_NETLINK') throw error
    }
  }
}

describe('what arrives', () => {
  it('is shown message by message', () => {
    const writer = new MessageWriter()
    for (const type of [7, 8]) {
      writer.begin(type, type * 2)
      writer.attributeText(1, 'odd')
      writer.end()
    }
    const seen: (readonly [number, number, number, number])[] = []
    eachMessage(writer.finish(), ({ type, flags, sequence, start, end }) => seen.push([type, flags, sequence, end - start]))
    expect(seen).to.deep.equal([
      [7, 14, 1, 8],
      [8, 16, 2, 8],
    ])
  })

  it('is refused when a message does not fit its datagram', () => {
    const writer = new MessageWriter()
    writer.begin(7, 0)
    writer.attributeU32(1, 2)
    writer.end()
    const whole = writer.finish()
    for (const length of [16, 20, 23]) {
      expect(() => eachMessage(whole.slice(0, length), () => undefined)).to.throw(WeftError, 'does not fit')
    }
    const zero = new Uint8Array(32)
    expect(() => eachMessage(zero, () => undefined)).to.throw(WeftError, 'does not fit')
  })

  it('may be any bytes: no decoder fails with anything but WEFT_NETLINK', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), readWithAll), { numRuns: 2000 })
  })

  it('may have any payload in a sound frame', () => {
    const payload = fc.array(fc.tuple(fc.nat(70), fc.uint8Array({ maxLength: 24 })), { maxLength: 8 })
    fc.assert(
      fc.property(fc.uint32Array({ maxLength: 5 }), payload, fc.nat(300), (fixed, attributes, cut) => {
        const writer = new MessageWriter()
        writer.begin(16, 0x200)
        for (const word of fixed) writer.u32(word)
        for (const [type, value] of attributes) writer.attributeBytes(type, value)
        writer.end()
        const bytes = writer.finish().slice()
        readWithAll(bytes)
        // The same, cut anywhere, with the header telling the truth about it.
        const shorter = bytes.slice(0, Math.max(16, bytes.length - cut))
        new DataView(shorter.buffer).setUint32(0, shorter.length, true)
        readWithAll(shorter)
      }),
      { numRuns: 2000 },
    )
  })

  it('need not be aligned in memory', () => {
    const writer = new MessageWriter()
    writer.begin(7, 0)
    writer.attributeU32(5, 77)
    writer.end()
    const shifted = new Uint8Array(writer.length + 1)
    shifted.set(writer.finish(), 1)
    const attributes = new Attributes()
    let value = 0
    eachMessage(shifted.subarray(1), (message: MessageView) => {
      value = attributes.read(message.bytes, message.view, message.start, message.end).u32(5)
    })
    expect(value).to.equal(77)
  })
})
