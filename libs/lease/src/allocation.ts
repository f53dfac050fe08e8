import {
  WeftError,
  hash32,
  isLeasable,
  isVtepAddress,
  leasableSubnetAt,
  leasableSubnets,
  vtepAddressAt,
  type ClusterView,
  type HostId,
  type Ip,
  type Layer,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'

/** What a host does about a subnet: keep the lease it has, or claim a subnet, where a released lease may stand. */
export type SubnetChoice = { readonly keep: SubnetLease } | { readonly subnet: Prefix; readonly replaces: SubnetLease | undefined }

export interface ChoiceOptions {
  /** The subnet that this host remembers having had; taken when it is free, believed in nothing else. */
  readonly hint?: Prefix
  /** Varies where the search starts, so that those who collided once do not collide again. */
  readonly attempt?: number
}

/**
 * Chooses a subnet for a host: its own lease, else the one it released, else its hint, else one that was never used, else one that
 * another host released. The search starts at a place that follows from the host's name, so that hosts that start together
 * mostly claim different subnets.
 * @throws WeftError WEFT_POOL_EXHAUSTED
 */
export function chooseSubnet(view: ClusterView, network: Layer, host: HostId, options: ChoiceOptions = {}): SubnetChoice {
  const taken = new Map<Prefix, SubnetLease>()
  for (const lease of view.leases) if (lease.network === network.name && isLeasable(network, lease.subnet)) taken.set(lease.subnet, lease)

  const own = ownLease(taken, host, options.hint)
  if (own?.state === 'held') return { keep: own }
  if (own) return { subnet: own.subnet, replaces: own }

  const hint = options.hint
  if (hint !== undefined && isLeasable(network, hint) && taken.get(hint)?.state !== 'held')
    return { subnet: hint, replaces: taken.get(hint) }

  const count = leasableSubnets(network)
  const start = startingPoint(host, options.attempt, count)
  const unused = firstFree(count, start, (index) => !taken.has(leasableSubnetAt(network, index)))
  if (unused !== undefined) return { subnet: leasableSubnetAt(network, unused), replaces: undefined }

  const released = firstFree(count, start, (index) => taken.get(leasableSubnetAt(network, index))?.state === 'released')
  if (released === undefined) throw exhausted(view, network, 'subnet', count, [...taken.values()])
  const subnet = leasableSubnetAt(network, released)
  return { subnet, replaces: taken.get(subnet) }
}

/** What a host does about its VTEP address: keep its claim, or claim an address that nobody has. */
export type VtepChoice = { readonly keep: VtepClaim } | { readonly address: Ip }

/**
 * Chooses a VTEP address like {@link chooseSubnet}; claims are never released, so there is no second choice.
 * @throws WeftError WEFT_POOL_EXHAUSTED
 */
export function chooseVtepAddress(view: ClusterView, network: Layer, host: HostId, attempt = 0): VtepChoice {
  const taken = new Map<Ip, VtepClaim>()
  for (const claim of view.vteps) {
    if (claim.network !== network.name || !isVtepAddress(network, claim.address)) continue
    if (claim.host === host) return { keep: claim }
    taken.set(claim.address, claim)
  }
  // The layout keeps one address more than there are subnets (pool-layout.ts): a host may wait with its claim for a subnet to come free.
  const count = leasableSubnets(network) + 1
  const index = firstFree(count, startingPoint(host, attempt, count), (at) => !taken.has(vtepAddressAt(network, at)))
  if (index === undefined) throw exhausted(view, network, 'VTEP address', count, [...taken.values()])
  return { address: vtepAddressAt(network, index) }
}

/** A host may have several leases when it has adopted some: its hint first, then what was never another's, then held before released. */
function ownLease(leases: ReadonlyMap<Prefix, SubnetLease>, host: HostId, hint: Prefix | undefined): SubnetLease | undefined {
  const rank = (lease: SubnetLease): number =>
    (lease.state === 'held' ? 0 : 4) + (lease.adoptedFrom === undefined ? 0 : 2) + (lease.subnet === hint ? 0 : 1)
  let best: SubnetLease | undefined
  for (const lease of leases.values()) {
    // An adopted subnet that was released belongs to nobody in particular any more.
    if (lease.host !== host || (lease.state === 'released' && lease.adoptedFrom !== undefined)) continue
    if (!best || rank(lease) < rank(best)) best = lease
  }
  return best
}

function startingPoint(host: HostId, attempt: number | undefined, count: number): number {
  return count > 0 ? hash32(`${host} ${attempt ?? 0}`) % count : 0
}

function firstFree(count: number, start: number, free: (index: number) => boolean): number | undefined {
  for (let step = 0; step < count; step++) {
    const index = (start + step) % count
    if (free(index)) return index
  }
  return undefined
}

/** How many hosts a hint names. */
const NAMED = 5

/**
 * A host without a session may be gone for good, or forwarding while its agent is down: only a person can tell, so the hint names such
 * hosts and takes nothing from them (docs/decisions/grace-period.md).
 */
function exhausted(view: ClusterView, network: Layer, what: string, count: number, holders: readonly { host: HostId }[]): WeftError {
  const silent = [...new Set(holders.map(({ host }) => host))].filter((host) => !view.statuses.has(host)).sort()
  const named = silent.slice(0, NAMED).join(', ') + (silent.length > NAMED ? ` and ${silent.length - NAMED} more` : '')
  const forget =
    silent.length > 0 ? `if one of these, whose agents are not connected, is gone for good: weft host forget (${named}); or ` : ''
  return new WeftError('WEFT_POOL_EXHAUSTED', `network '${network.name}' has no free ${what}: all ${count} in ${network.pool} are taken`, {
    field: 'pool',
    hint: `${forget}make a network with a larger pool or smaller subnets`,
  })
}
