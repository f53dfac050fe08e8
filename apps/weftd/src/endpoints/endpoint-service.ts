import { basename } from 'node:path'
import type { AttachRequest, EndpointView } from '#api'
import {
  derivedMac,
  familyOf,
  layerOf,
  layersOf,
  parseEndpointName,
  parseIp,
  parseNetworkName,
  poolsOf,
  prefixFamily,
  sameFamily,
  WeftError,
  type Endpoint,
  type HostId,
  type Ip,
  type Mac,
  type Network,
  type NetworkName,
  type Prefix,
  type Log,
} from '#core'
import type { Store } from '#lease'
import { addressesOf } from '#plan'
import { floatingAddresses, ownSubnetsOf } from '../networks/own-leases.js'
import { checkAddress, chooseAddress } from './address-choice.js'
import type { EndpointRegistry } from './endpoint-registry.js'
import type { AttachedEndpoint, PlacedAddress } from './attached-endpoint.js'
import type { Namespaces } from './namespaces.js'
import type { Plugging } from './plugging.js'
import type { SegmentAddresses } from './segment-addresses.js'

/** Who asks for an endpoint, and what only they decide. */
export interface EndpointOrigin extends Pick<AttachedEndpoint, 'kind' | 'attachment'> {
  readonly mac?: Mac
}

/** Puts network namespaces on networks and takes them off again. The kernel is changed by the reconcile loop alone. */
export class EndpointService {
  /** Endpoints that the kernel does not have yet. Many at once share the passes of the reconcile loop. */
  private readonly underWay = new Map<AttachedEndpoint, Promise<void>>()

  constructor(
    private readonly self: HostId,
    private readonly store: Store,
    private readonly registry: EndpointRegistry,
    private readonly plugging: Plugging,
    private readonly segments: SegmentAddresses,
    private readonly namespaces: Namespaces,
    private readonly log: Log,
  ) {}

  /**
   * Attaches a namespace; resolves when the kernel is programmed. Asking again for what is attached already answers with it.
   * @throws WeftError WEFT_NETWORK_UNKNOWN, WEFT_NOT_READY, WEFT_NETNS_INVALID, WEFT_ENDPOINT_EXISTS, WEFT_SUBNET_FULL,
   * WEFT_ADDRESS_OUTSIDE_SUBNET, or what the kernel refused; then nothing is left behind
   */
  async attach(request: AttachRequest, origin: EndpointOrigin = { kind: 'attach' }): Promise<AttachedEndpoint> {
    const endpoint = this.draft(request, origin)
    const sameRequest = this.underWay.get(endpoint)
    if (sameRequest) {
      await sameRequest.catch(() => undefined)
      return this.attach(request, origin)
    }
    if (this.registry.list().includes(endpoint)) return endpoint
    const plugging = this.plugIn(endpoint).finally(() => this.underWay.delete(endpoint))
    this.underWay.set(endpoint, plugging)
    await plugging
    return endpoint
  }

  /**
   * Takes an endpoint off its network.
   * @throws WeftError WEFT_ENDPOINT_UNKNOWN, or WEFT_REQUEST_INVALID when the name is in several networks
   */
  async detach(nameOrAddress: string, network?: string): Promise<AttachedEndpoint> {
    const found = this.registry
      .list()
      .filter(
        (endpoint) =>
          (endpoint.name === nameOrAddress || addressesOf(endpoint).some((address) => address === nameOrAddress)) &&
          (network === undefined || endpoint.network === network),
      )
    const [endpoint] = found
    if (!endpoint) {
      throw new WeftError('WEFT_ENDPOINT_UNKNOWN', `no endpoint '${nameOrAddress}' on this host`, {
        field: 'endpoint',
        hint: '`weft endpoints` lists them; detach on the host where it is attached',
      })
    }
    if (found.length > 1) {
      throw new WeftError('WEFT_REQUEST_INVALID', `'${nameOrAddress}' is in ${found.map((one) => one.network).join(' and ')}`, {
        field: 'network',
        hint: 'say which with --network',
      })
    }
    await this.release(endpoint)
    return endpoint
  }

