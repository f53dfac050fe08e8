import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { WeftError } from '#core'
import type { CreateNetworkRequest } from '#api'
import { TestAgent } from '../testkit/test-agent.js'

describe('networks', () => {
  let agent: TestAgent
  beforeEach(async () => {
    agent = new TestAgent()
    await agent.start()
  })
  afterEach(() => agent.close())

  const create = (request: CreateNetworkRequest) => agent.settle(agent.networks.create(request))
  const refusal = (action: Promise<unknown>): Promise<unknown> => agent.settle(action.catch((thrown: unknown) => thrown))

  it('are made with what was asked for and sensible values for the rest', async () => {
    expect(await create({ name: 'blue', pool: '10.61.0.0/16' })).to.deep.equal({
      name: 'blue',
      pool: '10.61.0.0/16',
      subnetSize: 24,
      mode: 'l3',
      vni: 7001,
      port: 4789,
      failover: 'adopt',
      direct: 'off',
      shortcut: 'off',
      leased: 0,
      leasable: 255,
    })
    expect(
      await create({ name: 'red', pool: '10.62.0.0/20', subnetSize: 26, vni: 77, port: 8472, mtu: 1300, failover: 'hold' }),
    ).to.deep.include({
      subnetSize: 26,
      vni: 77,
      port: 8472,
      mtu: 1300,
      failover: 'hold',
    })
    expect(agent.told('network', 'vni').filter((message) => message.startsWith('network created'))).to.deep.equal([
      'network created blue 7001',
      'network created red 77',
    ])
  })

  it('become direct, and not, while they are in use', async () => {
    expect(await create({ name: 'blue', pool: '10.61.0.0/16', direct: 'auto' })).to.deep.include({ direct: 'auto' })
    expect(await agent.settle(agent.networks.change('blue', { direct: 'off' }))).to.deep.include({ direct: 'off', leased: 1 })
    expect(await agent.settle(agent.networks.change('blue', { direct: 'auto' }))).to.deep.include({ direct: 'auto' })
    expect(agent.networks.list()).to.deep.include.members([{ ...agent.networks.list()[0], direct: 'auto' }])
    expect(await refusal(agent.networks.change('blue', { direct: 'on' }))).to.deep.include({ code: 'WEFT_VALUE_INVALID', field: 'direct' })
    expect(await refusal(agent.networks.change('blue', {}))).to.have.property('code', 'WEFT_REQUEST_INVALID')
    expect(await agent.settle(agent.networks.change('blue', { shortcut: 'auto' }))).to.deep.include({ direct: 'auto', shortcut: 'auto' })
    expect(await agent.settle(agent.networks.change('blue', { shortcut: 'off' }))).to.deep.include({ direct: 'auto', shortcut: 'off' })
    expect(await refusal(agent.networks.change('blue', { shortcut: 'on' }))).to.deep.include({
      code: 'WEFT_VALUE_INVALID',
      field: 'shortcut',
    })
    expect(await refusal(agent.networks.change('red', { direct: 'off' }))).to.have.property('code', 'WEFT_NETWORK_UNKNOWN')
    await create({ name: 'red', pool: '10.62.0.0/16', failover: 'exclusive' })
    const asked = { name: 'green', pool: '10.63.0.0/16', failover: 'exclusive', direct: 'auto' }
    for (const action of [() => agent.networks.change('red', { direct: 'auto' }), () => agent.networks.create(asked)])
      expect(await refusal(action())).to.deep.include({ code: 'WEFT_VALUE_INVALID', field: 'direct' })
  })

  it('are exclusive only where this host’s kernel can keep that promise', async () => {
    expect(await create({ name: 'blue', pool: '10.61.0.0/16', failover: 'exclusive' })).to.deep.include({ failover: 'exclusive' })
    expect(agent.gate.calls).to.include('probe')
    agent.gate.probe = () => Promise.reject(new WeftError('WEFT_KERNEL_MISSING', 'no sets that keep time'))
    const error = await refusal(agent.networks.create({ name: 'red', pool: '10.62.0.0/16', failover: 'exclusive' }))
    expect(error).to.have.property('code', 'WEFT_KERNEL_MISSING')
    expect(agent.networks.list().map(({ name }) => name)).to.deep.equal(['blue'])
  })

  it('are listed with how much of them is leased', async () => {
    await create({ name: 'blue', pool: '10.61.0.0/16' })
    await agent.idle()
    expect(agent.networks.list()).to.have.length(1)
    expect(agent.networks.list()[0]).to.deep.include({ name: 'blue', leased: 1, leasable: 255 })
    expect((await agent.leases.list()).map(({ network, host, state }) => `${network} ${host} ${state}`)).to.deep.equal(['blue h1 held'])
    expect((await agent.leases.list())[0]).to.not.have.property('adoptedFrom')
  })

  it('are removed with their leases and kernel objects', async () => {
    await create({ name: 'blue', pool: '10.61.0.0/16' })
    await agent.idle()
    expect(agent.kernel.snapshot().objects.has('link weft-blue')).to.equal(true)
    await agent.settle(agent.networks.remove('blue', false))
    await agent.idle()
    expect([agent.networks.list(), await agent.leases.list(), agent.kernel.snapshot().objects.has('link weft-blue')]).to.deep.equal([
      [],
      [],
      false,
    ])
  })

  it('are kept while they have endpoints, unless force is used', async () => {
    await create({ name: 'blue', pool: '10.61.0.0/16' })
    await agent.idle()
    agent.namespaces.set('/run/netns/web', '4:web')
    await agent.settle(agent.endpoints.attach({ network: 'blue', netns: '/run/netns/web' }))
    await agent.idle()
    expect(await refusal(agent.networks.remove('blue', false))).to.include({ code: 'WEFT_NETWORK_IN_USE' })
    await agent.settle(agent.networks.remove('blue', true))
    expect(agent.told('network', 'forced').at(-1)).to.equal('network removed blue true')
  })

  it('that are unknown cannot be removed', async () => {
    expect(await refusal(agent.networks.remove('green', true))).to.include({ code: 'WEFT_NETWORK_UNKNOWN', field: 'network' })
    expect(await refusal(agent.networks.remove('../x', true))).to.include({ code: 'WEFT_NAME_INVALID' })
  })

  const wrong: readonly (readonly [request: CreateNetworkRequest, code: string, field: string | undefined])[] = [
    [{ name: 'Blue', pool: '10.62.0.0/16' }, 'WEFT_NAME_INVALID', undefined],
    [{ name: 'red', pool: '10.62.0.1/16' }, 'WEFT_PREFIX_INVALID', undefined],
    [{ name: 'red', pool: '10.61.128.0/17' }, 'WEFT_POOL_OVERLAP', 'pool'],
    [{ name: 'red', pool: '192.0.2.0/25' }, 'WEFT_POOL_OVERLAP', 'pool'],
    [{ name: 'red', pool: '10.62.0.0/16', vni: 7001 }, 'WEFT_VNI_IN_USE', 'vni'],
    [{ name: 'red', pool: '10.62.0.0/16', vni: 2 ** 24 }, 'WEFT_VALUE_INVALID', 'vni'],
    [{ name: 'red', pool: '10.62.0.0/16', port: 0 }, 'WEFT_VALUE_INVALID', 'port'],
    [{ name: 'red', pool: 'fd62::/48', mode: 'l2' }, 'WEFT_NOT_BUILT', 'mode'],
    [{ name: 'red', pool: '10.62.0.0/16', failover: 'maybe' }, 'WEFT_VALUE_INVALID', 'failover'],
    [{ name: 'blue', pool: '10.62.0.0/16' }, 'WEFT_NETWORK_EXISTS', 'name'],
  ]
  for (const [request, code, field] of wrong) {
    it(`are refused, and nothing is stored: ${JSON.stringify(request)}`, async () => {
      await create({ name: 'blue', pool: '10.61.0.0/16' })
      const error = await refusal(agent.networks.create(request))
      expect(error).to.be.instanceOf(WeftError)
      expect(error).to.include({ code, field })
      expect([...agent.cluster.view.networks.keys()]).to.deep.equal(['blue'])
    })
  }

  it('cannot be made while the store is out of reach', async () => {
    agent.cluster.outage = true
    expect(await refusal(agent.networks.create({ name: 'blue', pool: '10.61.0.0/16' }))).to.include({ code: 'WEFT_STORE_UNREACHABLE' })
    expect(agent.told()).not.to.include('network created')
  })
})
