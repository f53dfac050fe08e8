import { listChanges, prefixAddress, type ClusterView, type HostId, type SubnetLease } from '#core'
import { leaseKey } from '#lease'
import type { HookEvent } from './hook-event.js'

/**
 * What became of this host's leases and floating addresses between two views, by the records alone. Nothing is said of leases that are
 * nobody's afterwards, but of floating addresses.
 * @param before undefined at the start: then this host's floating addresses are told, and nothing else
 * @param isSilent whether gossip misses another host's agent
 */
export function leaseEvents(
  before: ClusterView | undefined,
  after: ClusterView,
  self: HostId,
  isSilent: (host: HostId) => boolean,
): HookEvent[] {
  const { removed, added } = listChanges(before?.leases ?? [], after.leases)
  const former = new Map(removed.map((lease) => [leaseKey(lease), lease]))
  const events: HookEvent[] = []
  for (const lease of added) {
    const old = former.get(leaseKey(lease))
    const changed = old && changeOf(old, lease, after, self, isSilent)
    if (changed) events.push(changed)
  }
  const [had, has] = [removed, added].map(
    (leases) => new Map(leases.filter((lease) => floatsOn(lease, self)).map((lease) => [leaseKey(lease), lease])),
  )
  for (const [name, lease] of had ?? []) if (!has?.has(name)) events.push(addressEvent('address-released', lease))
  for (const [name, lease] of has ?? []) if (!had?.has(name)) events.push(addressEvent('address-served', lease))
  return events
}

function changeOf(
  old: SubnetLease,
  lease: SubnetLease,
  view: ClusterView,
  self: HostId,
  isSilent: (host: HostId) => boolean,
): HookEvent | undefined {
  const { network, subnet, epoch, host: to } = lease
  const { host: from } = old
  if (from === to || old.state !== 'held' || lease.state !== 'held' || (from !== self && to !== self)) return undefined
  // A host that is drained gives its leases away itself, as long as it is heard; they remember where they belong as those of a dead one do.
  const taken = lease.adoptedFrom !== undefined && (view.hosts.get(from)?.draining !== true || isSilent(from))
  if (to === self && old.adoptedFrom === self) return { event: 'lease-returned', network, subnet, epoch, from }
  if (!taken) return { event: 'lease-moved', network, subnet, epoch, from, to }
  return to === self ? { event: 'lease-adopted', network, subnet, epoch, from } : { event: 'lease-lost', network, subnet, epoch, to }
}

function floatsOn(lease: SubnetLease, host: HostId): boolean {
  return lease.floating !== undefined && lease.host === host && lease.state === 'held'
}

function addressEvent(event: 'address-served' | 'address-released', { network, subnet, epoch }: SubnetLease): HookEvent {
  return { event, network, address: prefixAddress(subnet), epoch }
}
