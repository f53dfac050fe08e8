import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import {
  parseIp,
  parseNetworkName,
  parsePrefix,
  poolsOf,
  vxlanName,
  type ClusterView,
  type Network,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { createDesired, desired, type Desired } from './desired.js'
import { diff } from './diff.js'
import {
  EXCLUSIVE,
  IPV6,
  ONE_HOST,
  ONE_PEER_OF_FIFTY,
  ROBBED_HOST,
  THREE_HOSTS,
  THREE_HOSTS_FROM_H3,
  TWO_HOSTS,
  TWO_HOSTS_DUAL,
} from './golden/states.js'
import { vtepMac } from './identities.js'
import type { LocalHost } from './local-host.js'
import type { KernelObject } from './objects.js'
import { describeObject } from './render-object.js'
import { renderState } from './render.js'
import { aCluster, BLUE, DUAL, hostId, MemoryKernel, type TestCluster } from './testkit/index.js'

const GREEN: Network = { ...BLUE, name: parseNetworkName('green'), pool: parsePrefix('10.62.0.0/16'), vni: 200 }

const textOf = (state: Desired): string => renderState(state.objects.values())
const problemsOf = (state: Desired): string[] => state.problems.map(({ code, field }) => `${code} ${field}`)
const kindsOf = (state: Desired): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const { kind } of state.objects.values()) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
const find = <K extends KernelObject['kind']>(state: Desired, kind: K): Extract<KernelObject, { kind: K }>[] =>
  [...state.objects.values()].filter((object): object is Extract<KernelObject, { kind: K }> => object.kind === kind)

