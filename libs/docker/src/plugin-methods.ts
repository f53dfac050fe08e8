import * as z from 'zod'
import { familyOf, parseIp, parseMac, parsePrefix, WeftError, type Ip } from '#core'
import type { IpamDriver } from './ipam-driver.js'
import type { NetworkDriver } from './network-driver.js'
import { portWishes } from './port-wishes.js'

/** A method of Docker's plugin protocol: decoded JSON in, what is sent as JSON out. */
export type PluginMethod = (body: unknown) => Promise<object>

/** Both address spaces are one: Docker then leaves it to Weft whether a pool overlaps, and does not take Weft's own routes for a clash. */
const SPACE = 'weft'

/** The gateway is asked for under this option (netlabel.Gateway). */
const GATEWAY_REQUEST = { option: 'RequestAddressType', value: 'com.docker.network.gateway' }

const TEXT = z.string().max(4096)
const TEXTS = z.record(z.string(), z.string()).nullish()
const ID = z.string().regex(/^[0-9a-z]{1,128}$/i, 'not an id of Docker')
const ENDPOINT = z.object({ NetworkID: ID, EndpointID: ID })

const POOL = z.object({ AddressSpace: TEXT, Pool: TEXT.nullish(), SubPool: TEXT.nullish(), Options: TEXTS, V6: z.boolean().nullish() })
const POOL_ID = z.object({ PoolID: TEXT })
const ADDRESS = z.object({ PoolID: TEXT, Address: TEXT.nullish(), Options: TEXTS })
const POOLS = z.array(z.object({ AddressSpace: TEXT.nullish(), Pool: TEXT, Gateway: TEXT.nullish() })).nullish()
const NETWORK = z.object({
  NetworkID: ID,
  Options: z.record(z.string(), z.unknown()).nullish(),
  IPv4Data: POOLS,
  IPv6Data: POOLS,
})
const NETWORK_ID = z.object({ NetworkID: ID })
const NEW_ENDPOINT = ENDPOINT.extend({
  Interface: z.object({ Address: TEXT.nullish(), AddressIPv6: TEXT.nullish(), MacAddress: TEXT.nullish() }).nullish(),
})
const JOIN = ENDPOINT.extend({ SandboxKey: TEXT })
const PUBLISH = ENDPOINT.extend({ Options: z.unknown() })

/**
 * All methods of a plugin that is a network and an IPAM driver, by the paths that Docker calls them by. Networks are of scope `local`: each
 * dockerd has its own record of one, and containers reach each other all the same.
 * @param activated called when a dockerd, just started or newly interested, asks what the plugin is
 */
export function pluginMethods(network: NetworkDriver, ipam: IpamDriver, activated: () => void): ReadonlyMap<string, PluginMethod> {
  const nothing = async (): Promise<object> => ({})
  return new Map<string, PluginMethod>([
    [
      'Plugin.Activate',
      async () => {
        activated()
        return { Implements: ['NetworkDriver', 'IpamDriver'] }
      },
    ],
    ...ipamMethods(ipam),
    ...networkMethods(network),
    // Called for networks of the Swarm, and for drivers that keep a database of their own.
    ['NetworkDriver.AllocateNetwork', async () => ({ Options: {} })],
    ['NetworkDriver.FreeNetwork', nothing],
    ['NetworkDriver.DiscoverNew', nothing],
    ['NetworkDriver.DiscoverDelete', nothing],
  ])
}

function ipamMethods(ipam: IpamDriver): [string, PluginMethod][] {
  return [
    ['IpamDriver.GetCapabilities', async () => ({ RequiresMACAddress: false, RequiresRequestReplay: false })],
    ['IpamDriver.GetDefaultAddressSpaces', async () => ({ LocalDefaultAddressSpace: SPACE, GlobalDefaultAddressSpace: SPACE })],
    method('IpamDriver.RequestPool', POOL, async ({ Pool, SubPool, Options, V6 }) => {
      const { id, pool } = await ipam.requestPool({
        ...(Pool && { pool: parsePrefix(Pool) }),
        ...(SubPool && { range: parsePrefix(SubPool) }),
        options: Options ?? {},
        ipv6: V6 === true,
      })
      return { PoolID: id, Pool: pool, Data: {} }
    }),
    method('IpamDriver.ReleasePool', POOL_ID, async ({ PoolID }) => {
      await ipam.releasePool(PoolID)
      return {}
    }),
    method('IpamDriver.RequestAddress', ADDRESS, async ({ PoolID, Address, Options }) => {
      const wanted = Address ? parseIp(Address) : undefined
      const forGateway = Options?.[GATEWAY_REQUEST.option] === GATEWAY_REQUEST.value
      const { address, length } = await (forGateway ? ipam.requestGateway(PoolID, wanted) : ipam.requestAddress(PoolID, wanted))
      return { Address: `${address}/${length}`, Data: {} }
    }),
    method('IpamDriver.ReleaseAddress', ADDRESS, async ({ PoolID, Address }) => {
      if (Address) await ipam.releaseAddress(PoolID, parseIp(Address))
      return {}
    }),
  ]
}

