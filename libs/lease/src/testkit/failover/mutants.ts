import { shortest, longest, quorumOf, PROOF_TIME, type Evidence } from '../../failover/arithmetic.js'
import type { PlanBy } from './adversary.js'
import {
  forgottenPromises,
  ownerRevives,
  cloned,
  unsavedChain,
  lastWitness,
  lateAnswers,
  lateHandOver,
  lateRetirement,
  minority,
  oldViews,
  ownerSilent,
  ownerWakes,
  rebootedOwner,
  restored,
  twoSuccessors,
  unknownRegistration,
  witnessesInTurn,
  witnessesRestart,
} from './aims.js'
import type { Mutation } from './world.js'

/** A rule replaced by a wrong one, which the model test must notice. */
export interface Mutant {
  readonly name: string
  /** What somebody might think in good faith. */
  readonly thought: string
  readonly mutation: Mutation
  /** Where the adversary has to aim; by default he does what he does to the right rules. */
  readonly plans?: PlanBy
}

const age = ({ askedAt, seenAt }: Evidence): number => askedAt - seenAt
const window = ({ silent, askedAt, answeredAt }: Evidence): number => silent - (answeredAt - askedAt)

/** One for each attack of PROTOCOL.md B, and one for each hole that this implementation found in it. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'ownership bound to sessions',
    thought: 'a host whose etcd session is gone is dead',
    mutation: { sessions: 'keys' },
  },
  {
    name: 'session as proof',
    thought: 'a keepalive that etcd answers keeps the gate open',
    mutation: { sessions: 'proof' },
  },
  {
    name: 'promises instead of memories',
    thought: 'a witness that promises to hear the owner no more has said enough',
    mutation: { promises: true, rules: { sameRound: () => true } },
    plans: forgottenPromises,
  },
  {
    name: 'outcome unknown, new set in use',
    thought: 'a registration without an answer has probably happened',
    mutation: { rules: { setWhileUnknown: (_, registering) => registering } },
    plans: unknownRegistration,
  },
  {
    name: 'former sets forgotten',
    thought: 'only the set that stands in the proof need be silent',
    mutation: { rules: { formerSets: () => [] } },
    plans: unknownRegistration,
  },
  {
    name: 'former sets not asked',
    thought: 'the same mistake, made by the successor',
    mutation: { rules: { setsToAsk: (proof) => [proof.witnesses] } },
    plans: unknownRegistration,
  },
  {
    name: 'no age of the record',
    thought: 'a witness that never heard the owner has not heard it for long enough',
    mutation: {
      rules: {
        provesShut: (evidence) => shortest(evidence.silent) - longest(evidence.answeredAt - evidence.askedAt) >= longest(PROOF_TIME),
      },
    },
    plans: ownerRevives,
  },
  {
    name: 'fresh witness believed',
    thought: 'a witness that has heard nothing since its start has heard nothing',
    mutation: { rules: { silence: (lastRenewal, _, now) => now - (lastRenewal ?? Number.NEGATIVE_INFINITY) } },
    plans: witnessesRestart,
  },
  {
    name: 'gate armed after the answers',
    thought: 'the timeout begins when the proof is there',
    mutation: { armsAfterAsking: true },
  },
  {
    name: 'late answers revive the chain',
    thought: 'enough witnesses have answered, so the host is alive',
    mutation: { rules: { chainHolds: () => true } },
    plans: lateAnswers,
  },
  {
    name: 'answers to an older question',
    thought: 'an acknowledgement is an acknowledgement',
    mutation: { rules: { countsAck: () => true } },
    plans: lateAnswers,
  },
  {
    name: 'quorums that do not meet',
    thought: 'half of the witnesses are silent, half of them answer',
    mutation: {
      rules: {
        quorum: (m) => ({ hold: quorumOf(m).hold, silent: m === 0 ? Number.POSITIVE_INFINITY : Math.max(1, quorumOf(m).silent - 1) }),
      },
    },
    plans: witnessesInTurn,
  },
  {
    name: 'no drift',
    thought: 'clocks are good these days',
    mutation: { rules: { provesShut: (evidence) => window(evidence) >= PROOF_TIME && age(evidence) >= PROOF_TIME } },
    plans: ownerSilent,
  },
  {
    name: 'slow clocks as fast ones',
    thought: 'a clock that loses a tenth needs a tenth more time (PROTOCOL.md B, S3)',
    mutation: {
      rules: {
        provesShut: ({ silent, askedAt, answeredAt, seenAt }) =>
          shortest(silent) - (answeredAt - askedAt) * 1.1 >= PROOF_TIME * 1.1 && shortest(askedAt - seenAt) >= PROOF_TIME * 1.1,
      },
    },
    plans: ownerSilent,
  },
  {
    name: 'rounds added up',
    thought: 'enough witnesses have called the host silent, one after the other',
    mutation: { rules: { sameRound: () => true } },
    plans: witnessesInTurn,
  },
  {
    name: 'chain across boots',
    thought: 'the chain was on disk, and so were the records',
    mutation: {
      rules: {
        continuesChain: (saved, _, now) => now <= saved.provenAt + PROOF_TIME,
        learnsFrom: () => true,
        leavesGate: () => false,
        otherBootEnds: (now) => now,
      },
    },
    plans: rebootedOwner,
  },
  {
    name: 'two successors',
    thought: 'the owner’s proof was compared, that is enough',
    mutation: { compares: { lease: false } },
    plans: twoSuccessors,
  },
  {
    name: 'owner’s proof not compared',
    thought: 'the witnesses have said that it is silent',
    mutation: { compares: { ownerProof: false } },
    plans: ownerWakes,
  },
  {
    name: 'retired before the chain was saved',
    thought: 'the first full proof is there, the old sets are history',
    mutation: { rules: { mayRetire: () => true } },
    plans: unsavedChain,
  },
  {
    name: 'retired without a compare',
    thought: 'nobody else writes that key',
    mutation: { compares: { retireEpoch: false } },
    plans: lateRetirement,
  },
  {
    name: 'hand-over without the own proof',
    thought: 'the lease is compared, that is enough (PROTOCOL.md B, O4)',
    mutation: { compares: { handOverProof: false } },
    plans: lateHandOver,
  },
  {
    name: 'reopened after an unknown hand-over',
    thought: 'no answer came, and the lease is still mine',
    mutation: { rules: { reopensAfter: () => true } },
    plans: lateHandOver,
  },
  {
    name: 'views older than the registration',
    thought: 'the view says that the lease is mine',
    mutation: { rules: { learnsFrom: (_, epoch) => epoch !== undefined } },
    plans: oldViews,
  },
  {
    name: 'a restore goes unnoticed',
    thought: 'what etcd says is right',
    mutation: { rules: { mayAdopt: () => true } },
    plans: restored,
  },
  {
    name: 'a restore opens at once',
    thought: 'a person has accepted it (PROTOCOL.md B)',
    mutation: { rules: { restoreEnds: (now) => now } },
    plans: restored,
  },
  {
    name: 'cloned machine id',
    thought: 'a renewal is a renewal',
    mutation: { rules: { acknowledges: () => true, otherBootEnds: (now) => now } },
    plans: cloned,
  },
  {
    name: 'no roll call',
    thought: 'three of four witnesses have said so (I6)',
    mutation: { rules: { isolated: () => false } },
    plans: minority,
  },
  {
    name: 'witnesses for ever',
    thought: 'whoever was chosen will do (only liveness)',
    mutation: { rules: { replacesWitness: () => false } },
    plans: lastWitness,
  },
]
