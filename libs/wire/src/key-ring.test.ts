import { describe, it } from 'mocha'
import { expect } from 'chai'
import { WeftError } from '#core'
import { KeyRing, PLAIN } from './key-ring.js'

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

  it('begins plain, and is sealed by its first key only when told so', () => {
    const ring = new KeyRing()
    expect([ring.primary, ring.opensPlain, ring.keys]).to.deep.equal([PLAIN, true, [PLAIN]])
    const id = ring.add(KEY)
    expect([ring.primary, ring.opensPlain]).to.deep.equal([PLAIN, true])
    ring.use(id)
    expect([ring.primary, ring.opensPlain, ring.keys]).to.deep.equal([id, true, [KEY, PLAIN]])
    ring.remove(PLAIN)
    expect([ring.opensPlain, ring.keys]).to.deep.equal([false, [KEY]])
    expect(new KeyRing(ring.keys).primary).to.equal(id)
  })

  it('holds no more keys than a member can speak of', () => {
    const ring = new KeyRing([KEY])
    for (let more = 10; more < 17; more++) ring.add(Buffer.alloc(32, more).toString('base64'))
    expect(code(() => ring.add(OTHER))).to.equal('WEFT_KEY_INVALID')
  })

  it('names keys by something that does not give them away', () => {
    const [id] = new KeyRing([KEY]).ids
    expect(id).to.match(/^[0-9a-f]{8}$/)
    expect(Buffer.from(KEY, 'base64').toString('hex')).to.not.include(id)
  })
})
