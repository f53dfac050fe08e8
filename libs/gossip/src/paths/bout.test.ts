import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { Bout } from './bout.js'
import { PROBE_LIMIT, SLOT_LIMIT, type PathSlot } from './path-message.js'

const full = (): number => 1500
const bout = (): Bout => new Bout(1, 'h2' as HostId, true)
const slot = (size: number, count: number): PathSlot => ({ way: 'underlay', size, count })

describe('Bout', () => {
  it('sends what is wished, full size as its own', () => {
    const probes = bout().send([slot(64, 2), slot(0, 1)], full, 0)
    expect(probes.map(({ size, mark: { slot: place, index, byOpener } }) => [size, place, index, byOpener])).to.deep.equal([
      [64, 0, 0, true],
      [64, 0, 1, true],
      [1500, 1, 0, true],
    ])
  })

  it('sends no more than is allowed, whatever another host wishes, and nothing that its device does not take', () => {
    const greedy = Array.from({ length: 200 }, () => slot(64, 50))
    expect(bout().send(greedy, full, 0)).to.have.length(PROBE_LIMIT)
    const many = bout()
    many.send(
      greedy.map((one) => ({ ...one, count: 0 })),
      full,
      0,
    )
    expect(many.count.slots).to.have.length(SLOT_LIMIT)
    expect(
      bout().send([slot(1501, 1), slot(63, 1), { ...slot(0, 1), way: 'overlay' }], (way) => (way === 'underlay' ? 1500 : undefined), 0),
    ).to.deep.equal([])
  })

  it('counts what could not be sent as not sent', () => {
    const one = bout()
    one.send([slot(64, 2)], full, 0)
    one.unsent(0)
    one.unsent(7)
    expect(one.count.slots).to.deep.equal([slot(64, 1)])
  })

  it('counts each echo of the other side once, and none that cannot be', () => {
    const one = bout()
    for (const [place, index] of [
      [1, 0],
      [1, 0],
      [1, 3],
      [SLOT_LIMIT, 0],
      [0, PROBE_LIMIT],
    ] as const)
      one.came(place, index)
    expect(one.count.got).to.deep.equal([0, 2])
  })

  it('compares both sides, each direction by itself', () => {
    const one = bout()
    one.send([slot(64, 3), slot(0, 2)], full, 100)
    one.came(0, 0)
    one.answered(0, 104.5)
    one.answered(0, 103)
    one.answered(1, 106)
    one.answered(9, 100)
    // Nobody has received more than was sent.
    const { out, in: into, roundTrip } = one.result({ slots: [slot(64, 3), { ...slot(1450, 2), way: 'overlay' }], got: [9, 1] })
    expect(out.underlay).to.deep.equal([
      { size: 64, sent: 3, got: 3 },
      { size: 1500, sent: 2, got: 1 },
    ])
    expect(into).to.deep.equal({ underlay: [{ size: 64, sent: 3, got: 1 }], overlay: [{ size: 1450, sent: 2, got: 0 }] })
    expect(roundTrip, 'the shortest').to.deep.equal({ underlay: 3 })
  })
})
