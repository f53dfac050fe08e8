import { prefixAddress, type AddressCheck, type Clock, type HostId, type Log, type SubnetLease, type Timer } from '#core'
import { CheckVerdict, leaseKey, type Store } from '#lease'
import type { FailoverDriver } from '../failover/failover-driver.js'
import type { HostHealth } from '../health/host-health.js'
import type { CheckResult, RunCheck } from './check-result.js'

/** How often the addresses of this host are checked, in ms; one whose check still runs is left out. */
const INTERVAL = 1_000

/** A host that has just got an address may need so long, in ms, to bring up what is checked. */
const SETTLING = 2_000

interface Checked {
  readonly verdict: CheckVerdict
  epoch: number
  /** When this host got it. */
  since: number
  told: boolean
  running: boolean
}

/** Checks the floating addresses that this host holds, and has those move whose check fails here. */
export class AddressChecks {
  private readonly checked = new Map<string, Checked>()
  private timer: Timer | undefined
  private readonly stopping = new AbortController()

  constructor(
    private readonly self: HostId,
    private readonly store: Pick<Store, 'view'>,
    private readonly driver: Pick<FailoverDriver, 'move'>,
    private readonly health: Pick<HostHealth, 'member'>,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly check: RunCheck,
  ) {}

  start(): void {
    if (!this.stopping.signal.aborted) this.timer = this.clock.after(INTERVAL, () => this.round())
  }

  close(): void {
    this.stopping.abort()
    this.timer?.cancel()
  }

  /** How the check of an address that this host holds goes. */
  stateOf(lease: SubnetLease): 'passing' | 'failing' {
    return this.checked.get(leaseKey(lease))?.verdict.failing ? 'failing' : 'passing'
  }

  private round(): void {
    const known = new Set<string>()
    for (const lease of this.store.view.leases) {
      const check = lease.floating?.check
      if (check === undefined) continue
      // Also those that are elsewhere: how often they were moved from here counts when they are back.
      known.add(leaseKey(lease))
      if (lease.host !== this.self || lease.state !== 'held') continue
      const entry = this.entryOf(lease)
      if (entry.running || this.clock.now() - entry.since < SETTLING) continue
      void this.make(check, lease, entry)
    }
    for (const key of this.checked.keys()) if (!known.has(key)) this.checked.delete(key)
    this.start()
  }

  /** Nothing in here rejects. */
  private async make(check: AddressCheck, lease: SubnetLease, entry: Checked): Promise<void> {
    entry.running = true
    const result = await this.check(check, prefixAddress(lease.subnet), this.stopping.signal)
    entry.running = false
    // By now the address may have gone, and come back.
    const now = this.store.view.leases.find(({ network, subnet }) => network === lease.network && subnet === lease.subnet)
    if (this.stopping.signal.aborted || now?.epoch !== lease.epoch) return
    this.tell(lease, entry, result)
    if (entry.verdict.take(result.passed, this.clock.now())) this.move(lease, entry)
  }

  private entryOf(lease: SubnetLease): Checked {
    const name = leaseKey(lease)
    let entry = this.checked.get(name)
    if (!entry) this.checked.set(name, (entry = { verdict: new CheckVerdict(), epoch: 0, since: 0, told: false, running: false }))
    if (entry.epoch !== lease.epoch) {
      entry.epoch = lease.epoch
      entry.since = this.clock.now()
      entry.verdict.begin()
    }
    return entry
  }

  private tell({ network, subnet }: SubnetLease, entry: Checked, result: CheckResult): void {
    if (entry.told === !result.passed) return
    entry.told = !result.passed
    const address = prefixAddress(subnet)
    if (result.passed) this.log.info('the check of a floating address passes again', { network, address })
    else this.log.warn('the check of a floating address fails', { network, address, why: result.why })
  }

  private move(lease: SubnetLease, entry: Checked): void {
    const to = this.nextFor(lease)
    if (to === undefined) return
    entry.verdict.moved(this.clock.now())
    this.log.warn('a floating address moves because its check fails here', {
      network: lease.network,
      address: prefixAddress(lease.subnet),
      to,
    })
    this.driver.move(lease, to)
  }

  /** The next host by name after this one, and round again: no host is tried twice before all were. */
  private nextFor({ floating }: SubnetLease): HostId | undefined {
    const { hosts, proofs } = this.store.view
    const fit = [...hosts.values()]
      .filter(({ id, draining }) => id !== this.self && draining !== true && proofs.has(id))
      .filter(({ id }) => (!floating?.on || floating.on.includes(id)) && this.health.member(id)?.health === 'alive')
      .map(({ id }) => id)
      .toSorted()
    return fit.find((host) => host > this.self) ?? fit[0]
  }
}
