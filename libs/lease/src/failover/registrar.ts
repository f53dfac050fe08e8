import type { Epoch, HostId, Monotonic, PreviousProofs, StoredProof } from '#core'
import { PROOF_TIME } from './arithmetic.js'
import type { RegistrationReason } from './effect.js'
import type { RegistrationEnd, TransactionEnd } from './event.js'
import type { Parts } from './parts.js'
import { bootOf } from './rules.js'
import { chooseWitnesses } from './witness-choice.js'

/** After a registration whose outcome is unknown the next one waits this long, in ms; after a refused one not at all. */
const AFTER_UNKNOWN = 300
/** A larger set is no hurry: registrations for it keep this distance, in ms. */
const GROWTH_PAUSE = 2_000
/** A host that failed as a witness is not chosen again for this long, in ms, where there are others. */
const SHUN_TIME = 20_000
/** Until then, in ms after the start, gossip may not have found anybody. */
const GOSSIP_TIME = 3_000
/**
 * A host that reaches the store and no other host leaves its proof alone for this long, in ms, once its chain is broken: others must have
 * seen the same record for longer than a proof lasts before they may adopt, and each registration would begin that anew.
 */
const CUT_OFF_PAUSE = 2 * PROOF_TIME
/** Another agent under this host's name: registering in turns with it would help nobody. */
const CLONE_PAUSE = 10_000

/** What stands in the store under this host's name, as far as it is known. */
interface Known {
  readonly epoch: Epoch
  readonly incarnation: string
  readonly witnesses: readonly HostId[]
  readonly previous: PreviousProofs['sets']
}

interface Attempt {
  readonly number: number
  readonly begunAt: Monotonic
  readonly witnesses: readonly HostId[]
  readonly previous: PreviousProofs['sets']
  readonly reason: RegistrationReason
}

/** Registrations of the host's proof (rule O3): when one is due, with which witnesses, and what follows from it. */
export class Registrar {
  private wanted: RegistrationReason | undefined = 'start'
  private notBefore: Monotonic = Number.NEGATIVE_INFINITY
  private brokenAt: Monotonic = Number.NEGATIVE_INFINITY
  private grownAt: Monotonic = Number.NEGATIVE_INFINITY
  private known: Known | undefined
  private inFlight: Attempt | undefined
  /** The set of an attempt of which nobody knows whether it happened. */
  private uncertain: readonly HostId[] | undefined
  private ownEpoch: Epoch | undefined
  private savedEpoch: Epoch | undefined
  private retiring = false
  /** Since the last registration that was won, one was tried over another boot's proof. */
  private replacesBoot = false
  private readonly shunned = new Map<HostId, Monotonic>()

  constructor(private readonly parts: Parts) {}

  /** Of the last registration that this process won, whether or not its chain still holds. */
  get epoch(): Epoch | undefined {
    return this.ownEpoch
  }

  /** The set of a registration that may or may not have happened. */
  get unknownSet(): readonly HostId[] | undefined {
    return this.uncertain
  }

  get wakeAt(): Monotonic {
    if (this.inFlight) return Number.POSITIVE_INFINITY
    const waiting = this.wanted && this.ready ? this.due : Number.POSITIVE_INFINITY
    return Math.min(waiting, this.reviewAt)
  }

  want(reason: RegistrationReason): void {
    if (reason === 'chain-broken') this.brokenAt = this.parts.now
    this.wanted ??= reason
  }

  /** The newest view may tell what became of an attempt, or of somebody else who uses this host's name. */
  viewChanged(): void {
    const { parts } = this
    const proof = parts.view.proofs.get(parts.self)
    if (!proof || (this.known && proof.epoch <= this.known.epoch)) return
    this.learn(proof, parts.view.previousProofs.get(parts.self))
    if (this.ownEpoch === undefined || bootOf(proof.incarnation) === parts.bootId) return
    // A newer proof of another boot: a cloned machine, or this one is a ghost. Whoever came last has it; this one stops renewing.
    const { incarnation, epoch } = proof
    parts.effects.push({ kind: 'tell', story: { about: 'cloned', incarnation, epoch } })
    this.forget('chain-broken')
    this.notBefore = parts.now + CLONE_PAUSE
  }

