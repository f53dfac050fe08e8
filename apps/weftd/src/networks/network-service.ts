import type { ChangeNetworkRequest, CreateNetworkRequest, NetworkView, PoolView } from '#api'
import { layersOf, leasableSubnets, parseNetworkName, poolsOf, sameFamily, WeftError, type Layer, type Log, type Network } from '#core'
import type { Gate } from '#plan'
import { changedNetwork, draftNetwork, type Store, type Surroundings } from '#lease'

/** Creates, lists and removes networks. */
export class NetworkService {
  constructor(
    private readonly store: Store,
    private readonly surroundings: () => Promise<Surroundings>,
    private readonly gate: Pick<Gate, 'probe'>,
    private readonly log: Log,
  ) {}

  /**
   * @throws WeftError WEFT_NETWORK_EXISTS, WEFT_POOL_OVERLAP, WEFT_VNI_IN_USE, WEFT_VALUE_INVALID, WEFT_NOT_BUILT, WEFT_KERNEL_MISSING …
   * with the field
   */
  async create(request: CreateNetworkRequest): Promise<NetworkView> {
    const around = await this.surroundings()
    // Better told now than when a host has died.
    if (request.failover === 'exclusive') await this.gate.probe()
    const network = await this.store.createNetwork((view) => draftNetwork(request, view, around))
    this.log.info('network created', { network: network.name, pool: poolsOf(network).join(','), vni: network.vni })
    return this.show(network)
  }

  /** @throws WeftError WEFT_NETWORK_UNKNOWN, WEFT_VALUE_INVALID, WEFT_POOL_OVERLAP, WEFT_REQUEST_INVALID … */
  async change(name: string, request: ChangeNetworkRequest): Promise<NetworkView> {
    const around = await this.surroundings()
    const network = await this.store.changeNetwork(parseNetworkName(name), (before, view) => changedNetwork(before, request, view, around))
    this.log.info('network changed', { network: network.name, ...request })
    return this.show(network)
  }

  /** @throws WeftError WEFT_NETWORK_UNKNOWN; WEFT_NETWORK_IN_USE unless forced */
  async remove(name: string, force: boolean): Promise<void> {
    const network = this.store.view.networks.get(parseNetworkName(name))
    if (!network)
      throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no network '${name}'`, {
        field: 'network',
        hint: '`weft network ls` lists them',
      })
    await this.store.deleteNetwork(network.name, { force })
    this.log.info('network removed', { network: network.name, forced: force })
  }

  list(): NetworkView[] {
    return [...this.store.view.networks.values()].map((network) => this.show(network))
  }

  private show(network: Network): NetworkView {
    const { name, mode, vni, port, mtu, failover, direct = 'off', shortcut = 'off' } = network
    const [first, second] = layersOf(network).map((layer) => this.poolView(layer))
    const { pool, subnetSize, leased, leasable } = first as PoolView
    return {
      name,
      pool,
      subnetSize,
      ...(second && { second }),
      mode,
      vni,
      port,
      ...(mtu === undefined ? {} : { mtu }),
      failover,
      direct,
      shortcut,
      leased,
      leasable,
    }
  }

  private poolView(layer: Layer): PoolView {
    const { name, pool, subnetSize } = layer
    const leased = this.store.view.leases.filter(
      (lease) => lease.network === name && lease.state === 'held' && !lease.floating && sameFamily(pool, lease.subnet),
    )
    return { pool, subnetSize, leased: leased.length, leasable: leasableSubnets(layer) }
  }
}
