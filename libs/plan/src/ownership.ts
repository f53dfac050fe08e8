import {
  ipToNumber,
  isFloatable,
  isLeasable,
  isVtepAddress,
  layersOf,
  prefixToKey,
  sameFamily,
  WeftError,
  type ClusterView,
  type HostId,
  type Ip,
  type Layer,
  type Network,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { readSegments, type Segment, type SegmentIndex } from './l2/segment.js'

/** Who has what in one layer of a network, according to the records that make sense. */
export interface Ownership {
  readonly network: Layer
  /** At most one VTEP address per host. */
  readonly vteps: ReadonlyMap<HostId, VtepClaim>
  /** The subnets that a host holds, in the order of their addresses; hosts that hold none are absent. */
  readonly leases: ReadonlyMap<HostId, readonly SubnetLease[]>
  /** Those of the leases that are of floating addresses. */
  readonly floating: readonly SubnetLease[]
  /** The hosts from which others have adopted subnets that they still hold. */
  readonly robbed: ReadonlySet<HostId>
  /** Only where the network is one segment (mode l2): who has which address in it. */
  readonly segment?: Segment
}

/** What a host has in a layer that it takes part in. */
export interface Part {
  readonly claim: VtepClaim
  readonly leases: readonly SubnetLease[]
}

/**
 * The part of a host in a layer; undefined when it takes none. One whose subnets others have adopted takes part without: its VTEP
 * address stays where peers ask whether it lives, and its endpoints are there when a subnet comes back. In a segment a subnet is no more
 * than where new addresses come from: the endpoints of a host that has none any more are there as before.
 */
export function partOf({ vteps, leases, robbed, segment }: Ownership, host: HostId): Part | undefined {
  const claim = vteps.get(host)
  const held = leases.get(host) ?? (robbed.has(host) || segment ? [] : undefined)
  return claim && held && { claim, leases: held }
}

/** The floating addresses of a layer that other hosts hold. */
export function floatingElsewhere({ leases, floating }: Ownership, self: HostId): Prefix[] {
  const own = leases.get(self) ?? []
  return floating.filter((lease) => !own.includes(lease)).map(({ subnet }) => subnet)
}

/** An {@link Ownership} with what it was read from, so that it can be followed from view to view. */
export interface OwnershipIndex extends Ownership {
  readonly vteps: Map<HostId, VtepClaim>
  readonly leases: Map<HostId, readonly SubnetLease[]>
  floating: readonly SubnetLease[]
  robbed: ReadonlySet<HostId>
  /** The record that counts for each VTEP address. */
  readonly claims: Map<Ip, VtepClaim>
  /** The record that counts for each subnet or floating address, also released ones. */
  readonly subnets: Map<Prefix, SubnetLease>
  readonly segment?: SegmentIndex
}

/**
 * Reads leases and VTEP claims the way every host must read them, whatever order they come in. Problems are appended for records that
 * are left out; records of networks that were left out as a whole are passed over, since those have had their problem.
 */
export function readOwnership(view: ClusterView, networks: readonly Network[], self: HostId, problems: WeftError[]): OwnershipIndex[] {
  const drafts = new Map<NetworkName, readonly Draft[]>()
  for (const network of networks) {
    const layers = layersOf(network)
    drafts.set(
      network.name,
      layers.map((layer) => ({ network: layer, claims: new Map<Ip, VtepClaim>(), subnets: new Map<Prefix, SubnetLease>() })),
    )
  }

  for (const lease of view.leases) {
    const draft = ofFamily(drafts.get(lease.network), lease.subnet)
    if (!draft) {
      if (!view.networks.has(lease.network)) problems.push(unknownNetwork(lease.network, leaseField(lease)))
    } else if (!isPlaceOf(draft.network, lease)) problems.push(outsidePool(lease, draft.network))
    else contend(draft.subnets, lease.subnet, lease, newerLease, leaseConflict, problems)
  }
  const ownFirst = (a: VtepClaim, b: VtepClaim): boolean => ((a.host === self) !== (b.host === self) ? a.host === self : a.host < b.host)
  for (const claim of view.vteps) {
    const draft = ofFamily(drafts.get(claim.network), claim.address)
    if (!draft) {
      if (!view.networks.has(claim.network)) problems.push(unknownNetwork(claim.network, claimField(claim)))
    } else if (!isVtepAddress(draft.network, claim.address)) problems.push(notVtepAddress(claim, draft.network))
    else contend(draft.claims, claim.address, claim, ownFirst, claimConflict, problems)
  }
  const segments = readSegments(networks, view.endpoints)
  return [...drafts.values()].flat().map((draft) => {
    const segment = segments.get(draft.network.name)
    return { ...settle(draft, problems), ...(segment && { segment }) }
  })
}

type Draft = Pick<OwnershipIndex, 'network' | 'claims' | 'subnets'>

/** The one of a network's layers that a record can only belong to; the only one also where it is of the other family. */
export function ofFamily<T extends { readonly network: Layer }>(layers: readonly T[] | undefined, of: Prefix | Ip): T | undefined {
  if (!layers || layers.length === 1) return layers?.[0]
  return layers.find(({ network: { pool } }) => sameFamily(pool, of))
}

/** True when what is leased is something that the layer leases out. */
export function isPlaceOf(network: Layer, { floating, subnet }: SubnetLease): boolean {
  return floating ? isFloatable(network, subnet) : isLeasable(network, subnet)
}

/** The order of a host's leases. */
export function bySubnet(a: SubnetLease, b: SubnetLease): number {
  return a.subnet < b.subnet ? -1 : 1
}

/** The hosts that others hold subnets of. */
export function robbedBy(leases: Iterable<SubnetLease>): ReadonlySet<HostId> {
  const robbed = new Set<HostId>()
  for (const { state, floating, adoptedFrom } of leases)
    if (state === 'held' && !floating && adoptedFrom !== undefined) robbed.add(adoptedFrom)
  return robbed
}

/** Keeps the better of two records for one key and reports the other. */
function contend<K, R>(
  records: Map<K, R>,
  key: K,
  record: R,
  better: (a: R, b: R) => boolean,
  conflict: (winner: R, loser: R) => WeftError,
  problems: WeftError[],
): void {
  const rival = records.get(key)
  if (rival === undefined) {
    records.set(key, record)
    return
  }
  const [winner, loser] = better(record, rival) ? [record, rival] : [rival, record]
  records.set(key, winner)
  problems.push(conflict(winner, loser))
}

function settle(draft: Draft, problems: WeftError[]): OwnershipIndex {
  const vteps = new Map<HostId, VtepClaim>()
  const lower = (a: VtepClaim, b: VtepClaim): boolean => ipToNumber(a.address) < ipToNumber(b.address)
  for (const claim of draft.claims.values()) contend(vteps, claim.host, claim, lower, secondClaim, problems)

  const leases = new Map<HostId, SubnetLease[]>()
  const floating: SubnetLease[] = []
  for (const lease of draft.subnets.values()) {
    if (lease.state !== 'held') continue
    if (lease.floating) floating.push(lease)
    const held = leases.get(lease.host)
    if (held) held.push(lease)
    else leases.set(lease.host, [lease])
  }
  for (const held of leases.values()) if (held.length > 1) held.sort(bySubnet)
  return { ...draft, vteps, leases, floating, robbed: robbedBy(draft.subnets.values()) }
}

/** The highest epoch owns (DESIGN.md §7); equal epochs cannot come from Weft, so any rule will do that all hosts share. */
function newerLease(a: SubnetLease, b: SubnetLease): boolean {
  if (a.epoch !== b.epoch) return a.epoch > b.epoch
  return a.host === b.host ? a.state === 'held' : a.host < b.host
}

function leaseField(lease: SubnetLease): string {
  return `networks/${lease.network}/leases/${prefixToKey(lease.subnet)}`
}

function claimField(claim: VtepClaim): string {
  return `networks/${claim.network}/vteps/${claim.address}`
}

function unknownNetwork(network: NetworkName, field: string): WeftError {
  const hint = `create the network again, or delete this key`
  return new WeftError('WEFT_NETWORK_UNKNOWN', `a record names the network ${network}, which does not exist`, { field, hint })
}

function outsidePool(lease: SubnetLease, network: Layer): WeftError {
  const message = `${lease.subnet}, leased by ${lease.host}, is not one of the /${network.subnetSize} subnets of ${network.pool} for hosts`
  return new WeftError('WEFT_LEASE_OUTSIDE_POOL', message, { field: leaseField(lease), hint: 'delete this key; the host leases another' })
}

function notVtepAddress(claim: VtepClaim, network: Layer): WeftError {
  const message = `${claim.address}, claimed by ${claim.host}, is not in the first part of ${network.pool}, where VTEP addresses are`
  return new WeftError('WEFT_LEASE_OUTSIDE_POOL', message, { field: claimField(claim), hint: 'delete this key; the host claims another' })
}

function leaseConflict(winner: SubnetLease, loser: SubnetLease): WeftError {
  const message = `${loser.subnet} is leased by ${winner.host} (epoch ${winner.epoch}) and by ${loser.host} (epoch ${loser.epoch})`
  return new WeftError('WEFT_LEASE_CONFLICT', message, { field: leaseField(loser), hint: `the record of ${winner.host} counts` })
}

function claimConflict(winner: VtepClaim, loser: VtepClaim): WeftError {
  const message = `the VTEP address ${loser.address} is claimed by ${winner.host} and by ${loser.host}`
  return new WeftError('WEFT_LEASE_CONFLICT', message, { field: claimField(loser), hint: `the claim of ${winner.host} counts` })
}

function secondClaim(winner: VtepClaim, loser: VtepClaim): WeftError {
  const message = `${loser.host} has two VTEP addresses, ${winner.address} and ${loser.address}`
  return new WeftError('WEFT_LEASE_CONFLICT', message, { field: claimField(loser), hint: `${winner.address} counts; delete this key` })
}
