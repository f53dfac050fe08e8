import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac } from '#core'
import { keyOf } from '#plan'
import type { LinkInfo } from '../codec/link.js'
import { withHost } from '../testkit/test-host.js'
import { ownLink } from './observe.js'

const MAC = parseMac('02:00:00:00:00:01')
const TUNNEL = { vni: 100, port: 4789, local: parseIp('192.0.2.1') }

function link(kind: string, alias: string | undefined, more: Partial<LinkInfo> = {}): LinkInfo {
  const vxlan = kind === 'vxlan' ? TUNNEL : undefined
  return {
    index: 5,
    name: 'x',
    kind,
    up: true,
    carrier: true,
    mtu: 1450,
    mac: MAC,
    alias,
    master: 0,
    unfinished: false,
    vxlan,
    switching: undefined,
    ...more,
  }
}

describe('ownLink', () => {
  it('knows ours by kind and alias', () => {
    expect(ownLink(link('vxlan', 'weft:a'), '')).to.deep.equal({
      kind: 'vxlan',
      name: 'x',
      ...TUNNEL,
      mac: MAC,
      mtu: 1450,
      alias: 'weft:a',
    })
    expect(ownLink(link('bridge', 'weft:a'), '')).to.deep.equal({ kind: 'bridge', name: 'x', mac: MAC, mtu: 1450, alias: 'weft:a' })
    expect(ownLink(link('veth', 'weft:a:web'), 'wbr-a')).to.deep.include({ kind: 'port', name: 'x', master: 'wbr-a', alias: 'weft:a:web' })
  })

  it('takes nothing else for ours', () => {
    for (const kind of ['vxlan', 'bridge', 'veth', 'dummy', '']) {
      for (const alias of [undefined, '', 'my weft:a', 'weft:'])
        expect(ownLink(link(kind, alias), ''), `${kind} ${alias}`).to.equal(undefined)
    }
    expect(ownLink(link('veth', 'weft:a'), '')).to.equal(undefined)
    expect(ownLink(link('vxlan', 'weft:a:web'), '')).to.equal(undefined)
    expect(ownLink(link('dummy', 'weft:a'), '')).to.equal(undefined)
  })

  it('knows what Weft was killed over', () => {
    expect(ownLink(link('vxlan', undefined, { unfinished: true }), '')).to.deep.include({ kind: 'vxlan', alias: '' })
    expect(ownLink(link('veth', undefined, { unfinished: true }), '')).to.deep.include({ kind: 'port', alias: '', master: '' })
  })

  it('shows a tunnel that is bound to no address as one that no wish equals', () => {
    const unbound = link('vxlan', 'weft:a', { vxlan: { vni: 100, port: 4789, local: undefined } })
    expect(ownLink(unbound, '')).to.deep.include({ local: '0.0.0.0' })
  })
})

