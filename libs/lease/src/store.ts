import type {
  ClusterView,
  Endpoint,
  Epoch,
  ErrorCode,
  Host,
  HostId,
  HostStatus,
  Network,
  NetworkName,
  Prefix,
  PreviousProofs,
  ProofRecord,
  SubnetLease,
  VtepClaim,
} from '#core'
import type { ProofCompare, RegistrationEnd } from './failover/contract.js'

/**
 * The cluster's common memory, as allocation and the agent need it; `#etcd` implements it over etcd, `#lease/testkit` in memory.
 *
 * Reading is local: `view` is this host's copy, which a watch keeps up to date. It goes on being shown, unchanged, while the store is out
 * of reach. Writing is a transaction: it compares what the caller saw with what the store holds and changes nothing when they differ.
 *
 * Every promise here settles within a deadline. All of them may reject with
 * - `WEFT_STORE_UNREACHABLE`: nothing answered in time. The write may still have happened; asking again is always safe, because the same
 *   write found in the store counts as done.
 * - `WEFT_STORE_REFUSED`: the store answered with an error of its own (permission, quota).
 * - `WEFT_STORE_FORMAT`: the record was written by a newer Weft and is left alone.
 */
export interface Store {
  /** The latest view. Records that did not change are the same objects as in the view before. Empty (revision 0) until {@link ready}. */
  readonly view: ClusterView

  /**
   * Resolves as soon as `view` has something to show: from the store, or from the copy on disk while the store is out of reach.
   * May be called again after a rejection; the store goes on trying meanwhile.
   * @param deadline ms to wait
   * @throws WeftError WEFT_STORE_UNREACHABLE when neither is there within the deadline
   */
  ready(deadline: number): Promise<ViewSource>

  /**
   * Calls `listener` with each new view, never inside a call of the caller's own; several changes may arrive as one.
   * What a listener throws is logged and goes no further.
   * @returns the function that ends it
   */
  onChange(listener: (view: ClusterView) => void): () => void

  /** Something speaks for the store's being in reach again: what waits to be tried again is tried at once. Nothing else changes. */
  hurry(): void

  /** Resolves with a view that is no older than this call: what any host had written before it can be seen in it. */
  caughtUp(): Promise<ClusterView>

  /**
   * Writes this host's facts where they differ from what is stored.
   * @throws WeftError WEFT_HOST_NAME_TAKEN when another machine (by machine id) is registered under this name, unless `takeover` is set
   */
  registerHost(host: Host, options?: { readonly takeover?: boolean }): Promise<void>

  /**
   * Marks a host as one that hands over its leases and takes none, or no longer so; registering it does not change that.
   * @throws WeftError WEFT_HOST_UNKNOWN
   */
  drainHost(host: HostId, draining: boolean): Promise<void>

  /**
   * Removes what a host that is gone for good has left: its facts, VTEP claims and endpoints go, its leases become released.
   * @param options.as what the caller saw of it: nothing is removed when its facts are others by now
   * @throws WeftError WEFT_HOST_UNKNOWN; WEFT_HOST_ALIVE while the host's agent has a session; WEFT_STORE_CONFLICT when it is not `as` seen
   */
  forgetHost(host: HostId, options?: { readonly as?: Host }): Promise<void>

  /**
   * Creates a network. `draft` gets a fresh view, checks it (network-rules.ts) and returns the network or throws; it is called again
   * when another network was created in between, so that two people at once cannot make networks that clash.
   * @throws WeftError WEFT_NETWORK_EXISTS, and what `draft` throws
   */
  createNetwork(draft: (view: ClusterView) => Network): Promise<Network>

  /**
   * Changes options of a network. `change` gets its record as it is stored, and the others as of now, and returns the next one or throws;
   * it is called again when the record was changed in between, or, where it has another pool then, any network.
   * @throws WeftError WEFT_NETWORK_UNKNOWN, and what `change` throws
   */
  changeNetwork(name: NetworkName, change: (network: Network, view: ClusterView) => Network): Promise<Network>

