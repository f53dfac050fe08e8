import { EMPTY_VIEW, below, type Epoch, type HostId, type Monotonic, type Random, type SubnetLease } from '#core'
import { Candidates } from './candidates.js'
import type { FailoverEffect } from './effect.js'
import type { FailoverEvent } from './event.js'
import { Grants } from './grants.js'
import { Guards } from './guards.js'
import { HandOver } from './hand-over.js'
import { LeaseIndex, leaseKey } from './lease-index.js'
import type { FailoverMessage, LeaseRef, SavedChain } from './message.js'
import { Owner } from './owner.js'
import type { Parts } from './parts.js'
import { Registrar } from './registrar.js'
import { RULES, type Rules } from './rules.js'
import { Successor } from './successor.js'
import { Witness } from './witness.js'

export interface FailoverOptions {
  readonly self: HostId
  /** Of the running kernel (/proc/sys/kernel/random/boot_id). */
  readonly bootId: string
  /** 1..2^32-1 by chance, new at every start of the agent. */
  readonly nonce: number
  readonly random: Random
  /** When this process began to hear messages. */
  readonly started: Monotonic
  /** From the run directory. */
  readonly saved?: SavedChain | undefined
  /** For the model test alone. */
  readonly rules?: Rules
}

/** The host's proof as people see it. */
export interface ProofView {
  readonly epoch: Epoch | undefined
  readonly witnesses: readonly HostId[]
  readonly validUntil: Monotonic | undefined
  /** `exclusive` leases that the gate lets through while the proof is valid. */
  readonly granted: readonly LeaseRef[]
  /** The gate is in use because the cluster has `exclusive` leases. */
  readonly gated: boolean
}

/** A copy on disk is checked with peers this often, in ms, and with so many of them. */
const CLAIM_INTERVAL = 1_000
const CLAIM_PEERS = 4

/**
 * Failover of one host: it owns, witnesses and succeeds (docs/failover-protocol.md), as a step function `(event, now) → effects`. It has no
 * clock, socket, store or timer of its own. Its driver
 * - hands over every event in {@link step} and carries out the effects, in order (effect.ts);
 * - calls `step({ kind: 'time' }, now)` when the time of {@link wakeAt} has come, after all messages that had arrived by then;
 * - never calls it from within itself.
 * The same events at the same times with the same random source give the same effects.
 */
export class Failover {
  private readonly parts: Parts
  private nextToken: number
  private claimsAt: Monotonic = Number.POSITIVE_INFINITY

  constructor(options: FailoverOptions) {
    const { self, bootId, nonce, random, started, saved, rules = RULES } = options
    // Far from those of an earlier process of this host, whose answers may still be under way.
    this.nextToken = below(random, 0x1_0000_0000) * 0x10_0000
    const parts = {
      self,
      bootId,
      incarnation: `${bootId}/${nonce}`,
      rules,
      random,
      started,
      view: EMPTY_VIEW,
      leases: new LeaseIndex(),
      store: 'stale',
      members: new Map(),
      now: started,
      effects: [],
      token: () => this.nextToken++,
    } as unknown as { -readonly [part in keyof Parts]: Parts[part] }
    parts.candidates = new Candidates(parts)
    parts.owner = new Owner(parts)
    parts.registrar = new Registrar(parts)
    parts.grants = new Grants(parts)
    parts.handOver = new HandOver(parts)
    parts.guards = new Guards(parts)
    parts.witness = new Witness(parts)
    parts.successor = new Successor(parts)
    this.parts = parts
    if (saved?.bootId === bootId) parts.grants.resume(saved.gated, saved.closedUntil)
    if (saved && rules.continuesChain(saved, bootId, started)) parts.owner.resume(saved)
  }

  /** When `time` is to be told next; Infinity when nothing is waited for. */
  get wakeAt(): Monotonic {
    const { owner, registrar, grants, handOver, witness, successor } = this.parts
    return Math.min(owner.wakeAt, registrar.wakeAt, grants.wakeAt, handOver.wakeAt, witness.wakeAt, successor.wakeAt, this.claimsAt)
  }

  get proof(): ProofView {
    const { owner, registrar, grants } = this.parts
    const { validUntil, witnesses } = owner
    return { epoch: registrar.epoch, witnesses, validUntil, granted: grants.leases, gated: grants.gated }
  }

  /** Takes one event and returns what has to be done. */
  step(event: FailoverEvent, now: Monotonic): readonly FailoverEffect[] {
    const { parts } = this
    parts.effects = []
    parts.now = now
    this.handle(event)
    // What has become due is done at once, whatever woke this host.
    this.passTime()
    return parts.effects
  }

