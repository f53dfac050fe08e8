import type { HostId, Monotonic, StoredProof } from '#core'
import { DRIFT, LEAST_WINDOW, PROOF_TIME, coversWindow, longest, quorumOf, type Evidence, type Quorum } from './arithmetic.js'
import type { StoreState, TransactionEnd } from './event.js'
import type { FailoverMessage, SavedChain } from './message.js'

type Renew = FailoverMessage & { kind: 'renew' }

/** What is known of the witness sets of a host that registers anew. */
export interface FormerSets {
  /** Of the proof that stands in the store. */
  readonly stored: readonly HostId[] | undefined
  /** Listed there as previous. */
  readonly previous: readonly (readonly HostId[])[]
  /** That the host renews with now. */
  readonly inUse: readonly HostId[] | undefined
}

/**
 * The decisions on which the proof in docs/failover-protocol.md rests, each a function of its own, so that the model test can put a wrong
 * one in its place and must notice.
 */
export interface Rules {
  /** How many acknowledgements make a proof, and how many silent answers permit adoption. */
  quorum(witnesses: number): Quorum
  /** O2: an acknowledgement counts for the round whose nonce it bears and for no other. */
  countsAck(nonce: number, round: number): boolean
  /** O2: proofs follow each other without a gap in which the gate could have been shut. */
  chainHolds(provenAt: Monotonic, now: Monotonic): boolean
  /** O2: a restarted agent may go on with the chain that it finds. */
  continuesChain(saved: SavedChain, bootId: string, now: Monotonic): boolean
  /** O3: all sets that the host may still be renewing with. */
  formerSets(sets: FormerSets): readonly (readonly HostId[])[]
  /** O3: what a host renews with while the outcome of its registration is unknown. */
  setWhileUnknown(inUse: readonly HostId[], registering: readonly HostId[]): readonly HostId[]
  /** O3: a witness that does not answer is replaced. */
  replacesWitness(silent: number): boolean
  /** O3: previous sets are forgotten by the store only when the new chain is on disk. */
  mayRetire(savedEpoch: number | undefined, epoch: number): boolean
  /** O4: whether a lease that was to be handed over may be opened again at once; where not, only registering anew opens it. */
  reopensAfter(end: TransactionEnd): boolean
  /** A view may tell of new own leases when it is no older than the own registration. */
  learnsFrom(revision: number, ownEpoch: number | undefined): boolean
  /** A process that goes on with another one's chain leaves the gate's leases as they are until it has registered. */
  leavesGate(ownChain: boolean): boolean
  /** W1: whether a renewal is taken note of. A newer proof of another boot of the same host outlaws the older one (cloned machines). */
  acknowledges(renew: Renew, proof: StoredProof | undefined): boolean
  /** The same after a restore was accepted: only what was registered since. `floor` is the epoch that the store was put back to. */
  acknowledgesRestored(renew: Renew, proof: StoredProof | undefined, floor: number | undefined): boolean
  /** Until when they stay shut when another boot's proof was replaced at `now`: a cloned machine's gate may be open for so long. */
  otherBootEnds(now: Monotonic): Monotonic
  /** Until when `exclusive` leases stay shut when a person accepts a restore at `now`: records may name owners of long ago. */
  restoreEnds(now: Monotonic): Monotonic
  /** W2. */
  silence(lastRenewal: Monotonic | undefined, started: Monotonic, now: Monotonic): number
  /** S2, S4: the sets that must all agree. */
  setsToAsk(proof: StoredProof, previous: readonly (readonly HostId[])[]): readonly (readonly HostId[])[]
  /** S3 for `exclusive`. */
  provesShut(evidence: Evidence): boolean
  /** The same for `adopt`; `window` is W of the path between the witness and the host's kernel. */
  provesDead(evidence: Evidence, window: number): boolean
  /** S3: answers count for the round that was begun last: only they share a silent window. */
  sameRound(answered: number, round: number): boolean
  /** Nothing is adopted by records that may be old. */
  mayAdopt(store: StoreState): boolean
  /** Guard: so few peers answer that it is rather this host that is cut off. `peers` includes the host in question. */
  isolated(lost: number, peers: number): boolean
}

/** Below this many hosts the witnesses' quorum and the transaction are the only guard (DESIGN.md §7). */
const GUARDED_FROM = 5

export const RULES: Rules = {
  quorum: quorumOf,
  countsAck: (nonce, round) => nonce === round,
  chainHolds: (provenAt, now) => now <= provenAt + PROOF_TIME,
  continuesChain: (saved, bootId, now) => saved.bootId === bootId && now >= saved.provenAt && now <= saved.provenAt + PROOF_TIME,
  formerSets: ({ stored, previous, inUse }) => [...(stored ? [stored] : []), ...previous, ...(inUse ? [inUse] : [])],
  setWhileUnknown: (inUse) => inUse,
  replacesWitness: (silent) => silent > WITNESS_DEAD,
  mayRetire: (savedEpoch, epoch) => savedEpoch === epoch,
  reopensAfter: () => false,
  learnsFrom: (revision, ownEpoch) => ownEpoch !== undefined && revision >= ownEpoch,
  leavesGate: (ownChain) => !ownChain,
  acknowledges: (renew, proof) =>
    proof === undefined || renew.epoch >= proof.epoch || bootOf(renew.incarnation) === bootOf(proof.incarnation),
  acknowledgesRestored: (renew, proof, floor) => proof !== undefined && renew.epoch === proof.epoch && renew.epoch !== floor,
  otherBootEnds: (now) => now + longest(PROOF_TIME) * (1 + DRIFT),
  restoreEnds: (now) => now + ACCEPT_TIME + longest(PROOF_TIME) * (1 + DRIFT),
  silence: (lastRenewal, started, now) => now - Math.max(lastRenewal ?? started, started),
  setsToAsk: (proof, previous) => [proof.witnesses, ...previous],
  provesShut: (evidence) => coversWindow(evidence, PROOF_TIME),
  provesDead: (evidence, window) => coversWindow(evidence, Math.max(window, LEAST_WINDOW)),
  sameRound: (answered, round) => answered === round,
  mayAdopt: (store) => store === 'live',
  isolated: (lost, peers) => peers + 1 >= GUARDED_FROM && lost >= 2 && lost > peers / 3,
}

/** Within this time, in ms, the operator's acceptance of a restored store reaches all hosts. */
const ACCEPT_TIME = 30_000

/** A witness that has not answered for so long, in ms, is replaced. */
const WITNESS_DEAD = 2_000

/** The boot id in front of an incarnation: `<boot id>/<start nonce>`. */
export function bootOf(incarnation: string): string {
  const slash = incarnation.indexOf('/')
  return slash < 0 ? incarnation : incarnation.slice(0, slash)
}