  /** Takes an endpoint off its network; nothing to do when it has gone already. */
  async release(endpoint: AttachedEndpoint): Promise<void> {
    await this.underWay.get(endpoint)?.catch(() => undefined)
    if (!this.registry.list().includes(endpoint)) return
    await this.plugging.pullOut(endpoint)
    this.log.info('endpoint detached', { network: endpoint.network, endpoint: endpoint.name, address: endpoint.address })
  }

  /** All endpoints of the cluster as far as the store knows them, and this host's own also before they are published. */
  list(): EndpointView[] {
    const local = this.registry.list()
    const isOwn = (network: NetworkName, address: Ip): boolean =>
      local.some((own) => own.network === network && addressesOf(own).includes(address))
    const published = this.store.view.endpoints
    const isPublished = (network: NetworkName, address: Ip): boolean =>
      published.some((record) => record.network === network && record.address === address && record.host === this.self)
    const mine = local.map((own) => ({
      network: own.network,
      name: own.name,
      address: own.address,
      ...(own.second && { second: own.second.address }),
      mac: own.mac,
      host: this.self,
      kind: own.kind,
      netns: own.netns,
      interface: own.ifname,
      published: addressesOf(own).every((address) => isPublished(own.network, address)),
    }))
    const others = joined(published.filter((record) => record.host !== this.self || !isOwn(record.network, record.address)))
    return [...mine, ...others].sort((a, b) => compare(a.network, b.network) || compare(a.host, b.host) || compare(a.address, b.address))
  }

  private async plugIn(endpoint: AttachedEndpoint): Promise<void> {
    await this.plugging.plugIn(endpoint, this.segments.claimOf(endpoint))
    const { network, name, netns } = endpoint
    this.log.info('endpoint attached', { network, endpoint: name, address: addressesOf(endpoint).join(','), netns })
  }

  private draft(request: AttachRequest, origin: EndpointOrigin): AttachedEndpoint {
    const network = this.networkOf(request.network)
    const netns = /^\d+$/.test(request.netns) ? `/proc/${request.netns}/ns/net` : request.netns
    if (!netns.startsWith('/'))
      throw new WeftError('WEFT_NETNS_INVALID', `'${request.netns}' is neither an absolute path nor a process id`, {
        field: 'netns',
        hint: 'for `ip netns` names: /run/netns/NAME',
      })
    const identity = this.namespaces.identity(netns)
    if (identity === undefined)
      throw new WeftError('WEFT_NETNS_INVALID', `there is no network namespace at ${netns}`, {
        field: 'netns',
        hint: '`lsns -t net` lists namespaces with a process in each',
      })
    if (identity === this.namespaces.identity('/proc/self/ns/net'))
      throw new WeftError('WEFT_NETNS_INVALID', `${netns} is the host's own network namespace`, {
        field: 'netns',
        hint: 'the host itself reaches the network already',
      })

    const inside = this.registry.list().filter((endpoint) => endpoint.netnsIdentity === identity)
    const name = parseEndpointName(request.name ?? nameOfNetns(netns))
    const same = this.registry.list().find((endpoint) => endpoint.network === network.name && endpoint.name === name)
    const wanted = [request.address ?? []].flat().map(parseIp)
    if (same) {
      if (same.netnsIdentity === identity && wanted.every((address) => addressesOf(same).includes(address))) return same
      const has = addressesOf(same).join(' and ')
      throw new WeftError('WEFT_ENDPOINT_EXISTS', `network ${network.name} has an endpoint '${name}' with ${has} on this host`, {
        field: 'name',
        hint: 'give another --name, or `weft detach` it first',
      })
    }
    const ifname = request.interface ?? `eth${inside.length}`
    const taken = inside.find((endpoint) => endpoint.ifname === ifname)
    if (taken)
      throw new WeftError('WEFT_ENDPOINT_EXISTS', `${ifname} in ${netns} belongs to endpoint '${taken.name}'`, {
        field: 'interface',
        hint: 'give another --interface',
      })

    const [first, second] = this.places(network, wanted)
    return {
      network: network.name,
      name,
      ...first,
      ...(second && { second }),
      mac: origin.mac ?? derivedMac('endpoint', network.name, first.address),
      kind: origin.kind,
      ...(origin.attachment && { attachment: origin.attachment }),
      netns,
      netnsIdentity: identity,
      ifname,
      defaultRoute: request.defaultRoute ?? !inside.some((endpoint) => endpoint.defaultRoute),
    }
  }

