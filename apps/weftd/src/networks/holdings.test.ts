import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parseHostId, parseNetworkName, parsePrefix, type Network } from '#core'
import { MemoryCluster } from '#lease/testkit'
import { BLUE } from '#plan/testkit'
import { TestAgent } from '../testkit/test-agent.js'

const blue = parseNetworkName('blue')

describe('holdings', () => {
  let cluster: MemoryCluster
  let agent: TestAgent
  beforeEach(async () => {
    cluster = new MemoryCluster()
    agent = new TestAgent(cluster)
    await agent.start()
  })
  const others: TestAgent[] = []
  afterEach(async () => {
    for (const other of [agent, ...others.splice(0)]) await other.close()
  })

  const make = async (network: Network): Promise<void> => {
    cluster.edit(({ networks }) => ({ networks: new Map(networks).set(network.name, network) }))
    await agent.idle()
  }
  async function seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) await agent.pass(1_000)
    await agent.idle()
  }

  it('has a subnet and a VTEP address in each network as soon as there is one', async () => {
    expect(agent.holdings.of(blue)).to.deep.equal({ state: 'waiting' })
    await make(BLUE)
    await make({ ...BLUE, name: parseNetworkName('red'), pool: parsePrefix('10.62.0.0/16'), vni: 101 })
    expect(cluster.view.leases.map(({ network, host }) => `${network} ${host}`)).to.deep.equal(['blue h1', 'red h1'])
    expect(cluster.view.vteps.map(({ network, host }) => `${network} ${host}`)).to.deep.equal(['blue h1', 'red h1'])
    expect(agent.holdings.of(blue)).to.deep.equal({ state: 'held' })
    expect(agent.told('network').filter((message) => message.startsWith('subnet leased'))).to.deep.equal([
      'subnet leased blue',
      'subnet leased red',
    ])
  })

  it('keeps what it has when the agent starts again', async () => {
    await make(BLUE)
    const { leases, vteps } = cluster.view
    await agent.close()
    agent = new TestAgent(cluster)
    await agent.start()
    expect([cluster.view.leases, cluster.view.vteps]).to.deep.equal([leases, vteps])
    expect(agent.holdings.of(blue)).to.deep.equal({ state: 'held' })
  })

  it('says why it has none, once, and takes one when one comes free', async () => {
    const tiny = { ...BLUE, pool: parsePrefix('10.61.0.0/29'), subnetSize: 30 }
    await make(tiny)
    const other = new TestAgent(cluster, 'h2')
    await other.start()
    for (let second = 0; second < 60; second++) await other.pass(1_000)
    const holding = other.holdings.of(blue)
    expect(holding.state).to.equal('failed')
    if (holding.state === 'failed') expect(holding.error.code).to.equal('WEFT_POOL_EXHAUSTED')
    expect(other.told('code').filter((message) => message.startsWith('no subnet'))).to.deep.equal([
      'no subnet in this network WEFT_POOL_EXHAUSTED',
    ])

    // Somebody releases the first host's lease for good.
    await agent.close()
    cluster.edit(({ leases }) => ({ leases: leases.map((lease) => ({ ...lease, state: 'released' as const })) }))
    for (let second = 0; second < 60; second++) await other.pass(1_000)
    expect(other.holdings.of(blue)).to.deep.equal({ state: 'held' })
    await other.close()
    agent = new TestAgent(new MemoryCluster())
    await agent.start()
  })

  it('claims nothing in a network that would cut this host off, also one made by hand', async () => {
    await make({ ...BLUE, pool: parsePrefix('192.0.2.0/24'), subnetSize: 26 })
    const holding = agent.holdings.of(blue)
    expect(holding.state === 'failed' && holding.error.code).to.equal('WEFT_POOL_OVERLAP')
    expect(cluster.view.leases).to.deep.equal([])
    expect([...agent.kernel.snapshot().objects.keys()]).to.deep.equal([])
  })

  it('waits for a store that does not answer, and tells once', async () => {
    cluster.edit(({ networks }) => ({ networks: new Map(networks).set(blue, BLUE) }))
    cluster.outage = true
    await seconds(120)
    expect(agent.told('code').filter((message) => message.startsWith('no subnet'))).to.have.length.at.most(1)
    cluster.restore()
    await seconds(40)
    expect(agent.holdings.of(blue)).to.deep.equal({ state: 'held' })
  })

  it('asks for the subnet that its endpoints have when the lease was lost', async () => {
    await make(BLUE)
    agent.namespaces.set('/run/netns/web', '4:web')
    const { subnet } = await agent.settle(agent.endpoints.attach({ network: 'blue', netns: '/run/netns/web' }))
    cluster.edit(() => ({ leases: [] }))
    await seconds(5)
    expect(cluster.view.leases.map((lease) => lease.subnet)).to.deep.equal([subnet])
  })

  it('forgets a network that was removed', async () => {
    await make(BLUE)
    cluster.edit(() => ({ networks: new Map(), leases: [], vteps: [] }))
    await agent.idle()
    expect(agent.holdings.of(blue)).to.deep.equal({ state: 'waiting' })
    expect([...agent.kernel.snapshot().objects.values()].filter(({ object }) => object.kind !== 'sysctl')).to.deep.equal([])
  })

  it('claims nothing before the host’s name is registered as its own', async () => {
    const clash = new MemoryCluster()
    clash.edit(() => ({
      networks: new Map([[blue, BLUE]]),
      hosts: new Map([[parseHostId('h1'), { id: parseHostId('h1'), machineId: 'another', underlay: '192.0.2.50' as never, version: '0' }]]),
      statuses: new Map([[parseHostId('h1'), { host: parseHostId('h1'), started: 'before', changed: 'before', version: '0' }]]),
    }))
    const second = new TestAgent(clash)
    others.push(second)
    await second.start()
    // Something else changes in the store.
    clash.edit(() => ({}))
    for (let wait = 0; wait < 30; wait++) await second.pass(1_000)
    expect(clash.view.leases).to.deep.equal([])
    expect(second.told('code').filter((message) => message.startsWith('cannot join'))).to.deep.equal([
      'cannot join the cluster yet WEFT_HOST_NAME_TAKEN',
    ])
  })

  it('stops when it is closed', async () => {
    agent.holdings.close()
    await make(BLUE)
    await seconds(60)
    expect(cluster.view.leases).to.deep.equal([])
  })
})
