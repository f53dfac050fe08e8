import { contains, policyOf, type Epoch, type HostId, type Monotonic, type SubnetLease } from '#core'
import { nextEpoch } from '../store.js'
import type { TransactionEnd } from './event.js'
import { leaseKey } from './lease-index.js'
import type { LeaseRef } from './message.js'
import type { Parts } from './parts.js'

/**
 * A host that was dead so often in so many ms comes and goes, and must not take its leases along each time: it gets them back only when it
 * has been well for some ms. Any other gets them back at once.
 */
const UNSTEADY = { deaths: 4, within: 60_000, calm: 2_000 }
/** After a hand-over that was not won the next one waits this long, in ms. */
const TRY_AGAIN = 1_000
/** An operator's wish is given up after this time, in ms. */
const WISH_TIME = 30_000

type Why = 'drain' | 'move' | 'failback'

interface Passing {
  readonly lease: SubnetLease
  readonly to: HostId
  readonly why: Why
  /** Set when the transaction is under way. */
  token: number | undefined
  epoch: Epoch
}

/** Planned changes of owner (rule O4), by the owner: drain, an operator's wish, and giving back what was adopted. */
export class HandOver {
  private readonly passing = new Map<string, Passing>()
  private readonly wishes = new Map<string, { readonly to: HostId; readonly epoch: Epoch; readonly until: Monotonic }>()
  private readonly wellSince = new Map<HostId, Monotonic>()
  /** When hosts were found dead lately. */
  private readonly deaths = new Map<HostId, readonly Monotonic[]>()
  /** Those of them that were not well since. */
  private readonly dead = new Set<HostId>()
  private nextLook: Monotonic = Number.POSITIVE_INFINITY

  constructor(private readonly parts: Parts) {}

  get wakeAt(): Monotonic {
    return this.nextLook
  }

  /** An operator wants a lease of this host to go to another one; told here or by an agent that does not own it. */
  wish(ref: LeaseRef, to: HostId, epoch: Epoch): void {
    const lease = this.parts.leases.get(ref)
    if (!lease || lease.host !== this.parts.self || lease.epoch !== epoch || to === this.parts.self) return
    this.wishes.set(leaseKey(ref), { to, epoch, until: this.parts.now + WISH_TIME })
    this.look()
  }

  membersChanged(): void {
    const { members, now } = this.parts
    for (const host of this.wellSince.keys()) if (members.get(host) !== 'alive') this.wellSince.delete(host)
    for (const [host, health] of members) if (health === 'alive' && !this.wellSince.has(host)) this.wellSince.set(host, now)
    for (const [host, health] of members) {
      if (health === 'alive') this.dead.delete(host)
      if (health !== 'dead' || this.dead.has(host)) continue
      this.dead.add(host)
      this.deaths.set(host, [...this.deathsOf(host), now])
    }
    for (const host of this.deaths.keys()) if (this.deathsOf(host).length === 0) this.deaths.delete(host)
    for (const host of this.dead) if (!members.has(host)) this.dead.delete(host)
    this.look()
  }

  viewChanged(): void {
    this.look()
  }

  time(): void {
    if (this.parts.now >= this.nextLook) this.look()
  }

  /** The gate may have shut what waits for it. */
  granted(): void {
    for (const passing of this.passing.values()) {
      if (passing.token === undefined && this.parts.grants.isShut(passing.lease)) this.transact(passing)
    }
  }

  changed(token: number, end: TransactionEnd): boolean {
    const passing = [...this.passing.values()].find((one) => one.token === token)
    if (!passing) return false
    const { parts } = this
    const { lease, to, why, epoch } = passing
    const { network, subnet } = lease
    this.passing.delete(leaseKey(lease))
    this.nextLook = Math.min(this.nextLook, parts.now + TRY_AGAIN)
    if (end === 'won') {
      this.wishes.delete(leaseKey(lease))
      parts.grants.handedOver(lease)
      parts.effects.push({ kind: 'tell', story: { about: 'handed-over', network, subnet, to, epoch, why } })
    } else if (policyOf(parts.view, lease) === 'exclusive') {
      // It may still happen, any time later. A new registration is a proof that it did, or makes it impossible.
      if (parts.rules.reopensAfter(end)) parts.grants.reopen(lease)
      else parts.registrar.want('outlaw')
    }
    return true
  }

