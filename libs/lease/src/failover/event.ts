import type { ClusterView, Epoch, HostId, NetworkName, PreviousProofs, Prefix, StoredProof, SubnetLease } from '#core'
import type { FailoverMessage } from './message.js'

/** The two ways on which a host's kernel is asked: through the overlay at its VTEP address, and at its underlay address. */
export type EchoPath = 'overlay' | 'underlay'

/** What gossip holds of a member; the words are those of `#gossip`. */
export type MemberHealth = 'alive' | 'suspect' | 'agent-down' | 'path-broken' | 'dead' | 'left'

/**
 * How far the view can be trusted. `live`: the watch flows. `stale`: it does not, or the view is the copy on disk. `frozen`: the store went
 * back in time or is another one (`revision-regress`, `cluster-changed`): nothing is adopted until a person has accepted it.
 */
export type StoreState = 'live' | 'stale' | 'frozen'

/** How a transaction ended. `unknown`: no answer in time; it may have happened, or may still happen. */
export type TransactionEnd = 'won' | 'lost' | 'unknown'

/** How a registration (rule O3) ended. */
export type RegistrationEnd =
  | {
      readonly end: 'won'
      /** The new proof epoch: revision of this transaction. */
      readonly epoch: Epoch
      /** All leases that name this host, read in the same transaction. */
      readonly leases: readonly SubnetLease[]
    }
  | {
      readonly end: 'lost'
      /** What the store holds instead, read in the same transaction. */
      readonly proof: StoredProof | undefined
      readonly previous: PreviousProofs | undefined
    }
  | { readonly end: 'unknown' }

/**
 * What happens to a host's failover from outside. Whoever drives {@link Failover} hands over every event as it comes, and after a pause
 * first everything that has arrived and then `time`. Every effect that asks for an answer gets exactly one, at any time later.
 */
export type FailoverEvent =
  /** The time that {@link Failover.wakeAt} named has come. */
  | { readonly kind: 'time' }
  | { readonly kind: 'view'; readonly view: ClusterView }
  | { readonly kind: 'store'; readonly state: StoreState }
  /** A person accepted a store that went back: records seen before count for nothing. */
  | { readonly kind: 'restored' }
  /** @remarks `from` is the authenticated sender. */
  | { readonly kind: 'message'; readonly from: HostId; readonly message: FailoverMessage }
  /** Health of all members but this host, as gossip sees it; replaces what was told before. */
  | { readonly kind: 'members'; readonly members: ReadonlyMap<HostId, MemberHealth> }
  /** A kernel echo came back: answers the `echo` effect of that nonce. */
  | { readonly kind: 'echo'; readonly nonce: number }
  /** Answers `arm`. `at` of the proof is the time at which the effect was made, so a late answer costs nothing. */
  | { readonly kind: 'armed'; readonly nonce: number; readonly done: boolean }
  /** Answers `grant`: the kernel now lets exactly these leases through while the proof is valid. */
  | { readonly kind: 'granted'; readonly nonce: number; readonly done: boolean }
  /** Answers `save`: the file is written and renamed. */
  | { readonly kind: 'saved'; readonly epoch: Epoch; readonly done: boolean }
  /** Answers `register`. */
  | { readonly kind: 'registered'; readonly attempt: number; readonly result: RegistrationEnd }
  /** Answers `retire`. */
  | { readonly kind: 'retired'; readonly epoch: Epoch; readonly end: TransactionEnd }
  /** Answers `adopt` and `hand-over`. `revision` is that of the transaction when it was won. */
  | { readonly kind: 'changed'; readonly token: number; readonly end: TransactionEnd; readonly revision?: number }
  /** The clock of boot time gained so much, in ms, on the monotonic one: the machine was suspended. */
  | { readonly kind: 'resumed'; readonly by: number }
  /** An operator's word that the host is powered off, for the proof epoch that he saw: replaces the wait, once. */
  | { readonly kind: 'fence'; readonly host: HostId }
  /** An operator wants a lease to go to a host; told to any agent. */
  | { readonly kind: 'move'; readonly network: NetworkName; readonly subnet: Prefix; readonly to: HostId }
