import { policyOf, type ClusterView, type Epoch, type Monotonic, type SubnetLease } from '#core'
import { leaseKey } from './lease-index.js'
import type { LeaseRef } from './message.js'
import type { Parts } from './parts.js'

/** A refused change of the gate is tried again after this time, in ms. */
const TRY_AGAIN = 500
/**
 * What comes after a hand-over is sent on for this time, in ms: longer than others go on sending it here, and less than the neighbour that
 * it is sent to stays (1,000 and 2,500; planned-moves.ts of #plan).
 */
const PASS_TIME = 1_800

/** What the kernel is asked for: keys of leases, in order. */
interface Wanted {
  readonly granted: string
  readonly leaving: string
}

/**
 * Which `exclusive` leases the gate may let through. A lease comes in when the store says so under the proof that this process registered:
 * by the registration itself, by a won adoption, or by a view no older than the registration. It goes out before it is handed over, and
 * when it is another's.
 */
export class Grants {
  private inUse = false
  private readonly owned = new Map<string, SubnetLease>()
  /** Given away by this process, up to this epoch: an older view must not bring it back. */
  private readonly gone = new Map<string, Epoch>()
  /** On its way out, each with the epoch of the proof under which its hand-over was asked for. */
  private readonly leaving = new Set<string>()
  /** Handed over: until when what still comes for them is kept or sent on. */
  private readonly handed = new Map<string, LeaseRef & { readonly until: Monotonic }>()
  private request: { readonly nonce: number; readonly wanted: Wanted } | undefined
  /** What the kernel was last told. Undefined: what an earlier process left. */
  private told: Wanted | undefined
  /** After a restore nothing is opened before this time. */
  private until: Monotonic = 0
  private retryAt: Monotonic = Number.POSITIVE_INFINITY

  constructor(private readonly parts: Parts) {}

  /** Whether any lease of the cluster needs the gate, so that each host keeps it ready. */
  get gated(): boolean {
    return this.inUse
  }

  /** The kernel lets through exactly what it should: only then may the gate be held open. */
  get settled(): boolean {
    if (!this.inUse) return true
    const { owner, rules } = this.parts
    const { chain } = owner
    // What the earlier process left is right for as long as its chain is gone on with.
    if (chain && rules.leavesGate(chain.own)) return this.told === undefined && this.request === undefined
    return this.request === undefined && this.told?.granted === keysOf(this.leases)
  }

  get wakeAt(): Monotonic {
    const passed = Math.min(Number.POSITIVE_INFINITY, ...[...this.handed.values()].map(({ until }) => until))
    return Math.min(this.retryAt, passed, this.until > this.parts.now ? this.until : Number.POSITIVE_INFINITY)
  }

  /** Leases that the gate lets through while the proof is valid. */
  get leases(): readonly LeaseRef[] {
    if (this.parts.now < this.until) return []
    return [...this.owned].filter(([key]) => !this.leaving.has(key)).map(([, { network, subnet }]) => ({ network, subnet }))
  }

  /** Leases that are shut because they are handed over, or just have been. */
  private get leavers(): readonly LeaseRef[] {
    const leaving = [...this.owned].filter(([key]) => this.leaving.has(key)).map(([, { network, subnet }]) => ({ network, subnet }))
    return [...leaving, ...this.handed.values()]
  }

  /** An earlier process of this boot left the kernel in use, or had reason to keep it shut. */
  resume(gated: boolean, closedUntil: Monotonic): void {
    this.inUse = gated
    this.until = closedUntil
  }

  /** Until when nothing may be let through, whatever is owned; 0: there is no reason. */
  get closedUntil(): Monotonic {
    return this.until
  }

  /**
   * @param leases read in the transaction of a registration: any hand-over asked for before it has either happened, and is seen here, or
   * never will
   * @param otherBoot the proof that was replaced is of another boot: of this machine, and then its gate is gone, or of a cloned one
   */
  registered(leases: readonly SubnetLease[], otherBoot: boolean): void {
    const { parts } = this
    if (otherBoot) this.until = Math.max(this.until, parts.rules.otherBootEnds(parts.now))
    this.owned.clear()
    this.leaving.clear()
    for (const lease of leases) this.take(lease, parts.view)
    // A hand-over that was asked for after the registration may have shown in the view before the registration's own answer came.
    this.viewChanged()
  }

