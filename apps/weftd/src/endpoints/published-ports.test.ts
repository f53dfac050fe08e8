import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { parseIp, parsePrefix, WeftError, type Ip } from '#core'
import type { PortWish } from '#docker'
import { TestAgent } from '../testkit/test-agent.js'

const POOL = parsePrefix('10.61.0.0/16')
const NET = 'a'.repeat(64)
const here = parseIp('127.0.0.1')

/** Any free port of this machine's loopback address: these tests hold real sockets. */
const anyPort = (port: number): PortWish => ({ protocol: 'tcp', port, hostAddress: here, hostPorts: [0, 0] })

describe('published ports', () => {
  let agent: TestAgent
  beforeEach(async () => {
    agent = await TestAgent.inBlue()
    await agent.driver.createNetwork({ id: NET, options: {}, pools: [{ space: 'weft', pool: POOL }], internal: false })
  })
  afterEach(() => agent.close())

  async function run(id: string): Promise<Ip> {
    const { id: pool } = await agent.settle(agent.ipam.requestPool({ pool: POOL, options: {}, ipv6: false }))
    const { address } = await agent.ipam.requestAddress(pool, undefined)
    await agent.driver.createEndpoint({ network: NET, id, address })
    await agent.settle(agent.driver.join({ network: NET, id, sandbox: '/x' }))
    return address
  }
  /** Publishing waits for real sockets as well as for the clock that stands still. */
  async function real<T>(action: Promise<T>): Promise<T> {
    let settled = false
    const done = (): void => void (settled = true)
    action.then(done, done)
    while (!settled) {
      await agent.pass(5)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    return action
  }
  const publish = (id: string, ...wishes: PortWish[]): Promise<void> => real(agent.driver.publish(NET, id, wishes))
  const published = () => agent.registry.list().flatMap((endpoint) => endpoint.published ?? [])
  async function listens(port: number): Promise<Server | undefined> {
    const server = createServer()
    return new Promise((resolve) => {
      server.once('error', () => resolve(undefined))
      server.listen({ host: here, port }, () => resolve(server))
    })
  }

  it('stand in the packet filter, on disk and in the hands of the agent', async () => {
    const address = await run('1')
    await publish('1', anyPort(80), anyPort(81))
    const ports = published()
    expect(ports.map(({ port }) => port)).to.deep.equal([80, 81])
    expect(agent.firewall.applied?.published.map((one) => [one.address, one.port])).to.have.deep.members([
      [address, 80],
      [address, 81],
    ])
    expect(await listens(ports[0]?.hostPort ?? 0)).to.equal(undefined)
    const told = await agent.driver.describeEndpoint(NET, '1')
    expect(told['com.docker.network.portmap']).to.have.length(2)
  })

  it('are free again when they are withdrawn, or the endpoint goes', async () => {
    for (const end of [() => agent.driver.withdraw(NET, '1'), () => agent.driver.deleteEndpoint(NET, '1')]) {
      if (agent.registry.list().length === 0) await run('1')
      await publish('1', anyPort(80))
      const [port] = published()
      await real(end())
      expect(published()).to.deep.equal([])
      const server = await listens(port?.hostPort ?? 0)
      expect(server?.listening).to.equal(true)
      server?.close()
    }
    expect(agent.firewall.applied?.published).to.deep.equal([])
  })

  it('all or none: what another program has is refused by number, and the others are let go', async () => {
    await run('1')
    const other = await listens(0)
    if (!other) throw new Error('no port is free')
    const taken = (other.address() as AddressInfo).port
    const refusal = await publish('1', anyPort(80), { ...anyPort(81), hostPorts: [taken, taken] }).catch(
      (error: unknown) => error as WeftError,
    )
    other.close()
    expect(refusal).to.include({ code: 'WEFT_PUBLISH' })
    expect((refusal as WeftError).message).to.include(`port ${taken}/tcp`)
    expect(published()).to.deep.equal([])
  })

  it('are taken back when the packet filter cannot be changed', async () => {
    await run('1')
    await agent.idle()
    agent.firewall.refusal = new WeftError('WEFT_FIREWALL', 'no')
    const refusal = await publish('1', anyPort(80)).catch((error: unknown) => error as WeftError)
    expect(refusal).to.include({ code: 'WEFT_PUBLISH' })
    expect(published()).to.deep.equal([])
  })

  it('are held again by the next agent', async () => {
    await run('1')
    await publish('1', anyPort(80))
    const [port] = published()
    await real(agent.agent.stop())
    const free = await listens(port?.hostPort ?? 0)
    free?.close()
    expect(free?.listening).to.not.equal(undefined)
    const next = new TestAgent(agent.cluster, 'h1', agent.directory)
    for (const { object } of agent.kernel.snapshot().objects.values()) next.kernel.put(object)
    await next.agent.start()
    await next.idle()
    expect(next.registry.list().flatMap((endpoint) => endpoint.published ?? [])).to.deep.equal([port])
    expect(await listens(port?.hostPort ?? 0)).to.equal(undefined)
    agent = next
  })
})
