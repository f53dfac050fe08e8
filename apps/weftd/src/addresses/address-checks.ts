import { prefixAddress, type Clock, type HostId, type Ip, type Log, type SubnetLease, type Timer } from '#core'
import { CheckVerdict, type Store } from '#lease'
import type { FailoverDriver } from '../failover/failover-driver.js'
import type { HostHealth } from '../health/host-health.js'

/** How often the addresses of this host are checked, in ms, and for how long an answer is waited. */
const INTERVAL = 1_000
const DEADLINE = 500

/** A host that has just got an address may need so long, in ms, to bring up what is checked. */
const SETTLING = 2_000

interface Checked {
  readonly verdict: CheckVerdict
  epoch: number
  /** When this host got it. */
  since: number
  told: boolean
}

/** Checks the floating addresses that this host holds, and has those move whose check fails here. */
export class AddressChecks {
  private readonly checked = new Map<string, Checked>()
  private timer: Timer | undefined
  private closed = false

  constructor(
    private readonly self: HostId,
    private readonly store: Pick<Store, 'view'>,
    private readonly driver: Pick<FailoverDriver, 'move'>,
    private readonly health: Pick<HostHealth, 'member'>,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly check: (address: Ip, port: number, deadline: number) => Promise<boolean>,
  ) {}

  start(): void {
    if (!this.closed) this.timer = this.clock.after(INTERVAL, () => void this.round())
  }

  close(): void {
    this.closed = true
    this.timer?.cancel()
  }

  /** How the check of an address that this host holds goes. */
  stateOf(lease: SubnetLease): 'passing' | 'failing' {
    return this.checked.get(nameOf(lease))?.verdict.failing ? 'failing' : 'passing'
  }

  /** One after the other is soon enough: a host holds few. Nothing in here rejects. */
  private async round(): Promise<void> {
    for (const lease of this.store.view.leases) {
      const port = lease.floating?.check?.tcp
      if (port === undefined || lease.host !== this.self || lease.state !== 'held' || this.closed) continue
      const entry = this.entryOf(lease)
      if (this.clock.now() - entry.since < SETTLING) continue
      const passed = await this.check(prefixAddress(lease.subnet), port, DEADLINE)
      this.tell(lease, entry, passed)
      if (entry.verdict.take(passed, this.clock.now())) this.move(lease, entry)
    }
    this.start()
  }

  private entryOf(lease: SubnetLease): Checked {
    const name = nameOf(lease)
    let entry = this.checked.get(name)
    if (!entry) this.checked.set(name, (entry = { verdict: new CheckVerdict(), epoch: 0, since: 0, told: false }))
    if (entry.epoch !== lease.epoch) {
      entry.epoch = lease.epoch
      entry.since = this.clock.now()
    }
    return entry
  }

  private tell({ network, subnet }: SubnetLease, entry: Checked, passed: boolean): void {
    if (entry.told === !passed) return
    entry.told = !passed
    const address = prefixAddress(subnet)
    if (passed) this.log.info('the check of a floating address passes again', { network, address })
    else this.log.warn('the check of a floating address fails', { network, address })
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

function nameOf({ network, subnet }: SubnetLease): string {
  return `${network} ${subnet}`
}
