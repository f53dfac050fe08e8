import type { ClusterView, HostId, SubnetLease } from '#core'
import type { FailoverEffect } from '../../failover/contract.js'
import { leaseKey } from '../../failover/lease-index.js'
import type { TrueTime } from './model-gate.js'
import type { ModelHost } from './model-host.js'
import type { World } from './world.js'

/** A kernel must have answered everybody for so long that no witness can honestly call it silent. */
const UNDISTURBED = 2_500
/** A cut this old is seen by every roll call. */
const OLD_CUT = 500

/** What must hold at every moment of every run (DESIGN.md §7, I1 to I7). The first violation ends the run. */
export class Invariants {
  violation: string | undefined
  private readonly owners = new Map<string, HostId>()
  private readonly epochs = new Map<string, number>()
  private readonly seen = new Map<string, number>()
  private splits: { readonly hosts: readonly number[]; readonly from: TrueTime; readonly until: TrueTime }[] = []
  private wasRestored = false

  constructor(private readonly world: World) {}

  /** I1: one owner per epoch, and epochs only grow. */
  storeChanged(view: ClusterView): void {
    if (this.wasRestored) return
    for (const lease of view.leases) {
      const key = leaseKey(lease)
      const before = this.epochs.get(key) ?? 0
      if (lease.epoch < before) this.fail(`I1: ${key} went from epoch ${before} back to ${lease.epoch}`)
      this.epochs.set(key, lease.epoch)
      const owner = this.owners.get(`${key} ${lease.epoch}`)
      if (owner !== undefined && owner !== lease.host) this.fail(`I1: ${key} has owners ${owner} and ${lease.host} in epoch ${lease.epoch}`)
      this.owners.set(`${key} ${lease.epoch}`, lease.host)
    }
  }

  /** I2: at no time are two hosts' gates open for one lease. Gates open by commands only, so this is where to look. */
  gateChanged(host: ModelHost): void {
    const { hosts, now } = this.world
    for (const lease of host.gate.leases) {
      if (!host.gate.isOpen(lease, now)) continue
      for (const other of hosts) {
        if (other !== host && other.gate.isOpen(lease, now))
          this.fail(
            `I2: the gates of ${other.name} (for another ${Math.ceil(other.gate.until - now)} ms) and ${host.name} are open for ${lease}`,
          )
      }
    }
  }

  /** I5: whoever can renew, or register anew in time, is not shut for a moment. */
  beforeFlip(host: ModelHost): void {
    const { plan, now } = this.world
    const shut = now - host.gate.until
    if (plan.steady?.includes(host.number) && host.gate.until > 0 && shut > 0)
      this.fail(`I5: the gate of ${host.name} was shut for ${Math.ceil(shut)} ms`)
  }

  /** I3: no receiver follows a lower epoch after a higher one, while its agent runs. */
  viewSeen(host: ModelHost, view: ClusterView): void {
    if (this.wasRestored) return
    for (const lease of view.leases) {
      const key = `${host.number} ${host.agentStarts} ${leaseKey(lease)}`
      const before = this.seen.get(key) ?? 0
      if (lease.epoch < before) this.fail(`I3: ${host.name} followed epoch ${before} of ${leaseKey(lease)} and now ${lease.epoch}`)
      this.seen.set(key, lease.epoch)
    }
  }

  /** I4 and I6, at the moment at which an adoption is committed. */
  adopted(by: ModelHost, { lease }: FailoverEffect & { kind: 'adopt' }, issuedAt: TrueTime): void {
    const { world } = this
    world.adoptions++
    this.timeAdoption(lease)
    if (lease.network === 'hold') return this.fail(`a lease of policy hold was adopted by ${by.name}`)
    const owner = world.hosts.find(({ id }) => id === lease.host)
    if (lease.network === 'adopt' && owner && this.isUndisturbed(owner))
      this.fail(`I4: ${by.name} adopted ${leaseKey(lease)} of ${owner.name}, whose kernel answers everybody`)
    const size = world.hosts.length
    for (const { hosts, from, until } of this.splits) {
      if (size < 5 || from > issuedAt - OLD_CUT || until < world.now) continue
      const side = hosts.includes(by.number) ? hosts.length : size - hosts.length
      if (side * 2 < size && side < size - 1)
        this.fail(`I6: ${by.name}, one of ${side} of ${size} hosts that are cut off, adopted ${leaseKey(lease)}`)
    }
  }

  split(hosts: readonly number[], until: TrueTime): void {
    this.splits.push({ hosts, from: this.world.now, until })
  }

  restored(): void {
    this.wasRestored = true
  }

  /** I5 and I7, some time after the last fault: every lease is served by its owner, and by nobody else. */
  checkServed(): void {
    const { world } = this
    for (const lease of world.store.view.leases) {
      const key = leaseKey(lease)
      const owner = world.hosts.find(({ id, up }) => id === lease.host && up)
      if (lease.network === 'hold') continue
      if (!owner?.agent) {
        if (this.isAdoptable(lease)) this.fail(`I5: ${key} still belongs to ${lease.host}, which is gone`)
        continue
      }
      if (lease.network === 'exclusive' && !this.wasRestored && !owner.gate.isOpen(key, world.now))
        this.fail(`I7: ${owner.name} owns ${key}, but its gate is shut`)
    }
    for (const host of world.hosts) {
      for (const key of host.gate.leases) {
        const lease = world.store.view.leases.find((one) => leaseKey(one) === key)
        if (lease && lease.host !== host.id && host.gate.isOpen(key, world.now))
          this.fail(`I7: the gate of ${host.name} is open for ${key}, which ${lease.host} owns`)
      }
    }
  }

  /** Of a pair that was on its own, or where witnesses were lost as well, nobody can know. */
  private isAdoptable(lease: SubnetLease): boolean {
    const { world } = this
    const { proofs, previousProofs } = world.store.view
    const sets = [proofs.get(lease.host)?.witnesses ?? [], ...(previousProofs.get(lease.host)?.sets ?? [])]
    if (sets.some((set) => set.length === 0)) return false
    const { faults } = world.plan
    // A witness that was started after the death has never had an answer from that kernel: it takes a minute.
    if (lease.network === 'adopt' && faults.some(({ kind }) => kind === 'reboot' || kind === 'crash' || kind === 'crash-before'))
      return false
    return world.killed.size <= 1
  }

  private isUndisturbed(host: ModelHost): boolean {
    const { world } = this
    if (!host.up) return false
    if (world.plan.faults.some((fault) => fault.kind === 'reboot' && world.hosts[fault.host] === host && fault.at <= world.now))
      return false
    return world.hosts.every((other) => other === host || world.cutUntil(host.number, other.number) < world.now - UNDISTURBED)
  }

  private timeAdoption(lease: SubnetLease): void {
    const { killed, delays, now } = this.world
    const died = killed.get(lease.host)
    if (died !== undefined) delays.push({ policy: lease.network, ms: now - died })
  }

  private fail(violation: string): void {
    this.violation ??= violation
    this.world.tell(() => `** ${violation}`)
  }
}
