import { isLeasable, isVtepAddress, type ClusterView, type Host, type HostId, type Layer } from '#core'

/**
 * How long a host has been gone is told in hours of the cluster, not of anybody's clock. Each host's record holds the hour in which the
 * host was last there (apps/weftd/src/host/presence.ts). An hour ends when an agent that can write to the store has lived through it on its
 * monotonic clock; so none passes while the store is away, while all agents are, or because a clock was set.
 */

/** When what a host has may be taken, if nothing else is left. */
export interface GraceRule {
  /** Hours of the cluster that a host must have been gone for, at least. */
  readonly hours: number
  /** True while the host is heard, or its kernel answers: it may be cut off from the store alone. */
  readonly answers: (host: HostId) => boolean
}

/** Hours are counted up to here; a hand may have written any number. */
export const LAST_HOUR = 1_000_000_000

/** The present hour: the highest that any host's record holds, 0 without any. */
export function clusterHour(view: ClusterView): number {
  let highest = 0
  for (const { hour } of view.hosts.values()) if (hour !== undefined && hour > highest) highest = hour
  return highest
}

/** What a network has run out of. */
export type Scarce = 'subnet' | 'VTEP address'

/**
 * The host, other than this one, that has been gone for longest and for longer than the grace period, of those that have in the layer
 * what is scarce. One of which the store does not say when it was last there is never gone.
 */
export function longestGone(view: ClusterView, network: Layer, scarce: Scarce, self: HostId, rule: GraceRule): Host | undefined {
  const holders = new Set<HostId>()
  for (const claim of scarce === 'VTEP address' ? view.vteps : []) {
    if (claim.network === network.name && isVtepAddress(network, claim.address)) holders.add(claim.host)
  }
  for (const { network: name, host, state, subnet } of scarce === 'subnet' ? view.leases : []) {
    if (name === network.name && state === 'held' && isLeasable(network, subnet)) holders.add(host)
  }
  const now = clusterHour(view)
  let longest: (Host & { readonly hour: number }) | undefined
  for (const id of holders) {
    const host = view.hosts.get(id)
    if (host?.hour === undefined || id === self || view.statuses.has(id) || now - host.hour <= rule.hours) continue
    if (longest && (longest.hour < host.hour || (longest.hour === host.hour && longest.id < id))) continue
    if (!rule.answers(id)) longest = { ...host, hour: host.hour }
  }
  return longest
}