  time(): void {
    if (this.inFlight) return
    if (this.parts.now >= this.reviewAt) this.review()
    if (this.wanted && this.ready && this.parts.now >= this.due) this.register(this.wanted)
  }

  ended(number: number, result: RegistrationEnd): void {
    const { inFlight: attempt, parts } = this
    if (!attempt || attempt.number !== number) return
    this.inFlight = undefined
    if (result.end === 'unknown') {
      this.uncertain = attempt.witnesses
      this.wanted ??= attempt.reason
      this.notBefore = parts.now + AFTER_UNKNOWN * (1 + parts.random.next())
      return
    }
    this.uncertain = undefined
    if (result.end === 'lost') {
      this.wanted ??= attempt.reason
      if (result.proof) this.learn(result.proof, result.previous)
      else this.known = undefined
      return
    }
    const { witnesses, previous, reason } = attempt
    this.known = { epoch: result.epoch, incarnation: parts.incarnation, witnesses, previous }
    this.ownEpoch = result.epoch
    this.retiring = false
    parts.owner.registered(result.epoch, witnesses, attempt.begunAt)
    parts.grants.registered(result.leases, this.replacesBoot)
    this.replacesBoot = false
    parts.effects.push({ kind: 'tell', story: { about: 'registered', epoch: result.epoch, witnesses, why: reason } })
    parts.owner.save()
  }

  saved(epoch: Epoch, done: boolean): void {
    if (done) this.savedEpoch = epoch
  }

  /** A round was acknowledged: sets from before the registration may be forgotten. */
  proven(): void {
    const { parts, known, ownEpoch } = this
    const chain = parts.owner.chain
    if (!chain?.own || !chain.proven || this.retiring || !known || known.epoch !== ownEpoch || known.previous.length === 0) return
    if (!parts.rules.mayRetire(this.savedEpoch, known.epoch)) return
    this.retiring = true
    parts.effects.push({ kind: 'retire', epoch: known.epoch })
  }

  retired(epoch: Epoch, end: TransactionEnd): void {
    if (!this.known || this.known.epoch !== epoch) return
    this.retiring = false
    if (end === 'won') this.known = { ...this.known, previous: [] }
  }

  /** A person accepted a store that went back: what stands there is known by nobody who has not read it since. */
  restored(): void {
    this.known = undefined
    this.savedEpoch = undefined
    this.inFlight = undefined
    this.parts.grants.restored()
    this.forget('restored')
  }

  /** Ends the chain and shuts the gate for everything, at once and not when the last proof is over. */
  forget(reason: RegistrationReason): void {
    const { owner, grants } = this.parts
    this.ownEpoch = undefined
    owner.forget()
    grants.shutAll()
    this.want(reason)
  }

  /** Nothing can be registered before the store is there, and nothing in one that may be the wrong one. */
  private get ready(): boolean {
    return this.parts.store === 'live' && this.parts.view.revision > 0
  }

  private get due(): Monotonic {
    const cutOff = this.wanted === 'chain-broken' && this.cutOff ? this.brokenAt + CUT_OFF_PAUSE : Number.NEGATIVE_INFINITY
    return Math.max(this.notBefore, this.early, cutOff)
  }

  /** Nobody is well, and this host would not go on alone. */
  private get cutOff(): boolean {
    return ![...this.parts.members.values()].includes('alive') && this.choose().length > 0
  }

  /** Nobody is known to be well yet: gossip has only just begun to look. */
  private get early(): Monotonic {
    const { view, members, self, started } = this.parts
    const alone = view.hosts.size - (view.hosts.has(self) ? 1 : 0) === 0 || [...members.values()].includes('alive')
    return alone ? Number.NEGATIVE_INFINITY : started + GOSSIP_TIME
  }

