import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Network } from '#core'
import type { Firewall } from '#plan'
import { createDesiredFirewall } from '#plan'
import { aCluster, BLUE, hostId } from '#plan/testkit'
import { wayChanges, waysOf, type ShortNetwork } from './ways.js'

const SHORT: Network = { ...BLUE, shortcut: 'auto' }

const networksOf = (firewall: Firewall): ShortNetwork[] =>
  firewall.networks.filter((network): network is ShortNetwork => !!network.shortcut)

/** The sets with their elements, in an order. */
function shown(sets: ReadonlyMap<string, ReadonlySet<string>>): [string, string[]][] {
  return [...sets].map(([set, elements]) => [set, [...elements].sort()])
}

function applied(networks: readonly ShortNetwork[], changes: ReturnType<typeof wayChanges>): ReadonlyMap<string, ReadonlySet<string>> {
  const sets = new Map([...waysOf(networks)].map(([set, elements]) => [set, new Set(elements)]))
  for (const { set, removed, added } of changes) {
    // The kernel refuses to delete what is not there.
    for (const element of removed) expect(sets.get(set)?.delete(element), `${set} ${element}`).to.equal(true)
    for (const element of added) sets.get(set)?.add(element)
  }
  return sets
}

describe('ways of shortcuts', () => {
  it('lead for each subnet of a living peer to its VTEP address, but not for one that moves', () => {
    const cluster = aCluster(4, SHORT)
    const moving = cluster.view.leases.filter(({ host }) => host === 'h4')
    const firewall = createDesiredFirewall()(cluster.view, cluster.local(1), new Set([hostId(3)]), moving)
    expect(shown(waysOf(networksOf(firewall)))).to.deep.equal([
      ['ways-blue', ['0a3d02000a3d0002']],
      ['here-blue', []],
    ])
  })

  it('follow from change to change to where they are without a memory', () => {
    const step = fc.record({
      without: fc.subarray([2, 3, 4]),
      moved: fc.subarray([2, 3, 4]),
      adopted: fc.option(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))),
      dead: fc.subarray([hostId(2), hostId(3)]),
      moving: fc.boolean(),
      endpoints: fc.subarray([10, 11, 12]),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 6 }), (sequence) => {
        const base = aCluster(4, SHORT)
        const wanted = createDesiredFirewall()
        let before: ShortNetwork[] | undefined
        for (const { without, moved, adopted, dead, moving, endpoints } of sequence) {
          let cluster = adopted ? base.adopted(...adopted) : base
          for (const number of moved) cluster = cluster.moved(number, `198.51.100.${number}`)
          for (const number of without) cluster = cluster.without(number)
          const local = cluster.local(1, ...endpoints.map((offset) => cluster.endpoint(1, `e${offset}`, offset)))
          const also = moving ? base.view.leases.filter(({ host }) => host === 'h4') : []
          const now = networksOf(wanted(cluster.view, local, new Set(dead), also))
          if (before && before.length === now.length)
            expect(shown(applied(before, wayChanges(before, now)))).to.deep.equal(shown(waysOf(now)))
          before = now
        }
      }),
      { numRuns: 300 },
    )
  })
})