  private look(): void {
    const { parts } = this
    this.nextLook = Number.POSITIVE_INFINITY
    if (parts.store !== 'live' || parts.registrar.epoch === undefined) return
    for (const lease of parts.leases.of(parts.self)) {
      if (this.passing.has(leaseKey(lease)) || parts.grants.isGone(lease)) continue
      const goal = this.goalOf(lease)
      if (goal) this.begin(lease, goal.to, goal.why)
    }
  }

  private goalOf(lease: SubnetLease): { readonly to: HostId; readonly why: Why } | undefined {
    const { parts } = this
    const wish = this.wishes.get(leaseKey(lease))
    if (wish && wish.epoch === lease.epoch && wish.until > parts.now) return { to: wish.to, why: 'move' }
    if (parts.view.hosts.get(parts.self)?.draining === true) {
      const [to] = policyOf(parts.view, lease) === 'hold' ? [] : parts.candidates.for(lease)
      return to && { to, why: 'drain' }
    }
    const home = homeOf(lease)
    if (home === undefined || home === parts.self || !parts.candidates.mayHold(home) || !this.isBack(lease, home) || this.isUsed(lease))
      return undefined
    const calm = this.deathsOf(home).length < UNSTEADY.deaths ? 0 : UNSTEADY.calm
    const calmAt = (this.wellSince.get(home) ?? Number.POSITIVE_INFINITY) + calm
    if (parts.now >= calmAt) return { to: home, why: 'failback' }
    this.nextLook = Math.min(this.nextLook, calmAt)
    return undefined
  }

  private deathsOf(host: HostId): readonly Monotonic[] {
    return (this.deaths.get(host) ?? []).filter((at) => this.parts.now - at <= UNSTEADY.within)
  }

  /**
   * Who has lost a lease registers anew (failover.ts). Being alive is not enough: a host that cannot renew, or cannot reach the store,
   * would lose the lease again at once.
   */
  private isBack(lease: SubnetLease, home: HostId): boolean {
    return lease.adoptedFrom !== home || (this.parts.view.proofs.get(home)?.epoch ?? 0) > lease.epoch
  }

  /** Whether something here has an address of the lease; a floating address is nobody's but the lease's own. */
  private isUsed(lease: SubnetLease): boolean {
    const { view, self } = this.parts
    if (lease.floating) return false
    // What was adopted in one moment has one epoch: the other subnet of a host, in a network with two pools.
    return view.endpoints.some(
      ({ host, network, epoch, kind, address }) =>
        host === self && network === lease.network && epoch === lease.epoch && kind !== 'floating' && contains(lease.subnet, address),
    )
  }

  private begin(lease: SubnetLease, to: HostId, why: Why): void {
    const { parts } = this
    const passing: Passing = { lease, to, why, token: undefined, epoch: nextEpoch(lease, parts.view.revision) }
    this.passing.set(leaseKey(lease), passing)
    if (policyOf(parts.view, lease) === 'exclusive') {
      parts.grants.shut(lease)
      if (!parts.grants.isShut(lease)) return
    }
    this.transact(passing)
  }

  private transact(passing: Passing): void {
    const { parts } = this
    const { lease, to, why } = passing
    const epoch = parts.registrar.epoch
    const token = parts.token()
    passing.token = token
    if (epoch === undefined) {
      // No proof stands in the store that the transaction could compare: it is the next look's business again.
      this.passing.delete(leaseKey(lease))
      parts.grants.reopen(lease)
      return
    }
    const { since: _, adoptedFrom, ...kept } = lease
    const home = why === 'drain' ? (adoptedFrom ?? parts.self) : undefined
    const next = { ...kept, host: to, epoch: passing.epoch, ...(home !== undefined && home !== to && { adoptedFrom: home }) }
    parts.effects.push({ kind: 'hand-over', token, lease, next, owner: { host: parts.self, epoch } })
  }
}

/**
 * Where a lease that was taken away belongs when that host is well: where it was adopted from, or where a floating address is preferred.
 * What was moved on purpose, by a person or because its check failed there, stays.
 */
function homeOf(lease: SubnetLease): HostId | undefined {
  return lease.adoptedFrom === undefined ? undefined : (lease.floating?.prefer ?? lease.adoptedFrom)
}
