import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { Family } from '#core'
import { echoesOnly, echoRequest, MARK_BYTES, numberOfReply, pathMarkOf, pathRequest, repliesOnly } from './icmp-packet.js'

const mark = Buffer.alloc(MARK_BYTES, 7)

/** What a kernel makes of a request: the same with another type, behind an IP header for IPv4. */
function reply(family: Family, request: Buffer): Buffer {
  const answer = Buffer.from(request)
  answer[0] = family === 4 ? 0 : 129
  const header = Buffer.alloc(family === 4 ? 24 : 0)
  // Version 4 and a header of six words: with options.
  if (family === 4) header[0] = 0x46
  return Buffer.concat([header, answer])
}

describe('ICMP echoes', () => {
  for (const family of [4, 6] as const) {
    it(`of IPv${family} carry mark and nonce there and back`, () => {
      const request = echoRequest(family, mark, 0xfffffffe)
      expect(numberOfReply(family, mark, reply(family, request))).to.equal(0xfffffffe)
    })

    it(`of IPv${family}: requests, others' echoes and stumps are not answers`, () => {
      const request = echoRequest(family, mark, 5)
      const answer = reply(family, request)
      expect(numberOfReply(family, mark, family === 4 ? Buffer.concat([answer.subarray(0, 24), request]) : request)).to.equal(undefined)
      expect(numberOfReply(family, Buffer.alloc(MARK_BYTES, 8), answer)).to.equal(undefined)
      for (let length = 0; length < answer.length; length++)
        expect(numberOfReply(family, mark, answer.subarray(0, length))).to.equal(undefined)
    })
  }

  for (const family of [4, 6] as const) {
    const mark = { bout: 0x80000001, byOpener: true, slot: 31, index: 63 }

    it(`about paths, of IPv${family}: are as large as asked for, and known again from their beginning, there and back`, () => {
      const header = family === 4 ? 20 : 40
      for (const size of [64, 1500]) {
        const request = pathRequest(family, mark, size)
        expect(request.length + header).to.equal(size)
        const received = family === 4 ? Buffer.concat([Buffer.from([0x45]), Buffer.alloc(19), request]) : request
        expect(pathMarkOf(family, received.subarray(0, 128))).to.deep.equal({ mark, isAnswer: false })
        expect(pathMarkOf(family, reply(family, request))).to.deep.equal({ mark, isAnswer: true })
      }
    })

    it(`about paths, of IPv${family}: others' echoes, errors and stumps are none`, () => {
      const answer = reply(family, pathRequest(family, mark, 63))
      const start = family === 4 ? 24 : 0
      expect(pathMarkOf(family, reply(family, echoRequest(family, Buffer.alloc(MARK_BYTES, 7), 1)))).to.equal(undefined)
      for (let length = 0; length < start + 23; length++) expect(pathMarkOf(family, answer.subarray(0, length))).to.equal(undefined)
      for (const at of [start, start + 1, start + 8]) {
        const other = Buffer.from(answer)
        other[at] = 3
        expect(pathMarkOf(family, other), `byte ${at}`).to.equal(undefined)
      }
    })
  }

  it('are the only thing that the filters let through', () => {
    const four = repliesOnly(4)
    expect(new Uint32Array(four.value.buffer, four.value.byteOffset, 1)[0]).to.equal(0xfffffffe)
    const six = repliesOnly(6)
    const words = (value: Buffer): number[] => [...new Uint32Array(Uint8Array.from(value).buffer)]
    const all = 0xffffffff
    expect(words(six.value)).to.deep.equal([all, all, all, all, 0xfffffffd, all, all, all])
    expect(words(echoesOnly(4, true).value)).to.deep.equal([0xfffffefe])
    expect(words(echoesOnly(4, false).value)).to.deep.equal([0xffffffff])
    expect(words(echoesOnly(6, true).value)[4]).to.equal(0xfffffffc)
    expect(words(echoesOnly(6, false).value)).to.deep.equal(Array.from({ length: 8 }, () => 0xffffffff))
  })
})
