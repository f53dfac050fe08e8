import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseMac, parseNetworkName, parsePrefix, portName, WeftError, type Ip } from '#core'
import { linkKey, type PortLink } from '#plan'
import { TestAgent } from '../testkit/test-agent.js'
import { looseName } from './docker-network-driver.js'

const POOL = parsePrefix('10.61.0.0/16')
const NET = 'a'.repeat(64)
const ONE = '1'.repeat(64)
const TWO = '2'.repeat(64)
const BY_POOL = { pool: POOL, options: {}, ipv6: false }
const blue = parseNetworkName('blue')

/** An agent as dockerd meets it. */
describe('Docker driver', () => {
  let agent: TestAgent
  let subnet: string
  let pool: string
  beforeEach(async () => {
    agent = await TestAgent.inBlue()
    subnet = agent.store.view.leases[0]?.subnet.replace('.0/24', '') ?? ''
    pool = (await agent.settle(agent.ipam.requestPool(BY_POOL))).id
    await agent.driver.createNetwork({ id: NET, options: {}, pools: [{ space: 'weft', pool: POOL }], internal: false })
  })
  afterEach(() => agent.close())

  async function refusal(action: Promise<unknown>): Promise<WeftError> {
    const thrown: unknown = await agent.settle(action).then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(thrown instanceof WeftError)) throw new Error(`refused with ${String(thrown)}`)
    return thrown
  }
  const port = (address: Ip): PortLink | undefined =>
    agent.kernel.snapshot().objects.get(linkKey(portName(blue, address)))?.object as PortLink | undefined
  const take = async (): Promise<Ip> => (await agent.settle(agent.ipam.requestAddress(pool, undefined))).address
  const create = (id: string, address: Ip) => agent.settle(agent.driver.createEndpoint({ network: NET, id, address }))
  const join = (id: string) => agent.settle(agent.driver.join({ network: NET, id, sandbox: '/run/docker/netns/x' }))
  async function run(id: string): Promise<Ip> {
    const address = await take()
    await create(id, address)
    await join(id)
    return address
  }
  const remove = (id: string) => agent.settle(agent.driver.deleteEndpoint(NET, id))

  it('gives the whole pool, this host’s gateway and its addresses', async () => {
    expect(pool).to.equal('blue 10.61.0.0/16')
    expect(await agent.ipam.requestGateway(pool, undefined)).to.deep.equal({ address: `${subnet}.1`, length: 24 })
    expect(await agent.ipam.requestAddress(pool, undefined)).to.deep.equal({ address: `${subnet}.2`, length: 24 })
    expect((await refusal(agent.ipam.requestGateway(pool, parseIp('10.61.0.1')))).hint).to.include(`${subnet}.1`)
  })

  it('gives no address twice, however many ask at once, and not to `weft attach` either', async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => agent.ipam.requestAddress(pool, undefined)))
    expect(new Set(all.map(({ address }) => address)).size).to.equal(100)
    agent.namespaces.set('/run/netns/web', '4:web')
    const attached = await agent.settle(agent.endpoints.attach({ network: 'blue', netns: '/run/netns/web' }))
    expect(all.map(({ address }) => address)).not.to.include(attached.address)
    expect((await refusal(agent.ipam.requestAddress(pool, attached.address))).code).to.equal('WEFT_ENDPOINT_EXISTS')
  })

  it('keeps to the range that was asked for', async () => {
    const range = parsePrefix(`${subnet}.128/25`)
    const { id } = await agent.settle(agent.ipam.requestPool({ ...BY_POOL, range }))
    expect((await agent.ipam.requestAddress(id, undefined)).address).to.equal(`${subnet}.128`)
    const elsewhere = await agent.settle(agent.ipam.requestPool({ ...BY_POOL, range: parsePrefix('10.61.0.0/24') }))
    expect((await refusal(agent.ipam.requestAddress(elsewhere.id, undefined))).message).to.include('nothing of this host')
  })

  it('wires a container with the far end loose, and tells Docker where to find it', async () => {
    const address = await take()
    expect((await create(ONE, address)).mac).to.match(/^..(:..){5}$/)
    expect(port(address)).to.equal(undefined)
    expect(await join(ONE)).to.deep.equal({
      source: looseName(ONE),
      prefix: 'eth',
      gateways: [`${subnet}.1`],
      routes: [{ to: '10.61.0.0/16', via: `${subnet}.1` }],
    })
    expect(port(address)?.inside).to.deep.include({ ifname: looseName(ONE), loose: true })
  })

  it('gives a container an address and a gateway of each pool, which a named network gets on the way', async () => {
    const six = parsePrefix('fd61::/48')
    const pool6 = (await agent.settle(agent.ipam.requestPool({ pool: six, options: { 'weft.network': 'blue' }, ipv6: true }))).id
    expect(pool6).to.equal('blue fd61::/48')
    // Another host finds it by the pool.
    expect((await agent.settle(agent.ipam.requestPool({ pool: six, options: {}, ipv6: true }))).id).to.equal(pool6)
    const { address: gateway6, length } = await agent.settle(agent.ipam.requestGateway(pool6, undefined))
    expect(length).to.equal(64)
    const dual = { id: TWO, options: {}, pools: [POOL, six].map((each) => ({ space: 'weft', pool: each })), internal: false }
    await agent.driver.createNetwork(dual)
    const address = await take()
    const { address: second } = await agent.settle(agent.ipam.requestAddress(pool6, undefined))
    await agent.settle(agent.driver.createEndpoint({ network: TWO, id: ONE, address, second }))
    expect((await refusal(agent.driver.createEndpoint({ network: TWO, id: NET, address: await take(), second }))).code).to.equal(
      'WEFT_ENDPOINT_EXISTS',
    )
    expect(await agent.settle(agent.driver.join({ network: TWO, id: ONE, sandbox: '/run/docker/netns/x' }))).to.deep.equal({
      source: looseName(ONE),
      prefix: 'eth',
      gateways: [`${subnet}.1`, gateway6],
      routes: [
        { to: '10.61.0.0/16', via: `${subnet}.1` },
        { to: 'fd61::/48', via: gateway6 },
      ],
    })
    expect(agent.endpoints.list()[0]).to.deep.include({ address, second })
    // Given back too early: it stays the endpoint's.
    await agent.ipam.releaseAddress(pool6, second)
    expect((await refusal(agent.ipam.requestAddress(pool6, second))).code).to.equal('WEFT_ENDPOINT_EXISTS')
    await agent.settle(agent.driver.deleteNetwork(TWO))
    await agent.idle()
    expect([agent.registry.list(), agent.book.endpoints]).to.deep.equal([[], []])
    expect(agent.book.given).to.have.lengthOf(1)
  })

  it('takes the MAC address that was asked for, and returns none then', async () => {
    const mac = parseMac('02:00:5e:10:00:07')
    const address = await take()
    expect(await agent.settle(agent.driver.createEndpoint({ network: NET, id: ONE, address, mac }))).to.deep.equal({})
    await join(ONE)
    expect(port(address)?.inside.mac).to.equal(mac)
  })

  it('answers repetitions and does nothing more', async () => {
    const address = await take()
    const first = await create(ONE, address)
    expect(await create(ONE, address)).to.deep.equal(first)
    const [a, b] = await Promise.all([join(ONE), join(ONE)])
    expect(b).to.deep.equal(a)
    expect(agent.registry.list()).to.have.length(1)
    await agent.settle(agent.driver.leave(NET, ONE))
    await agent.settle(agent.driver.leave(NET, ONE))
    await remove(ONE)
    await remove(ONE)
    await agent.ipam.releaseAddress(pool, address)
    await agent.ipam.releaseAddress(pool, address)
    expect([agent.registry.list(), agent.book.endpoints, agent.book.given, port(address)]).to.deep.equal([[], [], [], undefined])
    await agent.driver.deleteNetwork(NET)
    await agent.driver.deleteNetwork(NET)
    expect(agent.book.networks).to.deep.equal([])
  })

  it('leaves nothing of a join that the kernel refuses, so that it can be tried again', async () => {
    const address = await take()
    await create(ONE, address)
    agent.kernel.failSteps(({ object }) => object.kind === 'port', new WeftError('WEFT_NETLINK', 'no'))
    expect((await refusal(agent.driver.join({ network: NET, id: ONE, sandbox: '/x' }))).code).to.equal('WEFT_NETLINK')
    expect(agent.registry.list()).to.deep.equal([])
  })

  it('keeps the address of an endpoint, whatever Docker gives back', async () => {
    const address = await run(ONE)
    await agent.ipam.releaseAddress(pool, address)
    expect(agent.registry.used(blue)).to.include(address)
    expect((await refusal(agent.ipam.requestAddress(pool, address))).code).to.equal('WEFT_ENDPOINT_EXISTS')
    expect((await refusal(agent.driver.createEndpoint({ network: NET, id: TWO, address }))).code).to.equal('WEFT_ENDPOINT_EXISTS')
  })

  it('remembers everything over a restart, and goes on giving other addresses', async () => {
    const address = await run(ONE)
    const other = new TestAgent(agent.cluster, 'h1', agent.directory)
    await agent.settle(agent.agent.stop())
    // The kernel is the same.
    for (const { object } of agent.kernel.snapshot().objects.values()) other.kernel.put(object)
    await other.start()
    expect(other.registry.list().map((endpoint) => endpoint.address)).to.deep.equal([address])
    expect(other.book.network(NET)?.network).to.equal('blue')
    expect((await other.settle(other.ipam.requestAddress(pool, undefined))).address).not.to.equal(address)
    await other.settle(other.driver.deleteEndpoint(NET, ONE))
    expect(other.registry.list()).to.deep.equal([])
    await other.settle(other.agent.stop())
    agent = new TestAgent()
    await agent.start()
  })

  it('lets go of an interface that died with its container, but not of the address', async () => {
    const address = await run(ONE)
    agent.kernel.remove(linkKey(portName(blue, address)))
    agent.reconciler.request()
    await agent.idle()
    expect(agent.registry.list()).to.deep.equal([])
    expect(port(address)).to.equal(undefined)
    expect(agent.registry.used(blue)).to.include(address)
  })

  it('makes a network by name and pool, once', async () => {
    const green = { pool: parsePrefix('10.62.0.0/16'), options: { 'weft.network': 'green' }, ipv6: false }
    expect((await agent.settle(agent.ipam.requestPool(green))).id).to.equal('green 10.62.0.0/16')
    expect((await agent.settle(agent.ipam.requestPool(green))).id).to.equal('green 10.62.0.0/16')
    expect(agent.store.view.networks.size).to.equal(2)
  })

  const wrongPools: [string, Parameters<TestAgent['ipam']['requestPool']>[0], string, RegExp][] = [
    ['no pool', { options: {}, ipv6: false }, 'WEFT_DOCKER_NETWORK', /add --subnet 10\.61\.0\.0\/16/],
    ['a pool of nobody', { ...BY_POOL, pool: parsePrefix('10.99.0.0/16') }, 'WEFT_DOCKER_NETWORK', /blue \(10\.61\.0\.0\/16\)/],
    [
      'another pool of a name',
      { ...BY_POOL, pool: parsePrefix('10.99.0.0/16'), options: { 'weft.network': 'blue' } },
      'WEFT_DOCKER_NETWORK',
      /10\.61\.0\.0\/16/,
    ],
    ['an unknown option', { ...BY_POOL, options: { size: '1' } }, 'WEFT_DOCKER_NETWORK', /weft\.network/],
    ['a range elsewhere', { ...BY_POOL, range: parsePrefix('10.62.0.0/24') }, 'WEFT_DOCKER_NETWORK', /leave it out/],
    ['no pool of IPv6', { options: { 'weft.network': 'blue' }, ipv6: true }, 'WEFT_DOCKER_NETWORK', /--subnet fd61::\/48/],
    ['an IPv6 pool of nobody', { ...BY_POOL, pool: parsePrefix('fd61::/48'), ipv6: true }, 'WEFT_DOCKER_NETWORK', /blue/],
  ]
  for (const [what, request, code, hint] of wrongPools) {
    it(`refuses ${what}`, async () => {
      const error = await refusal(agent.ipam.requestPool(request))
      expect(error.code).to.equal(code)
      expect(error.hint).to.match(hint)
    })
  }

  it('refuses networks whose addresses somebody else gives, and options that contradict each other', async () => {
    const create = { id: TWO, options: {}, pools: [{ space: 'weft', pool: POOL }], internal: false, ipv6: false }
    const wrong = [
      { pools: [{ space: 'LocalDefault', pool: POOL }] },
      { pools: [] },
      { options: { mtu: '9000' } },
      { options: { 'weft.network': 'green' } },
    ]
    for (const one of wrong) expect((await refusal(agent.driver.createNetwork({ ...create, ...one }))).code).to.equal('WEFT_DOCKER_NETWORK')
  })

  it('refuses what it knows nothing of', async () => {
    expect((await refusal(agent.driver.join({ network: NET, id: ONE, sandbox: '/x' }))).code).to.equal('WEFT_ENDPOINT_UNKNOWN')
    expect((await refusal(agent.driver.createEndpoint({ network: TWO, id: ONE, address: parseIp(`${subnet}.9`) }))).code).to.equal(
      'WEFT_DOCKER_NETWORK',
    )
  })

  describe('and what dockerd has forgotten', () => {
    const sweep = async (): Promise<void> => {
      agent.sweep.request()
      await agent.pass(600)
      await agent.idle()
    }
    const view = (...containers: [string, string][]) => ({
      networks: new Set([NET]),
      endpoints: containers.map(([id, container]) => ({ network: NET, id, container })),
      auxiliary: new Set<string>(),
    })

    it('learns the names of containers, without touching their interfaces', async () => {
      const address = await run(ONE)
      const before = port(address)
      agent.engine.view = view([ONE, 'web'])
      await sweep()
      expect(agent.registry.list().map(({ name }) => name)).to.deep.equal(['web'])
      expect(port(address)).to.equal(before)
    })

    it('learns a name while the interface is still being made', async () => {
      await create(ONE, await take())
      agent.engine.view = view([ONE, 'web'])
      const joining = agent.driver.join({ network: NET, id: ONE, sandbox: '/x' })
      // The endpoint is there, the pass that wires it is not.
      while (agent.registry.list().length === 0) await Promise.resolve()
      const [endpoint] = agent.registry.list()
      if (endpoint) agent.registry.change(endpoint, { ...endpoint, name: 'web' })
      await agent.settle(joining)
      expect(agent.registry.list().map(({ name }) => name)).to.deep.equal(['web'])
    })

    it('lets go of it after a minute, and not before', async () => {
      const address = await run(ONE)
      const other = await take()
      agent.engine.view = view()
      // Never taken into a container.
      agent.engine.hostDevices.add(looseName(ONE))
      await sweep()
      expect(agent.book.given.map((given) => given.address)).to.deep.equal([address, other])
      await agent.pass(60_000)
      await agent.idle()
      await sweep()
      expect([agent.book.given, agent.book.endpoints, agent.registry.list()]).to.deep.equal([[], [], []])
    })

    it('keeps what has an interface in a container, an auxiliary address, and everything while dockerd is silent', async () => {
      await run(ONE)
      const set = await take()
      agent.engine.view = { ...view(), auxiliary: new Set([set]) }
      await sweep()
      await agent.pass(60_000)
      await agent.idle()
      await sweep()
      expect(agent.book.given).to.have.length(2)
      agent.engine.view = undefined
      await sweep()
      expect(agent.book.endpoints).to.have.length(1)
    })
  })
})
