import { expect } from 'chai'
import { describe, it } from 'mocha'
import {
  EMPTY_VIEW,
  parseHostId,
  parseIp,
  parsePrefix,
  type ClusterView,
  type Layer,
  type NetworkName,
  type SubnetLease,
  type WeftError,
} from '#core'
import { chooseSubnet, chooseVtepAddress } from './allocation.js'

const NETWORK: Layer = {
  name: 'blue' as NetworkName,
  pool: parsePrefix('10.61.0.0/22'),
  subnetSize: 24,
  vni: 7001,
  mode: 'l3',
  port: 4789,
  failover: 'adopt',
}
const H1 = parseHostId('h1')

const lease = (subnet: string, host: string, more: Partial<SubnetLease> = {}): SubnetLease => ({
  network: NETWORK.name,
  subnet: parsePrefix(subnet),
  host: parseHostId(host),
  epoch: 3,
  since: '2026-01-01T00:00:00.000Z',
  state: 'held',
  ...more,
})
const viewOf = (...leases: SubnetLease[]): ClusterView => ({ ...EMPTY_VIEW, revision: 9, leases })

/** The choice in one line. */
const chosen = (view: ClusterView, hint?: string, network = NETWORK): string => {
  const choice = chooseSubnet(view, network, H1, hint === undefined ? {} : { hint: parsePrefix(hint) })
  if ('keep' in choice) return `keep ${choice.keep.subnet}`
  return `claim ${choice.subnet}${choice.replaces ? ` from ${choice.replaces.host}` : ''}`
}

describe('choosing a subnet', () => {
  it('names, when none is free, the hosts that may be gone, and takes nothing from them', () => {
    const status = (host: string) => [parseHostId(host), { host: parseHostId(host), started: 't', changed: 't', version: '0' }] as const
    const full = viewOf(lease('10.61.1.0/24', 'h2'), lease('10.61.2.0/24', 'h3'), lease('10.61.3.0/24', 'h4'))
    const hint = (...connected: string[]): string => {
      try {
        return chosen({ ...full, statuses: new Map(connected.map(status)) })
      } catch (thrown) {
        return (thrown as WeftError).hint ?? ''
      }
    }
    expect(hint('h3')).to.include('weft host forget (h2, h4)')
    expect(hint('h2', 'h3', 'h4')).to.equal('make a network with a larger pool or smaller subnets')
  })

  it('keeps what the host holds, its hint before others, and never takes an adopted one for its own when it has another', () => {
    expect(chosen(viewOf(lease('10.61.2.0/24', 'h1')))).to.equal('keep 10.61.2.0/24')
    const two = viewOf(lease('10.61.1.0/24', 'h1'), lease('10.61.2.0/24', 'h1'))
    expect(chosen(two, '10.61.2.0/24')).to.equal('keep 10.61.2.0/24')
    const adopted = lease('10.61.1.0/24', 'h1', { adoptedFrom: parseHostId('h2') })
    expect(chosen(viewOf(adopted, lease('10.61.2.0/24', 'h1')))).to.equal('keep 10.61.2.0/24')
  })

  it('takes back the subnet that it released itself', () => {
    expect(chosen(viewOf(lease('10.61.2.0/24', 'h1', { state: 'released' })))).to.equal('claim 10.61.2.0/24 from h1')
  })

  it('follows the hint when that is free, and only then', () => {
    expect(chosen(viewOf(), '10.61.3.0/24')).to.equal('claim 10.61.3.0/24')
    expect(chosen(viewOf(lease('10.61.3.0/24', 'h2', { state: 'released' })), '10.61.3.0/24')).to.equal('claim 10.61.3.0/24 from h2')
    expect(chosen(viewOf(lease('10.61.3.0/24', 'h2')), '10.61.3.0/24')).not.to.include('10.61.3.0')
    expect(chosen(viewOf(), '10.99.3.0/24')).to.match(/^claim 10\.61\.[123]\.0\/24$/)
    expect(chosen(viewOf(), '10.61.0.0/24'), 'VTEP addresses live there').to.match(/^claim 10\.61\.[123]\.0\/24$/)
  })

  it('prefers a subnet that was never used to one that was released', () => {
    const released = lease('10.61.1.0/24', 'h2', { state: 'released' })
    expect(chosen(viewOf(released, lease('10.61.2.0/24', 'h3')))).to.equal('claim 10.61.3.0/24')
    expect(chosen(viewOf(released, lease('10.61.2.0/24', 'h3'), lease('10.61.3.0/24', 'h4')))).to.equal('claim 10.61.1.0/24 from h2')
  })

  it('says so when nothing is left', () => {
    const full = viewOf(lease('10.61.1.0/24', 'h2'), lease('10.61.2.0/24', 'h3'), lease('10.61.3.0/24', 'h4'))
    expect(() => chosen(full))
      .to.throw("network 'blue' has no free subnet: all 3 in 10.61.0.0/22 are taken")
      .with.property('code', 'WEFT_POOL_EXHAUSTED')
  })

  it('takes no notice of other networks and of leases outside the pool', () => {
    const foreign = { ...lease('10.61.2.0/24', 'h1'), network: 'red' as NetworkName }
    expect(chosen(viewOf(foreign, lease('10.99.1.0/24', 'h1')))).to.match(/^claim/)
  })

  it('starts somewhere else for each host and each attempt', () => {
    const wide: Layer = { ...NETWORK, pool: parsePrefix('10.61.0.0/16') }
    const starts = new Set<string>()
    for (let host = 0; host < 10; host++) {
      const choice = chooseSubnet(viewOf(), wide, parseHostId(`h${host}`))
      if (!('keep' in choice)) starts.add(choice.subnet)
    }
    expect(starts.size).to.be.greaterThan(7)
    const again = chooseSubnet(viewOf(), wide, H1, { attempt: 1 })
    expect(again).not.to.deep.equal(chooseSubnet(viewOf(), wide, H1))
  })
})

describe('choosing a VTEP address', () => {
  const claim = (address: string, host: string) => ({ network: NETWORK.name, address: parseIp(address), host: parseHostId(host) })

  it('keeps the claim that the host has', () => {
    const view = { ...EMPTY_VIEW, vteps: [claim('10.61.0.2', 'h2'), claim('10.61.0.3', 'h1')] }
    expect(chooseVtepAddress(view, NETWORK, H1)).to.deep.equal({ keep: claim('10.61.0.3', 'h1') })
  })

  it('takes a free one, until there is none', () => {
    const taken = ['10.61.0.1', '10.61.0.2', '10.61.0.4'].map((address, index) => claim(address, `x${index}`))
    expect(chooseVtepAddress({ ...EMPTY_VIEW, vteps: taken }, NETWORK, H1)).to.deep.equal({ address: '10.61.0.3' })
    const all = [...taken, claim('10.61.0.3', 'x9')]
    expect(() => chooseVtepAddress({ ...EMPTY_VIEW, vteps: all }, NETWORK, H1))
      .to.throw('VTEP address')
      .with.property('code', 'WEFT_POOL_EXHAUSTED')
  })
})
