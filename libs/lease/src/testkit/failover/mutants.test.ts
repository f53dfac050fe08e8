import { describe, it } from 'mocha'
import { expect } from 'chai'
import { MUTANTS } from './mutants.js'
import { search } from './search.js'

/** A mutant that lives longer is not caught, and fails the build. */
const BUDGET = 400

describe('the failover model catches', function () {
  this.timeout(120_000)

  for (const { name, thought, mutation, plans } of MUTANTS) {
    it(name, function () {
      const { runs, counterexample } = search(1, BUDGET, mutation, plans)
      expect(counterexample?.violation, `nobody noticed in ${runs} runs that “${thought}”`).to.be.a('string')
      // The list of these tests is the table of mutants.
      if (this.test)
        this.test.title = `${name.padEnd(36)} after ${String(runs).padStart(3)} runs, by ${counterexample?.violation.slice(0, 2)}`
    })
  }
})
