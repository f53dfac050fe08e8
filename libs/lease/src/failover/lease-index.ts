import type { ClusterView, FailoverPolicy, HostId, SubnetLease } from '#core'
import type { LeaseRef } from './message.js'

/** A lease as a map's key. */
export function leaseKey({ network, subnet }: LeaseRef): string {
  return `${network} ${subnet}`
}

/** What may become of a lease when its owner dies; a lease of no network can not be judged, and stays. */
export function policyOf(view: ClusterView, lease: SubnetLease): FailoverPolicy {
  return lease.floating?.failover ?? view.networks.get(lease.network)?.failover ?? 'hold'
}

/** The held leases of each host and each lease by its key, worked out once for each view whose leases differ. */
export class LeaseIndex {
  private source: readonly SubnetLease[] | undefined
  private readonly byHost = new Map<HostId, SubnetLease[]>()
  private readonly byKey = new Map<string, SubnetLease>()

  update(leases: readonly SubnetLease[]): void {
    if (leases === this.source) return
    this.source = leases
    this.byHost.clear()
    this.byKey.clear()
    for (const lease of leases) {
      this.byKey.set(leaseKey(lease), lease)
      if (lease.state !== 'held') continue
      const own = this.byHost.get(lease.host)
      if (own) own.push(lease)
      else this.byHost.set(lease.host, [lease])
    }
  }

  of(host: HostId): readonly SubnetLease[] {
    return this.byHost.get(host) ?? []
  }

  get(ref: LeaseRef): SubnetLease | undefined {
    return this.byKey.get(leaseKey(ref))
  }
}
