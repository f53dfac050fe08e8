import { EMPTY_VIEW, type ClusterView, type HostId, type PreviousProofs, type StoredProof, type SubnetLease } from '#core'
import type { FailoverEffect, RegistrationEnd, TransactionEnd } from '../../failover/contract.js'
import { leaseKey } from '../../failover/lease-index.js'
import type { LeaseRef } from '../../failover/message.js'

type EffectOf<K extends FailoverEffect['kind']> = FailoverEffect & { kind: K }

/** Which compares the transactions make; the adversary's mutants leave some out. */
export interface Compares {
  readonly lease: boolean
  readonly ownerProof: boolean
  readonly previous: boolean
  readonly handOverProof: boolean
  readonly retireEpoch: boolean
}

export const ALL_COMPARES: Compares = { lease: true, ownerProof: true, previous: true, handOverProof: true, retireEpoch: true }

/** etcd as its promises are: linearizable transactions with compares, one revision each. A snapshot can be taken and put back. */
export class ModelStore {
  private current: ClusterView

  constructor(
    first: Partial<ClusterView>,
    private readonly compares: Compares,
  ) {
    this.current = { ...EMPTY_VIEW, ...first, revision: 100 }
  }

  get view(): ClusterView {
    return this.current
  }

  /** Puts an earlier state back, as a backup does: the revision goes back with it. */
  restore(view: ClusterView): void {
    this.current = view
  }

  lease(ref: LeaseRef): SubnetLease | undefined {
    return this.current.leases.find((lease) => leaseKey(lease) === leaseKey(ref))
  }

  drain(host: HostId, draining: boolean): void {
    const facts = this.current.hosts.get(host)
    if (!facts) return
    const { draining: _, ...kept } = facts
    this.edit({ hosts: new Map(this.current.hosts).set(host, draining ? { ...kept, draining: true } : kept) })
  }

  register({ expected, record, previous }: EffectOf<'register'>): RegistrationEnd {
    const { proofs, previousProofs } = this.current
    const proof = proofs.get(record.host)
    if ((proof?.epoch ?? 0) !== expected) return { end: 'lost', proof, previous: previousProofs.get(record.host) }
    const epoch = this.current.revision + 1
    const sets = new Map<HostId, PreviousProofs>(previousProofs)
    if (previous.length === 0) sets.delete(record.host)
    else sets.set(record.host, { host: record.host, sets: previous, revision: epoch })
    const stored: StoredProof = { ...record, epoch, at: '' }
    this.edit({ proofs: new Map(proofs).set(record.host, stored), previousProofs: sets })
    return { end: 'won', epoch, leases: this.current.leases.filter(({ host }) => host === record.host) }
  }

  retire(host: HostId, epoch: number): TransactionEnd {
    if (this.compares.retireEpoch && this.current.proofs.get(host)?.epoch !== epoch) return 'lost'
    const sets = new Map(this.current.previousProofs)
    sets.delete(host)
    this.edit({ previousProofs: sets })
    return 'won'
  }

  adopt({ lease, next, owner, previous, successor }: EffectOf<'adopt'>): TransactionEnd {
    const { proofs, previousProofs } = this.current
    if (this.compares.lease && this.lease(lease) !== lease) return 'lost'
    if (this.compares.ownerProof && (proofs.get(owner.host)?.epoch ?? 0) !== owner.epoch) return 'lost'
    if (this.compares.previous && (previousProofs.get(owner.host)?.revision ?? 0) !== previous) return 'lost'
    if (proofs.get(successor.host)?.epoch !== successor.epoch) return 'lost'
    return this.put(next)
  }

  handOver({ lease, next, owner }: EffectOf<'hand-over'>): TransactionEnd {
    if (this.lease(lease) !== lease) return 'lost'
    if (this.compares.handOverProof && this.current.proofs.get(owner.host)?.epoch !== owner.epoch) return 'lost'
    return this.put(next)
  }

  private put(next: EffectOf<'adopt'>['next']): TransactionEnd {
    const key = leaseKey(next)
    const leases = this.current.leases.map((lease) => (leaseKey(lease) === key ? { ...next, since: '' } : lease))
    this.edit({ leases })
    return 'won'
  }

  private edit(change: Partial<ClusterView>): void {
    this.current = { ...this.current, ...change, revision: this.current.revision + 1 }
  }
}
