import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseMac, parsePrefix, type WeftError } from '#core'
import type { IpamDriver } from './ipam-driver.js'
import type { NetworkDriver } from './network-driver.js'
import { pluginMethods } from './plugin-methods.js'

const NETWORK = 'a1'.repeat(32)
const ENDPOINT = 'b2'.repeat(32)

/** Drivers that note what they are asked. */
function played(): { asked: unknown[]; call: (name: string, body: unknown) => Promise<object>; activations: () => number } {
  const asked: unknown[] = []
  const note =
    <T>(what: string, answer: T) =>
    async (...given: unknown[]): Promise<T> => {
      asked.push([what, ...given])
      return answer
    }
  const given = { address: parseIp('10.61.3.2'), length: 24 }
  const ipam: IpamDriver = {
    requestPool: note('pool', { id: 'blue 10.61.0.0/16', pool: parsePrefix('10.61.0.0/16') }),
    releasePool: note('release pool', undefined),
    requestGateway: note('gateway', { address: parseIp('10.61.3.1'), length: 24 }),
    requestAddress: note('address', given),
    releaseAddress: note('release', undefined),
  }
  const driver: NetworkDriver = {
    createNetwork: note('create', undefined),
    deleteNetwork: note('delete', undefined),
    createEndpoint: note('endpoint', { mac: parseMac('02:00:00:00:00:01') }),
    deleteEndpoint: note('delete endpoint', undefined),
    describeEndpoint: note('describe', { a: 1 }),
    join: note('join', {
      source: 'wd-1',
      prefix: 'eth',
      gateways: [parseIp('10.61.3.1'), parseIp('fd61:0:0:3::1')],
      routes: [{ to: parsePrefix('10.61.0.0/16'), via: parseIp('10.61.3.1') }],
    }),
    leave: note('leave', undefined),
    publish: note('publish', undefined),
    withdraw: note('withdraw', undefined),
  }
  let activations = 0
  const methods = pluginMethods(driver, ipam, () => activations++)
  const call = (name: string, body: unknown): Promise<object> => {
    const method = methods.get(name)
    if (!method) throw new Error(`no method ${name}`)
    return method(body)
  }
  return { asked, call, activations: () => activations }
}

const both = { NetworkID: NETWORK, EndpointID: ENDPOINT }

