import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { Family } from '#core'
import { echoRequest, MARK_BYTES, nonceOfReply, repliesOnly } from './icmp-packet.js'

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
      expect(nonceOfReply(family, mark, reply(family, request))).to.equal(0xfffffffe)
    })

    it(`of IPv${family}: requests, others' echoes and stumps are not answers`, () => {
      const request = echoRequest(family, mark, 5)
      const answer = reply(family, request)
      expect(nonceOfReply(family, mark, family === 4 ? Buffer.concat([answer.subarray(0, 24), request]) : request)).to.equal(undefined)
      expect(nonceOfReply(family, Buffer.alloc(MARK_BYTES, 8), answer)).to.equal(undefined)
      for (let length = 0; length < answer.length; length++)
        expect(nonceOfReply(family, mark, answer.subarray(0, length))).to.equal(undefined)
    })
  }

  it('are the only thing that the filters let through', () => {
    const four = repliesOnly(4)
    expect(new Uint32Array(four.value.buffer, four.value.byteOffset, 1)[0]).to.equal(0xfffffffe)
    const six = repliesOnly(6)
    const words = new Uint32Array(Uint8Array.from(six.value).buffer)
    expect([...words]).to.deep.equal([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffd, 0xffffffff, 0xffffffff, 0xffffffff])
  })
})
