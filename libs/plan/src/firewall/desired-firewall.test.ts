import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseNetworkName, parsePrefix, type ClusterView, type HostId, type Network, type SubnetLease } from '#core'
import { aCluster, BLUE, DUAL, hostId, TestCluster } from '../testkit/index.js'
import { createDesiredFirewall, desiredFirewall } from './desired-firewall.js'
import type { Firewall } from './firewall.js'

const GREEN: Network = { ...BLUE, name: parseNetworkName('green'), pool: parsePrefix('10.62.0.0/16'), vni: 200, port: 8472, subnetSize: 25 }
const NOBODY: ReadonlySet<HostId> = new Set()

/** Senders of the first network as text, one a line. */
function senders(firewall: Firewall): string[] {
  return [...(firewall.networks[0]?.senders ?? [])].map(
    ({ host, underlay, vtep, subnets, floating }) => `${host} ${underlay} ${vtep} ${[...subnets, ...floating].join(' ')}`,
  )
}

/** Senders stand in no order. */
function inOrder(firewall: Firewall): Firewall {
  const networks = firewall.networks.map((network) => ({
    ...network,
    senders: network.senders.toSorted((a, b) => (a.host < b.host ? -1 : 1)),
  }))
  return { ...firewall, networks }
}

describe('desiredFirewall', () => {
  it('lets each peer send under its VTEP address and subnets, and nobody under this host’s', () => {
    const cluster = aCluster(3)
    const firewall = desiredFirewall(cluster.view, cluster.local(2))
    expect(senders(firewall)).to.deep.equal(['h1 192.0.2.1 10.61.0.1 10.61.1.0/24', 'h3 192.0.2.3 10.61.0.3 10.61.3.0/24'])
    const { senders: _, shortcut: __, ...network } = firewall.networks[0]!
    expect(network).to.deep.equal({
      name: 'blue',
      sets: 'blue',
      pool: '10.61.0.0/16',
      subnetSize: 24,
      vni: 100,
      port: 4789,
      underlay: 4,
      vxlan: 'weft-blue',
      bridge: 'wbr-blue',
      dead: [],
      adopted: [],
      served: [],
    })
    expect(firewall.pools).to.deep.equal(['10.61.0.0/16'])
  })

  it('has a network with two pools twice, with sets of their own, and all pools', () => {
    const cluster = aCluster(3, DUAL).adopted(3, 2)
    const firewall = desiredFirewall(cluster.view, cluster.local(1), new Set([hostId(2)]))
    expect(firewall.networks.map(({ name, sets, pool, dead }) => [name, sets, pool, ...dead])).to.deep.equal([
      ['blue', 'blue', '10.61.0.0/16', '10.61.2.0/24', '10.61.3.0/24'],
      ['blue', 'blue.6', 'fd61::/48', 'fd61:0:0:2::/64', 'fd61:0:0:3::/64'],
    ])
    expect(firewall.networks.map(({ senders }) => senders.find(({ host }) => host === 'h2')?.subnets)).to.deep.equal([
      ['10.61.2.0/24', '10.61.3.0/24'],
      ['fd61:0:0:2::/64', 'fd61:0:0:3::/64'],
    ])
    expect(firewall.pools).to.deep.equal(['10.61.0.0/16', 'fd61::/48'])
    const adopter = cluster.local(2, cluster.endpoint(3, 'web', 10))
    expect(desiredFirewall(cluster.view, adopter).networks.map(({ served }) => served)).to.deep.equal([
      ['10.61.3.1', '10.61.3.10'],
      ['fd61:0:0:3::1', 'fd61:0:0:3::a'],
    ])
  })

  it('lets a host with several subnets send under all, and under none that is released', () => {
    const cluster = aCluster(3)
    const more = cluster.with({
      leases: [...cluster.view.leases, cluster.leaseRecord(3, 9), { ...cluster.leaseRecord(3, 8), state: 'released' }],
    })
    expect(senders(desiredFirewall(more.view, more.local(1)))[1]).to.equal('h3 192.0.2.3 10.61.0.3 10.61.3.0/24 10.61.9.0/24')
  })

  it('follows the owner when a subnet moves, also to this host', () => {
    const cluster = aCluster(3)
    expect(senders(desiredFirewall(cluster.adopted(2, 3).view, cluster.local(1)))).to.deep.equal([
      'h2 192.0.2.2 10.61.0.2 ',
      'h3 192.0.2.3 10.61.0.3 10.61.2.0/24 10.61.3.0/24',
    ])
    expect(senders(desiredFirewall(cluster.adopted(2, 1).view, cluster.local(1)))[0]).to.equal('h2 192.0.2.2 10.61.0.2 ')
  })

  it('lets the holder of a floating address send under it, and refuses it while its holder is dead', () => {
    const cluster = aCluster(2).floating(2, '10.61.1.200')
    const firewall = desiredFirewall(cluster.view, cluster.local(1), new Set([hostId(2)]))
    expect(senders(firewall)).to.deep.equal(['h2 192.0.2.2 10.61.0.2 10.61.2.0/24 10.61.1.200'])
    expect(firewall.networks[0]?.dead).to.deep.equal(['10.61.1.200/32', '10.61.2.0/24'])
  })

  it('knows which addresses of an adopted subnet somebody has, and follows this host’s endpoints there', () => {
    const wanted = createDesiredFirewall()
    const cluster = aCluster(3).adopted(2, 1).floating(3, '10.61.2.200')
    const servedBy = (firewall: Firewall): readonly string[] => firewall.networks[0]!.served
    const alone = wanted(cluster.view, cluster.local(1, cluster.endpoint(1, 'web', 10)), NOBODY)
    expect(alone.networks[0]?.adopted).to.deep.equal(['10.61.2.0/24'])
    expect(servedBy(alone)).to.deep.equal(['10.61.2.1', '10.61.2.200'])
    const two = wanted(cluster.view, cluster.local(1, cluster.endpoint(1, 'web', 10), cluster.endpoint(2, 'db', 11)), NOBODY)
    expect(servedBy(two)).to.deep.equal(['10.61.2.1', '10.61.2.11', '10.61.2.200'])
    expect(servedBy(desiredFirewall(cluster.view, cluster.local(3)))).to.deep.equal([])
  })

  it('takes packets of those who have had a lease, or will, as long as it is told to', () => {
    const wanted = createDesiredFirewall()
    const before = aCluster(3)
    const after = before.adopted(2, 3)
    const lease = (cluster: TestCluster): SubnetLease[] => cluster.view.leases.filter(({ subnet }) => subnet === '10.61.2.0/24')
    const subnetsOf = (firewall: Firewall): string[] =>
      [...(firewall.networks[0]?.senders.values() ?? [])].map(({ host, subnets }) => `${host} ${[...subnets].sort().join(' ')}`).sort()
    const both = ['h2 10.61.2.0/24', 'h3 10.61.2.0/24 10.61.3.0/24']
    expect(subnetsOf(wanted(before.view, before.local(1), NOBODY, lease(after)))).to.deep.equal(both)
    expect(subnetsOf(wanted(after.view, before.local(1), NOBODY, lease(before)))).to.deep.equal(both)
    expect(subnetsOf(wanted(after.view, before.local(1), NOBODY))).to.deep.equal(['h2 ', 'h3 10.61.2.0/24 10.61.3.0/24'])
  })

  it('lets the former host of a lease send on what is for it, for as long as it is told', () => {
    const cluster = aCluster(3).floating(2, '10.61.1.9')
    const sentOn = cluster.view.leases.filter(({ host }) => host === 'h2')
    const wanted = createDesiredFirewall()
    const sends = (leases: readonly SubnetLease[]): string[] =>
      [...(wanted(cluster.view, cluster.local(1), NOBODY, [], leases).networks[0]?.senders ?? [])]
        .map(({ host, sendsOn }) => `${host} ${[...sendsOn].sort().join(' ')}`)
        .sort()
    expect(sends([])).to.deep.equal(['h2 ', 'h3 '])
    expect(sends(sentOn)).to.deep.equal(['h2 10.61.1.9/32 10.61.2.0/24', 'h3 '])
    expect(sends([])).to.deep.equal(['h2 ', 'h3 '])
  })

  it('gates what is exclusive and its own', () => {
    const cluster = aCluster(2, { ...BLUE, failover: 'exclusive' })
      .floating(1, '10.61.2.9')
      .floating(2, '10.61.2.8', { failover: 'exclusive' })
    expect(desiredFirewall(cluster.view, cluster.local(1)).gated).to.deep.equal(['10.61.1.0/24'])
    expect(desiredFirewall(cluster.view, cluster.local(2)).gated).to.deep.equal(['10.61.2.0/24', '10.61.2.8/32'])
  })

  it('has the gate stand ready where something exclusive may come', () => {
    const isReady = (cluster: TestCluster): boolean => desiredFirewall(cluster.view, cluster.local(1)).gateReady
    expect(isReady(aCluster(2))).to.equal(false)
    expect(isReady(aCluster(2).floating(2, '10.61.2.9'))).to.equal(false)
    expect(isReady(aCluster(2).floating(2, '10.61.2.9', { failover: 'exclusive' }))).to.equal(true)
    expect(isReady(aCluster(2, { ...BLUE, failover: 'exclusive' }))).to.equal(true)
  })

  it('listens to nobody who claims this host’s underlay address, or one of another family or of the pool', () => {
    for (const underlay of ['192.0.2.1', '2001:db8::2', '10.61.2.9']) {
      const cluster = aCluster(2).moved(2, underlay)
      expect(senders(desiredFirewall(cluster.view, aCluster(2).local(1)))).to.deep.equal([])
    }
  })

  it('has no networks for a host that takes part in none', () => {
    const cluster = aCluster(2)
    expect(desiredFirewall(cluster.without(1).view, cluster.local(1))).to.deep.equal({
      networks: [],
      pools: [],
      gated: [],
      gateReady: false,
      published: [],
    })
  })

  it('keeps networks apart, and knows the pools of those in which this host has no part', () => {
    const view = both(aCluster(2).view, aCluster(2, GREEN).view)
    const two = desiredFirewall(view, aCluster(2).local(1))
    expect(two.networks.map(({ name, vni, port, subnetSize }) => [name, vni, port, subnetSize])).to.deep.equal([
      ['blue', 100, 4789, 24],
      ['green', 200, 8472, 25],
    ])
    const one = desiredFirewall({ ...view, vteps: view.vteps.filter(({ network }) => network === 'blue') }, aCluster(2).local(1))
    expect(one.networks.map(({ name }) => name)).to.deep.equal(['blue'])
    expect(one.pools).to.deep.equal(['10.61.0.0/16', '10.62.0.0/16'])
  })

  it('refuses the subnets of dead hosts as long as they own them, and never those of this host', () => {
    const cluster = aCluster(3)
    const dead = new Set([hostId(2), hostId(1), hostId(77)])
    expect(desiredFirewall(cluster.view, cluster.local(1), dead).networks[0]?.dead).to.deep.equal(['10.61.2.0/24'])
    expect(desiredFirewall(cluster.adopted(2, 3).view, cluster.local(1), dead).networks[0]?.dead).to.deep.equal([])
  })
})

