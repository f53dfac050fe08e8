import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { changesInLineage, Lineage } from './lineage.js'
import { listChanges } from './list-changes.js'

interface Numbered {
  readonly number: number
}

const records: readonly Numbered[] = Array.from({ length: 3_000 }, (_, number) => ({ number }))
const pick = (...numbers: number[]): Numbered[] => numbers.map((number) => records[number] as Numbered)
const numbers = (of: readonly Numbered[]): number[] => of.map(({ number }) => number).sort((a, b) => a - b)

/** Notes lists one after the other, as whoever makes them does. */
function lineageOf(lists: readonly Numbered[][]): void {
  const lineage = new Lineage<Numbered>()
  for (const [index, list] of lists.entries()) {
    const before = lists[index - 1] ?? []
    const gone = before.filter((record) => !list.includes(record))
    lineage.goOn(list, { removed: gone, added: list.filter((record) => !before.includes(record)) })
  }
}

describe('lists that came out of one another', () => {
  it('tell what led from each to any later one, as a comparison would', () => {
    const list = fc.uniqueArray(fc.nat(19), { maxLength: 20 }).map((of) => pick(...of))
    fc.assert(
      fc.property(fc.array(list, { minLength: 2, maxLength: 10 }), (lists) => {
        lineageOf(lists)
        for (const [at, before] of lists.entries()) {
          for (const after of lists.slice(at)) {
            const told = changesInLineage(before, after)
            // A list that was noted twice stands where it was noted last.
            if (!told) continue
            const found = listChanges([...before], [...after])
            expect([numbers(told.removed), numbers(told.added)]).to.deep.equal([numbers(found.removed), numbers(found.added)])
          }
        }
      }),
    )
  })

  it('are not compared: a walk would find what nobody noted', () => {
    const lineage = new Lineage<Numbered>()
    const [before, after] = [pick(1, 2), pick(1, 2, 3)]
    lineage.goOn(before, { removed: [], added: before })
    lineage.goOn(after, { removed: pick(9), added: [] })
    expect(listChanges(before, after)).to.deep.equal({ removed: pick(9), added: [] })
  })

  it('are compared when that is too long ago, goes backwards, or leads elsewhere', () => {
    const lists = Array.from({ length: 100 }, (_, number) => pick(number, number + 1))
    lineageOf(lists)
    const [first = [], last = []] = [lists[0], lists[99]]
    expect(changesInLineage(lists[35] ?? [], last)).to.not.equal(undefined)
    for (const [before, after] of [
      [first, last],
      [last, first],
      [first, pick(1)],
      [pick(1), last],
    ] as const) {
      expect(changesInLineage(before, after)).to.equal(undefined)
    }
    expect(listChanges(first, last)).to.deep.equal({ removed: pick(0, 1), added: pick(99, 100) })
    lineageOf([pick(1)])
    expect(changesInLineage(first, pick(1))).to.equal(undefined)
  })

  it('are compared across a step of very many', () => {
    const [one, all, two] = [pick(1), [...records], pick(2)]
    lineageOf([one, all, two])
    expect(changesInLineage(one, all)).to.equal(undefined)
    expect(changesInLineage(all, two)).to.equal(undefined)
    expect(numbers(listChanges(one, all).added)).to.have.length(2_999)
  })
})
