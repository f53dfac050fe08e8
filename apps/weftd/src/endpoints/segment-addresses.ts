import {
  contains,
  hostPrefix,
  isFloatable,
  layerOf,
  prefixOf,
  sleep,
  WeftError,
  type Clock,
  type Endpoint,
  type HostId,
  type Ip,
  type Log,
  type Network,
  type NetworkName,
  type Prefix,
} from '#core'
import { nextEpoch, type Store } from '#lease'
import { ownSubnets } from '../networks/own-leases.js'
import type { AttachedEndpoint } from './attached-endpoint.js'

/** Other writers come in between this often at most, in a row. */
const ATTEMPTS = 5
/** So long, in ms, an address that is just being let go of elsewhere is waited for. */
const PATIENCE = 1_000
const PAUSE = 50

/**
 * Addresses in networks that are one segment (docs/decisions/l2.md): those of the host's own range are given out without asking anybody;
 * any other one of the pool is had by whoever's record etcd takes.
 */
export class SegmentAddresses {
  /** @param answers whether a host's agent or kernel may be alive */
  constructor(
    private readonly self: HostId,
    private readonly store: Store,
    private readonly answers: (host: HostId) => boolean,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Addresses that endpoints of other hosts have, by the records. */
  taken(network: NetworkName): Ip[] {
    const isElsewhere = (one: Endpoint): boolean => one.network === network && one.host !== this.self
    return this.store.view.endpoints.filter(isElsewhere).map(({ address }) => address)
  }

  /**
   * The place of an address that was asked for, anywhere in the pool.
   * @throws WeftError WEFT_ADDRESS_OUTSIDE_SUBNET, WEFT_ENDPOINT_EXISTS when an endpoint of this host has it
   */
  place(network: Network, address: Ip, used: ReadonlySet<Ip>): { address: Ip; subnet: Prefix } {
    const layer = layerOf(network, address)
    if (!layer || !isFloatable(layer, hostPrefix(address))) {
      throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', `${address} cannot be an endpoint's in network ${network.name}`, {
        field: 'address',
        hint: `choose one of ${network.pool} behind the VTEP addresses; the first two and the last one of each /${network.subnetSize} are not given out`,
      })
    }
    if (used.has(address)) {
      throw new WeftError('WEFT_ENDPOINT_EXISTS', `${address} is in use on this host`, {
        field: 'address',
        hint: '`weft endpoints` shows by whom',
      })
    }
    return { address, subnet: prefixOf(address, network.subnetSize) }
  }

  /** What makes the endpoint the one that has its address, where etcd has to be asked before it may be in the segment. */
  claimOf(endpoint: AttachedEndpoint): (() => Promise<void>) | undefined {
    return this.needsClaim(endpoint) ? () => this.claim(endpoint) : undefined
  }

  private needsClaim({ network, address }: AttachedEndpoint): boolean {
    const { view } = this.store
    if (view.networks.get(network)?.mode !== 'l2') return false
    const record = this.recordAt(network, address)
    if (record) return record.host !== this.self
    return !ownSubnets(view, this.self, network).some((subnet) => contains(subnet, address))
  }

  /**
   * What an endpoint of a live host has stays that one's; what a dead host had is taken.
   * @throws WeftError WEFT_ENDPOINT_EXISTS naming who has it, WEFT_STORE_CONFLICT, and what the store throws
   */
  private async claim({ network, address, name, mac, kind }: AttachedEndpoint): Promise<void> {
    const until = this.clock.now() + PATIENCE
    for (let attempt = 0; attempt < ATTEMPTS;) {
      const { revision } = await this.store.caughtUp()
      const before = this.recordAt(network, address)
      if (before && before.host !== this.self && this.isThere(before.host)) {
        // Whoever has just let go of it writes that a moment later.
        if (this.clock.now() >= until) throw taken(before)
        await sleep(this.clock, PAUSE)
        continue
      }
      const epoch = before?.host === this.self ? before.epoch : nextEpoch(before, revision)
      const { won } = await this.store.claimEndpoint(before, { network, address, host: this.self, epoch, name, mac, kind })
      if (won) {
        if (before && before.host !== this.self)
          this.log.info('address taken over from a host that is gone', { network, address, host: before.host, endpoint: before.name })
        return
      }
      attempt++
    }
    throw new WeftError('WEFT_STORE_CONFLICT', `${address}: other writers came in between ${ATTEMPTS} times`, { hint: 'try again' })
  }

  private recordAt(network: NetworkName, address: Ip): Endpoint | undefined {
    return this.store.view.endpoints.find((one) => one.network === network && one.address === address)
  }

  private isThere(host: HostId): boolean {
    return this.store.view.hosts.has(host) && this.answers(host)
  }
}

function taken({ address, name, host }: Endpoint): WeftError {
  return new WeftError('WEFT_ENDPOINT_EXISTS', `endpoint '${name}' of host '${host}' has ${address}`, {
    field: 'address',
    hint: `detach it there first, or choose another address: \`weft endpoints\` shows who has which`,
  })
}