  viewChanged(): void {
    const { parts, owned } = this
    const { view, self, rules, registrar, leases } = parts
    if (!this.inUse) this.inUse = leases.hasExclusiveAddress || hasExclusiveNetwork(view)
    if (rules.learnsFrom(view.revision, registrar.epoch)) {
      for (const lease of leases.of(self)) this.take(lease, view)
      for (const [key, lease] of owned) {
        const now = leases.get(lease)
        if (now && now.host === self && now.state === 'held' && policyOf(view, now) === 'exclusive') continue
        if (now && now.epoch < lease.epoch) continue
        this.letGo(key)
      }
    }
    this.update()
  }

  /** A won adoption: known before the view shows it. */
  adopted(lease: SubnetLease): void {
    this.take(lease, this.parts.view)
    this.update()
  }

  /** Takes the lease out; it is out when {@link isShut} says so. */
  shut(lease: SubnetLease): void {
    this.leaving.add(leaseKey(lease))
    this.update()
  }

  isShut(lease: SubnetLease): boolean {
    return this.request === undefined && !(this.told?.granted ?? leaseKey(lease)).split(SEPARATOR).includes(leaseKey(lease))
  }

  /** The hand-over was won. */
  handedOver(lease: SubnetLease): void {
    const key = leaseKey(lease)
    this.gone.set(key, lease.epoch)
    this.letGo(key)
    this.update()
  }

  reopen(lease: SubnetLease): void {
    this.leaving.delete(leaseKey(lease))
    this.update()
  }

  /** Nothing may be let through before the next registration: the machine was suspended. */
  shutAll(): void {
    this.owned.clear()
    this.leaving.clear()
    this.update()
  }

  /** The store went back in time, and epochs with it. */
  restored(): void {
    this.gone.clear()
    const { rules, now, bootId, effects } = this.parts
    this.until = rules.restoreEnds(now)
    // Nothing of the old chain may be gone on with, and an agent that is started again must not open sooner.
    const chain = { bootId, epoch: 0, witnesses: [], gated: this.inUse, closedUntil: this.until, provenAt: LONG_AGO }
    effects.push({ kind: 'save', chain })
    this.shutAll()
  }

  /** Whether this process has given the lease of this epoch away already, however old the view. */
  isGone(lease: SubnetLease): boolean {
    return lease.epoch <= (this.gone.get(leaseKey(lease)) ?? 0)
  }

  granted(nonce: number, done: boolean): void {
    const { request } = this
    if (!request || request.nonce !== nonce) return
    this.request = undefined
    if (done) {
      this.told = request.wanted
      this.parts.owner.save()
      this.update()
    } else this.retryAt = this.parts.now + TRY_AGAIN
  }

  time(): void {
    const { now } = this.parts
    const over = now >= this.until && this.until > 0
    if (over) this.until = 0
    let passed = false
    for (const [key, { until }] of this.handed) if (now >= until) passed = this.handed.delete(key)
    if (over || passed || now >= this.retryAt) this.update()
  }

  /** What was being handed over has been, whether its transaction's answer or the view says so first. */
  private letGo(key: string): void {
    const lease = this.owned.get(key)
    this.owned.delete(key)
    if (!this.leaving.delete(key) || !lease) return
    const { network, subnet } = lease
    this.handed.set(key, { network, subnet, until: this.parts.now + PASS_TIME })
  }

  private take(lease: SubnetLease, view: ClusterView): void {
    if (lease.host !== this.parts.self || lease.state !== 'held' || policyOf(view, lease) !== 'exclusive') return
    if (this.isGone(lease)) return
    const key = leaseKey(lease)
    const known = this.owned.get(key)
    if (!known || known.epoch <= lease.epoch) this.owned.set(key, lease)
    this.handed.delete(key)
  }

  private update(): void {
    const { parts } = this
    this.retryAt = Number.POSITIVE_INFINITY
    if (!this.inUse || this.request) return
    // Until this process has registered, what the kernel was left with stays, unless there is no chain that could hold it open.
    const { chain } = parts.owner
    if (chain && parts.rules.leavesGate(chain.own)) return
    const { leases, leavers: leaving } = this
    const wanted = { granted: keysOf(leases), leaving: keysOf(leaving) }
    if (this.told?.granted === wanted.granted && this.told.leaving === wanted.leaving) return
    const nonce = parts.token()
    this.request = { nonce, wanted }
    parts.effects.push({ kind: 'grant', nonce, leases, leaving })
  }
}

const SEPARATOR = ','
const LONG_AGO = -3_600_000

function keysOf(leases: readonly LeaseRef[]): string {
  return leases.map(leaseKey).sort().join(SEPARATOR)
}

function hasExclusiveNetwork({ networks }: ClusterView): boolean {
  for (const network of networks.values()) if (network.failover === 'exclusive') return true
  return false
}
