import type { HostId, SubnetLease } from '#core'
import { leaseKey } from './lease-index.js'
import type { Parts } from './parts.js'
import { leaseKeyHash, pairHash, ranked } from './rendezvous.js'

/**
 * Who may take a lease over, best first: hosts that are well and have a proof of their own. All hosts that see the same members make the
 * same list, so that nobody needs to be elected; where they do not, the store's transaction decides.
 */
export class Candidates {
  private readonly known = new Map<string, readonly HostId[]>()
  private fit: readonly HostId[] | undefined

  constructor(private readonly parts: Parts) {}

  /** Members or records have changed. */
  changed(): void {
    this.known.clear()
    this.fit = undefined
  }

  for(lease: SubnetLease): readonly HostId[] {
    const key = leaseKey(lease)
    let order = this.known.get(key)
    if (!order) this.known.set(key, (order = this.rank(lease)))
    return order
  }

  /** Whether a lease could be given to this host now. */
  mayHold(host: HostId): boolean {
    const { view, self, members } = this.parts
    const alive = host === self || members.get(host) === 'alive'
    return alive && view.proofs.has(host) && view.hosts.get(host)?.draining !== true
  }

  /**
   * What a host has in both layers of a network goes to one and the same host, so that a container with an address of each can be started
   * again there.
   */
  private subjectOf(lease: SubnetLease): number {
    const { network, host, adoptedFrom, floating } = lease
    if (floating || !this.parts.view.networks.get(network)?.second) return leaseKeyHash(lease)
    return pairHash(network, adoptedFrom ?? host)
  }

  private rank(lease: SubnetLease): readonly HostId[] {
    this.fit ??= [...this.parts.view.proofs.keys()].filter((host) => this.mayHold(host))
    const { floating } = lease
    const fit = this.fit.filter((host) => host !== lease.host && (!floating?.on || floating.on.includes(host)))
    const order = ranked(this.subjectOf(lease), fit)
    const preferred = floating?.prefer
    if (preferred === undefined || !order.includes(preferred)) return order
    return [preferred, ...order.filter((host) => host !== preferred)]
  }
}