describe('observing the real kernel', () => {
  it('sees what stands on our links, and what others have beside', () =>
    withHost(async ({ ns, kernel }) => {
      await ns.ip(
        'link',
        'add',
        'weft-a',
        'address',
        MAC,
        'mtu',
        '1400',
        'type',
        'vxlan',
        'id',
        '100',
        'local',
        '192.0.2.1',
        'dstport',
        '4789',
      )
      await ns.ip('link', 'set', 'weft-a', 'up', 'alias', 'weft:a')
      await ns.ip('address', 'add', '10.61.0.1/32', 'dev', 'weft-a')
      await ns.ip('address', 'add', '169.254.7.7/16', 'scope', 'link', 'dev', 'weft-a')
      await ns.exec('bridge', 'fdb', 'append', '00:00:00:00:00:00', 'dev', 'weft-a', 'dst', '192.0.2.8')
      await ns.exec('bridge', 'fdb', 'add', MAC, 'dev', 'weft-a', 'dst', '192.0.2.8')
      await ns.exec('bridge', 'fdb', 'append', '01:00:5e:00:00:05', 'dev', 'weft-a', 'dst', '192.0.2.8')
      await ns.ip('neigh', 'add', '10.61.0.7', 'lladdr', MAC, 'nud', 'permanent', 'dev', 'weft-a')
      await ns.ip('neigh', 'add', '10.61.0.8', 'lladdr', MAC, 'nud', 'stale', 'dev', 'weft-a')
      await ns.ip('nexthop', 'add', 'id', '5', 'via', '10.61.0.9', 'dev', 'weft-a', 'onlink', 'proto', '87')
      await ns.ip('nexthop', 'add', 'id', '6', 'via', '10.61.0.9', 'dev', 'weft-a', 'onlink')
      await ns.ip('route', 'add', '10.61.9.0/24', 'nhid', '6', 'proto', '87')
      const { objects, foreign, nextHopIds } = await kernel.observe()
      const seen = [...objects.values()].map(({ object, ours }) => ({ ...object, ours }))
      const dev = 'weft-a'
      expect(seen.filter(({ kind }) => kind !== 'sysctl')).to.have.deep.members([
        { kind: 'vxlan', name: dev, ...TUNNEL, mac: MAC, mtu: 1400, alias: 'weft:a', ours: true },
        { kind: 'address', dev, address: '10.61.0.1', prefixLength: 32, ours: true },
        { kind: 'address', dev, address: '169.254.7.7', prefixLength: 16, ours: true },
        { kind: 'fdb', dev, mac: MAC, to: '192.0.2.8', ours: true },
        { kind: 'flood', dev, to: '192.0.2.8', ours: true },
        { kind: 'flood', dev, to: '192.0.2.8', group: '01:00:5e:00:00:05', ours: true },
        { kind: 'neighbour', dev, address: '10.61.0.7', mac: MAC, ours: false },
        { kind: 'nexthop', dev, gateway: '10.61.0.9', ours: true },
        // By a next hop that is not ours: equal to no route that Weft would wish for.
        { kind: 'route', to: '10.61.9.0/24', via: { type: 'nexthop', dev, gateway: '0.0.0.0' }, metric: 0, ours: true },
      ])
      expect(seen.filter(({ kind }) => kind === 'sysctl').map((object) => 'name' in object && object.name)).to.deep.equal([
        'net.ipv6.conf.all.forwarding',
        'net.ipv4.ip_forward',
        'net.ipv4.conf.weft-a.rp_filter',
        'net.ipv4.neigh.weft-a.unres_qlen_bytes',
        'net.ipv6.conf.weft-a.disable_ipv6',
        'net.ipv6.neigh.weft-a.unres_qlen_bytes',
      ])
      expect([...nextHopIds]).to.deep.equal([5, 6])
      expect(objects.get('nexthop weft-a 10.61.0.9')?.id).to.equal(5)
      expect([...foreign.keys()]).to.include.members(['link lo', 'link under0', 'route 192.0.2.0/24 0'])
      expect([...foreign.keys()].filter((key) => key.includes('10.61'))).to.deep.equal([])

      // What is as expected is given as that; what is not, as it is.
      const [neighbour, hop] = ['neighbour weft-a 10.61.0.7', 'nexthop weft-a 10.61.0.9'].map((key) => objects.get(key)?.object)
      const fdb = objects.get(`fdb weft-a ${MAC}`)?.object
      if (neighbour?.kind !== 'neighbour' || hop?.kind !== 'nexthop' || fdb?.kind !== 'fdb') throw new Error('they were there')
      const expected = [{ ...neighbour }, { ...hop }, { ...fdb, to: parseIp('192.0.2.9') }]
      const again = await kernel.observe(new Map(expected.map((object) => [keyOf(object), object])))
      expect(again.objects).to.deep.equal(objects)
      expect(again.nextHopIds).to.deep.equal(nextHopIds)
      expect(expected.map((object) => again.objects.get(keyOf(object))?.object === object)).to.deep.equal([true, true, false])
    }))
})
