import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { Network } from '#core'
import { aCluster, BLUE, type TestCluster } from '../testkit/index.js'
import type { LocalEndpoint } from '../local-host.js'
import { desiredFirewall } from './desired-firewall.js'
import type { Shortcut } from './shortcut.js'

function shortcutOf(cluster: TestCluster, ...endpoints: readonly LocalEndpoint[]): Shortcut | undefined {
  return desiredFirewall(cluster.view, cluster.local(1, ...endpoints)).networks[0]?.shortcut
}

const addresses = (shortcut: Shortcut | undefined): string[] | undefined => shortcut?.endpoints.map(({ address }) => address)

const SHORT: Network = { ...BLUE, shortcut: 'auto' }

describe('desiredFirewall: shortcuts', () => {
  it('take the endpoints of this host’s own subnets', () => {
    const cluster = aCluster(2, SHORT)
    const shortcut = shortcutOf(cluster, cluster.endpoint(1, 'web', 11), cluster.endpoint(1, 'db', 10))
    expect(addresses(shortcut)).to.deep.equal(['10.61.1.10', '10.61.1.11'])
    expect(shortcut).to.deep.include({ mtu: 1450, first: '10.61.1.0', floating: [], moving: [] })
  })

  it('leave out endpoints with published ports, those in adopted subnets, and those whose subnet another host holds', () => {
    const cluster = aCluster(3, SHORT).adopted(2, 1)
    const published = { ...cluster.endpoint(1, 'web', 10), published: [{ protocol: 'tcp', hostPort: 80, port: 80 } as const] }
    const shortcut = shortcutOf(
      cluster,
      published,
      cluster.endpoint(1, 'a', 11),
      cluster.endpoint(2, 'b', 12),
      cluster.endpoint(3, 'c', 13),
    )
    expect(addresses(shortcut)).to.deep.equal(['10.61.1.11'])
  })

  it('know all floating addresses, which nobody may have who takes part', () => {
    const cluster = aCluster(2, SHORT).floating(2, '10.61.1.10').floating(1, '10.61.2.9')
    const shortcut = shortcutOf(cluster, cluster.endpoint(1, 'web', 10), cluster.endpoint(1, 'db', 11))
    expect(addresses(shortcut)).to.deep.equal(['10.61.1.11'])
    expect(shortcut?.floating).to.deep.equal(['10.61.1.10', '10.61.2.9'])
  })

  it('are for no exclusive network, no direct one, no segment, and none that does not ask for them', () => {
    const without: Partial<Network>[] = [{ failover: 'exclusive' }, { direct: 'auto' }, { mode: 'l2' }, { shortcut: 'off' }]
    for (const change of without) expect(shortcutOf(aCluster(2, { ...SHORT, ...change }))).to.equal(undefined)
    expect(shortcutOf(aCluster(2))).to.equal(undefined)
  })
})
