import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseEndpointName, parseHostId, parseNetworkName } from './ids.js'
import { WeftError } from './weft-error.js'

interface Case {
  readonly parse: (text: string) => string
  readonly good: readonly string[]
  readonly bad: readonly string[]
}

const unfit = ['', ' ', 'a b', 'a/b', 'a\n', '-a', 'a\u0000', '../a', 'ä', 'a%', '😀']

const cases: Readonly<Record<string, Case>> = {
  parseHostId: {
    parse: parseHostId,
    good: ['h', 'h1', '7', 'web-1.example.org', 'a'.repeat(63)],
    bad: [...unfit, 'a-', '.a', 'a.', 'a..b', 'a_b', 'a'.repeat(64)],
  },
  parseNetworkName: {
    parse: parseNetworkName,
    good: ['a', 'blue', 'blue-2', '7', 'a'.repeat(32)],
    bad: [...unfit, 'Blue', 'a-', 'a.b', 'a_b', 'a'.repeat(33)],
  },
  parseEndpointName: {
    parse: parseEndpointName,
    good: ['a', 'Web_1', 'a.b-c', '7', 'a'.repeat(128)],
    bad: [...unfit, '_a', '.a', 'a:b', 'a'.repeat(129)],
  },
}

for (const [name, { parse, good, bad }] of Object.entries(cases)) {
  describe(name, () => {
    for (const text of good) it(`takes ${text.slice(0, 40)} (${text.length})`, () => expect(parse(text)).to.equal(text))
    for (const text of bad) {
      it(`refuses ${JSON.stringify(text.slice(0, 40))} (${text.length}), with a hint`, () => {
        expect(() => parse(text))
          .to.throw(WeftError)
          .with.property('code', 'WEFT_NAME_INVALID')
        expect(() => parse(text))
          .to.throw(WeftError)
          .with.property('hint')
          .which.includes('use ')
      })
    }
  })
}

describe('parseHostId', () => {
  it('takes host names in any case for the same', () => {
    expect(parseHostId('Web-1.Example.ORG')).to.equal('web-1.example.org')
  })
})
