import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseNetworkName, parsePrefix, type ClusterView } from '#core'
import { desiredFirewall } from '#plan'
import { aCluster, aSegment, BLUE, DUAL, hostId, inLan } from '#plan/testkit'
import { ONE_HOST, PEERS_OF_TWO_POOLS, THREE_HOSTS_ONE_DEAD, TWO_HOSTS_DIRECTLY, TWO_NETWORKS } from './golden/tables.js'
import { renderTable } from './render.js'

describe('renderTable: the whole table as text', () => {
  it('of one host alone', () => {
    const cluster = aCluster(1)
    expect(renderTable(desiredFirewall(cluster.view, cluster.local(1)))).to.equal(ONE_HOST)
  })

  it('of three hosts, one of which is dead', () => {
    const cluster = aCluster(3)
    expect(renderTable(desiredFirewall(cluster.view, cluster.local(1), new Set([hostId(3)])))).to.equal(THREE_HOSTS_ONE_DEAD)
  })

  it('of two hosts on one link, without VXLAN', () => {
    const cluster = aCluster(2).withMacs()
    expect(renderTable(desiredFirewall(cluster.view, cluster.directly(1, 2)))).to.equal(TWO_HOSTS_DIRECTLY)
  })

  it('of two hosts in two networks with ports and subnet sizes of their own', () => {
    const green = aCluster(2, {
      ...BLUE,
      name: parseNetworkName('green'),
      pool: parsePrefix('10.62.0.0/16'),
      vni: 200,
      port: 8472,
      subnetSize: 26,
    })
    const blue = aCluster(2)
    const view: ClusterView = {
      ...blue.view,
      networks: new Map([...blue.view.networks, ...green.view.networks]),
      leases: [...blue.view.leases, ...green.view.leases],
      vteps: [...blue.view.vteps, ...green.view.vteps],
    }
    expect(renderTable(desiredFirewall(view, blue.local(1)))).to.equal(TWO_NETWORKS)
  })

  it('of two hosts in a network with two pools: chains for both, sets for each', () => {
    const cluster = aCluster(2, DUAL)
    const text = renderTable(desiredFirewall(cluster.view, cluster.local(1)))
    const names = Array.from(text.matchAll(/^ {2}(?:set|map) (\S+) /gm), ([, name]) => name)
    expect(new Set(names).size).to.equal(names.length)
    expect(names.filter((name) => name?.startsWith('leases'))).to.deep.equal(['leases-blue', 'leases-blue.6'])
    const chains = Array.from(text.matchAll(/^ {2}chain (\S+) /gm), ([, name]) => name)
    expect(chains).to.deep.equal(['input', 'peers-blue', 'forward', 'from-blue', 'postrouting'])
    const chainOf = (name: string): string =>
      / {2}chain \S+ \{\n([^}]*)\n {2}\}/.exec(text.slice(text.indexOf(`  chain ${name} `)))?.[1] ?? ''
    expect(`${chainOf('peers-blue')}\n`).to.equal(PEERS_OF_TWO_POOLS)
    expect(chainOf('from-blue'))
      .to.contain('ip6 saddr != fd61::/48 ip6 saddr @pools6')
      .and.to.contain('ip saddr != 10.61.0.0/16 ip saddr @pools ')
  })

  it('of a network that is one segment: ARP has a check of its own, and single addresses may be elsewhere', () => {
    const cluster = aSegment(3, inLan(2, '10.62.2.9'), inLan(2, '10.62.3.7'))
    const text = renderTable(desiredFirewall(cluster.view, cluster.local(1)))
    const part = (name: string): string =>
      new RegExp(` {2}(?:set|chain) ${name} \\{\n([^}]*\n) {2}(?:  \\}\n {2})?\\}`).exec(text)?.[1] ?? ''
    expect(part('arp-lan')).to.equal(`\
    ip saddr . @th,352,32 @away-lan counter drop comment "the address is at another host"
    ip saddr . @th,352,32 & 0xffffff00 @leases-lan accept
    ip saddr . @th,352,32 @vteps-lan accept
    counter drop comment "ARP of an address that is not the sender's"
`)
    expect(part('peers-lan').split('\n').slice(1, 6)).to.deep.equal([
      '    @th,224,16 0x0806 goto arp-lan',
      '    @th,224,16 != 0x0800 counter drop comment "inner frame is not IPv4"',
      '    ip saddr . @th,336,32 @away-lan counter drop comment "the address is at another host"',
      '    ip saddr . @th,336,32 & 0xffffff00 @leases-lan accept',
      '    ip saddr . @th,336,32 @vteps-lan accept',
    ])
    expect(text).to.match(/set away-lan \{\n[^}]*elements = \{\n +192\.0\.2\.3 \. 0x0a3e0307\n/)
    // VTEP addresses, no address at all, and the endpoint that is in another's range.
    for (const element of ['192.0.2.2 . 0x0a3e0002', '192.0.2.2 . 0x00000000', '192.0.2.3 . 0x00000000', '192.0.2.2 . 0x0a3e0307'])
      expect(text).to.include(element)
    expect(text).to.include('"wbr-lan" . "wbr-lan"')
  })

  it('of hosts with IPv6 underlay addresses: outer sources, and what endpoints must not send, are of the other family', () => {
    const cluster = aCluster(2).moved(1, '2001:db8::1').moved(2, '2001:db8::2')
    const four = aCluster(2)
    const six = renderTable(desiredFirewall(cluster.view, { ...cluster.local(1), underlay: parseIp('2001:db8::1') }))
    const expected = renderTable(desiredFirewall(four.view, four.local(1)))
      .replaceAll('ip saddr . @th', 'ip6 saddr . @th')
      .replaceAll('192.0.2.2', '2001:db8::2')
      .replaceAll('ip daddr != @pools udp', 'meta nfproto ipv6 udp')
      .replace(
        'vmap @vnis\n',
        'vmap @vnis\n    udp dport 4789 exthdr frag exists counter drop comment "VXLAN in pieces too small to be checked"\n',
      )
    expect(six).to.equal(expected)
  })
})
