import { describe, it } from 'mocha'
import { expect } from 'chai'
import { nftError } from './nft-error.js'

describe('nftError', () => {
  it('says in nft’s words what was refused, without its carets', () => {
    const error = nftError(
      'write the table inet weft',
      'internal:0:0-0: Error: Could not process rule: No such file or directory\nadd element inet weft x { 1 }\n                       ^\ninternal:0:0-0: Error: Could not process rule: File exists\n',
    )
    expect(error.code).to.equal('WEFT_FIREWALL')
    expect(error.message).to.equal(
      'write the table inet weft: Could not process rule: No such file or directory; Could not process rule: File exists',
    )
  })

  it('tells missing rights and missing parts of the kernel apart', () => {
    expect(nftError('x', 'Error: Could not process rule: Operation not permitted').code).to.equal('WEFT_NOT_ROOT')
    expect(nftError('x', 'internal:0:0-0: Error: Could not process rule: Operation not supported').code).to.equal('WEFT_KERNEL_MISSING')
    expect(nftError('x', '').message).to.equal('x: nft gave no reason')
  })
})
