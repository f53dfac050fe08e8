import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseIp, type ClusterView, type Host, type VtepClaim } from '#core'
import { hostId } from '#plan/testkit'
import { KnownHosts } from './known-hosts.js'

const SELF = hostId(1)
const hosts: fc.Arbitrary<ReadonlyMap<Host['id'], Host>> = fc
  .array(
    fc.record(
      {
        id: fc.integer({ min: 1, max: 4 }).map(hostId),
        machineId: fc.constant('m'),
        underlay: fc.constantFrom('192.0.2.1', '192.0.2.2').map(parseIp),
        gossipPort: fc.constantFrom(7788, 7789),
        version: fc.constantFrom('0', '1'),
      },
      { requiredKeys: ['id', 'machineId', 'underlay', 'version'] },
    ),
  )
  .map((all) => new Map(all.map((host) => [host.id, host])))
const claims = fc.array(
  fc.record({
    network: fc.constantFrom('blue', 'green'),
    address: fc.constantFrom('10.61.0.1', '10.61.0.2').map(parseIp),
    host: fc.integer({ min: 1, max: 4 }).map(hostId),
  }),
) as fc.Arbitrary<VtepClaim[]>

/** What there is to know of a view, worked out without any memory. */
function all({ hosts, vteps }: Pick<ClusterView, 'hosts' | 'vteps'>): unknown[] {
  return [...hosts.values()]
    .filter(({ id, gossipPort }) => id !== SELF && gossipPort !== undefined)
    .map(({ id, underlay: address, gossipPort: port }) => {
      const has = new Set(vteps.filter(({ host }) => host === id).map((claim) => claim.address))
      return { id, address, port, has }
    })
}

describe('KnownHosts', () => {
  it('knows after any changes who is there, and at one of their VTEP addresses', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ hosts, vteps: claims }), { minLength: 1 }), (views) => {
        const known = new KnownHosts(SELF)
        let last: readonly { id?: string; overlay?: string }[] = []
        for (const view of views) {
          last = known.follow(view) ?? last
          const wanted = all(view) as { id: string; address: string; port: number; has: ReadonlySet<string> }[]
          expect(last.map(({ id }) => id)).to.have.members(wanted.map(({ id }) => id))
          for (const { id, address, port, has } of wanted) {
            const one = last.find((host) => host.id === id)
            expect(one).to.include({ address, port })
            expect(one?.overlay === undefined ? has.size === 0 : has.has(one.overlay)).to.equal(true)
          }
        }
      }),
    )
  })

  it('says nothing of changes that gossip has no use for', () => {
    const known = new KnownHosts(SELF)
    const host: Host = { id: hostId(2), machineId: 'm', underlay: parseIp('192.0.2.2'), gossipPort: 7788, version: '0' }
    const [first] = known.follow({ hosts: new Map([[host.id, host]]), vteps: [] }) ?? []
    expect(first).to.deep.equal({ id: host.id, address: host.underlay, port: 7788 })
    expect(known.follow({ hosts: new Map([[host.id, { ...host, version: '1', hour: 7 }]]), vteps: [] })).to.equal(undefined)
  })
})
