import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parsePrefix, VERSION } from '#core'
import { MemoryCluster } from '#lease/testkit'
import { BLUE } from '#plan/testkit'
import { TestAgent } from '../testkit/test-agent.js'
import { machineId } from './machine.js'

describe('registration', () => {
  let cluster: MemoryCluster
  const agents: TestAgent[] = []
  beforeEach(() => {
    cluster = new MemoryCluster()
    cluster.edit(() => ({ networks: new Map([[BLUE.name, BLUE]]) }))
  })
  afterEach(async () => {
    cluster.restore()
    for (const agent of agents.splice(0)) await agent.close()
  })

  /** An agent of a host that calls itself h1, at an address of its own. */
  function machine(address: string): TestAgent {
    const agent = new TestAgent(cluster, 'h1')
    agent.hostNetwork.links = [
      { name: 'eth0', mtu: 1500, up: true, addresses: [{ address: parseIp(address), prefix: parsePrefix(`${address}/32`) }] },
    ]
    agents.push(agent)
    return agent
  }
  async function seconds(count: number, ...of: TestAgent[]): Promise<void> {
    for (let second = 0; second < count; second++) for (const agent of of) await agent.pass(1_000)
    for (const agent of of) await agent.idle()
  }
  const record = () => [...cluster.view.hosts.values()][0]

  it('says what the host is, and that its agent is there', async () => {
    const agent = machine('192.0.2.1')
    await agent.start()
    expect(record()).to.deep.equal({ id: 'h1', machineId: machineId(), underlay: '192.0.2.1', gossipPort: 7788, version: VERSION, hour: 0 })
    expect([...cluster.view.statuses.values()].map(({ host, version }) => [host, version])).to.deep.equal([['h1', VERSION]])
    expect(agent.told()).to.include('host registered')
  })

  it('is repeated when the address changes, and not otherwise', async () => {
    const agent = machine('192.0.2.1')
    await agent.start()
    const count = (): number => agent.told().filter((message) => message === 'host registered').length
    agent.kernel.remove('something else')
    await seconds(5, agent)
    expect(count()).to.equal(1)
    agent.hostNetwork.links = agent.hostNetwork.links.map((link) => ({
      ...link,
      addresses: [{ address: parseIp('192.0.2.9'), prefix: parsePrefix('192.0.2.9/32') }],
    }))
    agent.kernel.remove('something else')
    await seconds(5, agent)
    expect([count(), record()?.underlay]).to.deep.equal([2, '192.0.2.9'])
  })

  it('waits for the store, tells once, and tells that it is over', async () => {
    const agent = machine('192.0.2.1')
    cluster.outage = true
    await agent.start()
    await seconds(120, agent)
    expect(agent.registration.problem).to.include({ code: 'WEFT_STORE_UNREACHABLE' })
    cluster.restore()
    await seconds(15, agent)
    expect(agent.registration.problem).to.equal(undefined)
    expect(agent.told().filter((message) => /cluster/.test(message))).to.deep.equal([
      'cannot join the cluster yet',
      'the cluster is joined after all',
    ])
  })

  it('is refused while another machine’s agent goes by the name: nothing is claimed, and the kernel is left alone', async () => {
    const first = machine('192.0.2.1')
    await first.start()
    const { leases } = cluster.view
    const second = machine('192.0.2.2')
    await second.start()
    await seconds(30, second, first)
    expect(second.registration.refused).to.equal(true)
    expect(second.registration.problem?.message).to.include('192.0.2.1')
    expect([cluster.view.leases, record()?.underlay, second.kernel.applied]).to.deep.equal([leases, '192.0.2.1', []])
    expect(second.told('code').filter((message) => message.startsWith('cannot join'))).to.deep.equal([
      'cannot join the cluster yet WEFT_HOST_NAME_TAKEN',
    ])
    expect(first.registration.registered).to.equal(true)
  })

  it('inherits the name, with its lease, of a machine that no agent speaks for any more', async () => {
    const first = machine('192.0.2.1')
    await first.start()
    const { leases } = cluster.view
    await first.settle(first.agent.stop())
    const second = machine('192.0.2.2')
    await second.start()
    await seconds(1, second)
    expect([record()?.underlay, cluster.view.leases]).to.deep.equal(['192.0.2.2', leases])
    expect(second.told('before')).to.include('host registered 192.0.2.1')
  })

  it('goes on by itself as soon as the other agent stops', async () => {
    const first = machine('192.0.2.1')
    await first.start()
    const second = machine('192.0.2.2')
    await second.start()
    expect(second.registration.refused).to.equal(true)
    await first.settle(first.agent.stop())
    await seconds(15, second)
    expect([second.registration.registered, record()?.underlay]).to.deep.equal([true, '192.0.2.2'])
  })

  it('takes the name when an operator says so, and the other one yields', async () => {
    const first = machine('192.0.2.1')
    await first.start()
    const second = machine('192.0.2.2')
    await second.start()
    await second.settle(second.registration.takeOver())
    await seconds(15, second, first)
    expect([second.registration.registered, record()?.underlay]).to.deep.equal([true, '192.0.2.2'])
    expect(first.registration.refused).to.equal(true)
    const { length } = first.kernel.applied
    await seconds(120, first, second)
    expect(first.kernel.applied).to.have.length(length)
    expect(record()?.underlay).to.equal('192.0.2.2')
  })

  it('tells two agents that started in the same millisecond apart', async () => {
    const [first, second] = [machine('192.0.2.1'), machine('192.0.2.2')]
    expect(second.clock.wallTime()).to.equal(first.clock.wallTime())
    await first.start()
    await second.start()
    expect([first.registration.registered, second.registration.refused]).to.deep.equal([true, true])
  })

  it('writes the hour every few hours, without a word', async () => {
    const [agent, other] = [machine('192.0.2.1'), new TestAgent(cluster, 'h2')]
    agents.push(other)
    await agent.start()
    await other.start()
    for (let minute = 0; minute < 5 * 60; minute++) for (const each of [agent, other]) await each.pass(60_000)
    const hours = [...cluster.view.hosts.values()].map(({ hour }) => hour ?? NaN)
    expect(Math.max(...hours)).to.be.within(4, 5)
    expect(Math.min(...hours)).to.be.at.least(1)
    expect(agent.told().filter((message) => message === 'host registered')).to.have.length(1)
  })

  it('ends with the agent, also while it waits', async () => {
    cluster.outage = true
    const agent = machine('192.0.2.1')
    await agent.start()
    await agent.settle(agent.agent.stop())
    cluster.restore()
    await seconds(60, agent)
    expect(cluster.view.hosts.size).to.equal(0)
  })
})
