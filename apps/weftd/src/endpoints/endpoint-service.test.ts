import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { bridgeName, parseNetworkName, portName, WeftError, type Ip } from '#core'
import type { AttachRequest } from '#api'
import { linkKey, type PortLink } from '#plan'
import { TestAgent } from '../testkit/test-agent.js'
import type { AttachedEndpoint } from './attached-endpoint.js'

const blue = parseNetworkName('blue')
const WEB = { network: 'blue', netns: '/run/netns/web' }

describe('attaching and detaching', () => {
  let agent: TestAgent
  let subnet: string
  beforeEach(async () => {
    agent = await TestAgent.inBlue()
    agent.namespaces.set('/run/netns/web', '4:web').set('/run/netns/db', '4:db').set('/proc/4711/ns/net', '4:4711')
    subnet = agent.store.view.leases[0]?.subnet.replace('.0/24', '') ?? ''
  })
  afterEach(() => agent.close())

  const attach = (request: AttachRequest): Promise<AttachedEndpoint> => agent.settle(agent.endpoints.attach(request))
  const detach = (...args: [string, string?]): Promise<AttachedEndpoint> => agent.settle(agent.endpoints.detach(...args))
  async function refusal(action: Promise<unknown>): Promise<WeftError> {
    const thrown: unknown = await action.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(thrown instanceof WeftError)) throw new Error(`refused with ${String(thrown)}`)
    return thrown
  }
  const port = (address: string): PortLink | undefined =>
    agent.kernel.snapshot().objects.get(linkKey(portName(blue, address as Ip)))?.object as PortLink | undefined
  const ports = (): number => [...agent.kernel.snapshot().objects.values()].filter(({ object }) => object.kind === 'port').length

  /** Nothing is left of an attachment that failed: in memory, on disk, in the kernel, in the store. */
  async function expectNothingLeft(): Promise<void> {
    await agent.idle()
    expect([agent.registry.list().length, ports(), agent.cluster.view.endpoints.length]).to.deep.equal([0, 0, 0])
    expect(agent.told()).not.to.include('endpoint attached')
  }

  it('wires a namespace and answers when the kernel is programmed', async () => {
    const endpoint = await attach(WEB)
    expect(endpoint).to.deep.include({
      network: 'blue',
      name: 'web',
      address: `${subnet}.2`,
      ifname: 'eth0',
      defaultRoute: true,
      kind: 'attach',
    })
    expect(port(`${subnet}.2`)?.inside).to.deep.equal({
      netns: '/run/netns/web',
      ifname: 'eth0',
      mac: endpoint.mac,
      addresses: [{ address: `${subnet}.2`, prefixLength: 24, gateway: `${subnet}.1` }],
    })
    expect(agent.told('endpoint', 'address').at(-1)).to.equal(`endpoint attached web ${subnet}.2`)
  })

  describe('in a network with two pools', () => {
    const subnets = (): string[] => agent.cluster.view.leases.filter(({ network }) => network === 'app').map(({ subnet }) => subnet)
    const near = (family: '.' | ':', last: string): string =>
      (subnets().find((subnet) => subnet.includes(family)) ?? '').replace(/(0|:)\/\d+$/, family === ':' ? `:${last}` : last)
    const APP = { ...WEB, network: 'app' }
    beforeEach(async () => {
      await agent.settle(agent.networks.create({ name: 'app', pool: ['10.64.0.0/16', 'fd64::/48'] }))
      await agent.idle()
      expect(subnets()).to.have.lengthOf(2)
    })

    it('gives an address of each, and publishes both under one name', async () => {
      const endpoint = await attach(APP)
      expect([endpoint.address, endpoint.second?.address]).to.deep.equal([near('.', '2'), near(':', '2')])
      await agent.idle()
      expect(agent.cluster.view.endpoints.map(({ name, address }) => `${name} ${address}`).toSorted()).to.deep.equal(
        [near('.', '2'), near(':', '2')].map((address) => `web ${address}`),
      )
      expect(agent.endpoints.list()).to.have.lengthOf(1)
      expect(agent.endpoints.list()[0]).to.deep.include({ address: near('.', '2'), second: near(':', '2'), published: true })
      expect(await attach({ ...APP, address: near(':', '2') })).to.equal(endpoint)
      await agent.settle(agent.endpoints.detach(near(':', '2')))
      await agent.idle()
      expect(agent.cluster.view.endpoints).to.deep.equal([])
    })

    it('takes one address or two as asked for, and no two of one family', async () => {
      const wanted = await attach({ ...APP, address: [near(':', '9'), near('.', '8')] })
      expect([wanted.address, wanted.second?.address]).to.deep.equal([near('.', '8'), near(':', '9')])
      await agent.settle(agent.endpoints.detach('web'))
      expect((await attach({ ...APP, address: near(':', '7') })).second?.address).to.equal(near(':', '7'))
      const more = { network: 'app', netns: '4711' }
      expect(await refusal(attach({ ...more, address: [near('.', '4'), near('.', '5')] }))).to.include({
        code: 'WEFT_ADDRESS_OUTSIDE_SUBNET',
      })
      expect(await refusal(attach({ ...more, address: near(':', '7') }))).to.include({ code: 'WEFT_ENDPOINT_EXISTS' })
      expect(await refusal(attach({ network: 'blue', netns: '4711', address: 'fd64::9' }))).to.include({
        code: 'WEFT_ADDRESS_OUTSIDE_SUBNET',
      })
    })
  })

  it('takes a process id, and names the endpoint after it', async () => {
    expect(await attach({ network: 'blue', netns: '4711' })).to.deep.include({ name: 'pid-4711', netns: '/proc/4711/ns/net' })
  })

  it('takes name, address, interface and default route as asked for', async () => {
    const endpoint = await attach({ ...WEB, name: 'front', address: `${subnet}.77`, interface: 'weft0', defaultRoute: false })
    expect(endpoint).to.deep.include({ name: 'front', address: `${subnet}.77`, ifname: 'weft0', defaultRoute: false })
    expect(port(`${subnet}.77`)?.inside).to.deep.include({ ifname: 'weft0', routes: [{ to: '10.61.0.0/16', via: `${subnet}.1` }] })
  })

  it('answers a second time with what is attached already', async () => {
    const first = await attach(WEB)
    await agent.idle()
    const passes = agent.reconciler.status.passes
    expect(await attach(WEB)).to.equal(first)
    expect(await attach({ ...WEB, address: first.address })).to.equal(first)
    expect([agent.reconciler.status.passes, ports()]).to.deep.equal([passes, 1])
    expect(agent.told().filter((message) => message === 'endpoint attached')).to.have.length(1)
  })

  it('gives each of many that come at once an address of its own', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `ns${index}`)
    for (const name of names) agent.namespaces.set(`/run/netns/${name}`, `4:${name}`)
    const endpoints = await Promise.all(names.map((name) => attach({ network: 'blue', netns: `/run/netns/${name}` })))
    expect(new Set(endpoints.map(({ address }) => address)).size).to.equal(30)
    expect(ports()).to.equal(30)
  })

  it('answers one of two same requests only when the other is done, and done well', async () => {
    agent.kernel.failSteps((step) => step.object.kind === 'port', new WeftError('WEFT_NETLINK', 'RTM_NEWLINK: EPERM'))
    const [first, second] = await Promise.allSettled([attach(WEB), attach(WEB)])
    expect([first.status, second.status]).to.deep.equal(['rejected', 'fulfilled'])
    expect([agent.registry.list().length, ports()]).to.deep.equal([1, 1])
  })

  it('lets a freed address rest', async () => {
    await attach(WEB)
    await detach('web')
    expect((await attach(WEB)).address).to.equal(`${subnet}.3`)
  })

  it('puts one namespace on two networks: the second gets the next interface and no default route', async () => {
    await agent.settle(agent.networks.create({ name: 'red', pool: '10.62.0.0/16' }))
    await agent.idle()
    await attach(WEB)
    expect(await attach({ ...WEB, network: 'red' })).to.deep.include({ ifname: 'eth1', defaultRoute: false, name: 'web' })
  })

  describe('refuses', () => {
    const wrong: readonly (readonly [
      what: string,
      request: Partial<AttachRequest>,
      code: string,
      field: string | undefined,
      message: string,
    ])[] = [
      ['an unknown network', { network: 'green' }, 'WEFT_NETWORK_UNKNOWN', 'network', "there is no network 'green'"],
      ['a name that is no network name', { network: 'Blue!' }, 'WEFT_NAME_INVALID', undefined, "'Blue!'"],
      ['a relative path', { netns: 'web' }, 'WEFT_NETNS_INVALID', 'netns', 'neither an absolute path nor a process id'],
      [
        'a path that is not there',
        { netns: '/run/netns/gone' },
        'WEFT_NETNS_INVALID',
        'netns',
        'there is no network namespace at /run/netns/gone',
      ],
      [
        'a process that has ended',
        { netns: '99999' },
        'WEFT_NETNS_INVALID',
        'netns',
        'there is no network namespace at /proc/99999/ns/net',
      ],
      ['the host’s own namespace', { netns: '/proc/self/ns/net' }, 'WEFT_NETNS_INVALID', 'netns', 'own network namespace'],
      ['a name with a slash', { name: 'a/b' }, 'WEFT_NAME_INVALID', undefined, "'a/b' is not an endpoint name"],
      ['what is no address', { address: '10.61' }, 'WEFT_ADDRESS_INVALID', undefined, "'10.61' is not an IP address"],
      [
        'an address elsewhere',
        { address: '10.99.0.1' },
        'WEFT_ADDRESS_OUTSIDE_SUBNET',
        'address',
        '10.99.0.1 does not lie in a subnet of this host',
      ],
    ]
    for (const [what, request, code, field, message] of wrong) {
      it(what, async () => {
        const error = await refusal(attach({ ...WEB, ...request }))
        expect([error.code, error.field]).to.deep.equal([code, field])
        expect(error.message).to.include(message)
        await expectNothingLeft()
      })
    }

    it('the gateway’s address', async () => {
      expect(await refusal(attach({ ...WEB, address: `${subnet}.1` }))).to.include({
        code: 'WEFT_ADDRESS_OUTSIDE_SUBNET',
        field: 'address',
      })
    })

    it('a name, an address and an interface that are taken', async () => {
      await attach(WEB)
      const taken = [
        await refusal(attach({ ...WEB, netns: '/run/netns/db', name: 'web' })),
        await refusal(attach({ ...WEB, address: `${subnet}.9` })),
        await refusal(attach({ ...WEB, netns: '/run/netns/db', address: `${subnet}.2` })),
        await refusal(attach({ ...WEB, name: 'other', interface: 'eth0' })),
      ]
      expect(taken.map(({ code, field }) => `${code} ${field}`)).to.deep.equal([
        'WEFT_ENDPOINT_EXISTS name',
        'WEFT_ENDPOINT_EXISTS name',
        'WEFT_ENDPOINT_EXISTS address',
        'WEFT_ENDPOINT_EXISTS interface',
      ])
      expect([agent.registry.list().length, ports()]).to.deep.equal([1, 1])
    })
  })

  describe('leaves nothing behind when', () => {
    it('the kernel refuses the port', async () => {
      agent.kernel.failSteps((step) => step.object.kind === 'port', new WeftError('WEFT_NETLINK', 'RTM_NEWLINK: EPERM'))
      expect(await refusal(attach(WEB))).to.include({ code: 'WEFT_NETLINK', message: 'RTM_NEWLINK: EPERM' })
      await expectNothingLeft()
      expect((await attach(WEB)).name).to.equal('web')
    })

    it('the kernel cannot be talked to', async () => {
      agent.kernel.failObserve(new WeftError('WEFT_NETLINK', 'no answer within 5 s'))
      expect(await refusal(attach(WEB))).to.include({ code: 'WEFT_NETLINK', message: 'no answer within 5 s' })
      await expectNothingLeft()
    })

    it('another program has a link of the port’s name', async () => {
      agent.kernel.putForeign(linkKey(portName(blue, `${subnet}.2` as Ip)), 'dummy device wp-x')
      expect(await refusal(attach(WEB))).to.include({ code: 'WEFT_KERNEL_OCCUPIED' })
      await expectNothingLeft()
    })

    it('another program has a link of the bridge’s name', async () => {
      const key = linkKey(bridgeName(blue))
      agent.kernel.remove(key)
      agent.kernel.putForeign(key, 'dummy device wbr-blue')
      const error = await refusal(attach(WEB))
      expect(error.code).to.equal('WEFT_KERNEL_OCCUPIED')
      expect(error.message).to.include('dummy device wbr-blue')
      await expectNothingLeft()
    })

    it('the host has a subnet but no VTEP address yet', async () => {
      agent.cluster.outage = true
      agent.store.view = { ...agent.store.view, vteps: [] }
      expect(await refusal(attach(WEB))).to.include({ code: 'WEFT_NOT_READY', field: 'network' })
      agent.cluster.restore()
      await expectNothingLeft()
    })

    it('the host has no subnet yet', async () => {
      agent.cluster.outage = true
      agent.store.view = { ...agent.store.view, leases: [] }
      expect(await refusal(attach(WEB))).to.include({ code: 'WEFT_NOT_READY', field: 'network' })
      agent.cluster.restore()
      await expectNothingLeft()
    })

    it('the namespace dies meanwhile', async () => {
      const attaching = agent.endpoints.attach(WEB)
      await Promise.resolve()
      agent.namespaces.delete('/run/netns/web')
      const error = await refusal(agent.settle(attaching))
      expect(error).to.include({ code: 'WEFT_NETNS_INVALID', field: 'netns' })
      await expectNothingLeft()
    })

    it('the agent stops meanwhile', async () => {
      const attaching = refusal(agent.endpoints.attach(WEB))
      await agent.reconciler.close()
      expect((await agent.settle(attaching)).code).to.equal('WEFT_NOT_READY')
      expect(agent.registry.list()).to.deep.equal([])
    })
  })

  describe('detaching', () => {
    it('takes a name or an address, and unplugs', async () => {
      await attach(WEB)
      const { address } = await attach({ ...WEB, netns: '/run/netns/db' })
      expect((await detach('web')).name).to.equal('web')
      expect((await detach(address)).name).to.equal('db')
      await expectDetached()
    })

    async function expectDetached(): Promise<void> {
      await agent.idle()
      expect([agent.registry.list().length, ports(), agent.cluster.view.endpoints.length]).to.deep.equal([0, 0, 0])
    }

    it('wants to know which, when a name is in two networks', async () => {
      await agent.settle(agent.networks.create({ name: 'red', pool: '10.62.0.0/16' }))
      await agent.idle()
      await attach(WEB)
      await attach({ ...WEB, network: 'red' })
      const error = await refusal(detach('web'))
      expect(error).to.include({ code: 'WEFT_REQUEST_INVALID', field: 'network' })
      expect(error.message).to.include('blue and red')
      expect((await detach('web', 'red')).network).to.equal('red')
      expect((await detach('web')).network).to.equal('blue')
    })

    it('knows only this host’s endpoints', async () => {
      await attach(WEB)
      for (const [name, network] of [['other'], ['web', 'red'], ['']] as const) {
        expect(await refusal(detach(name, network))).to.include({ code: 'WEFT_ENDPOINT_UNKNOWN', field: 'endpoint' })
      }
    })
  })

  it('says that a subnet is full', async () => {
    await agent.settle(agent.networks.create({ name: 'tiny', pool: '10.63.0.0/24', subnetSize: 30 }))
    await agent.idle()
    await attach({ ...WEB, network: 'tiny' })
    const error = await refusal(attach({ network: 'tiny', netns: '/run/netns/db' }))
    expect(error.code).to.equal('WEFT_SUBNET_FULL')
    expect(agent.registry.list()).to.have.length(1)
  })

  describe('the list', () => {
    it('has this host’s endpoints at once, and says when they are published', async () => {
      agent.cluster.outage = true
      await attach(WEB)
      expect(agent.endpoints.list()).to.deep.equal([
        {
          network: 'blue',
          name: 'web',
          address: `${subnet}.2`,
          mac: port(`${subnet}.2`)?.inside.mac,
          host: 'h1',
          kind: 'attach',
          netns: '/run/netns/web',
          interface: 'eth0',
          published: false,
        },
      ])
      agent.cluster.restore()
      await agent.settle(Promise.resolve())
      for (let wait = 0; wait < 10; wait++) await agent.pass(5_000)
      expect(agent.endpoints.list()[0]?.published).to.equal(true)
    })

    it('has the other hosts’ endpoints too, and no sign of their namespaces', async () => {
      const other = new TestAgent(agent.cluster, 'h2')
      other.namespaces.set('/run/netns/far', '4:far')
      await other.start()
      await agent.idle()
      await other.idle()
      const far = await other.settle(other.endpoints.attach({ network: 'blue', netns: '/run/netns/far' }))
      await other.idle()
      await attach(WEB)
      await agent.idle()
      const list = agent.endpoints.list()
      expect(list.map(({ host, name, published }) => `${host} ${name} ${published}`)).to.deep.equal(['h1 web true', 'h2 far true'])
      expect(list[1]).to.deep.equal({
        network: 'blue',
        name: 'far',
        address: far.address,
        mac: far.mac,
        host: 'h2',
        kind: 'attach',
        published: true,
      })
      await other.close()
    })
  })
})