describe('createDesiredFirewall', () => {
  it('gives the same value as long as nothing of concern changed', () => {
    const wanted = createDesiredFirewall()
    const cluster = aCluster(3)
    const first = wanted(cluster.view, cluster.local(1), NOBODY)
    const later: ClusterView = { ...cluster.view, revision: 99, endpoints: [], statuses: new Map() }
    expect(wanted(later, cluster.local(1, cluster.endpoint(1, 'web', 10)), new Set())).to.equal(first)
    expect(wanted(later, cluster.local(1), new Set([hostId(2)]))).not.to.equal(first)
  })

  it('keeps the senders whose records stayed, and says the same as without a memory', () => {
    const wanted = createDesiredFirewall()
    let cluster: TestCluster = aCluster(5)
    let before = wanted(cluster.view, cluster.local(1), NOBODY)
    const steps: ((from: TestCluster) => TestCluster)[] = [
      (from) => from.moved(3, '192.0.2.33'),
      (from) => from.adopted(2, 4),
      (from) => from.without(5),
      (from) => from.with({ networks: new Map([[BLUE.name, { ...BLUE, subnetSize: 24, mtu: 1400 }]]) }),
    ]
    for (const step of steps) {
      cluster = step(cluster)
      const after = wanted(cluster.view, cluster.local(1), NOBODY)
      expect(inOrder(after)).to.deep.equal(inOrder(desiredFirewall(cluster.view, cluster.local(1))))
      before = after
    }
    const same = wanted(cluster.moved(3, '192.0.2.34').view, cluster.local(1), NOBODY)
    const kept = [...(before.networks[0]?.senders ?? [])].filter((sender) => same.networks[0]?.senders.includes(sender))
    expect(kept.map(({ host }) => host)).to.deep.equal(['h2', 'h4'])
  })
})