describe('desired: the whole kernel state as text', () => {
  it('of one host', () => {
    const cluster = aCluster(1)
    expect(textOf(desired(cluster.view, cluster.local(1)))).to.equal(ONE_HOST)
  })

  it('of two hosts', () => {
    const cluster = aCluster(2)
    expect(textOf(desired(cluster.view, cluster.local(1)))).to.equal(TWO_HOSTS)
  })

  it('of two hosts in a network with two pools: what the pools share is there once', () => {
    const cluster = aCluster(2, DUAL)
    const state = desired(cluster.view, cluster.local(1, cluster.endpoint(1, 'web', 10)))
    expect(textOf(state)).to.equal(TWO_HOSTS_DUAL)
    expect(state.problems).to.deep.equal([])
  })

  it('of three hosts, with endpoints, from two of them', () => {
    const cluster = aCluster(3)
    const endpoints = [cluster.endpoint(1, 'web', 10), cluster.endpoint(1, 'db', 11, false)]
    expect(textOf(desired(cluster.view, cluster.local(1, ...endpoints)))).to.equal(THREE_HOSTS)
    expect(textOf(desired(cluster.view, cluster.local(3)))).to.equal(THREE_HOSTS_FROM_H3)
  })

  it('of fifty hosts: as many objects per peer as for one', () => {
    const cluster = aCluster(50)
    const state = desired(cluster.view, cluster.local(1))
    expect(kindsOf(state)).to.deep.equal({
      vxlan: 1,
      bridge: 1,
      sysctl: 3,
      address: 2,
      neighbour: 49,
      fdb: 49,
      nexthop: 49,
      route: 1 + 2 * 49,
    })
    const lines = textOf(state)
      .split('\n')
      .filter((line) => /10\.61\.37\.|10\.61\.0\.37\b|192\.0\.2\.37\b/.test(line))
    expect(`${lines.join('\n')}\n`).to.equal(ONE_PEER_OF_FIFTY)
  })

  it('without a lease, without a claim or without records: nothing at all', () => {
    const cluster = aCluster(3)
    const { view } = cluster
    const without = (records: Partial<ClusterView>): number => desired(cluster.with(records).view, cluster.local(1)).objects.size
    expect(without({ leases: view.leases.filter(({ host }) => host !== 'h1') })).to.equal(0)
    expect(without({ vteps: view.vteps.filter(({ host }) => host !== 'h1') })).to.equal(0)
    expect(without({ leases: view.leases.map((lease) => ({ ...lease, state: 'released' as const })) })).to.equal(0)
    expect(without({ networks: new Map() })).to.equal(0)
  })

  it('leaves out peers of which the underlay address is not known yet', () => {
    const cluster = aCluster(3)
    const state = desired(cluster.with({ hosts: new Map([...cluster.view.hosts].slice(0, 2)) }).view, cluster.local(1))
    expect(textOf(state)).to.equal(TWO_HOSTS)
    expect(state.problems).to.deep.equal([])
  })

  it('leads to a peer without a subnet too, for the kernel echo', () => {
    const cluster = aCluster(2)
    const state = desired(cluster.with({ leases: [cluster.leaseRecord(1, 1)] }).view, cluster.local(1))
    expect(find(state, 'route').map(({ to }) => to)).to.have.members(['10.61.0.0/16', '10.61.0.2/32'])
  })

  it('gives every own subnet its gateway address, and a peer one route per subnet', () => {
    const cluster = aCluster(2)
    const subnetsOf = (host: number, ...indexes: number[]): SubnetLease[] => indexes.map((index) => cluster.leaseRecord(host, index))
    const leases = [...subnetsOf(1, 1, 7), ...subnetsOf(2, 2, 9)]
    const state = desired(cluster.with({ leases }).view, cluster.local(1))
    expect(find(state, 'address').map(({ address, dev }) => `${address} ${dev}`)).to.deep.equal([
      '10.61.0.1 weft-blue',
      '10.61.1.1 wbr-blue',
      '10.61.7.1 wbr-blue',
    ])
    expect(find(state, 'nexthop')).to.have.length(1)
    expect(find(state, 'route').map(({ to }) => to)).to.include.members(['10.61.2.0/24', '10.61.9.0/24'])
  })

  it('puts a floating address on its holder’s bridge, and leads the others there, whose subnet it may lie in', () => {
    const cluster = aCluster(3).floating(2, '10.61.1.200')
    const holder = desired(cluster.view, cluster.local(2))
    expect(find(holder, 'address').map(({ address, dev, prefixLength }) => `${address}/${prefixLength} ${dev}`)).to.deep.equal([
      '10.61.0.2/32 weft-blue',
      '10.61.1.200/32 wbr-blue',
      '10.61.2.1/24 wbr-blue',
    ])
    for (const other of [1, 3]) {
      const state = desired(cluster.view, cluster.local(other))
      expect(find(state, 'route').filter(({ to }) => to === '10.61.1.200/32')).to.have.length(1)
      expect(find(state, 'route').find(({ to }) => to === '10.61.1.200/32')?.via).to.include({ gateway: '10.61.0.2' })
      expect(find(state, 'address').filter(({ address }) => address === '10.61.1.200')).to.deep.equal([])
    }
  })

  it('lets no endpoint live on a floating address alone, and leaves out one that no endpoint could have', () => {
    const held = aCluster(2).floating(1, '10.61.2.7')
    expect(problemsOf(desired(held.view, held.local(1, held.endpoint(2, 'web', 7))))).to.deep.equal([
      'WEFT_ADDRESS_OUTSIDE_SUBNET networks/blue/endpoints/10.61.2.7',
    ])
    const gateway = aCluster(2).floating(1, '10.61.2.1')
    expect(problemsOf(desired(gateway.view, gateway.local(1)))).to.deep.equal(['WEFT_LEASE_OUTSIDE_POOL networks/blue/leases/10.61.2.1-32'])
  })

  it('lets endpoints find a floating address of their subnet on the bridge while another host holds it', () => {
    const proxied = (cluster: TestCluster, host: number): string[] =>
      find(desired(cluster.view, cluster.local(host)), 'sysctl')
        .map(({ name, value }) => `${name}=${value}`)
        .filter((text) => text.includes('proxy'))
    const cluster = aCluster(3).floating(2, '10.61.1.200')
    expect(proxied(cluster, 1)).to.deep.equal(['net.ipv4.neigh.wbr-blue.proxy_delay=0', 'net.ipv4.conf.wbr-blue.proxy_arp=1'])
    expect(proxied(cluster, 2)).to.deep.equal([])
    expect(proxied(cluster, 3)).to.deep.equal([])
    expect(proxied(aCluster(3).floating(1, '10.61.1.200'), 1)).to.deep.equal([])
  })

  it('of two hosts in a network of IPv6, one subnet of which has moved', () => {
    const cluster = aCluster(2, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 })
    expect(textOf(desired(cluster.view, cluster.local(1)))).to.equal(IPV6)
    const { view } = cluster.adopted(1, 2).with({ leases: [...cluster.adopted(1, 2).view.leases, cluster.leaseRecord(1, 9)] })
    const lost = textOf(desired(view, cluster.local(1, cluster.endpoint(1, 'web', 10))))
    expect(lost).to.contain('rule -6 86 from fd61:0:0:1::/64 iif wbr-blue blackhole')
    expect(lost).to.contain('net.ipv6.conf.all.forwarding=1').and.not.contain('ip_forward')
  })

  it('says so when the underlay is too small for IPv6', () => {
    const cluster = aCluster(2, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 })
    const { problems, objects } = desired(cluster.view, { ...cluster.local(1), underlayMtu: 1329 })
    expect(problems.map(({ code, field }) => `${code} ${field}`)).to.deep.equal(['WEFT_UNDERLAY_INVALID networks/blue/config mtu'])
    expect(objects.size).to.equal(0)
    expect(desired(cluster.view, { ...cluster.local(1), underlayMtu: 1330 }).problems).to.deep.equal([])
  })

  it('shuts off what is exclusive in each family by rules of its own', () => {
    const cluster = aCluster(2, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64, failover: 'exclusive' })
    const lines = textOf(desired(cluster.view, cluster.local(1))).split('\n')
    expect(lines.filter((line) => line.startsWith('rule'))).to.deep.equal([
      'rule -6 87 from all fwmark 0x57000000 goto 89',
      'rule -6 87 from all iif lo goto 89',
      'rule -6 88 from all to fd61:0:0:1::/64 blackhole',
      'rule -6 88 from fd61:0:0:1::/64 blackhole',
      'rule -6 89 from all nop',
    ])
  })

  it('answers for floating IPv6 addresses of its own subnet that are elsewhere, each by name', () => {
    const cluster = aCluster(3, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 })
    const floating = cluster.floating(2, 'fd61:0:0:1::200')
    const linesOf = (number: number): string[] =>
      textOf(desired(floating.view, floating.local(number)))
        .split('\n')
        .filter((line) => /prox|::200/.test(line))
    expect(linesOf(1)).to.deep.equal([
      'sysctl net.ipv6.conf.wbr-blue.proxy_ndp=1',
      'sysctl net.ipv6.neigh.wbr-blue.proxy_delay=0',
      'neigh proxy fd61:0:0:1::200 dev wbr-blue',
      'route fd61:0:0:1::200/128 via fd61::2 dev weft-blue src fd61::1',
    ])
    expect(linesOf(2)).to.deep.equal(['addr fd61:0:0:1::200/128 dev wbr-blue'])
    expect(linesOf(3)).to.deep.equal(['route fd61:0:0:1::200/128 via fd61::2 dev weft-blue src fd61::3'])
  })

  it('shuts off what is exclusive before there is anything to pass', () => {
    const cluster = aCluster(2, { ...BLUE, failover: 'exclusive' })
    const state = desired(cluster.view, cluster.local(1))
    expect(textOf(state)).to.equal(EXCLUSIVE)
    const first = diff(state, new MemoryKernel().snapshot()).steps.map(({ object }) => object.kind)
    expect(first.lastIndexOf('rule')).to.be.lessThan(first.indexOf('vxlan'))
    expect(first.filter((kind) => kind === 'rule')).to.have.length(5)
  })

  it('ends the waiting for a lease that it has given away, at its new host', () => {
    const cluster = aCluster(3, { ...BLUE, failover: 'exclusive' }).floating(3, '10.61.1.9')
    const released = cluster.view.leases.filter(({ host }) => host === 'h3')
    const added = (local: LocalHost): string[] => {
      const before = desired(cluster.view, cluster.local(1)).objects
      return [...desired(cluster.view, local).objects].filter(([key]) => !before.has(key)).map(([, object]) => describeObject(object))
    }
    const mac = vtepMac(hostId(3), BLUE.vni)
    expect(added({ ...cluster.local(1), released })).to.have.members([
      `neigh 250.61.3.0 dev weft-blue lladdr ${mac} permanent`,
      `neigh 250.61.1.9 dev weft-blue lladdr ${mac} permanent`,
    ])
    const remembering = createDesired()
    const { stamp } = remembering(cluster.view, cluster.local(1))
    expect(remembering(cluster.view, { ...cluster.local(1), released }).stamp).not.to.equal(stamp)
  })

  it('has rules for exclusive floating addresses of its own only, whatever the network’s policy', () => {
    const floating = aCluster(2).floating(1, '10.61.2.7', { failover: 'exclusive' })
    const rulesOf = (cluster: TestCluster, host: number): string[] =>
      find(desired(cluster.view, cluster.local(host)), 'rule').flatMap(({ from, to }) => from ?? to ?? [])
    expect(rulesOf(floating, 1)).to.deep.equal(['10.61.2.7/32', '10.61.2.7/32'])
    expect(rulesOf(floating, 2)).to.deep.equal([])
    expect(rulesOf(aCluster(2, { ...BLUE, failover: 'exclusive' }).floating(1, '10.61.2.7'), 1)).to.deep.equal([
      '10.61.1.0/24',
      '10.61.1.0/24',
    ])
    expect(rulesOf(aCluster(2, { ...BLUE, failover: 'hold' }), 1)).to.deep.equal([])
  })

  it('a host whose subnet another has adopted stays reachable and keeps its endpoints, of which nothing gets out', () => {
    const cluster = aCluster(3).adopted(1, 2)
    const endpoints = [cluster.endpoint(1, 'web', 10), cluster.endpoint(1, 'db', 11)]
    const state = desired(cluster.view, cluster.local(1, ...endpoints))
    expect(textOf(state)).to.equal(ROBBED_HOST)
    expect(problemsOf(state)).to.deep.equal([
      'WEFT_ADDRESS_OUTSIDE_SUBNET networks/blue/endpoints/10.61.1.10',
      'WEFT_ADDRESS_OUTSIDE_SUBNET networks/blue/endpoints/10.61.1.11',
    ])
  })

  it('takes 50 bytes off an IPv4 underlay, 70 off an IPv6 one, and what the network asks for before both', () => {
    const mtuOf = (underlay: string, network: Network): number[] => {
      const cluster = aCluster(1, network)
      const state = desired(cluster.view, { ...cluster.local(1), underlay: parseIp(underlay), underlayMtu: 9000 })
      return [...find(state, 'vxlan'), ...find(state, 'bridge')].map(({ mtu }) => mtu)
    }
    expect(mtuOf('192.0.2.1', BLUE)).to.deep.equal([8950, 8950])
    expect(mtuOf('2001:db8::1', BLUE)).to.deep.equal([8930, 8930])
    expect(mtuOf('192.0.2.1', { ...BLUE, mtu: 1280 })).to.deep.equal([1280, 1280])
  })

  it('routes an endpoint by its subnet’s gateway: everything, or only the pool', () => {
    const cluster = aCluster(1)
    const state = desired(cluster.view, cluster.local(1, cluster.endpoint(1, 'web', 10), cluster.endpoint(1, 'db', 11, false)))
    const [web, db] = find(state, 'port').map(({ inside }) => inside)
    expect(web).to.include({ netns: '/run/netns/web', ifname: 'eth0' })
    expect(web?.addresses).to.deep.equal([{ address: '10.61.1.10', prefixLength: 24, gateway: '10.61.1.1' }])
    expect(web).not.to.have.property('routes')
    expect(db?.routes).to.deep.equal([{ to: '10.61.0.0/16', via: '10.61.1.1' }])
    expect(db?.addresses).to.deep.equal([{ address: '10.61.1.11', prefixLength: 24 }])
  })

  it('gives an endpoint an address and a gateway of each pool', () => {
    const cluster = aCluster(1, DUAL)
    const state = desired(cluster.view, cluster.local(1, cluster.endpoint(1, 'web', 10), cluster.endpoint(1, 'db', 11, false)))
    const [web, db] = find(state, 'port').map(({ inside }) => inside)
    expect(web?.addresses).to.deep.equal([
      { address: '10.61.1.10', prefixLength: 24, gateway: '10.61.1.1' },
      { address: 'fd61:0:0:1::a', prefixLength: 64, gateway: 'fd61:0:0:1::1' },
    ])
    expect(db?.routes).to.deep.equal([
      { to: '10.61.0.0/16', via: '10.61.1.1' },
      { to: 'fd61::/48', via: 'fd61:0:0:1::1' },
    ])
  })

  it('keeps the port of an endpoint that has lost one of its subnets, and stops what it sends from that', () => {
    const cluster = aCluster(2, DUAL)
    const moved = cluster.with({
      leases: cluster.view.leases.map((lease) =>
        lease.subnet === 'fd61:0:0:1::/64' ? { ...lease, host: hostId(2), epoch: 2, adoptedFrom: hostId(1) } : lease,
      ),
    })
    const state = desired(moved.view, moved.local(1, moved.endpoint(1, 'web', 10)))
    expect(find(state, 'port')).to.have.lengthOf(1)
    expect(find(state, 'rule').map(describeObject)).to.deep.equal(['rule -6 86 from fd61:0:0:1::/64 iif wbr-blue blackhole'])
    expect(problemsOf(state)).to.deep.equal(['WEFT_ADDRESS_OUTSIDE_SUBNET networks/blue/endpoints/fd61:0:0:1::a'])
  })

  it('follows a peer that has a part in one pool only for a time', () => {
    const cluster = aCluster(3, DUAL)
    const follow = createDesired()
    const local = cluster.local(1)
    const of = (family: string) => cluster.view.vteps.filter(({ host, address }) => host !== hostId(2) || !address.includes(family))
    for (const view of [
      cluster.view,
      { ...cluster.view, vteps: of('.') },
      cluster.view,
      { ...cluster.view, vteps: of(':') },
      cluster.view,
    ]) {
      const followed = follow(view, local)
      expect(textOf(followed)).to.equal(textOf(desired(view, local)))
      expect(find(followed, 'fdb')).to.have.lengthOf(2)
    }
  })

  it('keeps two networks apart', () => {
    const blue = aCluster(2)
    const green = aCluster(2, GREEN)
    const both = blue.with({
      networks: new Map([...blue.view.networks, ...green.view.networks]),
      leases: [...blue.view.leases, ...green.view.leases],
      vteps: [...blue.view.vteps, ...green.view.vteps],
    })
    const objects = [...desired(both.view, both.local(1)).objects.keys()]
    const alone = [blue, green].flatMap((cluster) => [...desired(cluster.view, cluster.local(1)).objects.keys()])
    expect(objects).to.have.members([...new Set(alone)])
  })
})

