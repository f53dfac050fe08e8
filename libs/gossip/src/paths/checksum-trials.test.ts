import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseHostId } from '#core'
import { CHECKSUM_TRIALS, ChecksumTrials, type ChecksumOutcome } from './checksum-trials.js'

const [H2, H3] = [parseHostId('h2'), parseHostId('h3')]
const WELL: ChecksumOutcome = { ordinary: true, complete: true }
const FAULT: ChecksumOutcome = { ordinary: false, complete: true }
const NOTHING: ChecksumOutcome = { ordinary: false, complete: false }

function after(...outcomes: readonly (ChecksumOutcome | undefined)[]): ChecksumTrials {
  const trials = new ChecksumTrials()
  for (const outcome of outcomes) trials.take(H2, outcome)
  return trials
}

describe('ChecksumTrials', () => {
  const cases: [string, readonly (ChecksumOutcome | undefined)[], string][] = [
    ['nothing tried', [], 'nobody, in 60 s'],
    ['all is well', [WELL, WELL], 'nobody, in 60 s'],
    ['a first sign', [FAULT], 'suspects h2, in 3 s'],
    ['not often enough', [FAULT, FAULT, FAULT], 'suspects h2, in 3 s'],
    ['often enough', [FAULT, FAULT, FAULT, FAULT], 'found h2, in 3 s'],
    ['still so', [FAULT, FAULT, FAULT, FAULT, FAULT], 'found h2, in 3 s'],
    ['one that came through in between', [FAULT, FAULT, FAULT, WELL, FAULT], 'suspects h2, in 3 s'],
    ['the ordinary one alone', [FAULT, FAULT, FAULT, { ordinary: true, complete: false }], 'nobody, in 60 s'],
    ['a filter in the way', [NOTHING, NOTHING, NOTHING, NOTHING, NOTHING], 'nobody, in 60 s'],
    ['a filter put in the way', [FAULT, FAULT, FAULT, NOTHING, FAULT], 'suspects h2, in 3 s'],
    ['found, then not to be asked', [FAULT, FAULT, FAULT, FAULT, undefined, NOTHING], 'found h2, in 3 s'],
    ['mended', [FAULT, FAULT, FAULT, FAULT, NOTHING, WELL], 'nobody, in 60 s'],
  ]
  for (const [title, outcomes, expected] of cases) {
    it(title, () => {
      const { found, suspect, wait } = after(...outcomes)
      const who = found ? `found ${found}` : suspect ? `suspects ${suspect}` : 'nobody'
      expect(`${who}, in ${wait / 1000} s`).to.equal(expected)
    })
  }

  it('counts for one peer at a time', () => {
    const trials = after(FAULT, FAULT, FAULT)
    trials.take(H3, FAULT)
    expect([trials.suspect, trials.found]).to.deep.equal([H3, undefined])
    for (let more = 1; more < CHECKSUM_TRIALS.enough; more++) trials.take(H3, FAULT)
    expect(trials.found).to.equal(H3)
  })
})
