import { policyOf, type ClusterView, type Epoch, type HostId, type Monotonic, type SubnetLease } from '#core'
import { nextEpoch } from '../store.js'
import type { Guard } from './effect.js'
import type { TransactionEnd } from './event.js'
import { leaseKey } from './lease-index.js'
import type { SilenceAnswer } from './message.js'
import type { Parts } from './parts.js'
import { SilenceCase, type Finding } from './silence-case.js'

/** The second best candidate acts this much later than the best, in ms, and so on: it may be out of the store's reach. */
const RANK_DELAY = 1_000
/** Without a new hint a case is closed after this time, in ms, unless gossip holds the host for dead. */
const CASE_TIME = 3_000
/** A transaction whose outcome is unknown is waited for in the view this long, in ms. */
const READ_BACK_TIME = 1_000
/** The same refusal of the same host is told once in this time, in ms. */
const TELL_AGAIN = 10_000

interface Adoption {
  readonly lease: SubnetLease
  readonly to: HostId
  readonly epoch: Epoch
  /** The own proof under which it was asked for. */
  readonly under: Epoch
  readonly finding: Finding | undefined
  readonly at: Monotonic
  /** Set when the outcome is unknown: not asked for again until then. */
  until: Monotonic
}

/** Takes over leases of hosts that their witnesses call silent (rules S1 to S5). */
export class Successor {
  private readonly cases = new Map<HostId, SilenceCase>()
  /** S1: since when exactly this record of a host is known here. */
  private readonly seen = new Map<HostId, { readonly epoch: Epoch; readonly at: Monotonic }>()
  /** The records that these are of. */
  private proofs: ClusterView['proofs'] | undefined
  private readonly adoptions = new Map<number, Adoption>()
  private readonly busy = new Map<string, Adoption>()
  private readonly fenced = new Map<HostId, Epoch>()
  private readonly told = new Map<HostId, { readonly guard: Guard; readonly at: Monotonic }>()
  /** This host's best rank for any lease of a host; worked out again when members or records change. */
  private readonly turns = new Map<HostId, number>()
  private fencesAt: Monotonic = Number.POSITIVE_INFINITY

  constructor(private readonly parts: Parts) {}

  get wakeAt(): Monotonic {
    let next = this.fencesAt
    if (this.able) for (const one of this.cases.values()) next = Math.min(next, this.wakeOf(one))
    return next
  }

  viewChanged(): void {
    const { view, now } = this.parts
    this.turns.clear()
    if (view.proofs !== this.proofs) {
      this.proofs = view.proofs
      for (const [host, { epoch }] of view.proofs) if (this.seen.get(host)?.epoch !== epoch) this.seen.set(host, { epoch, at: now })
      for (const host of this.seen.keys()) if (!view.proofs.has(host)) this.seen.delete(host)
    }
    for (const [key, { lease, until }] of this.busy) {
      if (until < now || this.parts.leases.get(lease)?.epoch !== lease.epoch) this.busy.delete(key)
    }
    for (const host of this.cases.keys()) if (this.movable(host).length === 0) this.cases.delete(host)
    this.carryOutFences()
  }

  membersChanged(): void {
    this.turns.clear()
    for (const [host, health] of this.parts.members) if (health === 'dead') this.hinted(host)
  }

  /** Somebody has a reason to think that the host is silent. */
  hinted(host: HostId): void {
    if (host === this.parts.self || this.movable(host).length === 0) return
    const open = this.cases.get(host)
    if (open) open.hintedAt = this.parts.now
    else this.cases.set(host, new SilenceCase(this.parts, host))
  }

  /** An operator's word that the host is off: its leases go to the best candidates at once, whoever was told. */
  fence(host: HostId): void {
    this.fenced.set(host, this.parts.view.proofs.get(host)?.epoch ?? 0)
    this.carryOutFences()
  }

  answered(from: HostId, answer: SilenceAnswer): void {
    const open = this.cases.get(answer.host)
    if (open?.take(from, answer)) this.judge(open)
  }

  time(): void {
    const { parts } = this
    if (parts.now >= this.fencesAt) this.carryOutFences()
    if (!this.able) return
    for (const open of this.cases.values()) {
      if (parts.members.get(open.host) !== 'dead' && parts.now - open.hintedAt > CASE_TIME) {
        this.cases.delete(open.host)
        continue
      }
      if (parts.now < this.wakeOf(open)) continue
      const proof = parts.view.proofs.get(open.host)
      if (!proof) {
        this.refuse(open.host, 'no-proof')
        this.cases.delete(open.host)
      } else if (open.time(proof)) this.judge(open)
    }
  }

  changed(token: number, end: TransactionEnd): boolean {
    const adoption = this.adoptions.get(token)
    if (!adoption) return false
    this.adoptions.delete(token)
    const { parts } = this
    const { lease, to, epoch, under, finding, at } = adoption
    if (end === 'unknown') {
      adoption.until = parts.now + READ_BACK_TIME
      this.fencesAt = Math.min(this.fencesAt, adoption.until)
      return true
    }
    // Won or lost, the view will show another record soon; a lost one may be tried again when it does.
    if (end === 'lost') adoption.until = parts.now
    else adoption.until = parts.now + READ_BACK_TIME
    if (end !== 'won') return true
    if (to === parts.self && parts.registrar.epoch === under) parts.grants.adopted(successorOf(lease, to, epoch))
    const { network, subnet } = lease
    parts.effects.push({
      kind: 'tell',
      story: {
        about: 'adopted',
        network,
        subnet,
        from: lease.host,
        to,
        epoch,
        silentSince: finding?.silentSince,
        askedAt: finding?.askedAt ?? at,
        answeredAt: finding?.answeredAt ?? at,
        committedAt: parts.now,
        silentWitnesses: finding?.silentWitnesses ?? 0,
        witnesses: finding?.witnesses ?? 0,
      },
    })
    return true
  }