  private handle(event: FailoverEvent): void {
    const { parts } = this
    const { owner, registrar, grants, handOver, witness, successor, guards } = parts
    switch (event.kind) {
      case 'time':
        return
      case 'view': {
        const owned = parts.leases.of(parts.self)
        parts.view = event.view
        const leases = parts.leases.update(event.view.leases)
        this.tellLost(owned)
        parts.candidates.changed()
        guards.leasesChanged(leases)
        registrar.viewChanged()
        grants.viewChanged()
        witness.viewChanged()
        successor.viewChanged()
        return handOver.viewChanged()
      }
      case 'store':
        parts.store = event.state
        this.claimsAt = event.state === 'stale' ? parts.now : Number.POSITIVE_INFINITY
        return
      case 'restored':
        registrar.restored()
        witness.restored()
        return successor.restored()
      case 'message':
        return this.receive(event.from, event.message)
      case 'members':
        parts.members = event.members
        parts.candidates.changed()
        guards.membersChanged()
        handOver.membersChanged()
        return successor.membersChanged()
      case 'echo':
        return witness.echoed(event.nonce)
      case 'armed':
        return owner.armed(event.nonce, event.done)
      case 'granted':
        grants.granted(event.nonce, event.done)
        return handOver.granted()
      case 'saved':
        return registrar.saved(event.epoch, event.done)
      case 'registered':
        return registrar.ended(event.attempt, event.result)
      case 'retired':
        return registrar.retired(event.epoch, event.end)
      case 'changed':
        if (!handOver.changed(event.token, event.end)) successor.changed(event.token, event.end)
        return
      case 'resumed':
        return registrar.forget('resumed')
      case 'fence':
        return successor.fence(event.host)
      case 'move':
        return this.move(event, event.to)
    }
  }

  private tellLost(owned: readonly SubnetLease[]): void {
    const { leases, grants, registrar, self, effects } = this.parts
    for (const lease of owned) {
      const now = leases.get(lease)
      if (!now || now.host === self || grants.isGone(lease)) continue
      const { network, subnet, host, epoch } = now
      effects.push({ kind: 'tell', story: { about: 'lost', network, subnet, owner: host, epoch } })
      // Its new proof shows the successor that this host is back.
      if (now.adoptedFrom === self) registrar.want('lease-lost')
    }
  }

  private passTime(): void {
    const { parts } = this
    parts.owner.time()
    parts.registrar.time()
    parts.grants.time()
    parts.witness.time()
    parts.successor.time()
    parts.handOver.time()
    if (parts.now >= this.claimsAt) this.claim()
  }

  private receive(from: HostId, message: FailoverMessage): void {
    const { parts } = this
    const { owner, witness, successor, handOver, effects } = parts
    switch (message.kind) {
      case 'renew':
        return witness.renewed(from, message)
      case 'ack':
        return owner.acknowledged(from, message)
      case 'silence-question':
        effects.push({ kind: 'send', to: from, message: witness.answer(message.host, message.nonce) })
        return
      case 'silence-answer':
        return successor.answered(from, message)
      case 'silent':
        return successor.hinted(message.host)
      case 'wish':
        return handOver.wish(message, message.to, message.epoch)
      case 'claims':
        return this.check(from, message.leases)
      case 'outranked':
        for (const { network, subnet, epoch, owner } of message.leases) {
          const known = parts.leases.get({ network, subnet })
          if (parts.store === 'stale' && known && known.epoch < epoch) effects.push({ kind: 'outranked', network, subnet, epoch, owner })
        }
    }
  }

  private move(ref: LeaseRef, to: HostId): void {
    const { parts } = this
    const lease = parts.leases.get(ref)
    if (!lease) return
    if (lease.host === parts.self) return parts.handOver.wish(ref, to, lease.epoch)
    const { network, subnet, epoch, host } = lease
    parts.effects.push({ kind: 'send', to: host, message: { kind: 'wish', network, subnet, epoch, to } })
  }

  /** A host that knows the records from its disk alone may serve what has long gone to others: it asks. */
  private claim(): void {
    const { parts } = this
    this.claimsAt = parts.now + CLAIM_INTERVAL
    const leases = parts.leases.of(parts.self).map(({ network, subnet, epoch }) => ({ network, subnet, epoch }))
    if (leases.length === 0 || parts.registrar.epoch !== undefined) return
    const peers = [...parts.members].filter(([, health]) => health === 'alive').map(([host]) => host)
    for (const to of peers.slice(0, CLAIM_PEERS)) parts.effects.push({ kind: 'send', to, message: { kind: 'claims', leases } })
  }

  private check(from: HostId, claims: readonly (LeaseRef & { readonly epoch: Epoch })[]): void {
    const { parts } = this
    const higher = new Map<string, LeaseRef & { readonly epoch: Epoch; readonly owner: HostId }>()
    for (const claim of claims) {
      const known = parts.leases.get(claim)
      if (!known || known.epoch <= claim.epoch || known.host === from) continue
      higher.set(leaseKey(known), { network: known.network, subnet: known.subnet, epoch: known.epoch, owner: known.host })
    }
    if (higher.size > 0) parts.effects.push({ kind: 'send', to: from, message: { kind: 'outranked', leases: [...higher.values()] } })
  }
}