  /**
   * Deletes a network with its leases, VTEP claims and endpoints, in one transaction.
   * @throws WeftError WEFT_NETWORK_UNKNOWN; WEFT_NETWORK_IN_USE when it has endpoints, unless `force` is set
   */
  deleteNetwork(name: NetworkName, options?: { readonly force?: boolean }): Promise<void>

  /**
   * Puts a lease in the place of `expected`, which must be the record of the same subnet as the caller saw it in a view, or undefined for
   * a subnet that has none. Claiming, releasing, reclaiming and adopting are all this. Loses when the stored record is another one, or
   * when the network was deleted or made anew. The epoch must obey {@link nextEpoch}: changed with the owner, and only with the owner.
   */
  changeLease(expected: SubnetLease | undefined, next: SubnetLease): Promise<Outcome<SubnetLease>>

  /**
   * Registers this host with its witnesses (docs/failover-protocol.md, O3): in one transaction puts `record` in the place of the proof that
   * was seen, `previous` in the place of the sets before, and reads the leases that the view shows as this host's. No two registrations may
   * have the same incarnation and attempt: one whose answer was lost is read back by them. Loses when the stored proof is another.
   * @param expected epoch of the proof that this one replaces; 0 for a host that has none
   * @param previous witness sets that this host may still be renewing with
   */
  registerProof(
    expected: Epoch,
    record: ProofRecord,
    previous: PreviousProofs['sets'],
  ): Promise<Exclude<RegistrationEnd, { end: 'unknown' }>>

  /**
   * Clears a host's previous witness sets, which the first full proof of `epoch` has made meaningless. Done as well when there are none.
   * @returns false when the host has registered anew since
   */
  retirePreviousProofs(host: HostId, epoch: Epoch): Promise<boolean>

  /**
   * Gives a lease to another owner, as {@link changeLease} does, and only if what that rests on is unchanged, too (rules S4 and O4).
   * Loses otherwise.
   */
  transferLease(expected: SubnetLease, next: SubnetLease, grounds: TransferGrounds): Promise<Transfer>

  /** Deletes the record of a lease that is exactly this one; done as well when there is none. @returns false when it is another one */
  removeLease(lease: SubnetLease): Promise<boolean>

  /**
   * The owners that a subnet has had, newest first, as far back as the store remembers.
   * @param limit how many at most
   */
  leaseHistory(network: NetworkName, subnet: Prefix, limit: number): Promise<LeaseHistory>

  /** Claims a VTEP address for a host. Loses when another host has it; a claim that the host has already is won again. */
  claimVtep(claim: VtepClaim): Promise<Outcome<VtepClaim>>

  /**
   * Publishes an endpoint, or changes the one that the same host published at this address. Loses when the lease that the address lies in
   * is no longer held by the endpoint's host with the endpoint's epoch, or when another host's endpoint of that or a higher epoch is there.
   */
  publishEndpoint(endpoint: Endpoint): Promise<Outcome<Endpoint>>

  /**
   * In a network of mode l2: puts an endpoint in the place of `expected`, which must be the record of the same address as the caller saw it
   * in a view, whoever's, or undefined where there is none. Loses when the stored record is another one, or when the network was deleted or
   * made anew. With another host the epoch must be another, by {@link nextEpoch}.
   */
  claimEndpoint(expected: Endpoint | undefined, next: Endpoint): Promise<Outcome<Endpoint>>

  /** Withdraws what this host published at an address. Done as well when nothing is there or another host's endpoint is. */
  withdrawEndpoint(endpoint: Pick<Endpoint, 'network' | 'address' | 'host'>): Promise<void>

  /**
   * Says that this host's agent is there, under a key bound to the store's session: it vanishes by itself some seconds after the agent.
   * The store keeps it alive and writes it again after a lost session, until {@link close}; so this resolves at once and never fails.
   */
  announce(status: HostStatus): void