function networkMethods(network: NetworkDriver): [string, PluginMethod][] {
  return [
    ['NetworkDriver.GetCapabilities', async () => ({ Scope: 'local', ConnectivityScope: 'global' })],
    method('NetworkDriver.CreateNetwork', NETWORK, async ({ NetworkID, Options, IPv4Data, IPv6Data }) => {
      await network.createNetwork({
        id: NetworkID,
        options: texts(Options?.['com.docker.network.generic']),
        pools: [...(IPv4Data ?? []), ...(IPv6Data ?? [])].map(({ AddressSpace, Pool, Gateway }) => ({
          space: AddressSpace ?? '',
          pool: parsePrefix(Pool),
          ...(Gateway && { gateway: addressOf(Gateway) }),
        })),
        internal: Options?.['com.docker.network.internal'] === true,
      })
      return {}
    }),
    method('NetworkDriver.DeleteNetwork', NETWORK_ID, async ({ NetworkID }) => {
      await network.deleteNetwork(NetworkID)
      return {}
    }),
    method('NetworkDriver.CreateEndpoint', NEW_ENDPOINT, async ({ NetworkID, EndpointID, Interface }) => {
      if (!Interface?.Address)
        throw new WeftError('WEFT_REQUEST_INVALID', 'Docker gave the endpoint no IPv4 address', { field: 'Interface' })
      const { mac } = await network.createEndpoint({
        network: NetworkID,
        id: EndpointID,
        address: addressOf(Interface.Address),
        ...(Interface.AddressIPv6 && { second: addressOf(Interface.AddressIPv6) }),
        ...(Interface.MacAddress && { mac: parseMac(Interface.MacAddress) }),
      })
      return { Interface: mac === undefined ? {} : { MacAddress: mac } }
    }),
    method('NetworkDriver.DeleteEndpoint', ENDPOINT, async ({ NetworkID, EndpointID }) => {
      await network.deleteEndpoint(NetworkID, EndpointID)
      return {}
    }),
    method('NetworkDriver.EndpointOperInfo', ENDPOINT, async ({ NetworkID, EndpointID }) => ({
      Value: await network.describeEndpoint(NetworkID, EndpointID),
    })),
    method('NetworkDriver.Join', JOIN, async ({ NetworkID, EndpointID, SandboxKey }) => {
      const { source, prefix, gateways, routes } = await network.join({ network: NetworkID, id: EndpointID, sandbox: SandboxKey })
      return {
        InterfaceName: { SrcName: source, DstPrefix: prefix },
        ...Object.fromEntries(gateways.map((gateway) => [familyOf(gateway) === 4 ? 'Gateway' : 'GatewayIPv6', gateway])),
        // 0: by a next hop (libnetwork's types.NEXTHOP).
        StaticRoutes: routes.map(({ to, via }) => ({ Destination: to, RouteType: 0, NextHop: via })),
      }
    }),
    method('NetworkDriver.Leave', ENDPOINT, async ({ NetworkID, EndpointID }) => {
      await network.leave(NetworkID, EndpointID)
      return {}
    }),
    method('NetworkDriver.ProgramExternalConnectivity', PUBLISH, async ({ NetworkID, EndpointID, Options }) => {
      await network.publish(NetworkID, EndpointID, portWishes(Options))
      return {}
    }),
    method('NetworkDriver.RevokeExternalConnectivity', ENDPOINT, async ({ NetworkID, EndpointID }) => {
      await network.withdraw(NetworkID, EndpointID)
      return {}
    }),
  ]
}

function method<T>(name: string, schema: z.ZodType<T>, answer: (request: T) => Promise<object>): [string, PluginMethod] {
  return [
    name,
    async (body) => {
      const read = schema.safeParse(body)
      if (read.success) return answer(read.data)
      if (Object.keys(body as object).length === 0) {
        throw new WeftError('WEFT_REQUEST_INVALID', `${name} came without content, as Docker sends it when weftd was killed meanwhile`, {
          hint: 'try again',
        })
      }
      const [issue] = read.error.issues
      const field = issue?.path.join('.')
      throw new WeftError('WEFT_REQUEST_INVALID', `${name}: ${field ? `${field}: ` : ''}${issue?.message}`, field ? { field } : {})
    },
  ]
}

/** An address written with the length of its subnet. */
function addressOf(cidr: string): Ip {
  const [address = ''] = cidr.split('/')
  return parseIp(address)
}

/** Options as Docker passes them on; what is no text is none of Weft's. */
function texts(options: unknown): Record<string, string> {
  if (typeof options !== 'object' || options === null) return {}
  return Object.fromEntries(Object.entries(options).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** True for a pool that Weft's IPAM driver gave. */
export function isOwnSpace(space: string): boolean {
  return space === SPACE
}