  /** When witnesses are looked at next: with each round that a chain has. */
  private get reviewAt(): Monotonic {
    return this.parts.owner.chain && this.ready && !this.wanted ? this.nextReview : Number.POSITIVE_INFINITY
  }
  private nextReview: Monotonic = Number.NEGATIVE_INFINITY

  private review(): void {
    const { parts } = this
    const { now, owner, rules } = parts
    const chain = owner.chain
    this.nextReview = now + REVIEW_INTERVAL
    if (!chain) return
    if (!chain.own) return this.want('start')
    const dead = chain.witnesses.filter((host) => rules.replacesWitness(owner.silenceOf(host)))
    // When several fail at once, and all, it is rather this host that was cut off: nothing is held against them when it is back.
    if (dead.length === 1 || dead.length < chain.witnesses.length) for (const host of dead) this.shunned.set(host, now + SHUN_TIME)
    if (chain.witnesses.length === 0 && this.proofsOfOthers === 0) return
    const better = this.choose()
    if (dead.length > 0 && !sameSet(better, chain.witnesses)) return this.want('witness-dead')
    if (better.length <= chain.witnesses.length || now < this.grownAt + GROWTH_PAUSE) return
    this.grownAt = now
    this.want('witnesses-changed')
  }

  private get proofsOfOthers(): number {
    const { view, self } = this.parts
    return view.proofs.size - (view.proofs.has(self) ? 1 : 0)
  }

  /**
   * Hosts that are well, and of those such as have not failed lately if there are any. Without any that are well, a host of one witness or
   * of a pair goes on alone (solo); a host of more keeps what it has, or names whom it cannot reach: it is rather itself that is cut off,
   * and if it were on its own nobody could adopt from it.
   */
  private choose(): readonly HostId[] {
    const { parts } = this
    const { view, members, self, now } = parts
    const well = [...view.hosts.keys()].filter(
      (host) => host !== self && members.get(host) === 'alive' && view.hosts.get(host)?.draining !== true,
    )
    const current = parts.owner.chain?.witnesses ?? this.known?.witnesses
    const trusted = well.filter((host) => (this.shunned.get(host) ?? Number.NEGATIVE_INFINITY) <= now)
    // Who has failed is better than nobody: without witnesses this host's leases could not be adopted.
    const chosen = chooseWitnesses(self, trusted.length > 0 ? trusted : well, (host) => view.hosts.get(host)?.zone)
    if (chosen.length > 0) return chosen
    const others = [...view.hosts.keys()].filter((host) => host !== self)
    if (others.length <= 1 || (current && current.length <= 1)) return []
    return current ?? chooseWitnesses(self, others, (host) => view.hosts.get(host)?.zone)
  }

  private register(reason: RegistrationReason): void {
    const { parts, known } = this
    const witnesses = this.choose()
    const sets = parts.rules.formerSets({
      stored: known?.witnesses,
      previous: known?.previous ?? [],
      inUse: parts.owner.chain?.witnesses,
    })
    const previous = withoutRepeats(sets).filter((set) => !sameSet(set, witnesses))
    const number = parts.token()
    this.wanted = undefined
    this.replacesBoot ||= known !== undefined && bootOf(known.incarnation) !== parts.bootId
    this.inFlight = { number, begunAt: parts.now, witnesses, previous, reason }
    const record = { host: parts.self, incarnation: parts.incarnation, attempt: number, witnesses }
    parts.effects.push({ kind: 'register', expected: known?.epoch ?? 0, record, previous })
  }

  private learn(proof: StoredProof, previous: PreviousProofs | undefined): void {
    this.known = { epoch: proof.epoch, incarnation: proof.incarnation, witnesses: proof.witnesses, previous: previous?.sets ?? [] }
  }
}

const REVIEW_INTERVAL = 500

function sameSet(a: readonly HostId[], b: readonly HostId[]): boolean {
  return a.length === b.length && a.every((host) => b.includes(host))
}

function withoutRepeats(sets: readonly (readonly HostId[])[]): (readonly HostId[])[] {
  return sets.filter((set, at) => sets.findIndex((other) => sameSet(other, set)) === at)
}
