import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import type { EchoResult } from './packet.js'
import { isNewer, judge, type Finding } from './verdict.js'

const findings = (...results: EchoResult[]): Finding[] =>
  results.map((result, number) => ({ observer: `o${number}` as HostId, session: 1, sequence: 1, result }))
const all = (): boolean => true

describe('judge', () => {
  const table: [EchoResult[], needed: number, judgement: string][] = [
    [[], 1, 'open'],
    [['silent'], 1, 'kernels-silent'],
    [['silent'], 2, 'open'],
    [['silent', 'silent'], 2, 'kernels-silent'],
    [['silent', 'silent', 'answered'], 2, 'kernel-answers'],
    [['silent', 'silent', 'underlay-only'], 2, 'overlay-silent'],
    [['underlay-only', 'answered'], 2, 'kernel-answers'],
    [['answered', 'stream-only'], 2, 'datagrams-blocked'],
  ]
  for (const [results, needed, judgement] of table) {
    it(`says ${judgement} of ${results.join(', ') || 'nothing'} where ${needed} must agree`, () => {
      expect(judge(findings(...results), all, needed)).to.equal(judgement)
    })
  }

  it('does not believe an observer that is itself in doubt', () => {
    expect(judge(findings('answered', 'silent', 'silent'), (observer) => observer !== 'o0', 2)).to.equal('kernels-silent')
  })
})

describe('isNewer', () => {
  it('orders the findings of one observer over its restarts', () => {
    const at = (session: number, sequence: number): Finding => ({ observer: 'o' as HostId, session, sequence, result: 'silent' })
    expect(isNewer(at(1, 2), at(1, 1))).to.equal(true)
    expect(isNewer(at(1, 1), at(1, 1))).to.equal(false)
    expect(isNewer(at(2, 1), at(1, 9))).to.equal(true)
    expect(isNewer(at(1, 9), at(2, 1))).to.equal(false)
  })
})
