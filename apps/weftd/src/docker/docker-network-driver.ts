import {
  contains,
  derivedMac,
  gatewayOf,
  poolsOf,
  hash32,
  WeftError,
  type HostId,
  type Ip,
  type Log,
  type Mac,
  type NetworkName,
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
import type { AttachedEndpoint } from '../endpoints/attached-endpoint.js'
import type { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import type { Plugging } from '../endpoints/plugging.js'
import type { PublishedPorts } from '../endpoints/published-ports.js'
import { ownSubnets } from '../networks/own-leases.js'
import type { DockerBook, DockerEndpoint, DockerNetwork } from './docker-book.js'
import { NETWORK_OPTION, noIpv6 } from './docker-ipam.js'
import type { OwnSubnets } from './own-subnet.js'

export interface DriverParts {
  readonly self: HostId
  readonly store: Store
  readonly subnets: OwnSubnets
  readonly registry: EndpointRegistry
  readonly plugging: Plugging
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

  async createNetwork({ id, options, pools, internal, ipv6 }: NetworkRequest): Promise<void> {
    const { book, subnets, store, log } = this.parts
    if (ipv6) throw noIpv6()
    const [pool] = pools
    if (!pool || pools.length > 1 || !isOwnSpace(pool.space)) {
      throw new WeftError('WEFT_DOCKER_NETWORK', 'addresses of a Weft network can only be given by Weft, from one pool', {
        field: '--ipam-driver',
        hint: 'add --ipam-driver weft (in a Compose file `ipam: { driver: weft }`), with one --subnet or none',
      })
    }
    const unknown = Object.keys(options).find((name) => name !== NETWORK_OPTION)
    if (unknown !== undefined)
      throw new WeftError('WEFT_DOCKER_NETWORK', `there is no network option '${unknown}'`, {
        field: unknown,
        hint: `there is ${NETWORK_OPTION}`,
      })
    await subnets.clusterKnown()
    const network = [...store.view.networks.values()].find((one) => poolsOf(one).includes(pool.pool))
    if (!network) throw new WeftError('WEFT_NETWORK_UNKNOWN', `no Weft network has the pool ${pool.pool} any more`, { field: '--subnet' })
    const named = options[NETWORK_OPTION]
    if (named !== undefined && named !== network.name) {
      throw new WeftError('WEFT_DOCKER_NETWORK', `the pool ${pool.pool} is that of network ${network.name}, not of ${named}`, {
        field: `-o ${NETWORK_OPTION}`,
        hint: `name the network to the address management, too: --ipam-opt ${NETWORK_OPTION}=${named}`,
      })
    }
    book.addNetwork({ id, network: network.name, pool: pool.pool, internal })
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

  createEndpoint({ network: dockerNetwork, id, address, mac }: EndpointRequest): Promise<{ mac?: Mac }> {
    return this.inTurn(id, async () => {
      const { book, registry } = this.parts
      const { network, pool } = this.networkOf(dockerNetwork)
      const used = mac ?? derivedMac('endpoint', network, address)
      const answer = mac === undefined ? { mac: used } : {}
      const there = book.endpointAt({ network, address })
      if (there?.id === id) return answer
      if (there || registry.list().some((endpoint) => endpoint.network === network && endpoint.address === address)) {
        throw new WeftError('WEFT_ENDPOINT_EXISTS', `${address} is in use on this host`, {
          field: 'address',
          hint: '`weft endpoints` shows by whom',
        })
      }
      if (!contains(pool, address)) {
        throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', `${address} does not lie in ${pool}, the pool of network ${network}`, {
          field: 'address',
        })
      }
      // Given by an agent that has since lost its files.
      if (!book.addresses(network).includes(address)) book.addAddress({ network, address })
      book.addEndpoint({ id, dockerNetwork, network, address, mac: used })
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
      const { plugging, log } = this.parts
      const endpoint = this.endpointOf(id)
      const { pool, internal } = this.networkOf(dockerNetwork)
      const subnet = await this.subnetOf(endpoint)
      const source = looseName(id)
      if (!this.attached(endpoint)) {
        const attached: AttachedEndpoint = {
          network: endpoint.network,
          name: `docker-${short(id)}`,
          address: endpoint.address,
          mac: endpoint.mac,
          kind: 'docker',
          subnet,
          netns: sandbox.startsWith('/') ? sandbox : `/${sandbox}`,
          netnsIdentity: '',
          ifname: source,
          defaultRoute: !internal,
          loose: true,
        }
        await plugging.plugIn(attached)
        log.info('endpoint attached', {
          network: attached.network,
          endpoint: attached.name,
          address: attached.address,
          netns: attached.netns,
        })
      }
      this.joined()
      const gateway = gatewayOf(subnet)
      // The pool by this gateway, whatever network the container's default route belongs to.
      return { source, prefix: 'eth', routes: [{ to: pool, via: gateway }], ...(!internal && { gateway }) }
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

  private async subnetOf({ network, address }: { readonly network: NetworkName; readonly address: Ip }): Promise<Prefix> {
    await this.parts.subnets.one(network)
    const subnets = ownSubnets(this.parts.store.view, this.parts.self, network)
    const subnet = subnets.find((one) => contains(one, address))
    if (subnet) return subnet
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