  /** An address of each of the network's pools: the one that is wanted, or the next free one. */
  private places(network: Network, wanted: readonly Ip[]): readonly [PlacedAddress, PlacedAddress | undefined] {
    const floating = floatingAddresses(this.store.view, network.name)
    const taken = wanted.find((address) => floating.includes(address))
    if (taken !== undefined) {
      throw new WeftError('WEFT_ENDPOINT_EXISTS', `${taken} is a floating address of network ${network.name}`, {
        field: 'address',
        hint: '`weft leases` shows which host has it',
      })
    }
    const used = new Set([...this.registry.used(network.name), ...floating])
    const layers = layersOf(network)
    const strange = wanted.find((address) => !layerOf(network, address))
    const twice = wanted.length > 1 && layers.some(({ pool }) => wanted.every((address) => sameFamily(pool, address)))
    if (strange !== undefined || twice) {
      const message =
        strange === undefined ? `${wanted.join(' and ')} are of one family` : `network ${network.name} has no IPv${familyOf(strange)}`
      const hint = `an endpoint has one address of each pool: ${poolsOf(network).join(' and ')}`
      throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', message, { field: 'address', hint })
    }
    const [first, second] = layers.map(({ pool }) => {
      const family = prefixFamily(pool)
      const subnets = this.subnetsOf(network, pool)
      const address = wanted.find((one) => familyOf(one) === family)
      return this.choose(network, address, subnets, used)
    })
    return [first as PlacedAddress, second]
  }

  private choose(network: Network, wanted: Ip | undefined, subnets: readonly Prefix[], used: ReadonlySet<Ip>): PlacedAddress {
    if (network.mode === 'l2' && wanted !== undefined) return this.segments.place(network, wanted, used)
    if (wanted !== undefined) return checkAddress(wanted, subnets, used)
    const others = network.mode === 'l2' ? this.segments.taken(network.name) : []
    const [family] = subnets.map(prefixFamily)
    return chooseAddress(subnets, new Set([...used, ...others]), family && this.registry.last(network.name, family))
  }

  private networkOf(name: string): Network {
    const network = this.store.view.networks.get(parseNetworkName(name))
    if (network) return network
    const known = [...this.store.view.networks.keys()]
    throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no network '${name}'`, {
      field: 'network',
      hint: known.length > 0 ? `there is ${known.join(', ')}` : 'make one with `weft network create`',
    })
  }

  private subnetsOf(network: Network, pool: Prefix): Prefix[] {
    const subnets = ownSubnetsOf(this.store.view, this.self, network.name, prefixFamily(pool))
    if (subnets.length === 0) {
      throw new WeftError('WEFT_NOT_READY', `this host has no subnet of ${pool} in network ${network.name} yet`, {
        field: 'network',
        hint: '`weft status` says what it waits for',
      })
    }
    return subnets
  }
}

/** An endpoint with two addresses has a record of each: the IPv4 one comes first in what is shown. */
function joined(records: readonly Endpoint[]): EndpointView[] {
  const views = new Map<string, EndpointView>()
  for (const { network, name, address, mac, host, kind } of [...records].sort((a, b) => familyOf(a.address) - familyOf(b.address))) {
    const key = `${network} ${host} ${name} ${kind === 'floating' ? address : mac}`
    const before = views.get(key)
    if (before && !before.second) views.set(key, { ...before, second: address })
    else views.set(before ? `${key} ${address}` : key, { network, name, address, mac, host, kind, published: true })
  }
  return [...views.values()]
}

function nameOfNetns(path: string): string {
  const pid = /^\/proc\/(\d+)\//.exec(path)?.[1]
  return pid === undefined ? basename(path) : `pid-${pid}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
