import { describe, it } from 'mocha'
import { expect } from 'chai'
import { EMPTY_VIEW, parseHostId, parseIp, parseNetworkName, parsePrefix, type ClusterView, type HostId, type SubnetLease } from '#core'
import { leaseEvents } from './lease-events.js'

const [h1, h2, h3] = [parseHostId('h1'), parseHostId('h2'), parseHostId('h3')]
const SUBNET: SubnetLease = {
  network: parseNetworkName('blue'),
  subnet: parsePrefix('10.61.3.0/24'),
  host: h1,
  epoch: 7,
  since: 'then',
  state: 'held',
}
const FLOATING: SubnetLease = { ...SUBNET, subnet: parsePrefix('10.61.9.9/32'), floating: { failover: 'adopt' } }
const at = (host: HostId, adoptedFrom?: HostId, lease = SUBNET): SubnetLease => ({ ...lease, host, ...(adoptedFrom && { adoptedFrom }) })

function viewOf(leases: readonly SubnetLease[], draining?: HostId): ClusterView {
  const host = (id: HostId) => ({
    id,
    machineId: id,
    underlay: parseIp('192.0.2.1'),
    version: '1',
    ...(id === draining && { draining: true as const }),
  })
  return { ...EMPTY_VIEW, hosts: new Map([h1, h2, h3].map((id) => [id, host(id)])), leases }
}
/** What h1 is told when a lease changes like that. */
const told = (before: SubnetLease, after: SubnetLease | undefined, draining?: HostId, silent?: HostId): string[] =>
  leaseEvents(viewOf([before]), viewOf(after ? [{ ...after, epoch: 8 }] : [], draining), h1, (host) => host === silent).map((event) => {
    const { event: name, ...fields } = event
    const others = ['from' in fields && `from ${fields.from}`, 'to' in fields && `to ${fields.to}`, 'address' in fields && fields.address]
    return [name, ...others.filter(Boolean), 'epoch' in fields && fields.epoch].join(' ')
  })

describe('what hooks are told of leases', () => {
  it('comes to this host: adopted, returned or moved', () => {
    expect(told(at(h2), at(h1, h2))).to.deep.equal(['lease-adopted from h2 8'])
    // Of the host that had adopted it; it belongs to a third one.
    expect(told(at(h2, h3), at(h1, h3))).to.deep.equal(['lease-adopted from h2 8'])
    expect(told(at(h2, h1), at(h1))).to.deep.equal(['lease-returned from h2 8'])
    expect(told(at(h2), at(h1))).to.deep.equal(['lease-moved from h2 to h1 8'])
    expect(told(at(h2), at(h1, h2), h2)).to.deep.equal(['lease-moved from h2 to h1 8'])
  })

  it('comes of a host that died while it was drained: adopted', () => {
    expect(told(at(h2), at(h1, h2), h2, h2)).to.deep.equal(['lease-adopted from h2 8'])
    expect(told(at(h2), at(h1), h2, h2)).to.deep.equal(['lease-moved from h2 to h1 8'])
    expect(told(at(h2), at(h1, h2), h2, h3)).to.deep.equal(['lease-moved from h2 to h1 8'])
  })

  it('leaves this host: lost or moved', () => {
    expect(told(at(h1), at(h2, h1))).to.deep.equal(['lease-lost to h2 8'])
    expect(told(at(h1, h3), at(h2, h3))).to.deep.equal(['lease-lost to h2 8'])
    expect(told(at(h1), at(h2, h1), h1)).to.deep.equal(['lease-moved from h1 to h2 8'])
    expect(told(at(h1), at(h2))).to.deep.equal(['lease-moved from h1 to h2 8'])
    expect(told(at(h1, h3), at(h3))).to.deep.equal(['lease-moved from h1 to h3 8'])
  })

  it('is nothing where this host has no part in it, or the owner stays', () => {
    expect(told(at(h2), at(h3, h2))).to.deep.equal([])
    expect(told(at(h1), { ...at(h1), since: 'later' })).to.deep.equal([])
    expect(told(at(h1), { ...at(h1), state: 'released' })).to.deep.equal([])
    expect(told({ ...at(h2), state: 'released' }, at(h1))).to.deep.equal([])
    expect(told(at(h1), undefined)).to.deep.equal([])
  })

  it('floating addresses are served and released besides', () => {
    expect(told(at(h2, undefined, FLOATING), at(h1, h2, FLOATING))).to.deep.equal(['lease-adopted from h2 8', 'address-served 10.61.9.9 8'])
    expect(told(at(h1, undefined, FLOATING), at(h2, undefined, FLOATING))).to.deep.equal([
      'lease-moved from h1 to h2 8',
      'address-released 10.61.9.9 7',
    ])
    expect(told(FLOATING, undefined)).to.deep.equal(['address-released 10.61.9.9 7'])
    expect(told(FLOATING, { ...FLOATING, state: 'released' })).to.deep.equal(['address-released 10.61.9.9 7'])
    expect(told(FLOATING, { ...FLOATING, since: 'later' })).to.deep.equal([])
  })

  it('at the start, those that this host has', () => {
    const events = leaseEvents(
      undefined,
      viewOf([SUBNET, FLOATING, { ...at(h2, undefined, FLOATING), subnet: parsePrefix('10.61.9.10/32') }]),
      h1,
      () => false,
    )
    expect(events).to.deep.equal([{ event: 'address-served', network: 'blue', address: '10.61.9.9', epoch: 7 }])
  })
})
