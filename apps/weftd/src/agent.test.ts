import { afterEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseIp, parseNetworkName, parsePrefix, type Network } from '#core'
import { MemoryCluster } from '#lease/testkit'
import type { HostLink } from '#netlink'
import { BLUE } from '#plan/testkit'
import { TestAgent } from './testkit/test-agent.js'

describe('agent', () => {
  const agents: TestAgent[] = []
  afterEach(async () => {
    for (const agent of agents.splice(0)) {
      await agent.close()
      // Nothing may call back after the end: neither timers nor the kernel nor the store.
      expect(agent.clock.pending, 'timers left behind').to.equal(0)
    }
  })

  function make(cluster: MemoryCluster, name = 'h1'): TestAgent {
    const agent = new TestAgent(cluster, name)
    agents.push(agent)
    return agent
  }
  async function seconds(count: number, ...of: TestAgent[]): Promise<void> {
    for (let second = 0; second < count; second++) for (const agent of of) await agent.pass(1_000)
    for (const agent of of) await agent.idle()
  }
  const withNetwork = (network: Network = BLUE): MemoryCluster => {
    const cluster = new MemoryCluster()
    cluster.edit(() => ({ networks: new Map([[network.name, network]]) }))
    return cluster
  }
  const routesOf = (agent: TestAgent): string[] =>
    [...agent.kernel.snapshot().objects.values()]
      .flatMap(({ object }) => (object.kind === 'route' && object.via.type === 'nexthop' ? object.to : []))
      .sort()

  it('registers, leases and programs, and hosts know each other’s subnets', async () => {
    const cluster = withNetwork()
    const hosts = ['h1', 'h2', 'h3'].map((name) => make(cluster, name))
    for (const host of hosts) await host.start()
    await seconds(1, ...hosts)
    expect([...cluster.view.hosts.keys()]).to.deep.equal(['h1', 'h2', 'h3'])
    expect([...cluster.view.statuses.keys()]).to.deep.equal(['h1', 'h2', 'h3'])
    for (const host of hosts) {
      const others = cluster.view.leases.filter(({ host: owner }) => owner !== host.config.host).map(({ subnet }) => subnet)
      expect(routesOf(host)).to.include.members(others)
      expect(host.status.status().networks[0]).to.deep.include({ state: 'ready', peers: 2 })
    }
  })

  it('looks for the store at once when others are heard again', async () => {
    const agent = make(withNetwork())
    await agent.start()
    agent.health.membersChanged()
    expect(agent.store.hurries).to.equal(1)
  })

  it('leaves lease, kernel and endpoints alone when it stops, and finds all as they should be when it starts again', async () => {
    const cluster = withNetwork()
    const agent = make(cluster)
    await agent.start()
    agent.namespaces.set('/run/netns/web', '4:web')
    await agent.settle(agent.endpoints.attach({ network: 'blue', netns: '/run/netns/web' }))
    await agent.idle()
    const { leases } = cluster.view
    const kept = [...agent.kernel.snapshot().objects.keys()]
    await agent.settle(agent.agent.stop())
    expect([cluster.view.leases, cluster.view.statuses.size, [...agent.kernel.snapshot().objects.keys()]]).to.deep.equal([leases, 0, kept])
    expect([existsSync(join(agent.directory, 'weft.sock')), agent.kernel.closed]).to.deep.equal([false, true])

    const later = make(cluster)
    for (const { object, id } of agent.kernel.snapshot().objects.values()) later.kernel.put(object, id === undefined ? {} : { id })
    later.namespaces.set('/run/netns/web', '4:web')
    for (const endpoint of agent.registry.list()) later.registry.add(endpoint)
    await later.start()
    expect(later.kernel.applied).to.deep.equal([])
    expect(later.status.status()).to.deep.include({ problems: [] })
  })

  it('touches no kernel object while it knows nothing of the cluster', async () => {
    const cluster = withNetwork()
    cluster.outage = true
    const agent = make(cluster)
    agent.kernel.put({ kind: 'route', to: parsePrefix('10.61.9.0/24'), via: { type: 'unreachable' }, metric: 0 })
    await agent.start()
    await seconds(60, agent)
    expect([agent.kernel.applied, agent.kernel.snapshot().objects.size]).to.deep.equal([[], 1])
    expect(agent.told('code').filter((message) => message.startsWith('cannot join'))).to.deep.equal([
      'cannot join the cluster yet WEFT_STORE_UNREACHABLE',
    ])
    cluster.restore()
    await seconds(20, agent)
    expect(agent.status.status().networks[0]?.state).to.equal('ready')
    expect(agent.kernel.snapshot().objects.has('route 10.61.9.0/24 0')).to.equal(false)
  })

  it('changes nothing in the kernel when the store goes away, however long', async () => {
    const cluster = withNetwork()
    const agent = make(cluster)
    const peer = make(cluster, 'h2')
    await agent.start()
    await peer.start()
    await seconds(1, agent, peer)
    const { length } = agent.kernel.applied
    cluster.outage = true
    await seconds(3_600, agent)
    expect(agent.kernel.applied).to.have.length(length)
    cluster.restore()
    await seconds(20, agent)
    expect(agent.kernel.applied).to.have.length(length)
  })

  it('follows its underlay: address, MTU, and tells once when it is gone', async () => {
    const cluster = withNetwork()
    const agent = make(cluster)
    await agent.start()
    const [eth0] = agent.hostNetwork.links as [HostLink]
    const move = async (links: HostLink[]): Promise<void> => {
      agent.hostNetwork.links = links
      agent.kernel.remove('something else')
      await seconds(1, agent)
    }
    const vxlan = (): unknown => agent.kernel.snapshot().objects.get('link weft-blue')?.object

    await move([{ ...eth0, mtu: 9_000, addresses: [{ address: parseIp('192.0.2.77'), prefix: parsePrefix('192.0.2.77/32') }] }])
    expect(vxlan()).to.deep.include({ local: '192.0.2.77', mtu: 8_950 })
    expect(cluster.view.hosts.get(agent.config.host)?.underlay).to.equal('192.0.2.77')

    for (let event = 0; event < 5; event++) await move([])
    expect(agent.told('code').filter((message) => message.startsWith('the underlay is gone'))).to.deep.equal([
      'the underlay is gone or in doubt; the last one stays WEFT_UNDERLAY_INVALID',
    ])
    expect(vxlan()).to.deep.include({ local: '192.0.2.77' })

    await move([eth0])
    expect(cluster.view.hosts.get(agent.config.host)?.underlay).to.equal('192.0.2.1')
    await move([])
    expect(agent.told().filter((message) => message.startsWith('the underlay is gone'))).to.have.length(2)
  })

  it('lets endpoints go with their network', async () => {
    const cluster = withNetwork()
    const agent = make(cluster)
    await agent.start()
    agent.namespaces.set('/run/netns/web', '4:web')
    await agent.settle(agent.endpoints.attach({ network: 'blue', netns: '/run/netns/web' }))
    await agent.idle()
    cluster.edit(() => ({ networks: new Map(), leases: [], vteps: [], endpoints: [] }))
    await seconds(1, agent)
    expect(agent.registry.list()).to.deep.equal([])
    expect(agent.told('endpoint')).to.include('endpoint gone with its network web')
  })

  it('does not start with endpoints that it cannot read, and leaves no socket behind', async () => {
    const agent = make(withNetwork())
    writeFileSync(join(agent.directory, 'endpoints.json'), '{')
    const error: unknown = await agent.agent.start().catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'WEFT_STATE_FILE' })
    expect([existsSync(join(agent.directory, 'weft.sock')), agent.kernel.applied]).to.deep.equal([false, []])
  })

  it('does not start without an underlay', async () => {
    const agent = make(withNetwork())
    agent.hostNetwork.links = []
    expect(await agent.agent.start().catch((thrown: unknown) => thrown)).to.include({ code: 'WEFT_UNDERLAY_INVALID' })
    expect(existsSync(join(agent.directory, 'weft.sock'))).to.equal(false)
  })

  it('repairs what others break, in its own networks only', async () => {
    const agent = make(withNetwork({ ...BLUE, name: parseNetworkName('green') }))
    await agent.start()
    agent.kernel.putForeign('link docker0', 'bridge docker0')
    agent.kernel.remove('link weft-green')
    await seconds(1, agent)
    expect(agent.kernel.snapshot().objects.has('link weft-green')).to.equal(true)
    expect(agent.kernel.snapshot().foreign.has('link docker0')).to.equal(true)
  })
})
