import {
  asWeftError,
  contains,
  layerOf,
  layersOf,
  parseNetworkName,
  poolsOf,
  prefixFamily,
  WeftError,
  type Ip,
  type Layer,
  type Log,
  type NetworkName,
  type Prefix,
} from '#core'
import type { IpamDriver, Pool, PoolRequest } from '#docker'
import type { Store } from '#lease'
import { checkAddress, chooseAddress } from '../endpoints/address-choice.js'
import type { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import type { SegmentAddresses } from '../endpoints/segment-addresses.js'
import { floatingAddresses } from '../networks/own-leases.js'
import type { NetworkService } from '../networks/network-service.js'
import type { DockerBook } from './docker-book.js'
import type { OwnSubnets } from './own-subnet.js'
import { formatPoolId, parsePoolId } from './pool-id.js'

/** `--ipam-opt weft.network=NAME`; the same name under `-o` is checked against it. */
export const NETWORK_OPTION = 'weft.network'

interface Given {
  readonly address: Ip
  readonly length: number
}

/** Gives dockerd addresses of this host's subnets. The pool that it is told of is the network's whole pool: all of it is reached. */
export class DockerIpam implements IpamDriver {
  constructor(
    private readonly store: Store,
    private readonly subnets: OwnSubnets,
    private readonly segments: Pick<SegmentAddresses, 'place'>,
    private readonly networks: Pick<NetworkService, 'create' | 'change'>,
    private readonly registry: EndpointRegistry,
    private readonly book: DockerBook,
    private readonly log: Log,
  ) {}

  async requestPool({ pool, range, options, ipv6 }: PoolRequest): Promise<Pool> {
    const unknown = Object.keys(options).find((name) => name !== NETWORK_OPTION)
    if (unknown !== undefined)
      throw new WeftError('WEFT_DOCKER_NETWORK', `there is no IPAM option '${unknown}'`, {
        field: unknown,
        hint: `there is ${NETWORK_OPTION}`,
      })
    await this.subnets.clusterKnown()
    const name = options[NETWORK_OPTION]
    if (pool === undefined) throw this.noPool(name, ipv6)
    const network = name === undefined ? this.layerWith(pool) : await this.layerOfNamed(parseNetworkName(name), pool)
    if (range !== undefined && !contains(network.pool, range)) {
      throw new WeftError(
        'WEFT_DOCKER_NETWORK',
        `the range ${range} does not lie in ${network.pool}, the pool of network ${network.name}`,
        {
          field: '--ip-range',
          hint: 'leave it out: addresses are taken from the subnet that this host has leased',
        },
      )
    }
    await this.subnets.of(network)
    return { id: formatPoolId({ network: network.name, pool: network.pool, ...(range !== undefined && { range }) }), pool: network.pool }
  }

  /** The Weft network outlives dockerd's: other hosts use it. */
  async releasePool(): Promise<void> {}

  async requestGateway(id: string, wanted: Ip | undefined): Promise<Given> {
    const { network } = await this.poolOf(id)
    const subnets = await this.subnets.of(network)
    const places = subnets.map((subnet) => this.subnets.place(network, subnet))
    const place = wanted === undefined ? places[0] : places.find(({ gateway }) => gateway === wanted)
    if (place === undefined) {
      throw new WeftError('WEFT_DOCKER_NETWORK', `${wanted} cannot be the gateway of network ${network.name} on this host`, {
        field: '--gateway',
        hint: `leave it out; it is ${places.map(({ gateway }) => gateway).join(' or ')} here, and another on each host`,
      })
    }
    return { address: place.gateway, length: place.prefixLength }
  }

  async requestAddress(id: string, wanted: Ip | undefined): Promise<Given> {
    const { network, range } = await this.poolOf(id)
    const { name } = network
    const subnets = await this.subnets.of(network)
    // From here on nothing is waited for: two requests at once must not find the same address free.
    const used = new Set([...this.registry.used(name), ...floatingAddresses(this.store.view, name)])
    // In an adopted subnet the containers of the host before may be alive after all: only who asks for such an address by name gets it.
    if (wanted === undefined) {
      for (const { network: where, host, address: theirs } of this.store.view.endpoints)
        if (where === name && host !== this.subnets.self) used.add(theirs)
    }
    const { address, subnet } =
      wanted === undefined
        ? chooseAddress(subnets, used, this.registry.last(name, prefixFamily(network.pool)), range)
        : network.mode === 'l2'
          ? this.segments.place(network, wanted, used)
          : checkAddress(wanted, subnets, used)
    this.book.addAddress({ network: name, address })
    this.registry.given(name, address)
    return { address, length: this.subnets.place(network, subnet).prefixLength }
  }

  async releaseAddress(id: string, address: Ip): Promise<void> {
    const { network } = parsePoolId(id)
    const endpoint = this.book.endpointAt({ network, address })
    if (endpoint) {
      // Docker gives an address back after the endpoint: this is the echo of an older one, and the address has a new owner.
      this.log.warn('Docker gave back an address that is in use', { network, address, endpoint: endpoint.id })
      return
    }
    this.book.removeAddress({ network, address })
  }

  private async layerOfNamed(name: NetworkName, pool: Prefix): Promise<Layer> {
    if (!this.store.view.networks.has(name)) await this.create(name, pool)
    let network = await this.subnets.network(name)
    // dockerd asks for the pools one by one.
    if (!layerOf(network, pool)) {
      await this.networks.change(name, { pool })
      await this.store.caughtUp()
      network = await this.subnets.network(name)
    }
    const layer = layersOf(network).find((one) => one.pool === pool)
    if (layer) return layer
    const pools = poolsOf(network)
    throw new WeftError('WEFT_DOCKER_NETWORK', `the pool of network ${name} is ${pools.join(' or ')}, not ${pool}`, {
      field: '--subnet',
      hint: `give --subnet ${pools[0]}, or name another network`,
    })
  }

  /** Two hosts may do it at once. */
  private async create(name: NetworkName, pool: Prefix): Promise<void> {
    try {
      await this.networks.create({ name, pool })
    } catch (thrown) {
      const error = asWeftError(thrown)
      if (error.code !== 'WEFT_NETWORK_EXISTS') throw error
    }
    await this.store.caughtUp()
  }

  private layerWith(pool: Prefix): Layer {
    const layer = [...this.store.view.networks.values()].flatMap(layersOf).find((one) => one.pool === pool)
    if (layer) return layer
    const known = this.known()
    throw new WeftError('WEFT_DOCKER_NETWORK', `no Weft network has the pool ${pool}`, {
      field: '--subnet',
      hint: `${known && `there is ${known}; `}to make one, give it a name: --ipam-opt ${NETWORK_OPTION}=NAME --subnet ${pool}`,
    })
  }

  /**
   * Docker, up to version 26 at least, takes the routes to a pool that nobody asked for by name for a clash, and asks for another pool
   * again and again without end. It also has `--ip` only for networks with a subnet that was asked for.
   */
  private noPool(name: string | undefined, ipv6: boolean): WeftError {
    const named = [...this.store.view.networks.values()].filter((network) => name === undefined || network.name === name)
    const family = ipv6 ? 6 : 4
    const pools = named.flatMap(poolsOf).filter((pool) => prefixFamily(pool) === family)
    const known = pools.map((pool) => `--subnet ${pool}`).join(' or ')
    const example = `--ipam-opt ${NETWORK_OPTION}=NAME --subnet ${ipv6 ? 'fd61::/48' : '10.61.0.0/16'}`
    return new WeftError('WEFT_DOCKER_NETWORK', `the IPv${family} pool of the Weft network must be given`, {
      field: '--subnet',
      hint: known === '' ? `to make a network: ${example}` : `add ${known}`,
    })
  }

  private known(): string {
    return [...this.store.view.networks.values()].map((network) => `${network.name} (${poolsOf(network).join(', ')})`).join(', ')
  }

  /** @throws WeftError WEFT_DOCKER_NETWORK when the network was made anew with another pool since */
  private async poolOf(id: string): Promise<{ readonly network: Layer; readonly range: Prefix | undefined }> {
    const { network: name, pool, range } = parsePoolId(id)
    const network = await this.subnets.network(name)
    const layer = layersOf(network).find((one) => one.pool === pool)
    if (layer) return { network: layer, range }
    throw new WeftError(
      'WEFT_DOCKER_NETWORK',
      `network ${name} had the pool ${pool} when the Docker network was created, and has ${poolsOf(network).join(' and ')} now`,
      {
        field: 'pool',
        hint: 'remove the Docker network and create it again',
      },
    )
  }
}
