import { policyOf, type ClusterView, type Epoch, type HostId, type Monotonic } from '#core'
import { LEAST_WINDOW } from './arithmetic.js'
import { KernelWatch } from './kernel-watch.js'
import type { FailoverMessage, SilenceAnswer } from './message.js'
import type { Parts } from './parts.js'

/** W3: silence after which the first candidates of `exclusive` leases are told, in ms. */
const EXCLUSIVE_HINT = 2_000
/** Hints are repeated this often, in ms, and for so long. */
const HINT_INTERVAL = 500
const HINT_TIME = 90_000
/** So many candidates are told; the others learn from gossip. */
const TOLD = 2

interface Heard {
  lastRenewal: Monotonic
  epoch: Epoch
}

interface Episode {
  suspected: boolean
  nextHint: Monotonic
}

/** What this host remembers of those that renew with it (rules W1 to W4). Nothing of it is kept on disk. */
export class Witness {
  private readonly heard = new Map<HostId, Heard>()
  private readonly episodes = new Map<HostId, Episode>()
  private readonly kernels: KernelWatch
  private watched: ReadonlySet<HostId> = new Set()
  /** The records that {@link watched} follows from. */
  private followed: Pick<ClusterView, 'proofs' | 'previousProofs'> | undefined
  /** After a restore: the epochs that the store was put back to. */
  private floors: ReadonlyMap<HostId, Epoch> | 'unknown' | undefined

  constructor(private readonly parts: Parts) {
    this.kernels = new KernelWatch(parts, (host) => this.heard.get(host)?.lastRenewal)
  }

  get wakeAt(): Monotonic {
    return this.kernels.wakeAt
  }

  viewChanged(): void {
    const { view, self } = this.parts
    if (this.floors === 'unknown') this.floors = new Map([...view.proofs].map(([host, { epoch }]) => [host, epoch]))
    const { proofs, previousProofs } = view
    if (proofs === this.followed?.proofs && previousProofs === this.followed.previousProofs) return
    this.followed = { proofs, previousProofs }
    const watched = new Set<HostId>()
    for (const [host, { witnesses }] of proofs) if (host !== self && witnesses.includes(self)) watched.add(host)
    for (const [host, { sets }] of previousProofs) if (host !== self && sets.some((set) => set.includes(self))) watched.add(host)
    this.watched = watched
    this.kernels.follow(watched)
    for (const host of this.episodes.keys()) if (!watched.has(host)) this.episodes.delete(host)
  }

  renewed(from: HostId, message: FailoverMessage & { kind: 'renew' }): void {
    const { parts } = this
    const { host, epoch, nonce } = message
    if (from !== host || !this.believes(message)) return
    this.heard.set(host, { lastRenewal: parts.now, epoch })
    this.episodes.delete(host)
    parts.effects.push({ kind: 'send', to: from, message: { kind: 'ack', epoch, nonce, witnessIncarnation: parts.incarnation } })
  }

  /** The store went back in time: only proofs that are registered from now on are believed. */
  restored(): void {
    this.floors = 'unknown'
  }

  /** What is known of a host's silence now; every host answers, also for those it does not watch. */
  answer(host: HostId, nonce: number): SilenceAnswer {
    const { silent, kernelSilent, kernelWindow } = this.silenceOf(host)
    return { kind: 'silence-answer', host, nonce, silent, kernelSilent, kernelWindow }
  }

  echoed(nonce: number): void {
    this.kernels.answered(nonce)
  }

  time(): void {
    if (!this.kernels.time()) return
    for (const host of this.watched) this.judge(host)
  }

  private believes(message: FailoverMessage & { kind: 'renew' }): boolean {
    const { rules, view } = this.parts
    const proof = view.proofs.get(message.host)
    if (this.floors === undefined) return rules.acknowledges(message, proof)
    return this.floors !== 'unknown' && rules.acknowledgesRestored(message, proof, this.floors.get(message.host))
  }

  private silenceOf(host: HostId) {
    const { rules, started, now } = this.parts
    const lastRenewal = this.heard.get(host)?.lastRenewal
    const silent = rules.silence(lastRenewal, started, now)
    const kernel = this.kernels.silenceOf(host)
    return { silent, kernelSilent: kernel.silent, kernelWindow: kernel.window }
  }

  private judge(host: HostId): void {
    const { parts } = this
    const known = this.heard.get(host)
    if (!known) return
    const { silent, kernelSilent, kernelWindow } = this.silenceOf(host)
    if (silent < LEAST_WINDOW || silent > HINT_TIME) return
    let episode = this.episodes.get(host)
    if (!episode) this.episodes.set(host, (episode = { suspected: false, nextHint: parts.now }))
    if (!episode.suspected) {
      episode.suspected = true
      parts.effects.push({ kind: 'suspect', host })
    }
    if (parts.now < episode.nextHint) return
    const both = Math.min(silent, kernelSilent) >= kernelWindow
    const told = new Set<HostId>()
    for (const lease of parts.leases.of(host)) {
      const policy = policyOf(parts.view, lease)
      if (policy === 'hold' || (policy === 'adopt' ? !both : silent < EXCLUSIVE_HINT)) continue
      for (const candidate of parts.candidates.for(lease).slice(0, TOLD)) told.add(candidate)
    }
    if (told.size === 0) return
    episode.nextHint = parts.now + HINT_INTERVAL
    for (const to of told) {
      if (to === parts.self) parts.successor.hinted(host)
      else parts.effects.push({ kind: 'send', to, message: { kind: 'silent', host, epoch: known.epoch, age: silent } })
    }
  }
}
