import { describe, it } from 'mocha'
import { expect } from 'chai'
import { search, storyOf } from './search.js'

/** In each of two files; with the aimed plans more than 10,000. */
const RUNS = 4_500
/** A busy machine must not take a part for one that hangs. */
const PART = 450

/** Runs of the random adversary, from a seed on. */
export function describeRuns(title: string, firstSeed: number): void {
  describe(title, function () {
    this.timeout(120_000)
    for (let part = 0; part < RUNS / PART; part++) {
      it(`stands runs ${part * PART + 1} to ${(part + 1) * PART} of the random adversary`, () => {
        const { counterexample, adoptions, handOvers } = search(firstSeed + part * PART, PART)
        expect(counterexample ? storyOf(counterexample) : '').to.equal('')
        // An adversary that leads to nothing would find nothing.
        expect(adoptions, 'adoptions').to.be.greaterThan(PART / 8)
        expect(handOvers, 'hand-overs').to.be.greaterThan(PART / 8)
      })
    }
  })
}
