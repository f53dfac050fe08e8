import { basename } from 'node:path'
import type { AttachRequest, EndpointView } from '#api'
import {
  derivedMac,
  parseEndpointName,
  parseIp,
  parseNetworkName,
  WeftError,
  type HostId,
  type Ip,
  type Mac,
  type Network,
  type NetworkName,
  type Prefix,
  type Log,
} from '#core'
import type { Store } from '#lease'
import { floatingAddresses, ownSubnets } from '../networks/own-leases.js'
import { checkAddress, chooseAddress } from './address-choice.js'
import type { EndpointRegistry } from './endpoint-registry.js'
import type { AttachedEndpoint } from './attached-endpoint.js'
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
          (endpoint.name === nameOrAddress || endpoint.address === nameOrAddress) &&
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
    const isOwn = (network: NetworkName, address: string): boolean =>
      local.some((own) => own.network === network && own.address === address)
    const published = this.store.view.endpoints
    const mine = local.map((own) => ({
      network: own.network,
      name: own.name,
      address: own.address,
      mac: own.mac,
      host: this.self,
      kind: own.kind,
      netns: own.netns,
      interface: own.ifname,
      published: published.some((record) => record.network === own.network && record.address === own.address && record.host === this.self),
    }))
    const others = published
      .filter((record) => record.host !== this.self || !isOwn(record.network, record.address))
      .map(({ network, name, address, mac, host, kind }) => ({ network, name, address, mac, host, kind, published: true }))
    return [...mine, ...others].sort((a, b) => compare(a.network, b.network) || compare(a.host, b.host) || compare(a.address, b.address))
  }

  private async plugIn(endpoint: AttachedEndpoint): Promise<void> {
    const claim = this.segments.needsClaim(endpoint) ? () => this.segments.claim(endpoint) : undefined
    await this.plugging.plugIn(endpoint, claim)
    const { network, name, address, netns } = endpoint
    this.log.info('endpoint attached', { network, endpoint: name, address, netns })
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
    const address = request.address === undefined ? undefined : parseIp(request.address)
    if (same) {
      if (same.netnsIdentity === identity && (address === undefined || same.address === address)) return same
      throw new WeftError('WEFT_ENDPOINT_EXISTS', `network ${network.name} has an endpoint '${name}' with ${same.address} on this host`, {
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

    const floating = floatingAddresses(this.store.view, network.name)
    if (address !== undefined && floating.includes(address)) {
      throw new WeftError('WEFT_ENDPOINT_EXISTS', `${address} is a floating address of network ${network.name}`, {
        field: 'address',
        hint: '`weft leases` shows which host has it',
      })
    }
    const used = new Set([...this.registry.used(network.name), ...floating])
    const subnets = this.subnetsOf(network)
    const chosen = this.choose(network, address, subnets, used)
    return {
      network: network.name,
      name,
      ...chosen,
      mac: origin.mac ?? derivedMac('endpoint', network.name, chosen.address),
      kind: origin.kind,
      ...(origin.attachment && { attachment: origin.attachment }),
      netns,
      netnsIdentity: identity,
      ifname,
      defaultRoute: request.defaultRoute ?? !inside.some((endpoint) => endpoint.defaultRoute),
    }
  }

  private choose(
    network: Network,
    wanted: Ip | undefined,
    subnets: readonly Prefix[],
    used: ReadonlySet<Ip>,
  ): { address: Ip; subnet: Prefix } {
    if (network.mode === 'l2' && wanted !== undefined) return this.segments.place(network, wanted, used)
    const others = network.mode === 'l2' ? this.segments.taken(network.name) : []
    if (wanted === undefined) return chooseAddress(subnets, new Set([...used, ...others]), this.registry.last(network.name))
    return checkAddress(wanted, subnets, used)
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

  private subnetsOf(network: Network): Prefix[] {
    const subnets = ownSubnets(this.store.view, this.self, network.name)
    if (subnets.length === 0) {
      throw new WeftError('WEFT_NOT_READY', `this host has no subnet in network ${network.name} yet`, {
        field: 'network',
        hint: '`weft status` says what it waits for',
      })
    }
    return subnets
  }
}

function nameOfNetns(path: string): string {
  const pid = /^\/proc\/(\d+)\//.exec(path)?.[1]
  return pid === undefined ? basename(path) : `pid-${pid}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