  /**
   * A person's word that the store's present content is right although it went back in time or is another cluster's (see
   * {@link StoreAlarm}). Until then the last good view stays and every write rejects with WEFT_STORE_RESTORED.
   */
  acceptRestore(): void

  readonly health: StoreHealth

  /** Values broken by hand that are ignored now; each was logged once when it appeared. */
  readonly problems: readonly StoreProblem[]

  /** Ends the session (the status key goes), all loops and connections. Nothing is called back afterwards. */
  close(): Promise<void>
}

/** What became of a transaction. `current` is what the store holds instead, where it can be read. */
export type Outcome<T> = { readonly won: true; readonly record: T } | { readonly won: false; readonly current: T | undefined }

/** What a transfer rests on; it is void when any of it has changed. */
export interface TransferGrounds {
  readonly proofs: readonly ProofCompare[]
  /** Previous witness sets of a host; revision 0: it has none. */
  readonly previous?: { readonly host: HostId; readonly revision: number }
}

/** What became of a transfer; the revision is that of its transaction. */
export type Transfer =
  | { readonly won: true; readonly revision: number }
  | { readonly won: false; readonly current: SubnetLease | undefined }

export interface LeaseHistory {
  readonly versions: readonly { readonly revision: number; readonly lease: SubnetLease }[]
  /** False when the store has forgotten, or the limit cut off, what was before. */
  readonly complete: boolean
}

/** Where the view comes from: the live store, or the copy on disk from before an outage. */
export type ViewSource = 'store' | 'cache'

/** The state of the store as `weft status` shows it. Ages and durations are in ms. */
export interface StoreHealth {
  /** `connected`: the watch flows. `outage`: it does not; the view stays. `starting`: it never did since this agent's start. */
  readonly state: 'starting' | 'connected' | 'outage'
  readonly source: ViewSource | undefined
  readonly members: readonly StoreMember[]
  /** Revision that the view shows; 0 before the first. */
  readonly revision: number
  /** Since when the watch or a call last heard from the store; undefined before the first time. */
  readonly lastContactAge: number | undefined
  /** Only while there is one. */
  readonly outage: { readonly since: string; readonly duration: number; readonly reason: string } | undefined
  /** The copy on disk: when it was last written, ISO 8601. Undefined without one. */
  readonly cacheSavedAt: string | undefined
  /**
   * What an operator must look at. `no-space`: the store takes no writes (NOSPACE alarm). `corrupt`: its CORRUPT alarm.
   * `revision-regress`: its revision went back (restored from a backup?). `cluster-changed`: it is another cluster than before.
   * With the last two the view stands still and nothing is written until {@link Store.acceptRestore}.
   */
  readonly alarms: readonly StoreAlarm[]
}

export type StoreAlarm = 'no-space' | 'corrupt' | 'revision-regress' | 'cluster-changed'

/** One member of the store, under the address that was configured. */
export interface StoreMember {
  readonly url: string
  /** Undefined until it was tried. */
  readonly healthy: boolean | undefined
  /** True for the one that the watch is on. */
  readonly watching: boolean
  /** What its last failure was; gone with the next success. */
  readonly error: string | undefined
}

/** A stored value that is not what its key must hold. */
export interface StoreProblem {
  /** The whole key, ready for etcdctl. */
  readonly key: string
  /** Where in the value, as a JSON path; empty for the value as a whole. */
  readonly field: string
  readonly code: ErrorCode
  readonly message: string
}

/**
 * The epoch of a new owner: higher than the old one, and than any epoch that an earlier, deleted record of the same can have had.
 * @param old the record that is replaced, if there is one
 * @param revision revision of the view that it was read from
 */
export function nextEpoch(old: { readonly epoch: Epoch } | undefined, revision: number): number {
  return Math.max(old?.epoch ?? 0, revision) + 1
}
