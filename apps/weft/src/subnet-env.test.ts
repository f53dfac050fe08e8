import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { LeaseView, NetworkStatus, NetworkView } from '#api'
import { showSubnetEnv, subnetEnv } from './subnet-env.js'

const NETWORK: NetworkView = {
  name: 'blue',
  pool: '10.61.0.0/16',
  subnetSize: 24,
  mode: 'l3',
  vni: 7000,
  port: 4789,
  failover: 'adopt',
  direct: 'off',
  shortcut: 'auto',
  leased: 2,
  leasable: 255,
}

const STATE: NetworkStatus = {
  name: 'blue',
  state: 'ready',
  subnets: ['10.61.9.0/24', '10.61.3.0/24'],
  vtep: '10.61.0.7',
  device: 'weft-blue',
  bridge: 'wbr-blue',
  mtu: 1450,
  peers: 1,
  endpoints: 0,
}

const LEASE: LeaseView = {
  network: 'blue',
  subnet: '10.61.3.0/24',
  host: 'h1',
  epoch: 12,
  state: 'held',
  since: '2026-01-01T00:00:00.000Z',
  policy: 'adopt',
  floating: false,
  witnesses: null,
  proofMs: null,
  gate: null,
}

const OTHERS: readonly LeaseView[] = [
  { ...LEASE, subnet: '10.61.9.0/24', adoptedFrom: 'h2' },
  { ...LEASE, subnet: '10.61.4.0/24', host: 'h3' },
  { ...LEASE, subnet: '10.61.3.200/32', floating: true },
  { ...LEASE, subnet: '10.62.3.0/24', network: 'red' },
]

describe('subnet.env', () => {
  it('is about this host’s own subnet, in flannel’s format', () => {
    const values = subnetEnv('blue', { host: 'h1', networks: [STATE] }, [NETWORK], [...OTHERS, LEASE])
    expect(showSubnetEnv(values)).to.equal(`FLANNEL_NETWORK=10.61.0.0/16
FLANNEL_SUBNET=10.61.3.1/24
FLANNEL_MTU=1450
FLANNEL_IPMASQ=true
WEFT_BRIDGE=wbr-blue
WEFT_FIXED_CIDR=10.61.3.128/25
`)
  })

  it('is about a subnet that is held, not one that was given back', () => {
    const released: LeaseView = { ...LEASE, subnet: '10.61.2.0/24', epoch: 3, state: 'released' }
    const values = subnetEnv('blue', { host: 'h1', networks: [STATE] }, [NETWORK], [released, LEASE])
    expect(values.FLANNEL_SUBNET).to.equal('10.61.3.1/24')
    expect(() => subnetEnv('blue', { host: 'h1', networks: [STATE] }, [NETWORK], [released])).to.throw('has no subnet of its own')
  })

  it('stays the same when another subnet is moved here, wherever that stands in the list', () => {
    for (const subnet of ['10.61.2.0/24', '10.61.8.0/24']) {
      const moved: LeaseView = { ...LEASE, subnet, epoch: 90 }
      for (const leases of [
        [moved, LEASE],
        [LEASE, moved],
      ])
        expect(subnetEnv('blue', { host: 'h1', networks: [STATE] }, [NETWORK], leases).FLANNEL_SUBNET).to.equal('10.61.3.1/24')
    }
  })

  it('is refused where there is no such network, with those that there are', () => {
    expect(() => subnetEnv('green', { host: 'h1', networks: [STATE] }, [NETWORK], [LEASE]))
      .to.throw("there is no Weft network 'green'")
      .with.property('hint', 'there is blue')
  })

  it('is refused while the host has only what it adopted, or the kernel is not ready', () => {
    expect(() => subnetEnv('blue', { host: 'h1', networks: [STATE] }, [NETWORK], OTHERS))
      .to.throw('host h1 has no subnet of its own in network blue yet')
      .with.property('code', 'WEFT_NOT_READY')
    expect(() => subnetEnv('blue', { host: 'h1', networks: [{ ...STATE, state: 'waiting' }] }, [NETWORK], [LEASE])).to.throw(
      'has no subnet',
    )
  })

  it('has flannel’s names for IPv6, beside those of IPv4 or alone', () => {
    const six = { pool: 'fd61::/48', subnetSize: 64, leased: 1, leasable: 65_535 }
    const leases = [LEASE, { ...LEASE, subnet: 'fd61:0:0:3::/64' }]
    const about6 = {
      FLANNEL_IPV6_NETWORK: 'fd61::/48',
      FLANNEL_IPV6_SUBNET: 'fd61:0:0:3::1/64',
      WEFT_FIXED_CIDR_V6: 'fd61:0:0:3:8000::/65',
    }
    expect(subnetEnv('blue', { host: 'h1', networks: [STATE] }, [{ ...NETWORK, second: six }], leases)).to.deep.equal({
      ...subnetEnv('blue', { host: 'h1', networks: [STATE] }, [NETWORK], [LEASE]),
      ...about6,
    })
    expect(subnetEnv('blue', { host: 'h1', networks: [STATE] }, [{ ...NETWORK, ...six }], leases)).to.deep.equal({
      ...about6,
      FLANNEL_MTU: '1450',
      FLANNEL_IPMASQ: 'true',
      WEFT_BRIDGE: 'wbr-blue',
    })
    expect(() => subnetEnv('blue', { host: 'h1', networks: [STATE] }, [{ ...NETWORK, second: six }], [LEASE])).to.throw('has no subnet')
  })
})
