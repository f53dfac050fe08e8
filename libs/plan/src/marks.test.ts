import { describe, it } from 'mocha'
import { expect } from 'chai'
import { networkAlias, parseAlias, portAlias } from './marks.js'

describe('marks', () => {
  it('reads back the alias of a network device and of a port', () => {
    expect(networkAlias('blue')).to.equal('weft:blue')
    expect(parseAlias('weft:blue')).to.deep.equal({ network: 'blue' })
    expect(portAlias('blue', 'web-1')).to.equal('weft:blue:web-1')
    expect(parseAlias('weft:blue:web-1')).to.deep.equal({ network: 'blue', endpoint: 'web-1' })
  })

  for (const alias of [undefined, '', 'weft', 'weft:', 'weft::web', 'weft:blue:', 'Weft:blue', 'other:blue', ' weft:blue']) {
    it(`takes ${JSON.stringify(alias)} for another owner's`, () => {
      expect(parseAlias(alias)).to.equal(undefined)
    })
  }
})