function both(a: ClusterView, b: ClusterView): ClusterView {
  return { ...a, networks: new Map([...a.networks, ...b.networks]), leases: [...a.leases, ...b.leases], vteps: [...a.vteps, ...b.vteps] }
}

describe('createDesiredFirewall: following', () => {
  for (const network of [BLUE, DUAL])
    it(`says the same after any sequence of views as without a memory, with ${network.second ? 'two pools' : 'one pool'}`, () => {
      const step = fc.record({
        without: fc.subarray([2, 3, 4]),
        moved: fc.subarray([2, 3, 4]),
        adopted: fc.option(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))),
        floating: fc.option(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('10.61.1.200', '10.61.3.9'))),
        dead: fc.subarray([hostId(2), hostId(3)]),
      })
      fc.assert(
        fc.property(fc.array(step, { maxLength: 6 }), (sequence) => {
          const base = aCluster(4, network)
          const wanted = createDesiredFirewall()
          for (const { without, moved, adopted, floating, dead } of sequence) {
            let cluster = adopted ? base.adopted(...adopted) : base
            if (floating) cluster = cluster.floating(...floating)
            for (const number of moved) cluster = cluster.moved(number, `198.51.100.${number}`)
            for (const number of without) cluster = cluster.without(number)
            const firewall = wanted(cluster.view, cluster.local(1), new Set(dead))
            expect(inOrder(firewall)).to.deep.equal(inOrder(desiredFirewall(cluster.view, cluster.local(1), new Set(dead))))
          }
        }),
        { numRuns: 300 },
      )
    })
})
