import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { derivedMac, parseHostId, parseIp, parseMac, parseNetworkName, parsePrefix, portName, WeftError, type Endpoint } from '#core'
import type { AttachRequest } from '#api'
import { linkKey, type PortLink } from '#plan'
import { TestAgent } from '../testkit/test-agent.js'
import type { AttachedEndpoint } from './attached-endpoint.js'

const lan = parseNetworkName('lan')
const h2 = parseHostId('h2')
const STRAY = parseIp('10.62.99.7')

describe('addresses in a network that is one segment', () => {
  let agent: TestAgent
  let range: string
  let vtep: string
  beforeEach(async () => {
    agent = new TestAgent()
    await agent.start()
    await agent.settle(agent.networks.create({ name: 'lan', pool: '10.62.0.0/16', mode: 'l2' }))
    await agent.idle()
    agent.cluster.registerHost({ id: h2, machineId: 'two', underlay: parseIp('192.0.2.2'), version: '1' }, false)
    agent.health.others.add(h2)
    agent.namespaces.set('/run/netns/web', '4:web').set('/run/netns/db', '4:db')
    range = agent.store.view.leases[0]?.subnet.replace('.0/24', '') ?? ''
    vtep = agent.store.view.vteps[0]?.address ?? ''
    await agent.idle()
  })
  afterEach(() => agent.close())

  const attach = (more: Partial<AttachRequest> = {}): Promise<AttachedEndpoint> =>
    agent.settle(agent.endpoints.attach({ network: 'lan', netns: '/run/netns/web', ...more }))
  const records = (): string[] => agent.cluster.view.endpoints.map(({ address, host, name }) => `${address} ${host} ${name}`)
  const ofH2 = (address: string, epoch = 1): Endpoint => ({
    network: lan,
    address: parseIp(address),
    host: h2,
    epoch,
    name: 'theirs',
    mac: parseMac('02:00:00:00:00:99'),
    kind: 'attach',
  })
  const theirs = (address: string): void => void agent.cluster.claimEndpoint(undefined, ofH2(address))
  const port = (address: string): PortLink | undefined =>
    agent.kernel.snapshot().objects.get(linkKey(portName(lan, parseIp(address))))?.object as PortLink | undefined
  async function refusal(action: Promise<unknown>): Promise<WeftError> {
    const thrown: unknown = await action.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(thrown instanceof WeftError)) throw new Error(`refused with ${String(thrown)}`)
    return thrown
  }

  it('gives out the host’s own range without asking the store, and the record follows', async () => {
    agent.cluster.outage = true
    const { address, mac } = await attach()
    expect(address).to.equal(`${range}.2`)
    expect(port(address)?.inside).to.deep.include({ mac, addresses: [{ address, prefixLength: 16, gateway: vtep }] })
    expect(records()).to.deep.equal([])
    agent.cluster.outage = false
    for (let second = 0; second < 20; second++) await agent.pass(1_000)
    expect(records()).to.deep.equal([`${address} h1 web`])
  })

  it('gives out none that an endpoint of another host has', async () => {
    theirs(`${range}.2`)
    await agent.idle()
    expect((await attach()).address).to.equal(`${range}.3`)
  })

  it('has any other one by its record in the store, before the kernel has the endpoint', async () => {
    const { address, mac, subnet } = await attach({ address: STRAY })
    expect([address, mac, subnet]).to.deep.equal([STRAY, derivedMac('endpoint', 'lan', STRAY), '10.62.99.0/24'])
    expect(records()).to.deep.equal([`${STRAY} h1 web`])
    await agent.settle(agent.endpoints.detach('web'))
    await agent.idle()
    expect(records()).to.deep.equal([])
  })

  it('has none of them while the store is out of reach, and leaves nothing behind', async () => {
    agent.cluster.outage = true
    expect((await refusal(attach({ address: STRAY }))).code).to.equal('WEFT_STORE_UNREACHABLE')
    expect([agent.registry.list().length, port(STRAY)]).to.deep.equal([0, undefined])
  })

  it('leaves it to an endpoint of a host that lives, and names it', async () => {
    theirs(STRAY)
    await agent.idle()
    const error = await refusal(attach({ address: STRAY }))
    expect([error.code, error.field]).to.deep.equal(['WEFT_ENDPOINT_EXISTS', 'address'])
    expect(error.message).to.equal(`endpoint 'theirs' of host 'h2' has ${STRAY}`)
    expect([records(), agent.registry.list().length, port(STRAY)]).to.deep.equal([[`${STRAY} h2 theirs`], 0, undefined])
  })

  it('waits a moment for one that is just being let go of', async () => {
    theirs(STRAY)
    await agent.idle()
    const attaching = agent.endpoints.attach({ network: 'lan', netns: '/run/netns/web', address: STRAY })
    await agent.idle()
    agent.cluster.withdrawEndpoint({ network: lan, address: STRAY, host: h2 })
    await agent.settle(attaching)
    expect(records()).to.deep.equal([`${STRAY} h1 web`])
  })

  it('takes over what a dead host had, with a higher epoch', async () => {
    theirs(STRAY)
    agent.health.others.delete(h2)
    agent.health.play('h2')
    await agent.idle()
    await attach({ address: STRAY })
    expect(records()).to.deep.equal([`${STRAY} h1 web`])
    expect(agent.cluster.view.endpoints[0]?.epoch).to.be.greaterThan(1)
    expect(agent.told()).to.include('address taken over from a host that is gone')
  })

  it('an endpoint whose address was taken over is silent and keeps its record from nobody; it is back when that goes', async () => {
    const { address } = await attach()
    await agent.idle()
    const [own] = agent.cluster.view.endpoints
    agent.cluster.claimEndpoint(own, ofH2(address, 99))
    await agent.idle()
    expect(port(address)).to.equal(undefined)
    expect(records()).to.deep.equal([`${address} h2 theirs`])
    expect(agent.desiredState.problems.map(({ code }) => code)).to.deep.equal(['WEFT_ENDPOINT_EXISTS'])
    agent.cluster.withdrawEndpoint({ network: lan, address, host: h2 })
    await agent.idle()
    expect(port(address)).not.to.equal(undefined)
    expect(records()).to.deep.equal([`${address} h1 web`])
  })

  for (const [what, address] of [
    ['a host’s', '10.62.0.9'],
    ['the first of a range', '10.62.99.1'],
    ['the last one', '10.62.255.255'],
    ['one of another pool', '10.63.1.9'],
  ] as const) {
    it(`refuses ${what}`, async () => {
      expect((await refusal(attach({ address }))).code).to.equal('WEFT_ADDRESS_OUTSIDE_SUBNET')
    })
  }

  it('Docker has the whole pool on the link, this host for a gateway, and any address that is asked for', async () => {
    const { ipam, driver } = agent
    const pool = parsePrefix('10.62.0.0/16')
    const { id } = await agent.settle(ipam.requestPool({ pool, options: {}, ipv6: false }))
    expect(await agent.settle(ipam.requestGateway(id, undefined))).to.deep.equal({ address: vtep, length: 16 })
    expect(await agent.settle(ipam.requestAddress(id, STRAY))).to.deep.equal({ address: STRAY, length: 16 })
    const network = 'a'.repeat(64)
    await agent.settle(driver.createNetwork({ id: network, options: {}, pools: [{ space: 'weft', pool }], internal: false }))
    await agent.settle(driver.createEndpoint({ network, id: '1'.repeat(64), address: STRAY }))
    const joined = await agent.settle(driver.join({ network, id: '1'.repeat(64), sandbox: '/run/docker/netns/x' }))
    expect(joined).to.deep.include({ gateways: [vtep], routes: [] })
    expect(records()).to.deep.equal([`${STRAY} h1 docker-${'1'.repeat(12)}`])
  })
})
