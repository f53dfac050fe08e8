import { expect } from 'chai'
import { describe, it } from 'mocha'
import { giveMemoryBack, netnsCookie } from './libc.js'

describe('calls of the C library', () => {
  it('gives memory back, and the process goes on', () => {
    const kept = Array.from({ length: 100 }, () => Buffer.allocUnsafeSlow(100_000).fill(7))
    kept.splice(10)
    expect(giveMemoryBack()).to.equal(undefined)
    expect(kept.every((buffer) => buffer.every((byte) => byte === 7))).to.equal(true)
  })

  it('tells the namespace it is in, the same one each time', () => {
    expect(netnsCookie()).to.equal(netnsCookie())
  })
})
