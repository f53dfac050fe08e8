import { describe, it } from 'mocha'
import { expect } from 'chai'
import { WeftError } from '#core'
import { KeyRing } from './key-ring.js'

const KEY = Buffer.alloc(32, 1).toString('base64')
const OTHER = Buffer.alloc(32, 2).toString('base64')
const code = (action: () => void): string | undefined => {
  try {
    action()
  } catch (thrown) {
    return thrown instanceof WeftError ? thrown.code : String(thrown)
  }
  return undefined
}

describe('KeyRing', () => {
  it('seals with the first key until told otherwise', () => {
    const ring = new KeyRing([KEY, OTHER])
    expect(ring.primary).to.equal(ring.ids[0])
    ring.use(ring.ids[1] ?? '')
    expect(ring.primary).to.equal(ring.ids[1])
    expect(ring.add(KEY)).to.equal(ring.ids[0])
    expect(ring.ids).to.have.length(2)
  })

  it('refuses what is no key, and what it does not have', () => {
    const ring = new KeyRing([KEY])
    for (const bad of ['', 'secret', Buffer.alloc(16).toString('base64'), `${KEY}x`])
      expect(code(() => ring.add(bad))).to.equal('WEFT_KEY_INVALID')
    expect(code(() => ring.use('00000000'))).to.equal('WEFT_KEY_UNKNOWN')
    expect(code(() => ring.remove('00000000'))).to.equal('WEFT_KEY_UNKNOWN')
    expect(code(() => ring.remove(ring.primary ?? ''))).to.equal('WEFT_KEY_IN_USE')
  })

  it('names keys by something that does not give them away', () => {
    const [id] = new KeyRing([KEY]).ids
    expect(id).to.match(/^[0-9a-f]{8}$/)
    expect(Buffer.from(KEY, 'base64').toString('hex')).to.not.include(id)
  })
})
