import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parseHostId, parseIp, WeftError, type Endpoint } from '#core'
import { TestAgent } from '../testkit/test-agent.js'

const WEB = { network: 'blue', netns: '/run/netns/web' }

describe('publishing endpoints', () => {
  let agent: TestAgent
  beforeEach(async () => {
    agent = await TestAgent.inBlue()
    agent.namespaces.set('/run/netns/web', '4:web').set('/run/netns/db', '4:db')
  })
  afterEach(() => agent.close())

  const published = (): readonly Endpoint[] => agent.cluster.view.endpoints
  const episodes = (): string[] => agent.told().filter((message) => message.startsWith('endpoints cannot be published'))
  async function seconds(count: number): Promise<void> {
    for (let second = 0; second < count; second++) await agent.pass(1_000)
    await agent.idle()
  }

  it('follows attaching and detaching, with the epoch of the lease', async () => {
    const { address, mac } = await agent.settle(agent.endpoints.attach(WEB))
    await agent.idle()
    const epoch = agent.cluster.view.leases[0]?.epoch
    expect(published()).to.deep.equal([{ network: 'blue', address, host: 'h1', epoch, name: 'web', mac, kind: 'attach' }])
    await agent.settle(agent.endpoints.detach('web'))
    await agent.idle()
    expect(published()).to.deep.equal([])
  })

  it('waits until the kernel has the endpoint, and never publishes one that it refused', async () => {
    const seen: number[] = []
    const apply = agent.kernel.apply.bind(agent.kernel)
    agent.kernel.apply = async (plan) => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      seen.push(published().length)
      return apply(plan)
    }
    await agent.settle(agent.endpoints.attach(WEB))
    await agent.idle()
    expect([seen[0], published().length]).to.deep.equal([0, 1])

    let most = 0
    agent.store.onChange(() => (most = Math.max(most, published().length)))
    agent.kernel.failSteps(({ object }) => object.kind === 'port', new WeftError('WEFT_NETLINK', 'refused'), 5)
    const failed = await agent.settle(agent.endpoints.attach({ ...WEB, netns: '/run/netns/db' }).catch((thrown: unknown) => thrown))
    await agent.idle()
    expect(failed).to.include({ message: 'refused' })
    expect([published().map(({ name }) => name), most]).to.deep.equal([['web'], 0])
  })

  it('catches up after an outage, and tells of it once', async () => {
    agent.cluster.outage = true
    await agent.settle(agent.endpoints.attach(WEB))
    await agent.settle(agent.endpoints.attach({ ...WEB, netns: '/run/netns/db' }))
    await seconds(60)
    expect(published()).to.deep.equal([])
    expect(episodes()).to.have.length(1)
    agent.cluster.restore()
    await seconds(10)
    expect(published().map(({ name }) => name)).to.deep.equal(['web', 'db'])

    agent.cluster.outage = true
    await agent.settle(agent.endpoints.detach('web'))
    await seconds(60)
    expect(episodes()).to.have.length(2)
    agent.cluster.restore()
    await seconds(10)
    expect(published().map(({ name }) => name)).to.deep.equal(['db'])
  })

  it('withdraws what an earlier agent of this host left', async () => {
    const [lease] = agent.cluster.view.leases
    const left = {
      network: lease?.network,
      address: parseIp('10.61.9.9'),
      host: parseHostId('h1'),
      epoch: lease?.epoch,
      name: 'old',
      mac: '02:00:00:00:00:09',
      kind: 'attach',
    }
    agent.cluster.edit(() => ({ endpoints: [left as Endpoint] }))
    await agent.idle()
    expect(published()).to.deep.equal([])
  })

  it('leaves other hosts’ endpoints alone', async () => {
    const [lease] = agent.cluster.view.leases
    const far = {
      network: lease?.network,
      address: parseIp('10.61.9.9'),
      host: parseHostId('h2'),
      epoch: 1,
      name: 'far',
      mac: '02:00:00:00:00:09',
      kind: 'attach',
    } as Endpoint
    agent.cluster.edit(() => ({ endpoints: [far] }))
    await agent.settle(agent.endpoints.attach(WEB))
    await agent.idle()
    expect(published().map(({ name }) => name)).to.deep.equal(['far', 'web'])
  })

  it('mends a record that was deleted or changed by hand', async () => {
    await agent.settle(agent.endpoints.attach(WEB))
    await agent.idle()
    const [before] = published()
    agent.cluster.edit(() => ({ endpoints: [] }))
    await agent.idle()
    expect(published()).to.deep.equal([before])
    agent.cluster.edit(({ endpoints }) => ({ endpoints: endpoints.map((endpoint) => ({ ...endpoint, name: 'renamed' })) }))
    await agent.idle()
    expect(published()).to.deep.equal([before])
  })

  it('publishes anew under the epoch that a lease has when it comes back', async () => {
    await agent.settle(agent.endpoints.attach(WEB))
    await agent.idle()
    agent.cluster.edit(({ leases, revision }) => ({ leases: leases.map((lease) => ({ ...lease, epoch: revision + 5 })) }))
    await agent.idle()
    expect(published()[0]?.epoch).to.equal(agent.cluster.view.leases[0]?.epoch)
  })

  it('says once that another host has the address, and does not insist', async () => {
    const { address } = await agent.settle(agent.endpoints.attach(WEB))
    await agent.idle()
    const theirs = { ...(published()[0] as Endpoint), host: parseHostId('h2'), name: 'theirs', epoch: 1_000_000 }
    agent.cluster.edit(() => ({ endpoints: [theirs] }))
    await seconds(60)
    agent.cluster.edit(() => ({}))
    await agent.idle()
    expect(published()).to.deep.equal([theirs])
    expect(agent.told('address', 'holder').filter((message) => message.startsWith('the store has another'))).to.deep.equal([
      `the store has another endpoint at this address ${address} h2`,
    ])
  })

  it('writes nothing for an endpoint whose subnet this host has lost', async () => {
    await agent.settle(agent.endpoints.attach(WEB))
    await agent.idle()
    agent.cluster.edit(({ leases, revision }) => ({
      leases: leases.map((lease) => ({ ...lease, host: parseHostId('h2'), epoch: revision + 5, adoptedFrom: parseHostId('h1') })),
    }))
    await agent.idle()
    expect(published()).to.deep.equal([])
  })

  it('writes nothing after its end', async () => {
    agent.cluster.outage = true
    await agent.settle(agent.endpoints.attach(WEB))
    await agent.idle()
    agent.publisher.close()
    agent.cluster.restore()
    await seconds(60)
    expect(published()).to.deep.equal([])
  })
})
