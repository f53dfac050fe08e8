import {
  placeOf,
  prefixFamily,
  WeftError,
  type AddressPlace,
  type Clock,
  type HostId,
  type Layer,
  type Network,
  type NetworkName,
  type Prefix,
} from '#core'
import type { Store } from '#lease'
import { ownSubnets, ownSubnetsOf } from '../networks/own-leases.js'

/** dockerd waits for as long as it takes, and so does a person at a terminal, who would like to read a reason at last. In ms. */
const PATIENCE = 20_000

/** What a host has in a network, waited for: containers start with the machine, when neither etcd nor a lease need be there yet. */
export class OwnSubnets {
  constructor(
    readonly self: HostId,
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  /**
   * Resolves as soon as anything is known of the cluster, from the store or the copy on disk.
   * @throws WeftError WEFT_NOT_READY
   */
  async clusterKnown(): Promise<void> {
    await this.until(
      () => this.store.health.source,
      () =>
        new WeftError('WEFT_NOT_READY', `etcd has not been reached since this host was set up (waited ${PATIENCE / 1000} s)`, {
          hint: '`weft status` says what the agent waits for',
        }),
    )
  }

  /** The network as it is now. @throws WeftError WEFT_NETWORK_UNKNOWN, WEFT_NOT_READY */
  async network(name: NetworkName): Promise<Network> {
    await this.clusterKnown()
    const { networks } = this.store.view
    const network = networks.get(name)
    if (network) return network
    const known = [...networks.keys()]
    throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no Weft network '${name}'`, {
      field: 'weft.network',
      hint: known.length > 0 ? `there is ${known.join(', ')}` : 'make one with `weft network create`',
    })
  }

  /** The subnets that this host holds in a layer, at least one. @throws WeftError WEFT_NOT_READY */
  of({ name, pool }: Layer): Promise<readonly Prefix[]> {
    return this.some(name, () => ownSubnetsOf(this.store.view, this.self, name, prefixFamily(pool)))
  }

  /** Resolves when this host holds a subnet in a network, of whatever family. @throws WeftError WEFT_NOT_READY */
  async one(network: NetworkName): Promise<void> {
    await this.some(network, () => ownSubnets(this.store.view, this.self, network))
  }

  private some(network: NetworkName, look: () => readonly Prefix[]): Promise<readonly Prefix[]> {
    return this.until(
      () => {
        const subnets = look()
        return subnets.length > 0 ? subnets : undefined
      },
      () =>
        new WeftError('WEFT_NOT_READY', `this host has no subnet in network ${network} yet (waited ${PATIENCE / 1000} s)`, {
          field: 'network',
          hint: '`weft status` says what it waits for',
        }),
    )
  }

  /** How an address of a subnet stands in its network on this host. @throws WeftError WEFT_NOT_READY */
  place(network: Network, subnet: Prefix): AddressPlace {
    const place = placeOf(this.store.view, this.self, network, subnet)
    if (place) return place
    throw new WeftError('WEFT_NOT_READY', `this host has no VTEP address in network ${network.name} yet`, {
      field: 'network',
      hint: '`weft status` says what it waits for',
    })
  }

  private until<T>(look: () => T | undefined, late: () => WeftError): Promise<T> {
    const found = look()
    if (found !== undefined) return Promise.resolve(found)
    return new Promise((resolve, reject) => {
      const end = (): void => {
        stopListening()
        timer.cancel()
      }
      const stopListening = this.store.onChange(() => {
        const seen = look()
        if (seen === undefined) return
        end()
        resolve(seen)
      })
      const timer = this.clock.after(PATIENCE, () => {
        end()
        reject(late())
      })
    })
  }
}
