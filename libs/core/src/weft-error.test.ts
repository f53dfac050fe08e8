import { describe, it } from 'mocha'
import { expect } from 'chai'
import { ERROR_CODES } from './error-codes.js'
import { asWeftError, WeftError } from './weft-error.js'

describe('WeftError', () => {
  it('carries code, field, hint and cause, and the documentation of its code', () => {
    const cause = new Error('beneath')
    const error = new WeftError('WEFT_MAC_INVALID', 'wrong', { field: 'mac', hint: 'write it right', cause })
    expect(error).to.be.instanceOf(Error).and.include({ name: 'WeftError', message: 'wrong', field: 'mac', hint: 'write it right', cause })
    expect(error.summary).to.equal(ERROR_CODES.WEFT_MAC_INVALID)
  })

  it('has no field, hint or cause that was not given', () => {
    const error = new WeftError('WEFT_USAGE', 'wrong')
    expect([error.field, error.hint, error.cause]).to.deep.equal([undefined, undefined, undefined])
    expect(Object.hasOwn(error, 'cause')).to.equal(false)
  })
})

describe('asWeftError', () => {
  it('passes WeftErrors through', () => {
    const error = new WeftError('WEFT_USAGE', 'wrong')
    expect(asWeftError(error)).to.equal(error)
  })

  it('wraps everything else, and keeps it as the cause', () => {
    const error = new TypeError('x is not a function')
    expect(asWeftError(error)).to.include({ code: 'WEFT_INTERNAL', message: 'x is not a function', cause: error })
    for (const thrown of ['text', 7, null, undefined]) {
      expect(asWeftError(thrown)).to.include({ code: 'WEFT_INTERNAL', message: String(thrown) })
    }
  })
})

describe('error codes', () => {
  for (const [code, summary] of Object.entries(ERROR_CODES)) {
    it(`${code} has a name and one line of documentation`, () => {
      expect(code).to.match(/^WEFT(_[A-Z]+)+$/)
      expect(summary).to.match(/^\S[^\n]{15,150}\.$/)
    })
  }

  it('say different things', () => {
    expect(new Set(Object.values(ERROR_CODES)).size).to.equal(Object.keys(ERROR_CODES).length)
  })
})
