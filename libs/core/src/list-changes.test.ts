import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { listChanges } from './list-changes.js'

const records = Array.from({ length: 20 }, (_, number) => ({ number }))
const pick = (...numbers: number[]): { number: number }[] => numbers.map((number) => records[number] as { number: number })

describe('changes between two lists', () => {
  const cases: readonly (readonly [string, number[], number[], number[], number[]])[] = [
    ['nothing', [1, 2, 3], [1, 2, 3], [], []],
    ['from nothing', [], [1, 2], [], [1, 2]],
    ['to nothing', [1, 2], [], [1, 2], []],
    ['one replaced', [1, 2, 3], [1, 4, 3], [2], [4]],
    ['the last replaced', [1, 2], [1, 4], [2], [4]],
    ['one gone', [1, 2, 3], [1, 3], [2], []],
    ['one more in between', [1, 3], [1, 2, 3], [], [2]],
    ['many appended', [1], [1, 2, 3, 4], [], [2, 3, 4]],
    ['two gone in a row', [1, 2, 3, 4], [1, 4], [2, 3], []],
    ['places changed', [1, 2, 3], [3, 1, 2], [], []],
    ['all replaced', [1, 2, 3], [4, 5, 6], [1, 2, 3], [4, 5, 6]],
  ]
  for (const [title, before, after, removed, added] of cases) {
    it(title, () =>
      expect(listChanges(pick(...before), pick(...after))).to.deep.equal({ removed: pick(...removed), added: pick(...added) }),
    )
  }

  it('lead from any list to any other', () => {
    const list = fc.uniqueArray(fc.nat(19), { maxLength: 20 })
    fc.assert(
      fc.property(list, list, (before, after) => {
        const { removed, added } = listChanges(pick(...before), pick(...after))
        const numbers = (of: readonly { number: number }[]): number[] => of.map(({ number }) => number).sort((a, b) => a - b)
        expect(numbers(removed)).to.deep.equal(before.filter((number) => !after.includes(number)).sort((a, b) => a - b))
        expect(numbers(added)).to.deep.equal(after.filter((number) => !before.includes(number)).sort((a, b) => a - b))
      }),
    )
  })
})
