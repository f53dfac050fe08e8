import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parsePrefix } from '#core'
import { MemoryCluster } from '#lease/testkit'
import { aCluster, hostId } from '#plan/testkit'
import { TestAgent } from '../testkit/test-agent.js'

describe('desired state of an agent', () => {
  const known = aCluster(3)
  let cluster: MemoryCluster
  let agent: TestAgent
  beforeEach(async () => {
    cluster = new MemoryCluster()
    cluster.edit(() => known.view)
    agent = new TestAgent(cluster)
    await agent.underlay.refresh()
  })
  afterEach(() => agent.close())

  it('follows from the view, the underlay and the endpoints', () => {
    const { objects, problems } = agent.desiredState.desired() ?? { objects: new Map(), problems: [] }
    expect([...objects.keys()]).to.include.members(['link weft-blue', 'link wbr-blue', 'route 10.61.2.0/24 0', 'route 10.61.3.0/24 0'])
    expect(problems).to.deep.equal([])
    expect(agent.desiredState.firewall().networks).to.have.length(1)
  })

  it('is unknown before the store has said anything', async () => {
    const empty = new MemoryCluster()
    empty.outage = true
    const early = new TestAgent(empty)
    await early.underlay.refresh()
    expect(early.desiredState.desired()).to.equal(undefined)
    empty.outage = false
    await early.close()
  })

  it('tells each record that makes no sense once, and again when it comes back', async () => {
    const outside = { ...known.leaseRecord(2, 2), subnet: parsePrefix('172.16.0.0/24') }
    const messages = (): string[] => agent.told('code').filter((message) => message.startsWith('a record is left out'))
    const look = async (leases: (typeof known.view)['leases']): Promise<void> => {
      cluster.edit(() => ({ leases }))
      await agent.idle()
      agent.desiredState.desired()
      agent.desiredState.desired()
    }
    await look([...known.view.leases, outside])
    expect(messages()).to.deep.equal(['a record is left out WEFT_LEASE_OUTSIDE_POOL'])
    expect(agent.desiredState.problems.map(({ code }) => code)).to.deep.equal(['WEFT_LEASE_OUTSIDE_POOL'])
    await look(known.view.leases)
    expect([messages().length, agent.desiredState.problems]).to.deep.equal([1, []])
    await look([...known.view.leases, outside])
    expect(messages()).to.have.length(2)
  })

  it('is nothing for a host without part in any network', () => {
    cluster.edit(({ leases, vteps }) => ({
      leases: leases.filter(({ host }) => host !== hostId(1)),
      vteps: vteps.filter(({ host }) => host !== hostId(1)),
    }))
    return agent.idle().then(() => expect([...(agent.desiredState.desired()?.objects.keys() ?? ['?'])]).to.deep.equal([]))
  })
})
