import { listChanges, type ClusterView, type HostId, type Log, type Prefix } from '#core'
import { leaseKey, type Store } from '#lease'

/**
 * Tells when a subnet goes from this host to another, or comes from one. The record decides, whoever wrote it; but the containers of the
 * host that lost it are cut off, which nobody shall have to find out from routes.
 */
export class OwnerChanges {
  private last: ClusterView | undefined

  constructor(
    private readonly self: HostId,
    private readonly store: Pick<Store, 'view'>,
    private readonly log: Log,
  ) {}

  /**
   * To be called with each new view. Returns the subnets and floating addresses that have come to this host, or left it, since the last.
   */
  look(): readonly Prefix[] {
    const { view } = this.store
    const { last } = this
    this.last = view
    if (!last || last.revision === 0 || last.leases === view.leases) return []
    const { removed, added } = listChanges(last.leases, view.leases)
    const before = new Map(removed.map((lease) => [leaseKey(lease), lease]))
    const moved: Prefix[] = []
    for (const lease of added) {
      const { network, subnet, epoch } = lease
      const old = before.get(leaseKey(lease))
      if (!old || old.host === lease.host || lease.state !== 'held') continue
      if (old.state === 'held' && (old.host === this.self || lease.host === this.self)) moved.push(subnet)
      if (old.host === this.self && old.state === 'held') {
        this.log.warn('a subnet of this host is another host’s now', { network, subnet, owner: lease.host, epoch, before: old.epoch })
      } else if (lease.host === this.self && old.state === 'held') {
        this.log.warn('a subnet of another host is this host’s now', { network, subnet, before: old.host, epoch })
      }
    }
    return moved
  }
}
