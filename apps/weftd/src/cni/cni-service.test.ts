import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import type { Reply } from '#api'
import { parseMac } from '#core'
import type { CniEnvironment, CniResult } from '#cni'
import type { InsideInterface } from '#netlink'
import { TestAgent } from '../testkit/test-agent.js'
import { CniService } from './cni-service.js'

const ADD: CniEnvironment = { command: 'ADD', containerId: 'c0ffee0123456789', netns: '/run/netns/web', ifname: 'eth0' }
const BLUE = { cniVersion: '1.0.0', name: 'blue' }

describe('what container runtimes ask', () => {
  let agent: TestAgent
  let cni: CniService
  let inside: InsideInterface | undefined
  beforeEach(async () => {
    agent = await TestAgent.inBlue()
    agent.namespaces.set('/run/netns/web', '4:web').set('/run/netns/db', '4:db')
    const { config, store, registry, endpoints, clock, events } = agent
    cni = new CniService(
      config.host,
      store,
      registry,
      endpoints,
      () => 1450,
      clock,
      events,
      async () => inside,
    )
  })
  afterEach(() => agent.close())

  const ask = (environment: CniEnvironment, body: unknown = BLUE): Promise<Reply> => agent.settle(cni.handle(environment, body))
  const names = (): string[] => agent.registry.list().map(({ name }) => name)

  it('attaches a container, once however often it is asked', async () => {
    const first = await ask(ADD)
    expect(first.status).to.equal(200)
    const { ips, interfaces } = first.body as CniResult
    expect([ips[0]?.interface, interfaces[1]?.sandbox]).to.deep.equal([1, '/run/netns/web'])
    expect(await ask(ADD)).to.deep.equal(first)
    expect(names()).to.deep.equal(['c0ffee012345'])
  })

  it('keeps containers apart that would have one name', async () => {
    await ask(ADD)
    await ask({ ...ADD, containerId: 'c0ffee0123459999', netns: '/run/netns/db' })
    expect(names()).to.deep.equal(['c0ffee012345', 'c0ffee012345-eth0'])
  })

  it('remembers over a restart of the agent whose an endpoint is', async () => {
    await ask(ADD)
    agent.registry.load()
    expect(await ask({ command: 'DEL', containerId: ADD.containerId ?? '', ifname: 'eth0' })).to.include({ status: 200, body: undefined })
    expect(names()).to.deep.equal([])
  })

  it('takes off nothing that another asked for: not by hand, not by another network of the runtime', async () => {
    await ask(ADD)
    await ask({ ...ADD, command: 'DEL' }, { ...BLUE, name: 'other', network: 'blue' })
    await ask({ command: 'GC' }, { ...BLUE, name: 'other', 'cni.dev/valid-attachments': [] })
    expect(names()).to.have.length(1)
  })

  it('leaves nothing behind when the kernel refuses', async () => {
    agent.namespaces.delete('/run/netns/web')
    const refused = await ask(ADD)
    expect(refused.status).to.equal(400)
    expect(refused.body).to.deep.include({ cniVersion: '1.0.0', code: 4 })
    expect(names()).to.deep.equal([])
  })

  it('compares by CHECK with what there is', async () => {
    const { body } = await ask(ADD)
    const endpoint = agent.registry.list()[0]
    if (!endpoint) throw new Error('nothing was attached')
    const check = async (): Promise<unknown> => (await ask({ ...ADD, command: 'CHECK' }, { ...BLUE, prevResult: body })).body
    const whole: InsideInterface = { mac: endpoint.mac, mtu: 1450, up: true, addresses: [{ address: endpoint.address, prefixLength: 24 }] }
    inside = whole
    expect(await check()).to.equal(undefined)
    for (const changed of [
      undefined,
      { ...whole, up: false },
      { ...whole, addresses: [] },
      { ...whole, mac: parseMac('02:00:00:00:00:01') },
    ]) {
      inside = changed
      expect(await check()).to.deep.include({ code: 101 })
    }
    inside = whole
    const other = { ...BLUE, prevResult: { ips: [] } }
    expect((await ask({ ...ADD, command: 'CHECK' }, other)).body).to.deep.include({ code: 101 })
  })

  it('says by STATUS what is missing', async () => {
    expect(await ask({ command: 'STATUS' })).to.include({ status: 200, body: undefined })
    const { status, body } = await ask({ command: 'STATUS' }, { ...BLUE, network: 'green' })
    expect([status, body]).to.deep.equal([
      400,
      { cniVersion: '1.0.0', code: 50, msg: "there is no network 'green'", details: 'make it with `weft network create`' },
    ])
  })

  it('answers with an error of the specification whatever it is asked', async () => {
    for (const body of [null, 7, [], 'x', {}, { cniVersion: '1.0.0' }, { ...BLUE, network: '../x' }, { ...BLUE, prevResult: 5 }]) {
      const refused = await ask(ADD, body)
      expect([refused.status, typeof (refused.body as { code?: unknown }).code], JSON.stringify(body)).to.deep.equal([400, 'number'])
    }
    expect(names()).to.deep.equal([])
  })
})