describe('desired: records that make no sense are left out and reported', () => {
  const cluster = aCluster(3)
  const { view } = cluster
  const with3 = (records: Partial<ClusterView>): Desired => desired(cluster.with(records).view, cluster.local(1))
  const lease = (changes: object): ClusterView['leases'] => [...view.leases, { ...cluster.leaseRecord(3, 3), ...changes }]
  const claim = (changes: object): ClusterView['vteps'] => [...view.vteps, { ...cluster.claimRecord(3), ...changes }]
  const facts = (underlay: string): ClusterView => cluster.moved(3, underlay).view
  const network = (changes: object): ClusterView['networks'] => {
    const added = { ...GREEN, ...changes }
    return new Map([...view.networks, [added.name, added]])
  }
  const withNetwork = (changes: object): Desired => with3({ networks: network(changes) })
  const leaseField = 'networks/blue/leases'

  const cases: readonly (readonly [string, Desired, string])[] = [
    [
      'a lease outside the pool',
      with3({ leases: lease({ subnet: '10.99.1.0/24' }) }),
      `WEFT_LEASE_OUTSIDE_POOL ${leaseField}/10.99.1.0-24`,
    ],
    ['a lease of everything', with3({ leases: lease({ subnet: '0.0.0.0/0' }) }), `WEFT_LEASE_OUTSIDE_POOL ${leaseField}/0.0.0.0-0`],
    ['a lease of another size', with3({ leases: lease({ subnet: '10.61.8.0/23' }) }), `WEFT_LEASE_OUTSIDE_POOL ${leaseField}/10.61.8.0-23`],
    [
      'a lease of the VTEP addresses',
      with3({ leases: lease({ subnet: '10.61.0.0/24' }) }),
      `WEFT_LEASE_OUTSIDE_POOL ${leaseField}/10.61.0.0-24`,
    ],
    ['a lease in no network', with3({ leases: lease({ network: 'red' }) }), 'WEFT_NETWORK_UNKNOWN networks/red/leases/10.61.3.0-24'],
    ['a claim in no network', with3({ vteps: claim({ network: 'red' }) }), 'WEFT_NETWORK_UNKNOWN networks/red/vteps/10.61.0.3'],
    [
      'a claim outside the first part',
      with3({ vteps: claim({ address: '10.61.7.7' }) }),
      'WEFT_LEASE_OUTSIDE_POOL networks/blue/vteps/10.61.7.7',
    ],
    ['a second claim of one host', with3({ vteps: claim({ address: '10.61.0.9' }) }), 'WEFT_LEASE_CONFLICT networks/blue/vteps/10.61.0.9'],
    [
      'the own VTEP address claimed by another',
      with3({ vteps: claim({ address: '10.61.0.1' }) }),
      'WEFT_LEASE_CONFLICT networks/blue/vteps/10.61.0.1',
    ],
    ['an older lease of one subnet', with3({ leases: lease({ host: 'h0', epoch: 0 }) }), `WEFT_LEASE_CONFLICT ${leaseField}/10.61.3.0-24`],
  ]
  for (const [what, state, problem] of cases) {
    it(what, () => {
      expect(problemsOf(state)).to.deep.equal([problem])
      expect(state.problems[0]?.hint).to.be.a('string')
      // What makes sense is programmed as if the other record were not there.
      expect(textOf(state)).to.equal(textOf(desired(view, cluster.local(1))))
    })
  }

  const hostCases: readonly (readonly [string, string, string])[] = [
    ['a peer with this host’s underlay address', '192.0.2.1', 'WEFT_UNDERLAY_INVALID hosts/h3 underlay'],
    ['a peer with an underlay address of the other family', '2001:db8::3', 'WEFT_UNDERLAY_INVALID hosts/h3 underlay'],
    ['a peer with an underlay address inside the overlay', '10.61.9.9', 'WEFT_POOL_OVERLAP hosts/h3 underlay'],
  ]
  for (const [what, underlay, problem] of hostCases) {
    it(what, () => {
      const state = desired(facts(underlay), cluster.local(1))
      expect(problemsOf(state)).to.deep.equal([problem])
      expect(textOf(state)).to.equal(TWO_HOSTS)
    })
  }

  const networkCases: readonly (readonly [string, object, string])[] = [
    ['a network with the VNI of another', { vni: 100 }, 'WEFT_VNI_IN_USE networks/green/config vni'],
    ['a network with an overlapping pool', { pool: '10.61.128.0/17' }, 'WEFT_POOL_OVERLAP networks/green/config pool'],
    ['a network over the underlay', { pool: '192.0.0.0/16' }, 'WEFT_POOL_OVERLAP networks/green/config pool'],
    ['an exclusive network of mode l2', { mode: 'l2', failover: 'exclusive' }, 'WEFT_NOT_BUILT networks/green/config failover'],
  ]
  for (const [what, changes, problem] of networkCases) {
    it(what, () => {
      const state = withNetwork(changes)
      expect(problemsOf(state)).to.deep.equal([problem])
      expect(textOf(state)).to.equal(textOf(desired(view, cluster.local(1))))
    })
  }

  it('networks whose device names are the same: the first by name stays', () => {
    // Both names hash to the same four digits behind the same beginning (found by trying).
    const names = collidingNames()
    const networks = names.map((name, index): Network => {
      return { ...BLUE, name: parseNetworkName(name), vni: 300 + index, pool: parsePrefix(`10.${70 + index}.0.0/16`) }
    })
    const state = with3({ networks: new Map([...view.networks, ...networks.reverse().map((each) => [each.name, each] as const)]) })
    const later = [...names].sort()[1]
    expect(problemsOf(state)).to.deep.equal([`WEFT_NAME_INVALID networks/${later}/config name`])
  })

  it('a released record of a higher epoch frees the subnet', () => {
    const state = with3({ leases: lease({ state: 'released', epoch: 9 }) })
    expect(find(state, 'route').map(({ to }) => to)).not.to.include('10.61.3.0/24')
    expect(problemsOf(state)).to.deep.equal([`WEFT_LEASE_CONFLICT ${leaseField}/10.61.3.0-24`])
  })

  it('an endpoint outside the own subnets', () => {
    const stray = { ...cluster.endpoint(1, 'web', 10), address: parseIp('10.61.2.10') }
    const state = desired(view, cluster.local(1, stray))
    expect(problemsOf(state)).to.deep.equal(['WEFT_ADDRESS_OUTSIDE_SUBNET networks/blue/endpoints/10.61.2.10'])
    expect(find(state, 'port')).to.have.length(1)
    const outside = { ...cluster.endpoint(1, 'web', 10), address: parseIp('10.61.0.10') }
    expect(find(desired(view, cluster.local(1, outside)), 'port')).to.deep.equal([])
  })

  it('two endpoints at one address', () => {
    const state = desired(view, cluster.local(1, cluster.endpoint(1, 'web', 10), cluster.endpoint(1, 'db', 10)))
    expect(problemsOf(state)[0]).to.match(/^WEFT_ENDPOINT_EXISTS link wp-/)
    expect(find(state, 'port')).to.have.length(1)
  })

  it('all at once, in an order that does not depend on that of the records', () => {
    const wrong = [{ subnet: '10.99.1.0/24' }, { subnet: '10.98.1.0/24' }, { network: 'red' }, { host: 'h2' }, { host: 'h0', epoch: 0 }]
    const leases = wrong.flatMap((changes) => lease(changes).slice(-1)).concat(view.leases)
    const forwards = problemsOf(with3({ leases }))
    expect(forwards).to.have.length(5)
    expect(problemsOf(with3({ leases: leases.reverse() }))).to.deep.equal(forwards)
  })
})

