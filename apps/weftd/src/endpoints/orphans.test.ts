import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { MemoryCluster } from '#lease/testkit'
import { BLUE } from '#plan/testkit'
import { TestAgent } from '../testkit/test-agent.js'
import { anEndpoint } from '../testkit/an-endpoint.js'
import { Orphans } from './orphans.js'

describe('orphans', () => {
  let cluster: MemoryCluster
  let agent: TestAgent
  beforeEach(() => {
    cluster = new MemoryCluster()
    cluster.edit(() => ({ networks: new Map([[BLUE.name, BLUE]]) }))
    agent = new TestAgent(cluster)
    agent.registry.add(anEndpoint('web', '10.61.3.2'))
  })
  afterEach(() => agent.close())

  const letGo = (): void => new Orphans(agent.store, agent.registry, agent.events).letGo()
  const names = (): string[] => agent.registry.list().map(({ name }) => name)

  it('go with their network, and each is told', async () => {
    agent.registry.add(anEndpoint('far', '10.62.3.2', { network: 'red' as never }))
    letGo()
    expect(names()).to.deep.equal(['web'])
    cluster.edit(() => ({ networks: new Map() }))
    await agent.idle()
    letGo()
    letGo()
    expect(names()).to.deep.equal([])
    expect(agent.told('endpoint')).to.deep.equal(['endpoint gone with its network far', 'endpoint gone with its network web'])
  })

  it('stay while only an old copy of the store says that the network is gone', () => {
    const restarted = new TestAgent(new MemoryCluster())
    const old = restarted.cluster.store('cache')
    restarted.registry.add(anEndpoint('web', '10.61.3.2'))
    new Orphans(old, restarted.registry, restarted.events).letGo()
    expect(restarted.registry.list()).to.have.length(1)
    return restarted.close()
  })
})
