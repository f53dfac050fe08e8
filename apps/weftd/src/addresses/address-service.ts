import type { AddAddressRequest, AddressView } from '#api'
import {
  checkText,
  hostPrefix,
  parseIp,
  parseNetworkName,
  prefixAddress,
  WeftError,
  type Clock,
  type HostId,
  type Log,
  type SubnetLease,
} from '#core'
import { draftAddress, type Store } from '#lease'
import type { Gate } from '#plan'
import type { HostHealth } from '../health/host-health.js'
import type { AddressChecks } from './address-checks.js'

/** Another host may change the same address at the same moment; more often than this, something else is wrong. */
const ATTEMPTS = 5

/** Adds, lists and removes floating addresses. */
export class AddressService {
  constructor(
    private readonly self: HostId,
    private readonly store: Store,
    private readonly health: Pick<HostHealth, 'member'>,
    private readonly checks: Pick<AddressChecks, 'stateOf'>,
    private readonly gate: Pick<Gate, 'probe'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @throws WeftError what {@link draftAddress} throws, WEFT_KERNEL_MISSING, WEFT_STORE_CONFLICT, and what the store throws */
  async add(request: AddAddressRequest): Promise<AddressView> {
    if (request.failover === 'exclusive') await this.gate.probe()
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const view = await this.store.caughtUp()
      const isWell = (host: HostId): boolean =>
        view.hosts.get(host)?.draining !== true && (host === this.self || this.health.member(host)?.health === 'alive')
      const { lease, replaces } = draftAddress(request, view, this.self, isWell, this.clock.wallTime())
      const outcome = await this.store.changeLease(replaces, lease)
      if (!outcome.won) continue
      this.log.info('floating address added', { network: lease.network, address: prefixAddress(lease.subnet), host: lease.host })
      return this.show(lease)
    }
    throw new WeftError('WEFT_STORE_CONFLICT', `${request.address}: other writers came in between ${ATTEMPTS} times`, { hint: 'try again' })
  }

  list(): AddressView[] {
    return this.store.view.leases.filter(({ floating }) => floating).map((lease) => this.show(lease))
  }

  /** @throws WeftError WEFT_LEASE_UNKNOWN, WEFT_STORE_CONFLICT when it moves at that moment, and what the store throws */
  async remove(address: string, network?: string): Promise<void> {
    const subnet = hostPrefix(parseIp(address))
    const name = network === undefined ? undefined : parseNetworkName(network)
    const { leases } = await this.store.caughtUp()
    const lease = leases.find((one) => one.floating && one.subnet === subnet && (name === undefined || one.network === name))
    if (!lease) {
      throw new WeftError('WEFT_LEASE_UNKNOWN', `there is no floating address ${address}`, {
        field: 'address',
        hint: '`weft address ls` lists them',
      })
    }
    if (!(await this.store.removeLease(lease)))
      throw new WeftError('WEFT_STORE_CONFLICT', `${address} moves at this moment`, { hint: 'try again' })
    this.log.info('floating address removed', { network: lease.network, address })
  }

  private show(lease: SubnetLease): AddressView {
    const { network, subnet, host, epoch, since, floating } = lease
    return {
      address: prefixAddress(subnet),
      network,
      host,
      epoch,
      since,
      failover: floating?.failover ?? 'adopt',
      on: floating?.on ?? null,
      prefer: floating?.prefer ?? null,
      check: floating?.check ? checkText(floating.check) : null,
      checkState: host === this.self && floating?.check ? this.checks.stateOf(lease) : null,
    }
  }
}
