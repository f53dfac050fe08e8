import { describe, it } from 'mocha'
import { expect } from 'chai'
import { firstIncarnation, LARGEST_INCARNATION } from './incarnation.js'

describe('firstIncarnation', () => {
  it('is larger than the last one although the wall clock was set back an hour', () => {
    expect(firstIncarnation(1_700_000_000, undefined)).to.equal(1_700_000_000)
    expect(firstIncarnation(1_700_000_000 - 3_600, 1_700_000_005)).to.equal(1_700_000_006)
    expect(firstIncarnation(1_700_003_600, 1_700_000_005)).to.equal(1_700_003_600)
  })

  it('fits 32 bits and is never 0', () => {
    expect(firstIncarnation(2 ** 40, undefined)).to.equal(LARGEST_INCARNATION)
    expect(firstIncarnation(0, undefined)).to.equal(1)
  })
})
