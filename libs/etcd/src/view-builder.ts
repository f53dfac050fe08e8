import {
  EMPTY_VIEW,
  contains,
  isFloatable,
  isLeasable,
  isVtepAddress,
  overlaps,
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

/**
 * Makes views out of single records, and judges records by others: a lease must lie in its network's pool, networks must not overlap.
 * What does not fit is left out and logged once. A part of the view whose records did not change stays the same object.
 */
export class ViewBuilder {
  private view: ClusterView = EMPTY_VIEW
  private readonly entries: Record<Kind, Map<string, Entry>> = {
    network: new Map(),
    lease: new Map(),
    vtep: new Map(),
    endpoint: new Map(),
    host: new Map(),
    status: new Map(),
    proof: new Map(),
    previous: new Map(),
  }
  private readonly kinds = new Map<string, Kind>()
  private readonly stale = new Set<Kind>()
  private readonly misfits = new Map<string, StoreProblem>()
  /** What was last accepted of each network's key: a hand that spoils it later does not take the network away. */
  private readonly accepted = new Map<string, Network>()
  /** The network that a record was found to fit: a change of one lease must not cost a check of 10,000. */
  private readonly fits = new WeakMap<object, Network>()

  constructor(private readonly log: Log) {}

  get problems(): readonly StoreProblem[] {
    return [...this.misfits.values()]
  }

  set(key: string, entry: Entry): void {
    const { kind } = entry.place
    const before = this.entries[kind].get(key)
    this.entries[kind].set(key, entry)
    this.kinds.set(key, kind)
    if (before?.record !== entry.record || isCounted(kind)) this.stale.add(kind)
  }

  delete(key: string): void {
    const kind = this.kinds.get(key)
    if (!kind) return
    this.kinds.delete(key)
    this.misfits.delete(key)
    this.accepted.delete(key)
    this.entries[kind].delete(key)
    this.stale.add(kind)
  }

  build(revision: number): ClusterView {
    const next: { -readonly [K in keyof ClusterView]: ClusterView[K] } = { ...this.view, revision }
    if (this.stale.has('network')) {
      next.networks = this.networks()
      for (const kind of ['lease', 'vtep', 'endpoint'] as const) this.stale.add(kind)
    }
    if (this.stale.has('host')) next.hosts = new Map(this.records('host').map(([, host]) => [host.id, host]))
    if (this.stale.has('status')) next.statuses = new Map(this.records('status').map(([, status]) => [status.host, status]))
    if (this.stale.has('proof')) next.proofs = this.proofs(next.proofs)
    if (this.stale.has('previous')) next.previousProofs = this.previousProofs(next.previousProofs)
    if (this.stale.has('lease')) next.leases = this.fitting('lease', next.networks, next.leases, leaseFault)
    if (this.stale.has('vtep')) next.vteps = this.fitting('vtep', next.networks, next.vteps, vtepFault)
    if (this.stale.has('endpoint')) next.endpoints = this.fitting('endpoint', next.networks, next.endpoints, endpointFault)
    this.stale.clear()
    this.view = next
    return next
  }

  /** Networks in the order in which they were made: where two cannot both be, the one that was there first stays. */
  private networks(): ReadonlyMap<NetworkName, Network> {
    const result = new Map<NetworkName, Network>()
    const oldestFirst = Array.from(this.entries.network).toSorted(([, a], [, b]) => a.stored.createRevision - b.stored.createRevision)
    for (const [key, entry] of oldestFirst) {
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
    for (const { record, stored, fault } of this.entries.proof.values()) {
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
    for (const { record, stored, fault } of this.entries.previous.values()) {
      const previous = record as RecordOf['previous'] | undefined
      // Without it adoption compares with no key at all, and fails.
      if (!previous || fault) continue
      const known = before.get(previous.host)
      result.set(previous.host, known?.revision === stored.modRevision ? known : { ...previous, revision: stored.modRevision })
    }
    return result
  }

  private fitting<K extends 'lease' | 'vtep' | 'endpoint'>(
    kind: K,
    networks: ReadonlyMap<NetworkName, Network>,
    before: readonly RecordOf[K][],
    faultOf: (record: RecordOf[K], network: Network) => Fault | undefined,
  ): readonly RecordOf[K][] {
    const result: RecordOf[K][] = []
    // No list of pairs here: one of 10,000 leases changes often, and the others cost a step of this loop each.
    for (const [key, entry] of this.entries[kind]) {
      const record = entry.record as RecordOf[K] | undefined
      if (!record) continue
      const network = networks.get(record.network)
      if (network && this.fits.get(record) === network) {
        result.push(record)
        continue
      }
      // A record without its network is what a deletion or a hand left behind.
      const fault = network
        ? faultOf(record, network)
        : misfit('WEFT_NETWORK_UNKNOWN', 'network', `there is no network '${record.network}'`)
      this.judge(key, fault)
      if (fault || !network) continue
      this.fits.set(record, network)
      result.push(record)
    }
    const same = result.length === before.length && result.every((record, index) => record === before[index])
    return same ? before : result
  }

  private records<K extends Kind>(kind: K): [string, RecordOf[K]][] {
    return Array.from(this.entries[kind]).flatMap(([key, { record }]) => (record ? [[key, record as RecordOf[K]]] : []))
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
    if (overlaps(network.pool, other.pool)) {
      return misfit('WEFT_POOL_OVERLAP', 'pool', `pool ${network.pool} overlaps ${other.pool} of network '${other.name}'`)
    }
    if (network.vni === other.vni) return misfit('WEFT_VNI_IN_USE', 'vni', `VNI ${network.vni} is network '${other.name}'’s`)
  }
  return undefined
}

function leaseFault(lease: SubnetLease, network: Network): Fault | undefined {
  if (lease.floating ? isFloatable(network, lease.subnet) : isLeasable(network, lease.subnet)) return undefined
  if (lease.floating) {
    return misfit('WEFT_LEASE_OUTSIDE_POOL', 'subnet', `${lease.subnet} is no single address of an endpoint in network '${network.name}'`)
  }
  return misfit(
    'WEFT_LEASE_OUTSIDE_POOL',
    'subnet',
    `${lease.subnet} is not a subnet that network '${network.name}' (${network.pool}) leases out`,
  )
}

function vtepFault(claim: VtepClaim, network: Network): Fault | undefined {
  if (isVtepAddress(network, claim.address)) return undefined
  return misfit('WEFT_STORE_VALUE', 'address', `${claim.address} is not a VTEP address of network '${network.name}' (${network.pool})`)
}

function endpointFault(endpoint: Endpoint, network: Network): Fault | undefined {
  if (contains(network.pool, endpoint.address)) return undefined
  return misfit('WEFT_STORE_VALUE', 'address', `${endpoint.address} does not lie in ${network.pool}, the pool of network '${network.name}'`)
}
