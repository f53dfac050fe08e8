import { describe, it } from 'mocha'
import { expect } from 'chai'
import { AIMS } from './aims.js'
import { search, storyOf, type SearchResult } from './search.js'

/** Of the random adversary; each of the plans that aim at something runs some more. */
const RUNS = 9_000
const AIMED_RUNS = 70
const FIRST_SEED = 1

describe('the failover model', function () {
  this.timeout(170_000)

  it(`stands ${RUNS} runs of the random adversary`, () => {
    const result = search(FIRST_SEED, RUNS)
    expect(told(result)).to.equal('')
    expect(result.adoptions, 'adoptions').to.be.greaterThan(RUNS / 5)
    expect(result.handOvers, 'hand-overs').to.be.greaterThan(RUNS / 5)
  })

  for (const aim of AIMS) {
    it(`stands ${AIMED_RUNS} runs of the plan ${aim.name}`, () => {
      expect(told(search(FIRST_SEED, AIMED_RUNS, undefined, aim))).to.equal('')
    })
  }
})

function told({ counterexample }: SearchResult): string {
  return counterexample ? storyOf(counterexample) : ''
}
