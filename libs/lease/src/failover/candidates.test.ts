import { expect } from 'chai'
import { describe, it } from 'mocha'
import {
  EMPTY_VIEW,
  parseHostId,
  parseNetworkName,
  parsePrefix,
  type HostId,
  type Network,
  type StoredProof,
  type SubnetLease,
} from '#core'
import { Candidates } from './candidates.js'
import type { Parts } from './parts.js'

const ONE: Network = {
  name: parseNetworkName('blue'),
  pool: parsePrefix('10.61.0.0/16'),
  subnetSize: 24,
  vni: 100,
  mode: 'l3',
  port: 4789,
  failover: 'adopt',
}
const DUAL: Network = { ...ONE, second: { pool: parsePrefix('fd61::/48'), subnetSize: 64 } }
const HOSTS = Array.from({ length: 20 }, (_, index) => parseHostId(`h${index}`))

function candidatesIn(network: Network): Candidates {
  const proofs = new Map(HOSTS.map((host) => [host, {} as StoredProof]))
  const view = { ...EMPTY_VIEW, networks: new Map([[network.name, network]]), proofs }
  const members = new Map<HostId, 'alive'>(HOSTS.map((host) => [host, 'alive']))
  return new Candidates({ view, members, self: HOSTS[0] } as unknown as Parts)
}

function leaseOf(host: HostId, subnet: string, more: Partial<SubnetLease> = {}): SubnetLease {
  return { network: ONE.name, subnet: parsePrefix(subnet), host, epoch: 1, since: 't', state: 'held', ...more }
}

describe('candidates', () => {
  it('are the same for what a host has of both pools, also where it has adopted that', () => {
    const candidates = candidatesIn(DUAL)
    for (const [index, host] of HOSTS.entries()) {
      const [four, six] = [leaseOf(host, `10.61.${index + 1}.0/24`), leaseOf(host, `fd61:0:0:${index + 9}::/64`)]
      expect(candidates.for(four)).to.have.lengthOf(19).and.not.include(host)
      expect(candidates.for(six)).to.deep.equal(candidates.for(four))
    }
    const adoptedFrom = HOSTS[3] as HostId
    const adopted = ['10.61.77.0/24', 'fd61:0:0:99::/64'].map((subnet) =>
      candidates.for(leaseOf(HOSTS[5] as HostId, subnet, { adoptedFrom })),
    )
    expect(adopted[0]).to.deep.equal(adopted[1])
    // It spreads all the same: not everything of everybody goes to one host.
    expect(new Set(HOSTS.map((host, index) => candidates.for(leaseOf(host, `10.61.${index + 1}.0/24`))[0])).size).to.be.greaterThan(5)
  })

  it('follow from the subnet in a network with one pool, and from the address where one floats', () => {
    const [host] = HOSTS as [HostId]
    const firsts = (network: Network, more: Partial<SubnetLease> = {}): number => {
      const candidates = candidatesIn(network)
      return new Set(Array.from({ length: 40 }, (_, index) => candidates.for(leaseOf(host, `10.61.${index + 1}.9/32`, more))[0])).size
    }
    expect(firsts(ONE)).to.be.greaterThan(5)
    expect(firsts(DUAL, { floating: { failover: 'adopt' } })).to.be.greaterThan(5)
  })
})
