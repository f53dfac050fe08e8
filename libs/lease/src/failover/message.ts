import type { Epoch, HostId, Monotonic, NetworkName, Prefix } from '#core'

/** Which lease is meant. */
export interface LeaseRef {
  readonly network: NetworkName
  readonly subnet: Prefix
}

/**
 * What hosts tell each other about proofs (PROTOCOL.md B). Any message may be lost, late, doubled or out of order; none may be forged: the
 * transport seals them and says truly who sent them. Times are in ms of the sender's own clock, never points of time.
 */
export type FailoverMessage =
  /** Owner to witness: I live, and from the moment before this was sent my gate may stay open for F. Each nonce is used for one proof. */
  | { readonly kind: 'renew'; readonly host: HostId; readonly epoch: Epoch; readonly nonce: number; readonly incarnation: string }
  /** Witness to owner: I have taken note of the renewal with that nonce. */
  | { readonly kind: 'ack'; readonly epoch: Epoch; readonly nonce: number; readonly witnessIncarnation: string }
  /** Successor to all listed witnesses, and to some others who need only answer at all (roll call): how long has `host` been silent? */
  | { readonly kind: 'silence-question'; readonly host: HostId; readonly epoch: Epoch; readonly nonce: number }
  | SilenceAnswer
  /** Witness to the first candidates: it may be time to ask. A hint, never evidence. */
  | { readonly kind: 'silent'; readonly host: HostId; readonly epoch: Epoch; readonly age: number }
  /** To a lease's owner: an operator wants it to go to another host. Ignored when the epoch is another one by now. */
  | (LeaseRef & { readonly kind: 'wish'; readonly epoch: Epoch; readonly to: HostId })
  /** From a host that knows the records only from its copy on disk: these I would serve. Does anyone know better? */
  | { readonly kind: 'claims'; readonly leases: readonly (LeaseRef & { readonly epoch: Epoch })[] }
  /** Somebody does: these have gone to others, with a higher epoch. */
  | { readonly kind: 'outranked'; readonly leases: readonly (LeaseRef & { readonly epoch: Epoch; readonly owner: HostId })[] }

/** What a witness knows. Durations are in ms of its own clock, and are 0 when it knows nothing. */
export interface SilenceAnswer {
  readonly kind: 'silence-answer'
  readonly host: HostId
  readonly nonce: number
  /** Since the last renewal that it took note of, for any epoch, and never more than it has been running. */
  readonly silent: number
  /** Since the first of the kernel echoes that no answer has followed, on any path; 0 where none were sent. */
  readonly kernelSilent: number
  /**
   * W of PROTOCOL.md B: how long both silences must have lasted to mean anything, by the loss that this witness measures; a minute where no
   * path answered within 60 s before the last renewal.
   */
  readonly kernelWindow: number
}

/**
 * The run directory's copy of the chain of proofs, from which a restarted agent goes on (rule O2). Epoch 0: there is no chain to go on
 * with.
 */
export interface SavedChain {
  readonly bootId: string
  readonly epoch: Epoch
  readonly witnesses: readonly HostId[]
  /**
   * Until when the gate has to let nothing through, on the clock of that boot (a restore, another boot's proof); 0: it does not have to.
   */
  readonly closedUntil: Monotonic
  /** Whether the gate was in use. */
  readonly gated: boolean
  /** s_prev: when the last full proof was armed, on the clock of that boot. */
  readonly provenAt: Monotonic
}
