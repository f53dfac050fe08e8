import { describe, it } from 'mocha'
import { expect } from 'chai'
import { hash32 } from './hash.js'

/** A text whose code units, in little-endian bytes, are these: the algorithm's published vectors are of bytes. */
function packed(...bytes: readonly number[]): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 2) text += String.fromCharCode((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))
  return text
}

const ascii = (text: string): string => packed(...Array.from(text, (letter) => letter.charCodeAt(0)))

describe('hash32', () => {
  // Published vectors of MurmurHash3_x86_32, those of an even number of bytes.
  const vectors: readonly (readonly [string, number, number])[] = [
    ['', 0, 0],
    ['', 1, 0x514e28b7],
    ['', 0xffffffff, 0x81f16f39],
    [packed(0xff, 0xff, 0xff, 0xff), 0, 0x76293b50],
    [packed(0x21, 0x43, 0x65, 0x87), 0, 0xf55b516b],
    [packed(0x21, 0x43, 0x65, 0x87), 0x5082edee, 0x2362f9de],
    [packed(0x21, 0x43), 0, 0xa0f7b07a],
    [ascii('aaaa'), 0x9747b28c, 0x5a97808a],
    [ascii('abcd'), 0x9747b28c, 0xf0478627],
    [ascii('aa'), 0x9747b28c, 0x5d211726],
    [ascii('ab'), 0x9747b28c, 0x74875592],
  ]
  for (const [text, seed, hash] of vectors) {
    it(`of ${JSON.stringify(text)} with seed ${seed} is ${hash}`, () => {
      expect(hash32(text, seed)).to.equal(hash)
    })
  }

  it('spreads over all bits', () => {
    const ones = Array<number>(32).fill(0)
    for (let index = 0; index < 10_000; index++) {
      for (let bit = 0; bit < 32; bit++) ones[bit] = (ones[bit] ?? 0) + ((hash32(`10.61.${index}`) >>> bit) & 1)
    }
    // Six standard deviations of 10,000 coins.
    for (const count of ones) expect(count).to.be.within(4_700, 5_300)
  })
})
