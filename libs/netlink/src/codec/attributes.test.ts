import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac, WeftError } from '#core'
import { Attributes } from './attributes.js'
import { MessageWriter } from './message-writer.js'

/** The attributes that `write` writes. */
function attributes(write: (writer: MessageWriter) => void): Attributes {
  const writer = new MessageWriter()
  writer.begin(1, 0)
  write(writer)
  writer.end()
  const bytes = writer.finish()
  return new Attributes().read(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 16, bytes.length)
}

describe('Attributes', () => {
  it('reads back what was written', () => {
    const read = attributes((writer) => {
      writer.attributeU8(1, 200)
      writer.attributeU32(2, 0xfffffffe)
      writer.attributePort(3, 4789)
      writer.attributeText(4, 'weft:blå')
      writer.attributeIp(5, parseIp('192.0.2.7'))
      writer.attributeIp(6, parseIp('2001:db8::7'))
      writer.attributeMac(7, parseMac('02:00:00:00:00:07'))
    })
    expect(read.u8(1)).to.equal(200)
    expect(read.u32(2)).to.equal(0xfffffffe)
    expect(read.port(3)).to.equal(4789)
    expect(read.text(4)).to.equal('weft:blå')
    expect(read.ip(5)).to.equal('192.0.2.7')
    expect(read.ip(6)).to.equal('2001:db8::7')
    expect(read.mac(7)).to.equal('02:00:00:00:00:07')
    expect(read.u32Or(8, 5)).to.equal(5)
    expect([read.has(7), read.has(8), read.length(4), read.length(8)]).to.deep.equal([true, false, 10, 0])
  })

  it('reads nested attributes, and none in an absent one', () => {
    const outer = attributes((writer) => {
      const at = writer.beginNested(18)
      writer.attributeU32(1, 11)
      writer.endNested(at)
    })
    const inner = new Attributes()
    expect(inner.readNested(outer, 18).u32(1)).to.equal(11)
    expect(inner.readNested(outer, 19).has(1)).to.equal(false)
  })

  it('skips types that Weft does not know', () => {
    const read = attributes((writer) => {
      writer.attributeU32(64, 1)
      writer.attributeU32(0x3fff, 1)
      writer.attributeU32(63, 9)
    })
    expect(read.u32(63)).to.equal(9)
  })

  it('refuses what is absent, too short or of an impossible length', () => {
    const read = attributes((writer) => {
      writer.attributeU8(1, 1)
      writer.attributeBytes(2, new Uint8Array(5))
    })
    for (const bad of [() => read.u32(1), () => read.u32(9), () => read.port(1), () => read.ip(2), () => read.mac(2), () => read.text(9)]) {
      expect(bad).to.throw(WeftError).with.property('code', 'WEFT_NETLINK')
    }
  })
})
