import {
  contains,
  derivedMac,
  hash32,
  poolsOf,
  prefixOf,
  sameFamily,
  WeftError,
  type HostId,
  type Ip,
  type Log,
  type Mac,
  type Network,
  type Prefix,
} from '#core'
import {
  isOwnSpace,
  type EndpointRequest,
  type Joined,
  type JoinRequest,
  type NetworkDriver,
  type NetworkRequest,
  type PortWish,
} from '#docker'
import type { Store } from '#lease'
import { addressesOf as addressesAt } from '#plan'
import type { AttachedEndpoint, PlacedAddress } from '../endpoints/attached-endpoint.js'
import type { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import type { Plugging } from '../endpoints/plugging.js'
import type { SegmentAddresses } from '../endpoints/segment-addresses.js'
import type { PublishedPorts } from '../endpoints/published-ports.js'
import { ownSubnets } from '../networks/own-leases.js'
import { addressesOf, type DockerBook, type DockerEndpoint, type DockerNetwork } from './docker-book.js'
import { NETWORK_OPTION } from './docker-ipam.js'
import type { OwnSubnets } from './own-subnet.js'

export interface DriverParts {
  readonly self: HostId
  readonly store: Store
  readonly subnets: OwnSubnets
  readonly registry: EndpointRegistry
  readonly plugging: Plugging
  readonly segments: Pick<SegmentAddresses, 'claimOf'>
  readonly published: PublishedPorts
  readonly book: DockerBook
  readonly log: Log
}

/**
 * dockerd's networks and endpoints. An endpoint is noted when dockerd creates it, and wired when a container joins: the pair is made with
 * its far end loose in the host's namespace, and dockerd takes that into the container.
 */
export class DockerNetworkDriver implements NetworkDriver {
  /** Requests about one endpoint are answered one after another: dockerd repeats one whose answer was lost. */
  private readonly turns = new Map<string, Promise<unknown>>()

  /** @param joined called after a container has joined a network */
  constructor(
    private readonly parts: DriverParts,
    private readonly joined: () => void,
  ) {}

  async createNetwork({ id, options, pools, internal }: NetworkRequest): Promise<void> {
    const { book, subnets, store, log } = this.parts
    const [pool, second, ...more] = pools
    const twice = pool && second && sameFamily(pool.pool, second.pool)
    if (!pool || twice || more.length > 0 || !pools.every(({ space }) => isOwnSpace(space))) {
      throw new WeftError('WEFT_DOCKER_NETWORK', 'addresses of a Weft network can only be given by Weft, from one pool of each family', {
        field: '--ipam-driver',
        hint: 'add --ipam-driver weft (in a Compose file `ipam: { driver: weft }`), with one --subnet, or one of each family and --ipv6',
      })
    }
    const unknown = Object.keys(options).find((name) => name !== NETWORK_OPTION)
    if (unknown !== undefined)
      throw new WeftError('WEFT_DOCKER_NETWORK', `there is no network option '${unknown}'`, {
        field: unknown,
        hint: `there is ${NETWORK_OPTION}`,
      })
    await subnets.clusterKnown()
    const texts = pools.map((one) => one.pool)
    const network = [...store.view.networks.values()].find((one) => texts.every((text) => poolsOf(one).includes(text)))
    if (!network) {
      const message = `no Weft network has the ${texts.length > 1 ? 'pools' : 'pool'} ${texts.join(' and ')}`
      throw new WeftError('WEFT_NETWORK_UNKNOWN', message, { field: '--subnet', hint: '`weft network ls` shows them' })
    }
    const named = options[NETWORK_OPTION]
    if (named !== undefined && named !== network.name) {
      throw new WeftError('WEFT_DOCKER_NETWORK', `the pool ${pool.pool} is that of network ${network.name}, not of ${named}`, {
        field: `-o ${NETWORK_OPTION}`,
        hint: `name the network to the address management, too: --ipam-opt ${NETWORK_OPTION}=${named}`,
      })
    }
    book.addNetwork({ id, network: network.name, pool: pool.pool, ...(second && { second: second.pool }), internal })
    log.info('Docker network created', { network: network.name, docker: short(id) })
  }

  async deleteNetwork(id: string): Promise<void> {
    const { book, log } = this.parts
    const network = book.network(id)
    if (!network) return
    const left = book.endpoints.filter(({ dockerNetwork }) => dockerNetwork === id)
    await Promise.all(left.map((endpoint) => this.deleteEndpoint(id, endpoint.id)))
    for (const endpoint of left) book.removeAddress(endpoint)
    book.removeNetwork(id)
    log.info('Docker network removed', { network: network.network, docker: short(id) })
  }

  createEndpoint({ network: dockerNetwork, id, address, second, mac }: EndpointRequest): Promise<{ mac?: Mac }> {
    return this.inTurn(id, async () => {
      const { book, registry } = this.parts
      const { network, ...pools } = this.networkOf(dockerNetwork)
      const used = mac ?? derivedMac('endpoint', network, address)
      const answer = mac === undefined ? { mac: used } : {}
      const there = book.endpointAt({ network, address })
      if (there?.id === id) return answer
      const both = second === undefined ? {} : { second }
      for (const one of addressesOf({ address, ...both })) {
        const isAt = (endpoint: AttachedEndpoint): boolean => endpoint.network === network && addressesAt(endpoint).includes(one)
        if (book.endpointAt({ network, address: one }) || registry.list().some(isAt)) {
          throw new WeftError('WEFT_ENDPOINT_EXISTS', `${one} is in use on this host`, {
            field: 'address',
            hint: '`weft endpoints` shows by whom',
          })
        }
        if (!poolsIn(pools).some((pool) => contains(pool, one))) {
          const message = `${one} does not lie in ${poolsIn(pools).join(' or ')} of network ${network}`
          throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', message, { field: 'address' })
        }
        // Given by an agent that has since lost its files.
        if (!book.addresses(network).includes(one)) book.addAddress({ network, address: one })
      }
      book.addEndpoint({ id, dockerNetwork, network, address, ...both, mac: used })
      return answer
    })
  }

  deleteEndpoint(_network: string, id: string): Promise<void> {
    return this.inTurn(id, async () => {
      const { book, plugging, log } = this.parts
      const endpoint = book.endpoint(id)
      if (!endpoint) return
      const attached = this.attached(endpoint)
      // Out of the kernel before it is forgotten: when that fails, Docker's repetition finds it here.
      if (attached) await plugging.pullOut(attached)
      book.removeEndpoint(id)
      if (attached) log.info('endpoint detached', { network: attached.network, endpoint: attached.name, address: attached.address })
    })
  }

  async describeEndpoint(_network: string, id: string): Promise<Record<string, unknown>> {
    const endpoint = this.parts.book.endpoint(id)
    if (!endpoint) return {}
    const { published = [] } = this.attached(endpoint) ?? {}
    return {
      'weft.network': endpoint.network,
      'weft.host': this.parts.self,
      'weft.address': endpoint.address,
      ...(endpoint.second !== undefined && { 'weft.address6': endpoint.second }),
      'com.docker.network.endpoint.macaddress': endpoint.mac,
      'com.docker.network.portmap': published.map(({ protocol, hostAddress, hostPort, port }) => ({
        Proto: protocol === 'tcp' ? 6 : 17,
        IP: endpoint.address,
        Port: port,
        HostIP: hostAddress ?? '0.0.0.0',
        HostPort: hostPort,
        HostPortEnd: hostPort,
      })),
    }
  }

  join({ network: dockerNetwork, id, sandbox }: JoinRequest): Promise<Joined> {
    return this.inTurn(id, async () => {
      const { plugging, segments, subnets, log } = this.parts
      const endpoint = this.endpointOf(id)
      const { internal, ...pools } = this.networkOf(dockerNetwork)
      const network = await subnets.network(endpoint.network)
      const places = await Promise.all(addressesOf(endpoint).map((address) => this.placeOf(network, address)))
      const [first, second] = places as [PlacedAddress, PlacedAddress?]
      const gatewayAt = ({ subnet }: PlacedAddress): Ip => subnets.place(network, subnet).gateway
      const source = looseName(id)
      if (!this.attached(endpoint)) {
        const attached: AttachedEndpoint = {
          network: endpoint.network,
          name: `docker-${short(id)}`,
          ...first,
          ...(second && { second }),
          mac: endpoint.mac,
          kind: 'docker',
          netns: sandbox.startsWith('/') ? sandbox : `/${sandbox}`,
          netnsIdentity: '',
          ifname: source,
          defaultRoute: !internal,
          loose: true,
        }
        await plugging.plugIn(attached, segments.claimOf(attached))
        log.info('endpoint attached', {
          network: attached.network,
          endpoint: attached.name,
          address: addressesOf(endpoint).join(','),
          netns: attached.netns,
        })
      }
      this.joined()
      // The pools by these gateways, whatever network the container's default route belongs to. In a segment the pool is on the link.
      const routes = places.flatMap((place) => {
        const pool = network.mode === 'l2' ? undefined : poolsIn(pools).find((one) => contains(one, place.address))
        return pool === undefined ? [] : [{ to: pool, via: gatewayAt(place) }]
      })
      return { source, prefix: 'eth', routes, gateways: internal ? [] : places.map(gatewayAt) }
    })
  }

  /** The interface goes with the endpoint: dockerd first takes it back from the container. */
  async leave(network: string, id: string): Promise<void> {
    await this.withdraw(network, id)
  }

  publish(_network: string, id: string, wishes: readonly PortWish[]): Promise<void> {
    return this.inTurn(id, async () => {
      const endpoint = this.endpointOf(id)
      const attached = this.attached(endpoint)
      if (!attached) throw gone(id)
      if (wishes.length > 0 && !attached.published) await this.parts.published.publish(attached, wishes)
    })
  }

  withdraw(_network: string, id: string): Promise<void> {
    return this.inTurn(id, async () => {
      const endpoint = this.parts.book.endpoint(id)
      const attached = endpoint && this.attached(endpoint)
      if (attached?.published) await this.parts.published.withdraw(attached)
    })
  }

  /** The endpoint among those of this host, while it has an interface. */
  private attached({ id, network, address }: DockerEndpoint): AttachedEndpoint | undefined {
    return this.parts.registry
      .list()
      .find((endpoint) => endpoint.network === network && endpoint.address === address && endpoint.ifname === looseName(id))
  }

  private networkOf(id: string): DockerNetwork {
    const network = this.parts.book.network(id)
    if (network) return network
    throw new WeftError('WEFT_DOCKER_NETWORK', `this agent knows nothing of the Docker network ${short(id)}`, {
      field: 'network',
      hint: 'was the state directory removed? Remove the Docker network and create it again',
    })
  }

  private endpointOf(id: string): DockerEndpoint {
    const endpoint = this.parts.book.endpoint(id)
    if (!endpoint) throw gone(id)
    return endpoint
  }

  private async placeOf({ name: network, mode, subnetSize }: Network, address: Ip): Promise<PlacedAddress> {
    // In a segment an address may be of anybody's range.
    if (mode === 'l2') return { address, subnet: prefixOf(address, subnetSize) }
    await this.parts.subnets.one(network)
    const subnets = ownSubnets(this.parts.store.view, this.parts.self, network)
    const subnet = subnets.find((one) => contains(one, address))
    if (subnet) return { address, subnet }
    throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', `${address} does not lie in a subnet that this host holds in ${network}`, {
      field: 'address',
      hint: `this host has ${subnets.join(', ')}; start the container again to have it given an address`,
    })
  }

  private inTurn<T>(id: string, action: () => Promise<T>): Promise<T> {
    const result = (this.turns.get(id) ?? Promise.resolve()).then(action)
    const settled = result
      .catch(() => undefined)
      .then(() => {
        if (this.turns.get(id) === settled) this.turns.delete(id)
      })
    this.turns.set(id, settled)
    return result
  }
}

function poolsIn({ pool, second }: Pick<DockerNetwork, 'pool' | 'second'>): readonly Prefix[] {
  return second === undefined ? [pool] : [pool, second]
}

/** Name of an endpoint's interface until dockerd takes it. */
export function looseName(id: string): string {
  return `wd-${hash32(id).toString(16).padStart(8, '0')}`
}

/** As `docker` prints ids. */
export function short(id: string): string {
  return id.slice(0, 12)
}

function gone(id: string): WeftError {
  return new WeftError(
    'WEFT_ENDPOINT_UNKNOWN',
    `this agent knows nothing of Docker's endpoint ${short(id)}, or its interface was deleted`,
    {
      field: 'endpoint',
      hint: 'start the container again',
    },
  )
}
