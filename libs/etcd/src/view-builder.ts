import {
  EMPTY_VIEW,
  commonPools,
  contains,
  isFloatable,
  isLeasable,
  isVtepAddress,
  layerOf,
  Lineage,
  poolsOf,
  RecordMap,
  type ClusterView,
  type Endpoint,
  type ErrorCode,
  type HostId,
  type Log,
  type Network,
  type NetworkName,
  type PreviousProofs,
  type StoredProof,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import type { StoreProblem } from '#lease'
import type { Place } from './keys.js'
import type { Entry } from './mirror.js'
import type { RecordOf } from './records.js'

type Kind = Place['kind']

/** Kinds that the view lists, and of which each record must fit a network. */
type Listed = 'lease' | 'vtep' | 'endpoint'
/** Kinds of which all are gone through when one changed: there are few, or they change seldom. */
type Gathered = 'network' | 'proof' | 'previous'
/** Kinds of which each host has one. */
type ByHost = 'host' | 'status'

/**
 * Makes views out of single records, and judges records by others: a lease must lie in its network's pool, networks must not overlap.
 * What does not fit is left out and logged once. A part of the view whose records did not change stays the same object.
 */
export class ViewBuilder {
  private view: ClusterView = EMPTY_VIEW
  private readonly gathered: Record<Gathered, Map<string, Entry>> = { network: new Map(), proof: new Map(), previous: new Map() }
  private readonly stale = new Set<Kind>()
  /** Which records of the kinds that can be 10,000 are to be looked at: one that changed must not cost a look at all. */
  private readonly changed: Record<Listed, Set<string>> = { lease: new Set(), vtep: new Set(), endpoint: new Set() }
  /** The same of the others: the key of each host's record. */
  private readonly changedHosts: Record<ByHost, Map<HostId, string>> = { host: new Map(), status: new Map() }
  /** The records that are in the view, by key, in the order in which they came. */
  private readonly listed: { readonly [K in Listed]: Map<string, RecordOf[K]> } = { lease: new Map(), vtep: new Map(), endpoint: new Map() }
  /** What led from list to list, for those who follow them. */
  private readonly lineages: { readonly [K in Listed]: Lineage<RecordOf[K]> } = {
    lease: new Lineage(),
    vtep: new Lineage(),
    endpoint: new Lineage(),
  }
  private readonly misfits = new Map<string, StoreProblem>()
  /** What was last accepted of each network's key: a hand that spoils it later does not take the network away. */
  private readonly accepted = new Map<string, Network>()

  /** @param entries all there are, by key; `set` and `delete` tell when one of them is another */
  constructor(
    private readonly entries: ReadonlyMap<string, Entry>,
    private readonly log: Log,
  ) {}

  get problems(): readonly StoreProblem[] {
    return [...this.misfits.values()]
  }

  set(key: string, place: Place, entry: Entry, before: Entry | undefined): void {
    const { kind } = place
    if (isGathered(kind)) this.gathered[kind].set(key, entry)
    if (before?.record !== entry.record || isCounted(kind)) this.touch(place, key)
  }

  delete(key: string, place: Place): void {
    this.misfits.delete(key)
    this.accepted.delete(key)
    if (isGathered(place.kind)) this.gathered[place.kind].delete(key)
    this.touch(place, key)
  }

  build(revision: number): ClusterView {
    const next: { -readonly [K in keyof ClusterView]: ClusterView[K] } = { ...this.view, revision }
    if (this.stale.has('network')) {
      next.networks = this.networks()
      for (const [key, { kind }] of this.entries) if (isListed(kind)) this.list(kind, key)
    }
    if (this.stale.has('host')) next.hosts = this.byHost('host', next.hosts)
    if (this.stale.has('status')) next.statuses = this.byHost('status', next.statuses)
    if (this.stale.has('proof')) next.proofs = this.proofs(next.proofs)
    if (this.stale.has('previous')) next.previousProofs = this.previousProofs(next.previousProofs)
    if (this.stale.has('lease')) next.leases = this.fitting('lease', next.networks, next.leases, leaseFault)
    if (this.stale.has('vtep')) next.vteps = this.fitting('vtep', next.networks, next.vteps, vtepFault)
    if (this.stale.has('endpoint')) next.endpoints = this.fitting('endpoint', next.networks, next.endpoints, endpointFault)
    this.stale.clear()
    this.view = next
    return next
  }

  /**
   * Networks as they were accepted before, and then in the order in which they were made: where two cannot both be, it is not the one that
   * nobody touched that goes, and else the one that was there first stays.
   */
  private networks(): ReadonlyMap<NetworkName, Network> {
    const result = new Map<NetworkName, Network>()
    const touched = (key: string, { record }: Entry): number => (this.accepted.get(key) === record ? 0 : 1)
    const inOrder = Array.from(this.gathered.network).toSorted(
      ([a, one], [b, other]) => touched(a, one) - touched(b, other) || one.stored.createRevision - other.stored.createRevision,
    )
    for (const [key, entry] of inOrder) {
      const record = entry.record as Network | undefined
      if (!record) continue
      const clash = clashOf(record, result)
      this.judge(key, clash)
      const kept = clash ? this.accepted.get(key) : record
      if (!kept || clashOf(kept, result)) continue
      this.accepted.set(key, kept)
      result.set(kept.name, kept)
    }
    return result
  }

  /** A proof is not told from another by what it says, but by when it was written. */
  private proofs(before: ClusterView['proofs']): ClusterView['proofs'] {
    const result = new Map<HostId, StoredProof>()
    for (const { record, stored, fault } of this.gathered.proof.values()) {
      const proof = record as RecordOf['proof'] | undefined
      // What it said before it was broken does not belong to its revision.
      if (!proof || fault) continue
      const known = before.get(proof.host)
      result.set(proof.host, known?.epoch === stored.modRevision ? known : { ...proof, epoch: stored.modRevision })
    }
    return result
  }

  private previousProofs(before: ClusterView['previousProofs']): ClusterView['previousProofs'] {
    const result = new Map<HostId, PreviousProofs>()
    for (const { record, stored, fault } of this.gathered.previous.values()) {
      const previous = record as RecordOf['previous'] | undefined
      // Without it adoption compares with no key at all, and fails.
      if (!previous || fault) continue
      const known = before.get(previous.host)
      result.set(previous.host, known?.revision === stored.modRevision ? known : { ...previous, revision: stored.modRevision })
    }
    return result
  }

  private fitting<K extends Listed>(
    kind: K,
    networks: ReadonlyMap<NetworkName, Network>,
    before: readonly RecordOf[K][],
    faultOf: (record: RecordOf[K], network: Network) => Fault | undefined,
  ): readonly RecordOf[K][] {
    const listed = this.listed[kind] as Map<string, RecordOf[K]>
    const removed: RecordOf[K][] = []
    const added: RecordOf[K][] = []
    for (const key of this.changed[kind]) {
      const known = listed.get(key)
      const record = this.fittingRecord(key, networks, faultOf)
      if (record === known) continue
      if (known) removed.push(known)
      if (record) added.push(record)
      if (record) listed.set(key, record)
      else listed.delete(key)
    }
    this.changed[kind].clear()
    if (removed.length + added.length === 0) return before
    const list = [...listed.values()]
    this.lineages[kind].goOn(list, { removed, added })
    return list
  }

  private fittingRecord<K extends Listed>(
    key: string,
    networks: ReadonlyMap<NetworkName, Network>,
    faultOf: (record: RecordOf[K], network: Network) => Fault | undefined,
  ): RecordOf[K] | undefined {
    const record = this.entries.get(key)?.record as RecordOf[K] | undefined
    if (!record) return undefined
    const network = networks.get(record.network)
    // A record without its network is what a deletion or a hand left behind.
    const fault = network ? faultOf(record, network) : misfit('WEFT_NETWORK_UNKNOWN', 'network', `there is no network '${record.network}'`)
    this.judge(key, fault)
    return fault ? undefined : record
  }

  private byHost<K extends ByHost>(kind: K, before: ReadonlyMap<HostId, RecordOf[K]>): ReadonlyMap<HostId, RecordOf[K]> {
    const changes: [HostId, RecordOf[K] | undefined][] = []
    for (const [host, key] of this.changedHosts[kind]) changes.push([host, this.entries.get(key)?.record as RecordOf[K] | undefined])
    this.changedHosts[kind].clear()
    return RecordMap.of(before).with(changes)
  }

  private touch(place: Place, key: string): void {
    const { kind } = place
    this.stale.add(kind)
    if (place.kind === 'host' || place.kind === 'status') this.changedHosts[place.kind].set(place.host, key)
    else if (isListed(kind)) this.list(kind, key)
  }

  private list(kind: Listed, key: string): void {
    this.stale.add(kind)
    this.changed[kind].add(key)
  }

  private judge(key: string, fault: Fault | undefined): void {
    const before = this.misfits.get(key)
    if (!fault) {
      this.misfits.delete(key)
      return
    }
    if (before?.message === fault.message) return
    const problem = { key, ...fault }
    this.misfits.set(key, problem)
    this.log.warn('a record in etcd does not fit the others and is ignored', { ...problem })
  }
}

function isListed(kind: Kind): kind is Listed {
  return kind === 'lease' || kind === 'vtep' || kind === 'endpoint'
}

function isGathered(kind: Kind): kind is Gathered {
  return kind === 'network' || kind === 'proof' || kind === 'previous'
}

/** Kinds of which the view shows the mod revision too. */
function isCounted(kind: Kind): boolean {
  return kind === 'proof' || kind === 'previous'
}

type Fault = Omit<StoreProblem, 'key'>

function misfit(code: ErrorCode, field: string, message: string): Fault {
  return { code, field, message }
}

function clashOf(network: Network, others: ReadonlyMap<NetworkName, Network>): Fault | undefined {
  for (const other of others.values()) {
    const common = commonPools(network, other)
    if (common) return misfit('WEFT_POOL_OVERLAP', 'pool', `pool ${common.own} overlaps ${common.others} of network '${other.name}'`)
    if (network.vni === other.vni) return misfit('WEFT_VNI_IN_USE', 'vni', `VNI ${network.vni} is network '${other.name}'’s`)
  }
  return undefined
}

function leaseFault(lease: SubnetLease, network: Network): Fault | undefined {
  const layer = layerOf(network, lease.subnet)
  if (layer && (lease.floating ? isFloatable(layer, lease.subnet) : isLeasable(layer, lease.subnet))) return undefined
  if (lease.floating) {
    return misfit('WEFT_LEASE_OUTSIDE_POOL', 'subnet', `${lease.subnet} is no single address of an endpoint in network '${network.name}'`)
  }
  return misfit(
    'WEFT_LEASE_OUTSIDE_POOL',
    'subnet',
    `${lease.subnet} is not a subnet that network '${network.name}' (${poolsOf(network).join(', ')}) leases out`,
  )
}

function vtepFault(claim: VtepClaim, network: Network): Fault | undefined {
  const layer = layerOf(network, claim.address)
  if (layer && isVtepAddress(layer, claim.address)) return undefined
  return misfit(
    'WEFT_STORE_VALUE',
    'address',
    `${claim.address} is not a VTEP address of network '${network.name}' (${poolsOf(network).join(', ')})`,
  )
}

function endpointFault(endpoint: Endpoint, network: Network): Fault | undefined {
  const pools = poolsOf(network)
  if (pools.some((pool) => contains(pool, endpoint.address))) return undefined
  const message = `${endpoint.address} does not lie in ${pools.join(' or ')}, the ${pools.length > 1 ? 'pools' : 'pool'} of network '${network.name}'`
  return misfit('WEFT_STORE_VALUE', 'address', message)
}
