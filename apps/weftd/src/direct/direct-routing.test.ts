import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { parseIp, parseMac, type Host, type Network } from '#core'
import { MemoryCluster } from '#lease/testkit'
import { linkKey } from '#plan'
import { aCluster, BLUE, hostId } from '#plan/testkit'
import { TestAgent } from '../testkit/test-agent.js'

describe('peers without VXLAN', () => {
  const known = aCluster(3, { ...BLUE, direct: 'auto' }).withMacs()
  const h2 = hostId(2)
  let cluster: MemoryCluster
  let agent: TestAgent
  beforeEach(async () => {
    cluster = new MemoryCluster()
    cluster.edit(() => known.view)
    await start()
  })
  afterEach(() => agent.close())

  async function start(refusal?: string): Promise<void> {
    agent = new TestAgent(cluster)
    agent.link.refusal = refusal
    agent.kernel.putForeign(linkKey('eth0'), 'device eth0')
    await agent.start()
    await pass(1_000)
  }
  /** Time passes in small steps, so that what is answered is heard. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5) await agent.pass(5)
  }
  const edit = async (change: (network: Network) => Network): Promise<void> => {
    cluster.edit(({ networks }) => ({ networks: new Map([...networks].map(([name, network]) => [name, change(network)])) }))
    await pass(100)
  }
  const off = (network: Network): Network => {
    const { direct: _, ...rest } = network
    return rest
  }
  const wayTo = (host = h2): string => {
    const way = agent.direct.waysTo(host).get(BLUE.name)
    return way === undefined ? 'no way' : way.directly ? 'direct' : (way.why ?? '')
  }
  const routesTo = (to: string): string[] =>
    [...agent.kernel.snapshot().objects.values()].flatMap(({ object }) =>
      object.kind === 'route' && object.to === to && object.via.type === 'nexthop' ? [`${object.via.gateway} ${object.metric}`] : [],
    )

  it('are tried by their MAC address, and reached by VXLAN while they do not answer', async () => {
    await pass(1_000)
    expect(agent.link.sent).to.include.members(['2 02:00:00:00:01:02', '2 02:00:00:00:01:03'])
    expect(wayTo()).to.match(/^its kernel does not answer on the link/)
    expect(routesTo('10.61.2.0/24')).to.deep.equal(['10.61.0.2 0'])
    expect(cluster.view.hosts.get(hostId(1))?.mac).to.equal('02:00:00:00:00:01')
  })

  it('go over when they answer and back when they answer by VXLAN alone, which is told', async () => {
    agent.link.answers = () => true
    await pass(70_000)
    expect(wayTo()).to.equal('direct')
    expect(routesTo('10.61.2.0/24')).to.have.members(['192.0.2.2 0', '10.61.0.2 87'])
    expect(agent.status.status().networks[0]).to.deep.include({ peers: 2, direct: 2 })
    agent.link.answers = (by) => by === 'vxlan'
    await pass(4_000)
    expect(wayTo()).to.match(/^it answered by VXLAN and no more on the link/)
    expect(routesTo('10.61.2.0/24')).to.deep.equal(['10.61.0.2 0'])
    const told = agent.told('host').filter((message) => message.endsWith('h2') && message.startsWith('peer'))
    expect(told).to.deep.equal(['peer is reached without VXLAN h2', 'peer is reached by VXLAN h2'])
  })

  it('are left when the option goes: this host sends by VXLAN at once, and takes what others still send for a while', async () => {
    agent.link.answers = () => true
    await pass(70_000)
    const taken = (): string => {
      const network = agent.firewall.applied?.networks[0]
      return `${network?.direct ? (network.direct.tries ? 'all' : 'no tries') : 'nothing'} of ${network?.senders.filter(({ mac }) => mac).length}`
    }
    expect(taken()).to.equal('all of 2')
    await edit(off)
    expect([routesTo('10.61.2.0/24'), taken()]).to.deep.equal([['10.61.0.2 0'], 'no tries of 2'])
    await pass(9_000)
    expect(taken()).to.equal('no tries of 2')
    await pass(2_000)
    expect(taken()).to.equal('nothing of 0')
    expect(wayTo()).to.equal('no way')
    expect(cluster.view.hosts.get(hostId(1))).not.to.have.property('mac')
    await edit((network) => ({ ...network, direct: 'auto' }))
    await pass(2_000)
    expect([wayTo(), taken()]).to.deep.equal(['direct', 'all of 2'])
  })

  it('are not answered while somebody else filters what is forwarded', async () => {
    const { firewall } = agent
    expect(firewall.applied?.networks[0]?.direct?.tries).to.equal(true)
    firewall.foreignFilter = true
    agent.reconciler.request()
    await pass(1_000)
    expect(firewall.applied?.networks[0]?.direct?.tries).to.equal(false)
    expect(agent.status.status().networks[0]?.directRefused).to.match(/^somebody else filters what is forwarded/)
    expect(agent.told('why').filter((message) => message.startsWith('packets of peers'))).to.have.length(1)
    const { passes } = agent.reconciler.status
    await pass(5_000)
    expect(agent.reconciler.status.passes - passes, 'passes without a reason').to.be.at.most(1)
  })

  it('are neither answered nor tried where settings of the kernel would drop what comes', async () => {
    agent.link.answers = () => true
    agent.link.settings = { forwards: false, strict: true }
    agent.direct.request()
    await pass(70_000)
    expect(wayTo()).to.match(/^net.ipv4.conf.all.rp_filter of this host is 1/)
    expect(agent.firewall.applied?.networks[0]?.direct?.tries).to.equal(false)
    agent.link.settings = { forwards: true, strict: false }
    agent.direct.request()
    await pass(2_000)
    expect([wayTo(), agent.firewall.applied?.networks[0]?.direct?.tries]).to.deep.equal(['direct', true])
  })

  it('are tried as soon as the kernel lets frames be sent that it refused at first, which is told once', async () => {
    await agent.close()
    await start('EMFILE')
    agent.link.answers = () => true
    await pass(70_000)
    expect(wayTo()).to.match(/^its kernel does not answer on the link/)
    expect(agent.told('error').filter((message) => message.startsWith('peers on the link'))).to.have.length(1)
    agent.link.refusal = undefined
    await pass(70_000)
    expect(wayTo()).to.equal('direct')
  })

  it('begin anew with a host that has moved, and end with one that says no more who it is', async () => {
    agent.link.answers = () => true
    await pass(70_000)
    const change = async (facts: Partial<Host>): Promise<void> => {
      cluster.edit(({ hosts }) => ({ hosts: new Map([...hosts, [h2, { ...known.hostRecord(2), ...facts }]]) }))
      await pass(100)
    }
    await change({ underlay: parseIp('192.0.2.77'), mac: parseMac('02:00:00:00:01:02') })
    expect(routesTo('10.61.2.0/24')).to.deep.equal(['10.61.0.2 0'])
    await pass(2_000)
    expect(routesTo('10.61.2.0/24')).to.have.members(['192.0.2.77 0', '10.61.0.2 87'])
    await change({})
    await pass(1_000)
    expect(routesTo('10.61.2.0/24')).to.deep.equal(['10.61.0.2 0'])
    expect(wayTo()).to.match(/^its record names no MAC address/)
    expect(wayTo(hostId(3))).to.equal('direct')
  })
})
