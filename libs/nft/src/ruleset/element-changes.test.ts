import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parsePrefix } from '#core'
import { createDesiredFirewall, desiredFirewall, type Firewall } from '#plan'
import { aCluster, BLUE, hostId } from '#plan/testkit'
import { describeChange, elementChanges, elementRepairs, type SetChange } from './element-changes.js'
import { elementsOf, type Elements } from './elements.js'

const cluster = aCluster(4)
const filter = (of = cluster, dead: readonly number[] = []): Firewall =>
  desiredFirewall(of.view, cluster.local(1), new Set(dead.map(hostId)))

/** The elements after changes were made. */
function changed(elements: Elements, changes: readonly SetChange[]): Elements {
  const after = new Map([...elements].map(([set, items]) => [set, new Set(items)]))
  for (const { set, removed, added } of changes) {
    for (const element of removed) expect(after.get(set)?.delete(element), `${element} was there`).to.equal(true)
    for (const element of added) {
      expect(after.get(set)?.has(element), `${element} was not there`).to.equal(false)
      after.get(set)?.add(element)
    }
  }
  return after
}

describe('elementChanges', () => {
  it('leads from one filter to another, whatever changed among peers', () => {
    const filters = [
      filter(),
      filter(cluster.adopted(2, 3)),
      filter(cluster.adopted(2, 1)),
      filter(cluster.adopted(2, 1).floating(3, '10.61.2.9')),
      filter(cluster.without(4), [2]),
      filter(cluster.moved(2, '192.0.2.99'), [2, 3]),
      filter(aCluster(9), [4]),
      filter(aCluster(1)),
    ]
    for (const before of filters) {
      for (const after of filters) {
        const changes = elementChanges(before, after)
        expect(changes, 'rules are the same').not.to.equal(undefined)
        expect(changed(elementsOf(before), changes ?? [])).to.deep.equal(elementsOf(after))
        expect(changed(elementsOf(before), elementRepairs(elementsOf(before), after))).to.deep.equal(elementsOf(after))
      }
    }
  })

  it('does not look at peers that stayed, and says nothing when two hosts change places', () => {
    const wanted = createDesiredFirewall()
    const before = wanted(cluster.view, cluster.local(1), new Set())
    expect(elementChanges(before, before)).to.deep.equal([])
    // The same machine under another name: the same elements.
    const renamed = [...cluster.view.hosts.values()].map((host) => (host.id === 'h2' ? { ...host, id: hostId(22) } : host))
    const rename = <T extends { host: string }>(record: T): T => (record.host === 'h2' ? { ...record, host: hostId(22) } : record)
    const after = wanted(
      {
        ...cluster.view,
        hosts: new Map(renamed.map((host) => [host.id, host])),
        leases: cluster.view.leases.map(rename),
        vteps: cluster.view.vteps.map(rename),
      },
      cluster.local(1),
      new Set(),
    )
    expect(elementChanges(before, after)).to.deep.equal([])
  })

  it('declines when rules or sets differ', () => {
    const others = [{ vni: 101 }, { port: 4790 }, { subnetSize: 25 }, { pool: parsePrefix('10.60.0.0/14') }]
    for (const other of others) expect(elementChanges(filter(), filter(aCluster(4, { ...BLUE, ...other })))).to.equal(undefined)
    expect(elementChanges(filter(), { networks: [], pools: [], gated: [], gateReady: false, published: [] })).to.equal(undefined)
  })
})

describe('elementRepairs', () => {
  it('passes over sets that do not exist', () => {
    expect(elementRepairs(new Map(), filter())).to.deep.equal([])
  })
})

describe('describeChange', () => {
  it('shows the first few, by their addresses', () => {
    const [vteps, leases] = elementChanges(filter(aCluster(1)), filter(aCluster(9))) ?? []
    expect(describeChange(vteps!)).to.equal(
      'set vteps-blue: +192.0.2.2 . 10.61.0.2, +192.0.2.3 . 10.61.0.3, +192.0.2.4 . 10.61.0.4 and 5 more',
    )
    expect(describeChange(leases!)).to.match(/^set leases-blue: \+192\.0\.2\.2 \. 10\.61\.2\.0, /)
    expect(
      describeChange({ set: 'leases-blue', family: 4, removed: ['20010db8000000000000000000000002' + '0a3d0200'], added: [] }),
    ).to.equal('set leases-blue: -2001:db8::2 . 10.61.2.0')
    expect(
      describeChange({ set: 'leases-blue', family: 6, removed: [], added: ['c0000202' + '20010db8000000000000000000000002'] }),
    ).to.equal('set leases-blue: +192.0.2.2 . 2001:db8::2')
  })
})
