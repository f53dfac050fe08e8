import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseNetworkName, parsePrefix, type ClusterView, type Network } from '#core'
import { createDesired, desired, type Desired } from './desired.js'
import { desiredFirewall } from './firewall/desired-firewall.js'
import { diff } from './diff.js'
import { ONE_DIRECT_PEER } from './golden/states.js'
import type { LocalHost } from './local-host.js'
import { linkKey } from './objects.js'
import { renderPlan, renderState } from './render.js'
import { aCluster, BLUE, hostId, MemoryKernel } from './testkit/index.js'

const GREEN: Network = { ...BLUE, name: parseNetworkName('green'), pool: parsePrefix('10.62.0.0/16'), vni: 200 }
const textOf = (state: Desired): string => renderState(state.objects.values())
const routesOf = (state: Desired): string[] =>
  textOf(state)
    .split('\n')
    .filter((line) => line.startsWith('route 10.6') && !line.includes('/32 '))

describe('desired: peers that are reached without VXLAN', () => {
  const cluster = aCluster(3).withMacs()

  it('have a next hop on the underlay, and a way by VXLAN beneath', () => {
    expect(textOf(desired(cluster.view, cluster.directly(1, 2)))).to.equal(ONE_DIRECT_PEER)
  })

  it('go over in one replacing message for each subnet, both ways', async () => {
    const kernel = new MemoryKernel()
    kernel.putForeign(linkKey('eth0'), 'device eth0')
    await kernel.apply(diff(desired(cluster.view, cluster.local(1)), kernel.snapshot()))
    const there = diff(desired(cluster.view, cluster.directly(1, 2)), kernel.snapshot())
    await kernel.apply(there)
    const back = diff(desired(cluster.view, cluster.local(1)), kernel.snapshot())
    const withoutIds = (text: string): string => text.replace(/ (nh)?id \d+/g, '')
    expect(withoutIds(renderPlan(there))).to.equal(`\
+ nexthop via 192.0.2.2 dev eth0 onlink
+ route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1 metric 87
~ route 10.61.2.0/24 via 192.0.2.2 dev eth0 src 10.61.0.1 (was via 10.61.0.2, dev weft-blue)
2 to create, 1 to replace
`)
    expect(withoutIds(renderPlan(back))).to.equal(`\
- nexthop via 192.0.2.2 dev eth0 onlink
~ route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1 (was via 192.0.2.2, dev eth0)
- route 10.61.2.0/24 via 10.61.0.2 dev weft-blue src 10.61.0.1 metric 87
1 to replace, 2 to delete
`)
    expect(back.steps.map(({ do: what, object }) => `${what} ${object.kind}`)).to.deep.equal([
      'replace route',
      'delete route',
      'delete nexthop',
    ])
  })

  it('are reached by VXLAN at another underlay address than the one that was tried', () => {
    const moved = cluster.moved(2, '192.0.2.77')
    expect(routesOf(desired(moved.view, cluster.directly(1, 2)))).to.deep.equal(routesOf(desired(cluster.view, cluster.local(1))))
  })

  it('are none in exclusive networks, and none for exclusive floating addresses', () => {
    const exclusive = aCluster(3, { ...BLUE, failover: 'exclusive' }).withMacs()
    expect(textOf(desired(exclusive.view, exclusive.directly(1, 2)))).to.equal(textOf(desired(exclusive.view, exclusive.local(1))))
    expect(desiredFirewall(exclusive.view, exclusive.directly(1, 2)).networks[0]).not.to.have.property('direct')
    const both = cluster.floating(2, '10.61.3.200').floating(2, '10.61.3.201', { failover: 'exclusive' })
    const lines = textOf(desired(both.view, both.directly(1, 2)))
    expect(lines).to.include('route 10.61.3.200/32 via 192.0.2.2 dev eth0')
    expect(lines).to.include('route 10.61.3.201/32 via 10.61.0.2 dev weft-blue')
  })

  it('lead where an adopted subnet has gone', () => {
    const adopted = cluster.adopted(3, 2)
    expect(routesOf(desired(adopted.view, adopted.directly(1, 2)))).to.include('route 10.61.3.0/24 via 192.0.2.2 dev eth0 src 10.61.0.1')
  })

  it('share one next hop in two networks, which goes with the last', () => {
    const green = aCluster(3, GREEN).withMacs()
    const view: ClusterView = {
      ...cluster.view,
      networks: new Map([...cluster.view.networks, ...green.view.networks]),
      leases: [...cluster.view.leases, ...green.view.leases],
      vteps: [...cluster.view.vteps, ...green.view.vteps],
    }
    const peers = new Map([[hostId(2), parseIp('192.0.2.2')]])
    const names = [BLUE.name, GREEN.name]
    const direct = (...networks: typeof names): LocalHost => ({
      ...cluster.local(1),
      direct: { dev: 'eth0', peers: new Map(networks.map((name) => [name, peers])), takes: new Map() },
    })
    const wanted = createDesired()
    const hops = (state: Desired): string[] =>
      textOf(state)
        .split('\n')
        .filter((line) => /^nexthop .* dev eth0/.test(line))
    for (const networks of [names, [BLUE.name], names, [GREEN.name]]) {
      const state = wanted(view, direct(...networks))
      expect(state.problems).to.deep.equal([])
      expect(hops(state)).to.deep.equal(['nexthop via 192.0.2.2 dev eth0 onlink'])
    }
    expect(hops(wanted(view, direct()))).to.deep.equal([])
  })

  it('are followed from view to view as without a memory', () => {
    const wanted = createDesired()
    const local = cluster.directly(1, 2, 3)
    const views = [
      cluster,
      cluster.moved(2, '192.0.2.77'),
      cluster,
      cluster.without(3),
      cluster.adopted(3, 2),
      cluster.adopted(2, 3),
      cluster,
    ]
    for (const { view } of views) expect(textOf(wanted(view, local))).to.equal(textOf(desired(view, local)))
  })
})

describe('desired filter: packets without VXLAN', () => {
  const cluster = aCluster(3).withMacs()

  it('come from who has the MAC address, only where they are taken', () => {
    const { networks } = desiredFirewall(cluster.view, cluster.directly(1))
    expect(networks[0]?.direct).to.deep.equal({ dev: 'eth0', vtep: '10.61.0.1', tries: true })
    expect(networks[0]?.senders.map(({ host, mac }) => `${host} ${mac}`)).to.deep.equal(['h2 02:00:00:00:01:02', 'h3 02:00:00:00:01:03'])
    const off = desiredFirewall(cluster.view, cluster.local(1))
    expect(off.networks[0]).not.to.have.property('direct')
    expect(off.networks[0]?.senders.filter((sender) => 'mac' in sender)).to.deep.equal([])
  })

  it('are not taken of hosts that do not say who they are on the link', () => {
    const cluster2 = aCluster(2)
    expect(desiredFirewall(cluster2.view, cluster2.directly(1)).networks[0]?.senders.filter((sender) => 'mac' in sender)).to.deep.equal([])
  })

  it('are still taken while the way is given up, but for tries', () => {
    const takes = new Map([[BLUE.name, 'leaving' as const]])
    const leaving: LocalHost = { ...cluster.local(1), direct: { dev: 'eth0', peers: new Map(), takes } }
    expect(desiredFirewall(cluster.view, leaving).networks[0]?.direct?.tries).to.equal(false)
  })
})
