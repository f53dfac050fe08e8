import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { mapChanges, RecordMap } from './record-map.js'

const keys = fc.integer({ min: 0, max: 99 })
const changes = fc.array(fc.tuple(keys, fc.option(fc.record({ says: fc.nat(3) }, { noNullPrototype: true }), { nil: undefined })), {
  maxLength: 90,
})

describe('RecordMap', () => {
  it('holds what a map with the same changes holds, and so does each one before it', () => {
    fc.assert(
      fc.property(fc.array(changes), (rounds) => {
        const plain = new Map<number, object>([[5, { says: 5 }]])
        let map = RecordMap.of<number, object>(new Map(plain))
        const kept: [RecordMap<number, object>, Map<number, object>][] = []
        for (const round of rounds) {
          map = map.with(round)
          for (const [key, record] of round) {
            if (record) plain.set(key, record)
            else plain.delete(key)
          }
          kept.push([map, new Map(plain)])
        }
        for (const [one, expected] of kept) {
          expect(one.size).to.equal(expected.size)
          expect(new Map(one)).to.deep.equal(expected)
          expect([...one.keys()]).to.have.members([...expected.keys()])
          expect([...one.values()]).to.have.members([...expected.values()])
          for (let key = 0; key < 100; key++) {
            expect(one.get(key)).to.equal(expected.get(key))
            expect(one.has(key)).to.equal(expected.has(key))
          }
        }
      }),
    )
  })

  it('is left as it is by the next one', () => {
    const [one, two] = [{ says: 1 }, { says: 2 }]
    const first = RecordMap.of(new Map([['a', one]]))
    const second = first.with([['a', two]])
    expect([first.get('a'), second.get('a')]).to.deep.equal([one, two])
  })
})

describe('mapChanges', () => {
  it('needs no walk along the maps, also where one was copied in between', () => {
    const records = new Map(Array.from({ length: 100 }, (_, key) => [key, { says: key }]))
    const first = RecordMap.of(records)
    let last = first
    for (let key = 0; key < 100; key++) last = last.with([[key, { says: -key }]])
    expect(first.changesTo(last)?.added).to.have.members([...last.values()])
    expect(last.changesTo(first), 'the other way is not known').to.equal(undefined)
  })

  it('says what leads from one map to another, whatever they share', () => {
    fc.assert(
      fc.property(fc.array(changes, { minLength: 2 }), fc.nat(), fc.nat(), (rounds, from, to) => {
        const maps = [RecordMap.of<number, object>(new Map())]
        for (const round of rounds) maps.push((maps.at(-1) as RecordMap<number, object>).with(round))
        const [before, after] = [from, to].map((at) => maps[at % maps.length] as RecordMap<number, object>) as [
          RecordMap<number, object>,
          RecordMap<number, object>,
        ]
        const [was, is] = [new Set(before.values()), new Set(after.values())]
        for (const { removed, added } of [mapChanges(before, after), mapChanges(new Map(before), new Map(after))]) {
          expect(added).to.have.members([...is].filter((record) => !was.has(record)))
          expect(removed).to.have.members([...was].filter((record) => !is.has(record)))
        }
      }),
    )
  })
})
