import type { LeaseHistoryView } from '#api'
import {
  parseHostId,
  parseIp,
  parseNetworkName,
  parsePrefix,
  hostPrefix,
  WeftError,
  type Clock,
  type ClusterView,
  type HostId,
  type Log,
  type SubnetLease,
} from '#core'
import type { Store } from '#lease'
import type { HostHealth } from '../health/host-health.js'
import type { FailoverDriver } from './failover-driver.js'

/** For so long a request waits for a lease to move, in ms: less than the command line waits. */
const PATIENCE = 10_000

/** How many owners of a subnet are shown. */
const HISTORY_LIMIT = 50

/** What an operator asks of failover. */
export class FailoverService {
  constructor(
    private readonly store: Store,
    private readonly driver: Pick<FailoverDriver, 'move' | 'fence'>,
    private readonly health: Pick<HostHealth, 'member'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** Who owned a subnet or floating address, newest first. @throws WeftError WEFT_LEASE_UNKNOWN, and what the store throws */
  async history(text: string, network?: string): Promise<LeaseHistoryView> {
    const lease = this.leaseOf(text, network)
    const { versions, complete } = await this.store.leaseHistory(lease.network, lease.subnet, HISTORY_LIMIT)
    return {
      network: lease.network,
      subnet: lease.subnet,
      complete,
      versions: versions.map(({ revision, lease: { host, epoch, state, since, adoptedFrom } }) => ({
        revision,
        host,
        epoch,
        state,
        since,
        ...(adoptedFrom === undefined ? {} : { adoptedFrom }),
      })),
    }
  }

  /**
   * Asks the owner of a lease to hand it to another host, and waits until it has.
   * @throws WeftError WEFT_LEASE_UNKNOWN, WEFT_HOST_UNKNOWN, WEFT_LEASE_STAYS when nothing has moved in time
   */
  async move(text: string, to: string, network?: string): Promise<SubnetLease> {
    const target = this.hostOf(to)
    const lease = this.leaseOf(text, network)
    if (lease.host === target) return lease
    this.driver.move(lease, target)
    const moved = await this.until((view) => find(view, lease)?.host === target)
    if (moved) return find(this.store.view, lease) ?? lease
    throw new WeftError('WEFT_LEASE_STAYS', `${lease.subnet} is still with host '${lease.host}'`, {
      field: 'subnet',
      hint: `look at \`weft hosts\`: '${lease.host}' must be alive to hand it over, and '${target}' to take it; a dead host's leases move by themselves`,
    })
  }

  /**
   * Has a host hand over all its leases and take none, and waits until it has none.
   * @returns the leases that it still has
   * @throws WeftError WEFT_HOST_UNKNOWN, and what the store throws
   */
  async drain(host: string): Promise<readonly SubnetLease[]> {
    const target = this.hostOf(host)
    await this.store.drainHost(target, true)
    this.log.info('host drained', { host: target })
    await this.until((view) => held(view, target).length === 0)
    return held(this.store.view, target)
  }

  /**
   * Lets a drained host take leases again; it gets its own back by itself.
   * @throws WeftError WEFT_HOST_UNKNOWN, and what the store throws
   */
  async undrain(host: string): Promise<void> {
    const target = this.hostOf(host)
    await this.store.drainHost(target, false)
    this.log.info('host no longer drained', { host: target })
  }

  /**
   * An operator's word that a host is powered off: its leases move without further proof, and those that do not within some seconds are
   * left.
   * @returns the leases that the host still has
   * @throws WeftError WEFT_HOST_UNKNOWN; WEFT_HOST_ALIVE while its agent answers
   */
  async fence(host: string): Promise<readonly SubnetLease[]> {
    const target = this.hostOf(host)
    const health = this.health.member(target)?.health
    if (health === 'alive') {
      throw new WeftError('WEFT_HOST_ALIVE', `the agent of host '${target}' answers: it is not powered off`, {
        field: 'host',
        hint: 'use `weft drain` to take its leases from it',
      })
    }
    this.log.warn('an operator says that a host is powered off', { host: target })
    this.driver.fence(target)
    await this.until((view) => held(view, target).length === 0)
    return held(this.store.view, target)
  }

  private leaseOf(text: string, network: string | undefined): SubnetLease {
    const subnet = text.includes('/') ? parsePrefix(text) : hostPrefix(parseIp(text))
    const name = network === undefined ? undefined : parseNetworkName(network)
    const found = this.store.view.leases.find((lease) => lease.subnet === subnet && (name === undefined || lease.network === name))
    if (found) return found
    throw new WeftError('WEFT_LEASE_UNKNOWN', `there is no lease of ${subnet}`, { field: 'subnet', hint: '`weft leases` lists them' })
  }

  private hostOf(text: string): HostId {
    const host = parseHostId(text)
    if (this.store.view.hosts.has(host)) return host
    throw new WeftError('WEFT_HOST_UNKNOWN', `there is no host '${host}'`, { field: 'host', hint: '`weft hosts` lists them' })
  }

  /** Whether the view came to pass in time. */
  private until(passes: (view: ClusterView) => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (value: boolean): void => {
        stop()
        timer.cancel()
        resolve(value)
      }
      const stop = this.store.onChange((view) => passes(view) && end(true))
      const timer = this.clock.after(PATIENCE, () => end(false))
      if (passes(this.store.view)) end(true)
    })
  }
}

function find(view: ClusterView, { network, subnet }: SubnetLease): SubnetLease | undefined {
  return view.leases.find((lease) => lease.network === network && lease.subnet === subnet)
}

/** What can move: `hold` stays. */
function held(view: ClusterView, host: HostId): SubnetLease[] {
  return view.leases.filter(
    (lease) => lease.host === host && lease.state === 'held' && (lease.floating ?? view.networks.get(lease.network))?.failover !== 'hold',
  )
}
