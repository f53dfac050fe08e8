import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac } from '#core'
import { MessageWriter } from './message-writer.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

function written(write: (writer: MessageWriter) => void): string {
  const writer = new MessageWriter()
  writer.begin(0x10, 0)
  write(writer)
  writer.end()
  return hex(writer.finish().subarray(16))
}

describe('MessageWriter', () => {
  it('writes a header with length, type, flags and sequence number', () => {
    const writer = new MessageWriter()
    writer.begin(0x1c, 0x605)
    writer.bytes4(1, 2, 4, 3)
    writer.u32(0xfffefdfc)
    writer.end()
    expect(hex(writer.finish())).to.equal('180000001c000506' + '01000000' + '00000000' + '01020403' + 'fcfdfeff')
  })

  it('writes attributes with their length, padded to 4 bytes', () => {
    expect(written((writer) => writer.attributeU32(7, 0x01020304))).to.equal('0800070004030201')
    expect(written((writer) => writer.attributeU8(7, 9))).to.equal('0500070009000000')
    expect(written((writer) => writer.attributePort(15, 4789))).to.equal('06000f0012b50000')
    expect(written((writer) => writer.attributeText(3, 'lo'))).to.equal('070003006c6f0000')
    expect(written((writer) => writer.attributeIp(1, parseIp('10.0.0.1')))).to.equal('080001000a000001')
    expect(written((writer) => writer.attributeIp(1, parseIp('2001:db8::1')))).to.equal('1400010020010db8000000000000000000000001')
    expect(written((writer) => writer.attributeMac(2, parseMac('02:00:00:00:00:ff')))).to.equal('0a0002000200000000' + 'ff0000')
  })

  it('nests attributes', () => {
    const text = written((writer) => {
      const outer = writer.beginNested(18)
      const inner = writer.beginNested(2)
      writer.attributeU8(7, 0)
      writer.endNested(inner)
      writer.endNested(outer)
    })
    expect(text).to.equal('10001280' + '0c000280' + '0500070000000000')
  })

  it('leaves no bytes of former messages in the padding', () => {
    const writer = new MessageWriter()
    const write = (text: string): void => {
      writer.reset()
      writer.begin(1, 0)
      writer.attributeText(3, text)
      writer.attributeMac(2, parseMac('02:00:00:00:00:01'))
      writer.end()
    }
    write('xxxxxxxxxxxxxxxxxxxxxxxxxxxxx')
    write('a')
    expect(hex(writer.finish().subarray(16))).to.equal('0600030061000000' + '0a0002000200000000010000')
  })

  it('grows as needed and numbers messages in a row', () => {
    const writer = new MessageWriter()
    for (let count = 0; count < 10_000; count++) {
      writer.begin(1, 0)
      writer.attributeU32(1, count)
      writer.end()
    }
    const bytes = writer.finish()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    expect(writer.count).to.equal(10_000)
    expect(bytes.length).to.equal(240_000)
    for (const index of [0, 1, 4096, 9999]) {
      expect(view.getUint32(index * 24, true)).to.equal(24)
      expect(view.getUint32(index * 24 + 8, true)).to.equal(writer.firstSequence + index)
      expect(view.getUint32(index * 24 + 20, true)).to.equal(index)
    }
  })

  it('goes on counting after a reset, and asks for the last answer only', () => {
    const writer = new MessageWriter()
    writer.acknowledge()
    for (const type of [1, 2]) {
      writer.begin(type, 0)
      writer.end()
    }
    writer.acknowledge()
    const flags = (index: number): number => writer.finish()[index * 16 + 6] as number
    expect([flags(0), flags(1)]).to.deep.equal([0, 4])
    writer.reset()
    expect(writer.firstSequence).to.equal(3)
    expect([writer.count, writer.length]).to.deep.equal([0, 0])
  })
})
