import type { HostId, SubnetLease } from '#core'
import { leaseKeyHash, ranked } from './rendezvous.js'
import type { Parts } from './parts.js'

/**
 * Who may take a lease over, best first: hosts that are well and have a proof of their own. All hosts that see the same members make the same
 * list, so that nobody needs to be elected; where they do not, the store's transaction decides.
 */
export function candidatesFor(parts: Parts, lease: SubnetLease): readonly HostId[] {
  const { floating } = lease
  const fit = fitHosts(parts).filter((host) => host !== lease.host && (!floating?.on || floating.on.includes(host)))
  const order = ranked(leaseKeyHash(lease), fit)
  const preferred = floating?.prefer
  if (preferred === undefined || !order.includes(preferred)) return order
  return [preferred, ...order.filter((host) => host !== preferred)]
}

/** Whether a lease could be given to this host now. */
export function mayHold(parts: Parts, host: HostId): boolean {
  const { view, self, members } = parts
  const alive = host === self || members.get(host) === 'alive'
  return alive && view.proofs.has(host) && view.hosts.get(host)?.draining !== true
}

function fitHosts(parts: Parts): HostId[] {
  return [...parts.view.proofs.keys()].filter((host) => mayHold(parts, host))
}
