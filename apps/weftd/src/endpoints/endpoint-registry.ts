import { familyOf, prefixFamily, type Family, type Ip, type NetworkName, type Prefix } from '#core'
import { addressesOf } from '#plan'
import type { EndpointFile } from './endpoint-file.js'
import { placesOf, type AttachedEndpoint } from './attached-endpoint.js'

/** Whoever gives out addresses before there is an endpoint, or keeps them after it. */
export interface AddressHolder {
  addresses(network: NetworkName): Iterable<Ip>
}

const NOBODY: AddressHolder = { addresses: () => [] }

/** The endpoints of this host: in memory, and on disk before anything is done with them. */
export class EndpointRegistry {
  private endpoints: readonly AttachedEndpoint[] = []
  /** By network and family. */
  private readonly lastGiven = new Map<string, Ip>()
  private readonly listeners = new Set<(gone: readonly AttachedEndpoint[]) => void>()
  private readonly wiredListeners = new Set<() => void>()
  /** Added, and not yet seen in the kernel, by {@link keyOf}. */
  private readonly fresh = new Set<string>()

  /** @param others whose addresses count as used, besides those of the endpoints */
  constructor(
    private readonly file: EndpointFile,
    private readonly others: AddressHolder = NOBODY,
  ) {}

  /** Reads what an earlier agent left. @throws WeftError WEFT_STATE_FILE */
  load(): void {
    this.endpoints = this.file.load()
  }

  /** A new array after each change, the same one in between. */
  list(): readonly AttachedEndpoint[] {
    return this.endpoints
  }

  used(network: NetworkName): ReadonlySet<Ip> {
    const own = this.endpoints.filter((endpoint) => endpoint.network === network).flatMap(addressesOf)
    return new Set([...own, ...this.others.addresses(network)])
  }

  /** The address of a family given out last in a network, since this agent started. */
  last(network: NetworkName, family: Family): Ip | undefined {
    return this.lastGiven.get(`${network} ${family}`)
  }

  /** A subnet of the family that endpoints in the network have addresses of. */
  subnetIn(network: NetworkName, family: Family): Prefix | undefined {
    const places = this.endpoints.flatMap((endpoint) => (endpoint.network === network ? placesOf(endpoint) : []))
    return places.find(({ subnet }) => prefixFamily(subnet) === family)?.subnet
  }

  add(endpoint: AttachedEndpoint): void {
    this.fresh.add(keyOf(endpoint))
    try {
      this.replace([...this.endpoints, endpoint])
    } catch (error) {
      this.fresh.delete(keyOf(endpoint))
      throw error
    }
    for (const address of addressesOf(endpoint)) this.given(endpoint.network, address)
  }

  /** Notes an address as given out last: the search for the next one begins behind it. */
  given(network: NetworkName, address: Ip): void {
    this.lastGiven.set(`${network} ${familyOf(address)}`, address)
  }

  /** True from {@link add} until {@link wired}: it is no wonder that the kernel does not have it yet. */
  isFresh(endpoint: AttachedEndpoint): boolean {
    return this.fresh.has(keyOf(endpoint))
  }

  /** The kernel has it. */
  wired(endpoint: AttachedEndpoint): void {
    this.fresh.delete(keyOf(endpoint))
    for (const listener of this.wiredListeners) listener()
  }

  /** Calls back whenever the kernel has another endpoint. */
  onWired(listener: () => void): void {
    this.wiredListeners.add(listener)
  }

  /** The endpoint as it is described now: its name may have been learnt meanwhile. Undefined when it is gone. */
  current(endpoint: AttachedEndpoint): AttachedEndpoint | undefined {
    return this.endpoints.find((one) => keyOf(one) === keyOf(endpoint) && one.ifname === endpoint.ifname)
  }

  /** Puts another description in the place of an endpoint's; false when it has gone meanwhile. */
  change(endpoint: AttachedEndpoint, next: AttachedEndpoint): boolean {
    if (!this.endpoints.includes(endpoint)) return false
    this.replace(this.endpoints.map((one) => (one === endpoint ? next : one)))
    return true
  }

  remove(gone: readonly AttachedEndpoint[]): void {
    for (const endpoint of gone) this.fresh.delete(keyOf(endpoint))
    if (gone.length > 0)
      this.replace(
        this.endpoints.filter((endpoint) => !gone.includes(endpoint)),
        gone,
      )
  }

  /** Calls back after each change, with the endpoints that it removed. */
  onChange(listener: (gone: readonly AttachedEndpoint[]) => void): void {
    this.listeners.add(listener)
  }

  private replace(endpoints: readonly AttachedEndpoint[], gone: readonly AttachedEndpoint[] = []): void {
    this.file.save(endpoints)
    this.endpoints = endpoints
    for (const listener of this.listeners) listener(gone)
  }
}

/** An address is unique within its network. */
function keyOf({ network, address }: AttachedEndpoint): string {
  return `${network} ${address}`
}