describe('desired: remembering', () => {
  it('returns the same state for the same records', () => {
    const cluster = aCluster(3)
    const remembering = createDesired()
    const local = cluster.local(1)
    const first = remembering(cluster.view, local)
    expect(remembering({ ...cluster.view, revision: 99, statuses: new Map() }, local)).to.equal(first)
  })

  it('returns the same objects for a peer whose records are the same, new ones for one that changed', () => {
    const cluster = aCluster(3)
    const remembering = createDesired()
    const first = { objects: new Map(remembering(cluster.view, cluster.local(1)).objects) }
    const second = remembering(cluster.moved(3, '198.51.100.7').view, cluster.local(1))
    const unchanged = [...first.objects].filter(([key, object]) => second.objects.get(key) === object).map(([key]) => key)
    expect(unchanged).to.include.members(['neighbour weft-blue 10.61.0.2', 'route 10.61.2.0/24 0'])
    expect(second.objects.get('neighbour weft-blue 10.61.0.3')).not.to.equal(first.objects.get('neighbour weft-blue 10.61.0.3'))
    expect(find(second, 'fdb').map(({ to }) => to)).to.deep.equal(['192.0.2.2', '198.51.100.7'])
  })

  it('says what changed when it was peers alone, and nothing when it was more', () => {
    const cluster = aCluster(4)
    const remembering = createDesired()
    const first = remembering(cluster.view, cluster.local(1))
    const moved = cluster.moved(3, '198.51.100.7')
    const second = remembering(moved.view, cluster.local(1))
    expect(second.change?.after).to.equal(first.stamp)
    expect([...(second.change?.before.keys() ?? [])]).to.have.members([...(second.change?.now.keys() ?? [])])
    expect([...(second.change?.now.values() ?? [])]).to.deep.include(find(second, 'fdb').find(({ to }) => to === '198.51.100.7'))

    const third = remembering(moved.adopted(2, 4).view, cluster.local(1))
    expect(third.change?.after).to.equal(second.stamp)
    expect([...(third.change?.now.keys() ?? [])].filter((key) => key.includes('/24'))).to.have.members([
      'route 10.61.2.0/24 0',
      'route 10.61.4.0/24 0',
    ])
    expect(remembering(moved.adopted(2, 1).view, cluster.local(1)), 'this host has one more').not.to.have.property('change')
    expect(remembering(moved.adopted(2, 1).view, { ...cluster.local(1), underlayMtu: 9000 })).not.to.have.property('change')
  })

  it('follows what others hold of this host’s, and peers that cannot be reached for a while', () => {
    const base = aCluster(3)
    const robbed = base.adopted(1, 2)
    const released = robbed.view.leases.map((lease) => (lease.adoptedFrom ? { ...lease, state: 'released' as const } : lease))
    const views = [
      base.view,
      robbed.view,
      { ...robbed.view, leases: released },
      base.view,
      base.moved(2, '2001:db8::2').view,
      base.moved(2, '10.61.9.9').view,
      base.view,
    ]
    const remembering = createDesired()
    for (const view of views) {
      const state = remembering(view, base.local(1))
      expect(textOf(state)).to.equal(textOf(desired(view, base.local(1))))
      expect(problemsOf(state)).to.deep.equal(problemsOf(desired(view, base.local(1))))
    }
  })

  for (const network of [BLUE, DUAL])
    it(`says the same after any sequence of views as without a memory, with ${poolsOf(network).join(' and ')}`, () => {
      const steps = fc.array(
        fc.record({
          without: fc.subarray([2, 3, 4]),
          moved: fc.subarray([2, 3, 4]),
          adopted: fc.option(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }))),
          floating: fc.option(
            fc.tuple(
              fc.integer({ min: 1, max: 4 }),
              fc.constantFrom('10.61.1.200', '10.61.3.9', ...(network.second ? ['fd61:0:0:3::9'] : [])),
            ),
          ),
          half: fc.subarray([2, 3, 4]),
          underlay: fc.constantFrom('192.0.2.1', '192.0.2.1', '192.0.2.1', '198.51.100.1', '2001:db8::1', '10.61.7.7'),
          reclaimed: fc.subarray([2, 3]),
          claim: fc.constantFrom('10.61.0.1', '10.61.0.1', '10.61.0.1', '10.61.0.77'),
          vni: fc.constantFrom(undefined, undefined, undefined, 77),
        }),
        { maxLength: 6 },
      )
      fc.assert(
        fc.property(steps, (sequence) => {
          const remembering = createDesired()
          const base = aCluster(4, network)
          let before: Desired = { ...remembering(base.view, base.local(1)) }
          let programmed = new Map(before.objects)
          for (const step of sequence) {
            let cluster = base
            if (step.vni) cluster = cluster.with({ networks: new Map([[BLUE.name, { ...network, vni: step.vni }]]) })
            const claims = cluster.view.vteps.map((claim, index) => {
              if (claim.address.includes(':')) return claim
              if (index === 0) return step.claim === claim.address ? claim : { ...claim, address: parseIp(step.claim) }
              return step.reclaimed.includes(index + 1) ? { ...claim, address: parseIp(`10.61.0.${index + 101}`) } : claim
            })
            cluster = cluster.with({ vteps: claims })
            if (step.adopted) cluster = cluster.adopted(...step.adopted)
            if (step.floating) cluster = cluster.floating(...step.floating)
            for (const number of step.moved) cluster = cluster.moved(number, `198.51.100.${number}`)
            for (const number of step.without) cluster = cluster.without(number)
            // Some have claimed no IPv4 address yet.
            if (network.second) {
              const isMissing = ({ host, address }: VtepClaim): boolean =>
                address.includes('.') && step.half.some((number) => hostId(number) === host)
              cluster = cluster.with({ vteps: cluster.view.vteps.filter((claim) => !isMissing(claim)) })
            }
            const local = { ...cluster.local(1), underlay: parseIp(step.underlay) }
            const state = remembering(cluster.view, local)
            expect(textOf(state)).to.equal(textOf(desired(cluster.view, local)))
            expect(problemsOf(state)).to.deep.equal(problemsOf(desired(cluster.view, local)))

            const { change } = state
            if (state.stamp !== before.stamp && change?.after === before.stamp) {
              for (const [key, object] of change.before) expect(programmed.get(key)).to.equal(object)
              for (const key of change.before.keys()) programmed.delete(key)
              for (const [key, object] of change.now) programmed.set(key, object)
            } else if (state.stamp !== before.stamp) programmed = new Map(state.objects)
            expect(programmed).to.deep.equal(state.objects)
            before = state
          }
        }),
        { numRuns: 500 },
      )
    }).timeout(60_000)
})

/** Two names of over 10 characters with one device name: 16 bits of hash are soon used up. */
function collidingNames(): string[] {
  const seen = new Map<string, string>()
  for (let number = 0; ; number++) {
    const name = `warehouse-${number}`
    const device = vxlanName(parseNetworkName(name))
    const other = seen.get(device)
    if (other !== undefined) return [other, name]
    seen.set(device, name)
  }
}
