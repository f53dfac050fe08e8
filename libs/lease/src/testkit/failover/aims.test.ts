import { describe, it } from 'mocha'
import { expect } from 'chai'
import { AIMS } from './aims.js'
import { search, storyOf } from './search.js'

const RUNS = 70

describe('the failover model, with plans that aim at one weakness each,', function () {
  this.timeout(120_000)

  for (const aim of AIMS) {
    it(`stands ${RUNS} runs of ${aim.name}`, () => {
      const { counterexample } = search(1, RUNS, undefined, aim)
      expect(counterexample ? storyOf(counterexample) : '').to.equal('')
    })
  }
})
