import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseMac, type Network } from '#core'
import { createReader } from '../reading.js'
import { aCluster, BLUE, hostId, type TestCluster } from '../testkit/index.js'
import { nearPeers, type HostReason } from './near-peers.js'

const AUTO: Network = { ...BLUE, direct: 'auto' }

function near(cluster: TestCluster, onLink: readonly string[] = ['192.0.2.2', '192.0.2.3'], reason?: HostReason): string[] {
  const known = new Map(
    onLink.map((text) => {
      const [address = '', mac] = text.split(' ')
      return [parseIp(address), mac === undefined ? undefined : parseMac(mac)]
    }),
  )
  const { peers, others } = nearPeers(cluster.view, cluster.local(1), createReader(), known, reason)
  return [
    ...peers.map(({ network, host, underlay, mac, vtep, from }) => [network, host, underlay, mac, vtep, from].join(' ')),
    ...[...others.values()].flatMap((hosts) => [...hosts].map(([host, why]) => `${host}: ${why}`)),
  ]
}

describe('peers that may be reached without VXLAN', () => {
  const cluster = aCluster(3, AUTO).withMacs()

  it('are on the link, and say who they are there', () => {
    const h2 = 'blue h2 192.0.2.2 02:00:00:00:01:02 10.61.0.2 10.61.0.1'
    const h3 = 'blue h3 192.0.2.3 02:00:00:00:01:03 10.61.0.3 10.61.0.1'
    expect(near(cluster)).to.deep.equal([h2, h3])
    expect(near(cluster, ['192.0.2.2'])).to.deep.equal([h2, 'h3: behind-a-router'])
    const macs = ['192.0.2.2 02:00:00:00:01:02', '192.0.2.3 02:00:00:00:00:fe']
    expect(near(cluster, macs), 'a router answers for h3').to.deep.equal([h2, 'h3: other-mac'])
    expect(near(cluster.moved(3, '192.0.2.3'))).to.deep.equal([h2, 'h3: not-offered'])
    expect(near(cluster, [], 'no-ethernet')).to.deep.equal(['h2: no-ethernet', 'h3: no-ethernet'])
  })

  it('are none in networks that are not direct, exclusive ones, and those in which this host has no part', () => {
    expect(near(aCluster(3).withMacs())).to.deep.equal([])
    expect(near(aCluster(3, { ...AUTO, direct: 'off' }).withMacs())).to.deep.equal([])
    expect(near(aCluster(2, { ...AUTO, failover: 'exclusive' }).withMacs())).to.deep.equal(['h2: exclusive'])
    expect(near(cluster.without(1))).to.deep.equal([])
    expect(near(cluster.with({ vteps: cluster.view.vteps.filter(({ host }) => host !== hostId(2)) }), ['192.0.2.3'])).to.have.length(1)
  })

  it('are none by IPv6', () => {
    const record = { ...cluster.hostRecord(2), underlay: parseIp('2001:db8::2') }
    const mixed = cluster.with({ hosts: new Map([...cluster.view.hosts, [record.id, record]]) })
    expect(near(mixed)[1]).to.equal('h2: ipv6-underlay')
  })
})
