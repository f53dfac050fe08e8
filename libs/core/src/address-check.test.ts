import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { checkText, parseCheck, type AddressCheck } from './address-check.js'
import { WeftError } from './weft-error.js'

describe('a check of a floating address', () => {
  it('is read', () => {
    const cases: [string, AddressCheck][] = [
      ['tcp:443', { tcp: 443 }],
      ['http:80', { http: 80, path: '/' }],
      ['http:65535/', { http: 65_535, path: '/' }],
      ['http:8080/health?deep=1&x=%20', { http: 8080, path: '/health?deep=1&x=%20' }],
      ['exec:web', { exec: 'web' }],
      ['exec:/etc/weft/checks.d/web-1.sh', { exec: 'web-1.sh' }],
    ]
    for (const [text, check] of cases) expect(parseCheck(text), text).to.deep.equal(check)
  })

  it('is refused where it is anything else', () => {
    const texts = [
      '',
      'tcp',
      'tcp:',
      'tcp:0',
      'tcp:65536',
      'tcp:80/',
      'tcp:-1',
      'tcp:0x50',
      'TCP:80',
      ' tcp:80',
      'tcp:80\n',
      'udp:53',
      'http:',
      'http:/',
      'http:0/',
      'http:80health',
      'http:80/a b',
      'http:80/a\r\nHost: x',
      'http:80/#top',
      'http:80/ä',
      'https:443/',
      `http:80/${'x'.repeat(1_024)}`,
      'http://web:80/',

      'exec:',
      'exec:.',
      'exec:..',
      'exec:.hidden',
      'exec:-rf',
      'exec:../x',
      'exec:/bin/sh',
      'exec:a/b',
      'exec:a b',
      'exec:a;b',
      'exec:a\n',
      'exec:/etc/weft/checks.d/',
      'exec:/etc/weft/checks.d/../x',
      `exec:${'x'.repeat(65)}`,
    ]
    for (const text of texts) {
      const parse = (): AddressCheck => parseCheck(text)
      expect(parse, JSON.stringify(text)).to.throw(WeftError).with.include({ code: 'WEFT_VALUE_INVALID', field: 'check' })
    }
  })

  it('is the same when it is written and read again', () => {
    const port = fc.integer({ min: 1, max: 65_535 })
    const path = fc.stringMatching(/^\/[!"$-~]{0,40}$/)
    const checks: fc.Arbitrary<AddressCheck> = fc.oneof(
      fc.record({ tcp: port }),
      fc.record({ http: port, path }),
      fc.record({ exec: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/) }),
    )
    fc.assert(fc.property(checks, (check) => void expect(parseCheck(checkText(check))).to.deep.equal(check)))
  })
})
