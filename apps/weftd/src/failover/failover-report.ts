import type { Clock, Log, Monotonic } from '#core'
import type { FailoverStory, Guard } from '#lease'
import type { Reconciler } from '../reconcile/reconciler.js'
import type { FailoverDriver } from './failover-driver.js'

type Adopted = Extract<FailoverStory, { about: 'adopted' }>

/** A guard says the same many times a second: it is told again after this time, in ms. */
const REFUSAL_PAUSE = 10_000

/** What failover did on this host, as events for people and numbers for metrics. */
export class FailoverReport {
  /** Since the start; the gap, in ms, is that of the last adoption as this host measured it. */
  readonly figures = { adoptions: 0, handOvers: 0, registrations: 0, chainBreaks: 0, refusals: 0, lastGap: undefined as number | undefined }
  private readonly refused = new Map<string, Monotonic>()

  constructor(
    private readonly driver: Pick<FailoverDriver, 'onStory' | 'proof'>,
    private readonly reconciler: Pick<Reconciler, 'next' | 'request'>,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    driver.onStory((story) => this.tell(story))
  }

  private tell(story: FailoverStory): void {
    const { figures, log } = this
    switch (story.about) {
      case 'adopted':
        figures.adoptions++
        return void this.whenServed(story)
      case 'handed-over': {
        figures.handOvers++
        const { network, subnet, to, epoch, why } = story
        log.info('lease handed over', { network, subnet, to, epoch, why })
        return this.reconciler.request()
      }
      case 'registered': {
        figures.registrations++
        const { epoch, witnesses, why } = story
        return log.info('registered with witnesses', { epoch, witnesses: witnesses.join(' ') || 'none', why })
      }
      case 'chain-broken':
        figures.chainBreaks++
        return this.tellBreak(Math.round(story.now - story.provenAt))
      case 'lost': {
        const { network, subnet, owner, epoch } = story
        log.warn('a subnet of this host is another host’s now', { network, subnet, owner, epoch })
        return this.reconciler.request()
      }
      case 'cloned':
        return log.warn('another machine uses the name of this host: exclusive leases are shut off in turns', {
          incarnation: story.incarnation,
          epoch: story.epoch,
        })
      case 'refused':
        return this.refuse(story.host, story.guard)
    }
  }

  private tellBreak(lastProofMs: number): void {
    const { log } = this
    if (this.driver.proof.gated)
      log.warn('no proof that this host lives: exclusive leases are shut off until the next one', { lastProofMs })
    else log.info('the witnesses have not answered for too long: registering anew', { lastProofMs })
  }

  private refuse(host: string, guard: Guard): void {
    this.figures.refusals++
    const now = this.clock.now()
    const name = `${host} ${guard}`
    if (now < (this.refused.get(name) ?? Number.NEGATIVE_INFINITY) + REFUSAL_PAUSE) return
    this.refused.set(name, now)
    this.log.warn('a silent host’s leases are not adopted', { host, why: REASONS[guard] })
  }

  /** The time line of an adoption; it ends with the first pass over the kernel that began after the transaction. */
  private async whenServed(story: Adopted): Promise<void> {
    const { network, subnet, from, epoch, silentSince, askedAt, answeredAt, committedAt, silentWitnesses, witnesses } = story
    const served = await this.reconciler.next().then(
      () => this.clock.now(),
      // What keeps the kernel from being programmed is told by the loop itself.
      () => undefined,
    )
    const began = silentSince ?? askedAt
    if (served !== undefined) this.figures.lastGap = served - began
    this.log.warn('lease adopted', {
      network,
      subnet,
      from,
      epoch,
      witnesses: silentSince === undefined ? 'fenced by an operator' : `${silentWitnesses} of ${witnesses} silent`,
      silentMs: Math.round(askedAt - began),
      answersMs: Math.round(answeredAt - askedAt),
      transactionMs: Math.round(committedAt - answeredAt),
      ...(served === undefined ? {} : { kernelMs: Math.round(served - committedAt), totalMs: Math.round(served - began) }),
    })
  }
}

const REASONS: Readonly<Record<Guard, string>> = {
  isolated: 'this host has lost so many others that it may be the one that is cut off',
  'mass-silence': 'too many hosts fell silent at once',
  'rate-limit': 'the cluster has adopted many leases just now',
  frozen: 'etcd went back in time or was replaced: weft store accept-restore',
  'no-proof': 'this host has no valid proof itself',
  'no-witnesses': 'the silent host has no witnesses: weft host fence',
}