/** Requests as dockerd 20.10 sends them, with what the driver is asked and what dockerd is answered. */
const ROWS: [name: string, body: unknown, asked: unknown[], answer: unknown][] = [
  [
    'IpamDriver.RequestPool',
    { AddressSpace: 'weft', Pool: '10.61.0.0/16', SubPool: '', Options: { 'weft.network': 'blue' }, V6: false },
    ['pool', { pool: '10.61.0.0/16', options: { 'weft.network': 'blue' }, ipv6: false }],
    { PoolID: 'blue 10.61.0.0/16', Pool: '10.61.0.0/16', Data: {} },
  ],
  [
    'IpamDriver.RequestPool',
    { AddressSpace: 'weft', Pool: '', SubPool: '10.61.3.0/25', Options: null, V6: true },
    ['pool', { range: '10.61.3.0/25', options: {}, ipv6: true }],
    { PoolID: 'blue 10.61.0.0/16', Pool: '10.61.0.0/16', Data: {} },
  ],
  ['IpamDriver.ReleasePool', { PoolID: 'p' }, ['release pool', 'p'], {}],
  [
    'IpamDriver.RequestAddress',
    { PoolID: 'p', Address: '', Options: { RequestAddressType: 'com.docker.network.gateway' } },
    ['gateway', 'p', undefined],
    { Address: '10.61.3.1/24', Data: {} },
  ],
  [
    'IpamDriver.RequestAddress',
    { PoolID: 'p', Address: '10.61.3.2', Options: null },
    ['address', 'p', '10.61.3.2'],
    { Address: '10.61.3.2/24', Data: {} },
  ],
  ['IpamDriver.ReleaseAddress', { PoolID: 'p', Address: '10.61.3.2' }, ['release', 'p', '10.61.3.2'], {}],
  [
    'NetworkDriver.CreateNetwork',
    {
      NetworkID: NETWORK,
      Options: {
        'com.docker.network.enable_ipv6': true,
        'com.docker.network.internal': true,
        'com.docker.network.generic': { 'weft.network': 'blue' },
      },
      IPv4Data: [{ AddressSpace: 'weft', Gateway: '10.61.3.1/24', Pool: '10.61.0.0/16' }],
      IPv6Data: [{ AddressSpace: 'weft', Gateway: 'fd61:0:0:3::1/64', Pool: 'fd61::/48' }],
    },
    [
      'create',
      {
        id: NETWORK,
        options: { 'weft.network': 'blue' },
        pools: [
          { space: 'weft', pool: '10.61.0.0/16', gateway: '10.61.3.1' },
          { space: 'weft', pool: 'fd61::/48', gateway: 'fd61:0:0:3::1' },
        ],
        internal: true,
      },
    ],
    {},
  ],
  ['NetworkDriver.DeleteNetwork', { NetworkID: NETWORK }, ['delete', NETWORK], {}],
  [
    'NetworkDriver.CreateEndpoint',
    { ...both, Interface: { Address: '10.61.3.2/24', AddressIPv6: '', MacAddress: '' }, Options: {} },
    ['endpoint', { network: NETWORK, id: ENDPOINT, address: '10.61.3.2' }],
    { Interface: { MacAddress: '02:00:00:00:00:01' } },
  ],
  ['NetworkDriver.EndpointOperInfo', both, ['describe', NETWORK, ENDPOINT], { Value: { a: 1 } }],
  [
    'NetworkDriver.Join',
    { ...both, SandboxKey: '/var/run/docker/netns/1', Options: {} },
    ['join', { network: NETWORK, id: ENDPOINT, sandbox: '/var/run/docker/netns/1' }],
    {
      InterfaceName: { SrcName: 'wd-1', DstPrefix: 'eth' },
      Gateway: '10.61.3.1',
      GatewayIPv6: 'fd61:0:0:3::1',
      StaticRoutes: [{ Destination: '10.61.0.0/16', RouteType: 0, NextHop: '10.61.3.1' }],
    },
  ],
  [
    'NetworkDriver.ProgramExternalConnectivity',
    { ...both, Options: { 'com.docker.network.portmap': [{ Proto: 6, IP: '', Port: 80, HostIP: '', HostPort: 8080, HostPortEnd: 8080 }] } },
    ['publish', NETWORK, ENDPOINT, [{ protocol: 'tcp', port: 80, hostPorts: [8080, 8080] }]],
    {},
  ],
  ['NetworkDriver.RevokeExternalConnectivity', both, ['withdraw', NETWORK, ENDPOINT], {}],
  ['NetworkDriver.Leave', both, ['leave', NETWORK, ENDPOINT], {}],
  ['NetworkDriver.DeleteEndpoint', both, ['delete endpoint', NETWORK, ENDPOINT], {}],
]

describe('methods of the Docker plugin', () => {
  it('say what the plugin is, and that a dockerd asked', async () => {
    const { call, activations } = played()
    expect(await call('Plugin.Activate', {})).to.deep.equal({ Implements: ['NetworkDriver', 'IpamDriver'] })
    expect(activations()).to.equal(1)
    expect(await call('NetworkDriver.GetCapabilities', {})).to.deep.equal({ Scope: 'local', ConnectivityScope: 'global' })
    expect(await call('IpamDriver.GetCapabilities', {})).to.deep.equal({ RequiresMACAddress: false, RequiresRequestReplay: false })
    expect(await call('IpamDriver.GetDefaultAddressSpaces', {})).to.deep.equal({
      LocalDefaultAddressSpace: 'weft',
      GlobalDefaultAddressSpace: 'weft',
    })
  })

  for (const [name, body, asked, answer] of ROWS) {
    it(`${name} ${JSON.stringify(body).slice(0, 60)}`, async () => {
      const drivers = played()
      expect(await drivers.call(name, body)).to.deep.equal(answer)
      expect(drivers.asked).to.deep.equal([asked])
    })

    it(`${name} without its content is refused, and the driver is not asked`, async () => {
      const drivers = played()
      const refusal = await drivers.call(name, {}).catch((error: unknown) => error as WeftError)
      expect(refusal).to.include({ code: 'WEFT_REQUEST_INVALID', hint: 'try again' })
      expect(drivers.asked).to.deep.equal([])
    })
  }

  it('refuse what is malformed, naming the member', async () => {
    const { call } = played()
    const refusal = await call('NetworkDriver.Join', { ...both, SandboxKey: 7 }).catch((error: unknown) => error as WeftError)
    expect(refusal).to.include({ code: 'WEFT_REQUEST_INVALID', field: 'SandboxKey' })
  })

  it('know those of the Swarm, and do nothing', async () => {
    const { call, asked } = played()
    for (const name of ['AllocateNetwork', 'FreeNetwork', 'DiscoverNew', 'DiscoverDelete']) await call(`NetworkDriver.${name}`, {})
    expect(asked).to.deep.equal([])
  })
})
