import * as z from 'zod'
import { parseIp, parseMac, parseNetworkName, parsePrefix, type Ip, type Mac, type NetworkName, type Prefix } from '#core'
import type { AddressHolder } from '../endpoints/endpoint-registry.js'
import { parsed, StateFile } from '../host/state-file.js'

/** A network of dockerd that stands for one of Weft. */
export interface DockerNetwork {
  /** dockerd's id. */
  readonly id: string
  readonly network: NetworkName
  readonly pool: Prefix
  /** Of the other family, when it was made with `--ipv6`. */
  readonly second?: Prefix
  /** No way out. */
  readonly internal: boolean
}

/** An address that dockerd has asked for and not given back. */
export interface GivenAddress {
  readonly network: NetworkName
  readonly address: Ip
}

/** An endpoint of dockerd. It is one of the host's endpoints, too, from Join until its interface goes. */
export interface DockerEndpoint extends GivenAddress {
  /** dockerd's id, and that of its network. */
  readonly id: string
  readonly dockerNetwork: string
  readonly second?: Ip
  readonly mac: Mac
}

/** The addresses of an endpoint, the one that it is known by first. */
export function addressesOf({ address, second }: { readonly address: Ip; readonly second?: Ip }): readonly Ip[] {
  return second === undefined ? [address] : [address, second]
}

interface Content {
  readonly networks: readonly DockerNetwork[]
  readonly addresses: readonly GivenAddress[]
  readonly endpoints: readonly DockerEndpoint[]
}

const ADDRESS = z.object({ network: parsed(parseNetworkName), address: parsed(parseIp) })

const FILE = z.object({
  format: z.literal(1),
  networks: z.array(
    z.object({
      id: z.string(),
      network: parsed(parseNetworkName),
      pool: parsed(parsePrefix),
      second: parsed(parsePrefix).exactOptional(),
      internal: z.boolean(),
    }),
  ),
  addresses: z.array(ADDRESS),
  endpoints: z.array(
    ADDRESS.extend({ id: z.string(), dockerNetwork: z.string(), second: parsed(parseIp).exactOptional(), mac: parsed(parseMac) }),
  ),
})

const EMPTY: Content = { networks: [], addresses: [], endpoints: [] }

/**
 * What was agreed with dockerd: it keeps its side on disk and never repeats it, so this one outlasts restarts, too. Each change is on disk
 * before dockerd is answered.
 */
export class DockerBook implements AddressHolder {
  private content = EMPTY
  private readonly file: StateFile<Content & { readonly format: 1 }>

  constructor(path: string) {
    this.file = new StateFile(
      path,
      FILE,
      'mend the file; or, with no container on a network of Weft on this host, move it away and restart weftd',
    )
  }

  /** Reads what an earlier agent left. @throws WeftError WEFT_STATE_FILE */
  load(): void {
    this.content = this.file.load() ?? EMPTY
  }

  get networks(): readonly DockerNetwork[] {
    return this.content.networks
  }

  get endpoints(): readonly DockerEndpoint[] {
    return this.content.endpoints
  }

  get given(): readonly GivenAddress[] {
    return this.content.addresses
  }

  network(id: string): DockerNetwork | undefined {
    return this.content.networks.find((network) => network.id === id)
  }

  endpoint(id: string): DockerEndpoint | undefined {
    return this.content.endpoints.find((endpoint) => endpoint.id === id)
  }

  endpointAt({ network, address }: GivenAddress): DockerEndpoint | undefined {
    return this.content.endpoints.find((endpoint) => endpoint.network === network && addressesOf(endpoint).includes(address))
  }

  addresses(network: NetworkName): Ip[] {
    return this.content.addresses.filter((given) => given.network === network).map(({ address }) => address)
  }

  addNetwork(network: DockerNetwork): void {
    this.change({ networks: [...this.content.networks.filter(({ id }) => id !== network.id), network] })
  }

  removeNetwork(gone: string): void {
    if (this.network(gone)) this.change({ networks: this.content.networks.filter(({ id }) => id !== gone) })
  }

  addAddress({ network, address }: GivenAddress): void {
    this.change({ addresses: [...this.content.addresses, { network, address }] })
  }

  removeAddress(gone: GivenAddress & { readonly second?: Ip }): void {
    const all = addressesOf(gone)
    const addresses = this.content.addresses.filter(({ network, address }) => network !== gone.network || !all.includes(address))
    if (addresses.length < this.content.addresses.length) this.change({ addresses })
  }

  addEndpoint(endpoint: DockerEndpoint): void {
    this.change({ endpoints: [...this.content.endpoints, endpoint] })
  }

  removeEndpoint(gone: string): void {
    if (this.endpoint(gone)) this.change({ endpoints: this.content.endpoints.filter(({ id }) => id !== gone) })
  }

  private change(changed: Partial<Content>): void {
    const content = { ...this.content, ...changed }
    this.file.save({ format: 1, ...content })
    this.content = content
  }
}