  /** Records read before count for nothing any more. */
  restored(): void {
    this.seen.clear()
    this.proofs = undefined
    this.cases.clear()
    this.busy.clear()
    this.fenced.clear()
  }

  /** Only who is provably alive may take over. */
  private get able(): boolean {
    return this.parts.rules.mayAdopt(this.parts.store) && this.parts.owner.chain?.own === true
  }

  private wakeOf(open: SilenceCase): Monotonic {
    return Math.max(open.wakeAt, this.turnAt(open))
  }

  /** When this host's turn comes for the first of the leases. */
  private turnAt(open: SilenceCase): Monotonic {
    let first = this.turns.get(open.host)
    if (first === undefined) {
      first = Math.min(Number.POSITIVE_INFINITY, ...this.movable(open.host).map((lease) => this.rankOf(lease)))
      this.turns.set(open.host, first)
    }
    return open.openedAt + first * RANK_DELAY
  }

  private rankOf(lease: SubnetLease): number {
    const rank = this.parts.candidates.for(lease).indexOf(this.parts.self)
    return rank < 0 ? Number.POSITIVE_INFINITY : rank
  }

  private movable(host: HostId): SubnetLease[] {
    return this.parts.leases.of(host).filter((lease) => policyOf(this.parts.view, lease) !== 'hold')
  }

  private judge(open: SilenceCase): void {
    const { parts } = this
    const seenAt = this.seen.get(open.host)?.at
    if (seenAt === undefined || !this.able) return
    const finding = open.finding(seenAt)
    const leases = this.movable(open.host)
    const due = leases.filter((lease) => {
      const proven = policyOf(parts.view, lease) === 'exclusive' ? finding.shut : finding.dead
      return proven && !this.isBusy(lease) && parts.now >= open.openedAt + this.rankOf(lease) * RANK_DELAY
    })
    open.reschedule(seenAt, !leases.some((lease) => policyOf(parts.view, lease) === 'adopt'))
    if (due.length === 0) return
    const guard = parts.guards.against(open.host, finding.called, finding.answered)
    if (guard) this.refuse(open.host, guard)
    else for (const lease of due) this.adopt(lease, parts.self, finding)
  }

  private adopt(lease: SubnetLease, to: HostId, finding: Finding | undefined): void {
    const { parts } = this
    const { view } = parts
    const successor = view.proofs.get(to)
    const under = to === parts.self ? parts.owner.chain?.epoch : successor?.epoch
    if (under === undefined) return
    const next = successorOf(lease, to, nextEpoch(lease, view.revision))
    const token = parts.token()
    const adoption = { lease, to, epoch: next.epoch, under, finding, at: parts.now, until: Number.POSITIVE_INFINITY }
    this.adoptions.set(token, adoption)
    this.busy.set(leaseKey(lease), adoption)
    const { since: _, ...record } = next
    parts.effects.push({
      kind: 'adopt',
      token,
      lease,
      next: record,
      owner: { host: lease.host, epoch: view.proofs.get(lease.host)?.epoch ?? 0 },
      previous: view.previousProofs.get(lease.host)?.revision ?? 0,
      successor: { host: to, epoch: under },
    })
  }

  private isBusy(lease: SubnetLease): boolean {
    const adoption = this.busy.get(leaseKey(lease))
    return adoption !== undefined && adoption.until > this.parts.now
  }

  private carryOutFences(): void {
    const { parts } = this
    this.fencesAt = Number.POSITIVE_INFINITY
    if (!parts.rules.mayAdopt(parts.store)) return
    for (const [host, epoch] of this.fenced) {
      const leases = this.movable(host)
      // A host that registered anew since was not off, or is on again.
      if (leases.length === 0 || (parts.view.proofs.get(host)?.epoch ?? 0) !== epoch) {
        this.fenced.delete(host)
        continue
      }
      this.fencesAt = Math.min(this.fencesAt, parts.now + READ_BACK_TIME)
      for (const lease of leases) {
        const [to] = parts.candidates.for(lease)
        if (to !== undefined && !this.isBusy(lease)) this.adopt(lease, to, undefined)
      }
    }
  }

  private refuse(host: HostId, guard: Guard): void {
    const { parts, told } = this
    const last = told.get(host)
    if (last && last.guard === guard && parts.now - last.at < TELL_AGAIN) return
    told.set(host, { guard, at: parts.now })
    parts.effects.push({ kind: 'tell', story: { about: 'refused', host, guard } })
  }
}

/** The lease in its new owner's hands. Who had it first gets it back one day. */
function successorOf(lease: SubnetLease, to: HostId, epoch: Epoch): SubnetLease {
  const { adoptedFrom, ...kept } = lease
  const home = adoptedFrom ?? lease.host
  return { ...kept, host: to, epoch, ...(home !== to && { adoptedFrom: home }) }
}
