import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseHostId, type HostId } from '#core'
import { hostKey, ranked } from './rendezvous.js'
import { chooseWitnesses } from './witness-choice.js'

const host = (number: number): HostId => parseHostId(`h${number}`)
const hosts = (count: number): HostId[] => Array.from({ length: count }, (_, number) => host(number + 1))
const noZones = (): undefined => undefined

describe('rendezvous hashing', () => {
  it('ranks alike on every host, whatever the order in which it knows the others', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(hosts(12), { minLength: 1 }), (some) => {
        expect(ranked(hostKey(host(0)), some)).to.deep.equal(ranked(hostKey(host(0)), some.toSorted()))
      }),
    )
  })

  it('changes nothing else when one goes', () => {
    const all = ranked(hostKey(host(0)), hosts(10))
    for (const gone of all)
      expect(
        ranked(
          hostKey(host(0)),
          hosts(10).filter((one) => one !== gone),
        ),
      ).to.deep.equal(all.filter((one) => one !== gone))
  })

  it('spreads the work', () => {
    const first = new Map<HostId, number>()
    for (let subject = 0; subject < 2_000; subject++) {
      const [best = host(0)] = ranked(hostKey(parseHostId(`s${subject}`)), hosts(10))
      first.set(best, (first.get(best) ?? 0) + 1)
    }
    for (const [one, count] of first) expect(count, one).to.be.within(130, 280)
    expect(first.size).to.equal(10)
  })
})

describe('choice of witnesses', () => {
  it('takes four, or as many as there are', () => {
    expect(chooseWitnesses(host(0), hosts(9), noZones)).to.deep.equal(ranked(hostKey(host(0)), hosts(9)).slice(0, 4))
    expect(chooseWitnesses(host(0), hosts(2), noZones)).to.have.length(2)
    expect(chooseWitnesses(host(0), [], noZones)).to.deep.equal([])
  })

  it('takes as few as possible from one zone, and from the host’s own last', () => {
    const zone = (one: HostId): string => `z${Number(one.slice(1)) % 3}`
    const chosen = chooseWitnesses(host(0), hosts(11), zone)
    const zones = chosen.map(zone).sort()
    // Three zones for four witnesses: one comes from each, and the fourth from one of the other two.
    expect(zones.filter((name) => name === 'z0')).to.have.length(1)
    expect(zones.filter((name) => name !== 'z0')).to.have.length(3)
    const own = chooseWitnesses(
      host(0),
      hosts(11).filter((one) => zone(one) !== 'z2'),
      zone,
    )
    expect(own.map(zone).filter((name) => name === 'z0')).to.have.length.at.most(2)
  })

  it('never chooses anyone twice, nor the host itself', () => {
    const subset = fc.shuffledSubarray(hosts(15))
    fc.assert(
      fc.property(subset, fc.nat(4), (candidates, zones) => {
        const zone = (one: HostId): string | undefined => (zones === 0 ? undefined : `z${Number(one.slice(1)) % zones}`)
        const chosen = chooseWitnesses(host(0), candidates, zone)
        expect(new Set(chosen).size).to.equal(Math.min(4, candidates.length))
        for (const one of chosen) expect(candidates).to.include(one)
      }),
    )
  })
})
