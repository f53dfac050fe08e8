import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { derivedMac, type ClusterView, type Endpoint } from '#core'
import { createDesired, desired } from '../desired.js'
import { diff } from '../diff.js'
import { createDesiredFirewall, desiredFirewall } from '../firewall/desired-firewall.js'
import { renderState } from '../render.js'
import { aCluster, hostId, inLan as at, LAN, MemoryKernel, type TestCluster } from '../testkit/index.js'

const viewOf = (cluster: TestCluster, ...endpoints: readonly Endpoint[]): ClusterView => ({ ...cluster.view, endpoints })
const textOf = (view: ClusterView, cluster: TestCluster, number = 1): string =>
  renderState(desired(view, cluster.local(number)).objects.values())

describe('a network that is one segment (mode l2)', () => {
  it('as a whole: two hosts, an endpoint on each', () => {
    const cluster = aCluster(2, LAN)
    const web = { ...cluster.endpoint(1, 'web', 10), mac: derivedMac('endpoint', LAN.name, '10.62.1.10') }
    const view = viewOf(cluster, at(1, '10.62.1.10'), at(2, '10.62.2.9'))
    expect(renderState(desired(view, cluster.local(1, web)).objects.values())).to.equal(`\
sysctl net.ipv4.ip_forward=1
sysctl net.ipv6.conf.wbr-lan.accept_ra=0
link weft-lan vxlan id 100 local 192.0.2.1 dstport 4789 nolearning address 5a:eb:01:37:b3:88 mtu 1450 master wbr-lan alias weft:lan
link wbr-lan bridge address 26:c1:22:4b:af:6f mtu 1450 alias weft:lan
link wp-9c3c9723 veth master wbr-lan mtu 1450 alias weft:lan:web
bridge_slave weft-lan learning off flood off neigh_suppress on
bridge_slave wp-9c3c9723 learning off flood on neigh_suppress off
addr 10.62.0.1/16 dev wbr-lan
neigh 10.62.0.2 dev wbr-lan lladdr 66:94:b3:38:06:d6 permanent
neigh 10.62.2.9 dev wbr-lan lladdr 92:90:cb:76:f9:1b permanent
fdb 66:94:b3:38:06:d6 dev weft-lan dst 192.0.2.2 permanent
fdb 92:90:cb:76:f9:1b dev weft-lan dst 192.0.2.2 permanent
fdb 00:00:00:00:00:00 dev weft-lan dst 192.0.2.2 permanent
fdb 66:94:b3:38:06:d6 dev weft-lan master wbr-lan static
fdb 92:90:cb:76:f9:1b dev weft-lan master wbr-lan static
fdb d2:c0:c1:e0:58:2d dev wp-9c3c9723 master wbr-lan static
route unreachable 10.62.0.0/16 metric 4278198272
`)
  })

  it('gives its endpoints the whole pool on the link, and their host for a gateway', () => {
    const cluster = aCluster(2, LAN)
    const state = desired(cluster.view, cluster.local(1, cluster.endpoint(1, 'web', 10), cluster.endpoint(1, 'db', 11, false)))
    const ends = [...state.objects.values()].flatMap((object) => (object.kind === 'port' ? [object.inside] : []))
    expect(ends.map(({ addresses: [{ prefixLength, gateway } = {}], routes }) => [prefixLength, gateway, routes])).to.deep.equal([
      [16, '10.62.0.1', undefined],
      [16, undefined, undefined],
    ])
  })

  it('an endpoint is where its record says, whoever has the range around its address', () => {
    const cluster = aCluster(3, LAN)
    const lines = (view: ClusterView): string[] =>
      textOf(view, cluster)
        .split('\n')
        .filter((line) => line.includes(at(2, '10.62.2.9').mac))
    const mac = at(2, '10.62.2.9').mac
    const wanted = (to: string): string[] => [
      `neigh 10.62.2.9 dev wbr-lan lladdr ${mac} permanent`,
      `fdb ${mac} dev weft-lan dst ${to} permanent`,
      `fdb ${mac} dev weft-lan master wbr-lan static`,
    ]
    expect(lines(viewOf(cluster, at(2, '10.62.2.9')))).to.deep.equal(wanted('192.0.2.2'))
    expect(lines(viewOf(cluster, at(3, '10.62.2.9', 7)))).to.deep.equal(wanted('192.0.2.3'))
    expect(lines(viewOf(cluster))).to.deep.equal([])
  })

  it('a host that has no range any more is in the segment with its endpoints', () => {
    const cluster = aCluster(2, LAN)
    const web = cluster.endpoint(1, 'web', 10)
    const view = viewOf(cluster, at(1, '10.62.1.10'), at(2, '10.62.2.9'))
    const before = [...desired(view, cluster.local(1, web)).objects.keys()]
    const moved = { ...view, leases: view.leases.map((lease) => ({ ...lease, host: hostId(2), epoch: 9 })) }
    expect([...desired(moved, cluster.local(1, web)).objects.keys()]).to.deep.equal(before)
    expect(desiredFirewall(moved, cluster.local(1)).networks).to.have.lengthOf(1)
  })

  it('an endpoint whose address another host has taken over is silent, and says why; it is back when that lets go', () => {
    const cluster = aCluster(2, LAN)
    const own = cluster.endpoint(1, 'web', 10)
    const lost = desired(viewOf(cluster, at(2, '10.62.1.10', 9)), cluster.local(1, own))
    expect([...lost.objects.values()].filter(({ kind }) => kind === 'port')).to.deep.equal([])
    expect(lost.problems.map(({ code, message }) => `${code} ${message}`).join()).to.match(/^WEFT_ENDPOINT_EXISTS .*host h2/)
    expect(desired(viewOf(cluster), cluster.local(1, own)).problems).to.deep.equal([])
  })

  it('a record with a host’s own address counts for nothing', () => {
    const cluster = aCluster(2, LAN)
    expect(textOf(viewOf(cluster, at(2, '10.62.0.1')), cluster)).to.equal(textOf(viewOf(cluster), cluster))
  })

  it('takes from a peer what its ranges and records say: strays are let in, and what has gone away is not', () => {
    const cluster = aCluster(3, LAN)
    const view = viewOf(cluster, at(2, '10.62.2.9'), at(2, '10.62.3.7'), at(1, '10.62.2.5'))
    const senders = desiredFirewall(view, cluster.local(1)).networks[0]?.senders ?? []
    expect(senders.map(({ host, floating, away }) => [host, floating, away])).to.deep.equal([
      ['h2', ['10.62.3.7'], ['10.62.2.5']],
      ['h3', [], ['10.62.3.7']],
    ])
  })

  it('refuses connections to the endpoints of dead hosts alone', () => {
    const cluster = aCluster(3, LAN)
    const view = viewOf(cluster, at(2, '10.62.2.9'), at(2, '10.62.3.7'), at(3, '10.62.2.5'))
    const [network] = desiredFirewall(view, cluster.local(1), new Set([hostId(2)])).networks
    expect(network?.dead).to.deep.equal(['10.62.2.9/32', '10.62.3.7/32'])
    expect(network?.adopted).to.deep.equal([])
  })

  it('followed from view to view is what it is when read anew', () => {
    const cluster = aCluster(4, LAN)
    const addresses = ['10.62.1.5', '10.62.2.5', '10.62.2.6', '10.62.3.5', '10.62.4.5']
    const places = fc.array(fc.record({ address: fc.constantFrom(...addresses), host: fc.nat(4) }), { maxLength: 40 })
    fc.assert(
      fc.property(places, (moves) => {
        const [desire, filter] = [createDesired(), createDesiredFirewall()]
        const local = cluster.local(1, cluster.endpoint(1, 'web', 5))
        let records: readonly Endpoint[] = []
        for (const [step, { address, host }] of moves.entries()) {
          const others = records.filter((one) => one.address !== address)
          records = host === 0 ? others : [...others, at(host, address, step + 1)]
          const view = { ...viewOf(cluster), endpoints: records, revision: step }
          expect(new Map(desire(view, local).objects)).to.deep.equal(new Map(desired(view, local).objects))
          expect(sorted(filter(view, local, new Set([hostId(3)])))).to.deep.equal(
            sorted(desiredFirewall(view, local, new Set([hostId(3)]))),
          )
        }
      }),
    )
  })

  it('comes out of any other state in one go', () => {
    const cluster = aCluster(3, LAN)
    const kernel = new MemoryKernel()
    const views = [viewOf(cluster, at(2, '10.62.2.9')), viewOf(cluster, at(3, '10.62.2.9', 5)), viewOf(cluster)]
    for (const view of views) {
      const wanted = desired(view, cluster.local(1, cluster.endpoint(1, 'web', 10)))
      void kernel.apply(diff(wanted, kernel.snapshot()))
      expect(diff(wanted, kernel.snapshot()).steps).to.deep.equal([])
    }
  })
})

/** Lists that have no order. */
function sorted(firewall: ReturnType<typeof desiredFirewall>): unknown {
  return firewall.networks.map(({ senders, ...rest }) => ({
    ...rest,
    senders: senders
      .map((sender) => ({ ...sender, floating: sender.floating.toSorted(), away: sender.away.toSorted() }))
      .toSorted((a, b) => (a.host < b.host ? -1 : 1)),
  }))
}
