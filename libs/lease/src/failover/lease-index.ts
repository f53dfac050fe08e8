import { listChanges, type HostId, type ListChanges, type NetworkName, type Prefix, type SubnetLease } from '#core'
import type { LeaseRef } from './message.js'

/** A lease as a map's key. */
export function leaseKey({ network, subnet }: LeaseRef): string {
  return `${network} ${subnet}`
}

/** The held leases of each host and each lease by its subnet; one changed lease among 10,000 costs that lease. */
export class LeaseIndex {
  private source: readonly SubnetLease[] = []
  private readonly byHost = new Map<HostId, readonly SubnetLease[]>()
  private readonly bySubnet = new Map<NetworkName, Map<Prefix, SubnetLease>>()
  /** Of floating addresses, by policy `exclusive` of their own. */
  private readonly exclusive = new Set<SubnetLease>()

  /** Goes on to another view's leases and returns what is different in them. */
  update(leases: readonly SubnetLease[]): ListChanges<SubnetLease> {
    const changes = leases === this.source ? NONE : listChanges(this.source, leases)
    this.source = leases
    for (const lease of changes.removed) {
      this.bySubnet.get(lease.network)?.delete(lease.subnet)
      this.exclusive.delete(lease)
      const left = this.of(lease.host).filter((held) => held !== lease)
      if (left.length > 0) this.byHost.set(lease.host, left)
      else this.byHost.delete(lease.host)
    }
    for (const lease of changes.added) {
      const here = this.bySubnet.get(lease.network)
      if (here) here.set(lease.subnet, lease)
      else this.bySubnet.set(lease.network, new Map([[lease.subnet, lease]]))
      if (lease.floating?.failover === 'exclusive') this.exclusive.add(lease)
      if (lease.state === 'held') this.byHost.set(lease.host, this.of(lease.host).concat(lease))
    }
    return changes
  }

  /** True when a floating address is exclusive, whatever its network is. */
  get hasExclusiveAddress(): boolean {
    return this.exclusive.size > 0
  }

  of(host: HostId): readonly SubnetLease[] {
    return this.byHost.get(host) ?? []
  }

  get({ network, subnet }: LeaseRef): SubnetLease | undefined {
    return this.bySubnet.get(network)?.get(subnet)
  }
}

const NONE: ListChanges<SubnetLease> = { removed: [], added: [] }
