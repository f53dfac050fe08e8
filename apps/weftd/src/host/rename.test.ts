import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { parseHostId, parseIp, parsePrefix } from '#core'
import { MemoryCluster } from '#lease/testkit'
import { BLUE } from '#plan/testkit'
import { TestAgent } from '../testkit/test-agent.js'

describe('a host that was renamed', () => {
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

  /** An agent under a name, by default on the machine at 192.0.2.1; `after` is the one whose state directory it has. */
  function named(name: string, after?: TestAgent, address = '192.0.2.1'): TestAgent {
    const agent = new TestAgent(cluster, name, after?.directory)
    agent.hostNetwork.links = [
      { name: 'eth0', mtu: 1500, up: true, addresses: [{ address: parseIp(address), prefix: parsePrefix(`${address}/32`) }] },
    ]
    agents.push(agent)
    return agent
  }
  async function seconds(count: number, agent: TestAgent): Promise<void> {
    for (let second = 0; second < count; second++) await agent.pass(1_000)
    await agent.idle()
  }
  async function started(agent: TestAgent): Promise<TestAgent> {
    await agent.start()
    return agent
  }
  const leases = (): string[] => cluster.view.leases.map(({ subnet, host, state }) => `${subnet} ${host} ${state}`)
  const remembered = (agent: TestAgent): string => readFileSync(join(agent.directory, 'host.json'), 'utf8')

  it('takes its leases along, under a new epoch, and nothing of the old name stays', async () => {
    const old = await started(named('h1'))
    const [lease] = cluster.view.leases
    await old.settle(old.agent.stop())
    const renamed = await started(named('h5', old))
    expect(leases()).to.deep.equal([`${lease?.subnet} h5 held`])
    expect(cluster.view.leases[0]?.epoch).to.be.greaterThan(lease?.epoch ?? Infinity)
    expect([...cluster.view.hosts.keys(), ...cluster.view.vteps.map(({ host }) => host)]).to.deep.equal(['h5', 'h5'])
    expect(remembered(renamed)).to.include('"h5"')
    expect(renamed.told('before', 'leases')).to.include('host renamed h1 1')
    expect(renamed.reconciler.status.state).to.equal('in-sync')
  })

  it('waits for the session of its agent under the old name to end, and leaves the kernel alone until then', async () => {
    const old = await started(named('h1'))
    const before = leases()
    await old.settle(old.agent.stop())
    // As after `kill -9`.
    cluster.announce({ host: parseHostId('h1'), started: 'then', changed: 'then', version: '0' })
    const renamed = await started(named('h5', old))
    await seconds(3, renamed)
    expect([leases(), renamed.kernel.applied, renamed.registration.refused]).to.deep.equal([before, [], true])
    expect(renamed.registration.problem).to.include({ code: 'WEFT_HOST_ALIVE' })
    cluster.endSession(parseHostId('h1'))
    await seconds(15, renamed)
    expect(leases()).to.deep.equal(before.map((line) => line.replace('h1', 'h5')))
  })

  it('touches nothing while etcd is out of reach, and moves when it is back', async () => {
    const old = await started(named('h1'))
    const before = leases()
    await old.settle(old.agent.stop())
    cluster.outage = true
    const renamed = await started(named('h5', old))
    await seconds(30, renamed)
    expect([leases(), renamed.kernel.applied]).to.deep.equal([before, []])
    cluster.restore()
    await seconds(15, renamed)
    expect(leases()).to.deep.equal(before.map((line) => line.replace('h1', 'h5')))
  })

  it('takes them along to another address, too, when nobody answers at the old one for a while', async () => {
    const old = await started(named('h1'))
    const before = leases()
    await old.settle(old.agent.stop())
    const moved = await started(named('h5', old, '192.0.2.77'))
    await seconds(8, moved)
    expect([leases(), moved.kernel.applied, moved.registration.problem?.code]).to.deep.equal([before, [], 'WEFT_HOST_ALIVE'])
    await seconds(12, moved)
    expect(leases()).to.deep.equal(before.map((line) => line.replace('h1', 'h5')))
    expect(cluster.view.hosts.get(parseHostId('h5'))?.underlay).to.equal('192.0.2.77')
  })

  it('waits out the session of its own earlier agent, at the other address as well', async () => {
    const old = await started(named('h1'))
    const before = leases()
    await old.settle(old.agent.stop())
    cluster.announce({ host: parseHostId('h1'), started: 'then', changed: 'then', version: '0' })
    const moved = await started(named('h5', old, '192.0.2.77'))
    await seconds(20, moved)
    expect(leases()).to.deep.equal(before)
    cluster.endSession(parseHostId('h1'))
    await seconds(15, moved)
    expect(leases()).to.deep.equal(before.map((line) => line.replace('h1', 'h5')))
  })

  it('is not mistaken for a clone with the state directory of another machine, which takes nothing', async () => {
    const old = await started(named('h1'))
    const before = leases()
    await old.settle(old.agent.stop())
    const clone = named('h5', old, '192.0.2.77')
    // The other machine is cut off from etcd, and forwards.
    clone.health.others.add(parseHostId('h1'))
    await clone.start()
    await seconds(120, clone)
    expect(leases()).to.include(before[0]).and.have.length(2)
    expect(cluster.view.hosts.has(parseHostId('h1'))).to.equal(true)
    expect(clone.told().filter((message) => message.startsWith('this host had another name'))).to.have.length(1)
    expect([remembered(clone).includes('"h5"'), clone.registration.registered]).to.deep.equal([true, true])
  })

  it('finds nothing to move when the old name was forgotten meanwhile', async () => {
    const old = await started(named('h1'))
    await old.settle(old.agent.stop())
    cluster.forgetHost(parseHostId('h1'))
    const renamed = await started(named('h5', old))
    expect(renamed.registration.registered).to.equal(true)
    expect(leases().filter((line) => line.endsWith('h5 held'))).to.have.length(1)
  })
})
