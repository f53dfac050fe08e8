import type { Epoch, HostId, Monotonic, ProofRecord, SubnetLease } from '#core'
import type { EchoPath } from './event.js'
import type { FailoverMessage, LeaseRef, SavedChain } from './message.js'

/** A lease as it shall stand after a change of owner; the store's adapter adds `since`, the wall clock's time. */
export type NextLease = Omit<SubnetLease, 'since'>

/** A proof that must stand in the store unchanged: the revision that last wrote `proofs/<host>`. */
export interface ProofCompare {
  readonly host: HostId
  readonly epoch: Epoch
}

/**
 * What the driver has to do, **in this order**: an effect is begun after the one before it was begun, and the gate's own (`arm`, `flip`,
 * `grant`) are carried out one after the other. Any pause between two of them is harmless. What fails is reported by the answering event;
 * nothing is repeated by the driver, and nothing may be left out.
 */
export type FailoverEffect =
  /**
   * Best effort. The second time the same message goes out in a round it is `again`: by stream where the datagram may be what gets lost.
   */
  | { readonly kind: 'send'; readonly to: HostId; readonly message: FailoverMessage; readonly again?: true }

  /** Flush the gate's idle buffer and fill it with a grant of `timeout` ms from now. Answer: `armed`. */
  | { readonly kind: 'arm'; readonly nonce: number; readonly timeout: number }
  /** Make the buffer armed with this nonce the open one. To be ignored when another `arm` came after it. No answer. */
  | { readonly kind: 'flip'; readonly nonce: number }
  /**
   * Replace the set of leases that the gate may let through; what is not named is shut when `granted` is answered. What comes for those that
   * are `leaving`, which are shut as well, is kept for their next owners as far as the kernel can.
   */
  | { readonly kind: 'grant'; readonly nonce: number; readonly leases: readonly LeaseRef[]; readonly leaving: readonly LeaseRef[] }

  /** Write the chain to the run directory, by rename. Answer: `saved`. */
  | { readonly kind: 'save'; readonly chain: SavedChain }

  /**
   * One transaction (rule O3): if `proofs/<host>` has revision `expected` (0: does not exist), put `record` there, put `previous` into
   * `proofs/<host>/previous` (delete it when there are none), read all leases of the host. An unknown outcome may be read back by
   * incarnation and attempt. Answer: `registered`.
   */
  | {
      readonly kind: 'register'
      readonly expected: Epoch
      readonly record: ProofRecord
      readonly previous: readonly (readonly HostId[])[]
    }
  /** One transaction: if the own proof still has this epoch, delete `proofs/<host>/previous`. Answer: `retired`. */
  | { readonly kind: 'retire'; readonly epoch: Epoch }

  /**
   * One transaction (rule S4): if the lease, its network, the owner's proof, the owner's `previous` (revision `previous`, 0: does not
   * exist) and the proof of the host that gets it (`next.host`) are unchanged, put `next`. Answer: `changed`.
   */
  | {
      readonly kind: 'adopt'
      readonly token: number
      readonly lease: SubnetLease
      readonly next: NextLease
      readonly owner: ProofCompare
      readonly previous: number
      readonly successor: ProofCompare
    }
  /**
   * One transaction (rule O4): if the lease, its network and the own proof are unchanged, put `next`. The own proof is compared so that a
   * transaction whose outcome is unknown can be outlawed by registering anew. Answer: `changed`.
   */
  | {
      readonly kind: 'hand-over'
      readonly token: number
      readonly lease: SubnetLease
      readonly next: NextLease
      readonly owner: ProofCompare
    }

  /** An ICMP echo to the host's VTEP or underlay address. What comes back is the `echo` event with the nonce; nothing else is answered. */
  | { readonly kind: 'echo'; readonly host: HostId; readonly path: EchoPath; readonly nonce: number }
  /** A host this one is witness of has fallen silent: gossip shall suspect it (its event `silence`). */
  | { readonly kind: 'suspect'; readonly host: HostId }
  /** While the records come from disk, somebody named a higher epoch: treat the lease as `owner`'s until the view says so, too. */
  | (LeaseRef & { readonly kind: 'outranked'; readonly owner: HostId; readonly epoch: Epoch })
  | { readonly kind: 'tell'; readonly story: FailoverStory }

/** Why nothing was adopted although witnesses call the host silent. */
export type Guard = 'isolated' | 'mass-silence' | 'rate-limit' | 'frozen' | 'no-proof' | 'no-witnesses'

/** For people: events and metrics. Times are monotonic. */
export type FailoverStory =
  /** The time line of a failover, as the successor saw it. `served` is the driver's to add. */
  | (LeaseRef & {
      readonly about: 'adopted'
      readonly from: HostId
      readonly to: HostId
      readonly epoch: Epoch
      /** Undefined when an operator's word took the place of silence. */
      readonly silentSince: Monotonic | undefined
      readonly askedAt: Monotonic
      readonly answeredAt: Monotonic
      readonly committedAt: Monotonic
      /** How many witnesses found it silent, of how many. */
      readonly silentWitnesses: number
      readonly witnesses: number
    })
  | { readonly about: 'refused'; readonly host: HostId; readonly guard: Guard }
  | (LeaseRef & { readonly about: 'handed-over'; readonly to: HostId; readonly epoch: Epoch; readonly why: 'drain' | 'move' | 'failback' })
  | { readonly about: 'registered'; readonly epoch: Epoch; readonly witnesses: readonly HostId[]; readonly why: RegistrationReason }
  /** No proof is valid any more: `exclusive` leases are gated until the next registration. */
  | { readonly about: 'chain-broken'; readonly provenAt: Monotonic; readonly now: Monotonic }
  /** A lease that was this host's is another's now, and this host did not give it away. */
  | (LeaseRef & { readonly about: 'lost'; readonly owner: HostId; readonly epoch: Epoch })
  /** Another machine uses this host's name: the two register in turns, and `exclusive` leases stay shut for most of the time. */
  | { readonly about: 'cloned'; readonly incarnation: string; readonly epoch: Epoch }

export type RegistrationReason =
  | 'start'
  | 'chain-broken'
  | 'witness-dead'
  | 'witnesses-changed'
  | 'outlaw'
  | 'restored'
  | 'resumed'
  | 'lease-lost'
