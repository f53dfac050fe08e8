import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { FrameReader, withLength } from './stream-frame.js'

describe('FrameReader', () => {
  it('puts a frame together however it is cut', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (bytes, sizes) => {
        const frame = Buffer.from(bytes)
        const stream = withLength(frame)
        const reader = new FrameReader(200)
        let result: ReturnType<FrameReader['add']>
        for (let at = 0, piece = 0; at < stream.length && result === undefined; piece++) {
          const size = sizes[piece % sizes.length] ?? 1
          result = reader.add(stream.subarray(at, at + size))
          at += size
        }
        expect(result).to.deep.equal(frame)
      }),
    )
  })

  it('does not wait for a frame that is too large', () => {
    expect(new FrameReader(10).add(withLength(Buffer.alloc(11)).subarray(0, 4))).to.equal('too large')
  })
})
