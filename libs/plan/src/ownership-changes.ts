import {
  contains,
  isVtepAddress,
  listChanges,
  mapChanges,
  prefixOf,
  sameFamily,
  type ClusterView,
  type Endpoint,
  type HostId,
  type ListChanges,
  type NetworkName,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { addEndpoint, isOf, removeEndpoint } from './l2/segment.js'
import { bySubnet, isPlaceOf, ofFamily, robbedBy, type OwnershipIndex } from './ownership.js'

/**
 * Leads ownerships that were read from `before` on to `after`, in place. They must have been read without problems, so that each record
 * stands for itself.
 * @returns the hosts whose facts, claim or leases are different, by network, and `self` where what others hold concerns it; undefined when
 * it is not that simple, for instance when two records contend for one subnet: then the ownerships are of no use any more and have to be
 * read anew
 */
export function followOwnership(
  ownerships: readonly OwnershipIndex[],
  before: ClusterView,
  after: ClusterView,
  self: HostId,
): ReadonlyMap<NetworkName, ReadonlySet<HostId>> | undefined {
  const touched = new Touched()
  const byName = new Map<NetworkName, OwnershipIndex[]>()
  for (const ownership of ownerships) byName.set(ownership.network.name, [...(byName.get(ownership.network.name) ?? []), ownership])
  // A record of a network that cannot be used is passed over, one of a network that does not exist is not simple.
  const isOdd = (network: NetworkName): boolean => !byName.has(network) && !after.networks.has(network)

  const leases = before.leases === after.leases ? NONE : listChanges(before.leases, after.leases)
  const touchesLeases = (network: NetworkName): boolean => [...leases.removed, ...leases.added].some((lease) => lease.network === network)
  const claims = before.vteps === after.vteps ? NONE : listChanges(before.vteps, after.vteps)
  for (const lease of leases.removed) {
    const ownership = ofFamily(byName.get(lease.network), lease.subnet)
    if (ownership) removeLease(ownership, lease)
    touched.add(ownership, lease.host)
  }
  for (const claim of claims.removed) {
    const ownership = ofFamily(byName.get(claim.network), claim.address)
    ownership?.claims.delete(claim.address)
    ownership?.vteps.delete(claim.host)
    touched.add(ownership, claim.host)
  }
  for (const lease of leases.added) {
    const ownership = ofFamily(byName.get(lease.network), lease.subnet)
    if (isOdd(lease.network) || (ownership && !addLease(ownership, lease))) return undefined
    touched.add(ownership, lease.host)
  }
  for (const claim of claims.added) {
    const ownership = ofFamily(byName.get(claim.network), claim.address)
    if (isOdd(claim.network) || (ownership && !addClaim(ownership, claim))) return undefined
    touched.add(ownership, claim.host)
  }
  if (before.endpoints !== after.endpoints) followSegments(ownerships, listChanges(before.endpoints, after.endpoints), touched)
  // Which addresses are strays, and whose, may be different for every host.
  if (ownerships.some(({ network, segment }) => segment && touchesLeases(network.name))) return undefined
  for (const ownership of followAdoptions(ownerships, [...leases.removed, ...leases.added], self)) touched.add(ownership, self)
  if (before.hosts !== after.hosts) {
    const hosts = mapChanges(before.hosts, after.hosts)
    for (const { id } of [...hosts.removed, ...hosts.added]) {
      for (const ownership of ownerships) if (ownership.vteps.has(id)) touched.add(ownership, id)
    }
  }
  return touched.hosts
}

const NONE = { removed: [], added: [] }

class Touched {
  readonly hosts = new Map<NetworkName, Set<HostId>>()

  add(ownership: OwnershipIndex | undefined, host: HostId): void {
    if (!ownership) return
    const { name } = ownership.network
    const hosts = this.hosts.get(name)
    if (hosts) hosts.add(host)
    else this.hosts.set(name, new Set([host]))
  }
}

/** Where an endpoint is concerns its host, and the one that holds the range around its address. */
function followSegments(ownerships: readonly OwnershipIndex[], { removed, added }: ListChanges<Endpoint>, touched: Touched): void {
  for (const ownership of ownerships) {
    const { segment, network, subnets } = ownership
    if (!segment) continue
    const isHere = (endpoint: Endpoint): boolean => isOf(network, endpoint)
    for (const endpoint of removed.filter(isHere)) removeEndpoint(segment, endpoint)
    for (const endpoint of added.filter(isHere)) addEndpoint(segment, endpoint)
    for (const { address, host } of [...removed, ...added].filter(isHere)) {
      touched.add(ownership, host)
      const lease = subnets.get(prefixOf(address, network.subnetSize))
      if (lease) touched.add(ownership, lease.host)
    }
  }
}

function removeLease({ subnets, leases }: OwnershipIndex, lease: SubnetLease): void {
  subnets.delete(lease.subnet)
  const left = leases.get(lease.host)?.filter((held) => held !== lease)
  if (left?.length) leases.set(lease.host, left)
  else leases.delete(lease.host)
}

/** False when it may not stand beside the others. */
function addLease({ network, subnets, leases }: OwnershipIndex, lease: SubnetLease): boolean {
  if (subnets.has(lease.subnet) || !isPlaceOf(network, lease)) return false
  subnets.set(lease.subnet, lease)
  if (lease.state === 'held') leases.set(lease.host, (leases.get(lease.host) ?? []).concat(lease).sort(bySubnet))
  return true
}

/** Who holds floating addresses, and what of others'; returns where that concerns `self`. */
function followAdoptions(ownerships: readonly OwnershipIndex[], leases: readonly SubnetLease[], self: HostId): OwnershipIndex[] {
  return ownerships.filter((ownership) => {
    const { name, pool } = ownership.network
    const here = leases.filter(({ network, subnet }) => network === name && sameFamily(pool, subnet))
    const floating = here.filter((lease) => lease.floating)
    if (floating.length > 0)
      ownership.floating = [...ownership.subnets.values()].filter((lease) => lease.floating && lease.state === 'held')
    const wasRobbed = ownership.robbed.has(self)
    if (here.some(({ adoptedFrom }) => adoptedFrom !== undefined)) ownership.robbed = robbedBy(ownership.subnets.values())
    const own = ownership.leases.get(self) ?? []
    // Containers of this host look for a floating address among themselves (local-objects.ts).
    return wasRobbed !== ownership.robbed.has(self) || floating.some((lease) => own.some(({ subnet }) => contains(subnet, lease.subnet)))
  })
}

function addClaim({ network, claims, vteps }: OwnershipIndex, claim: VtepClaim): boolean {
  if (claims.has(claim.address) || vteps.has(claim.host) || !isVtepAddress(network, claim.address)) return false
  claims.set(claim.address, claim)
  vteps.set(claim.host, claim)
  return true
}
