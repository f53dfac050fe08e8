import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseHostId } from '#core'
import { LEAST_WINDOW, RENEW_INTERVAL } from './arithmetic.js'
import type { FailoverEffect } from './effect.js'
import type { EchoPath } from './event.js'
import { KernelWatch } from './kernel-watch.js'
import type { Parts } from './parts.js'

const H2 = parseHostId('h2')
const ROUND_TRIP = 1

/** One witness that watches the kernel of h2, and what h2 does, ms by ms. */
class Watching {
  private readonly parts = { now: 0, effects: [] as FailoverEffect[], token: () => this.tokens++ }
  private tokens = 0
  echoes = 0
  private readonly watch = new KernelWatch(this.parts as unknown as Parts, () => this.lastRenewal)
  private lastRenewal: number | undefined
  private readonly answers: { readonly at: number; readonly nonce: number }[] = []

  constructor() {
    this.watch.follow(new Set([H2]))
  }

  /** For so long; `renews`: its agent does. */
  pass(ms: number, { renews, answers }: { renews: boolean; answers: (path: EchoPath) => boolean }): void {
    const { parts, watch } = this
    for (const end = parts.now + ms; parts.now < end; parts.now++) {
      if (renews && parts.now >= (this.lastRenewal ?? -RENEW_INTERVAL) + RENEW_INTERVAL) this.lastRenewal = parts.now
      while (this.answers[0] && this.answers[0].at <= parts.now) watch.answered(this.answers.shift()?.nonce ?? 0)
      watch.time()
      for (const effect of parts.effects.splice(0)) {
        this.echoes++
        if (effect.kind === 'echo' && answers(effect.path)) this.answers.push({ at: parts.now + ROUND_TRIP, nonce: effect.nonce })
      }
    }
  }

  get window(): number {
    return this.watch.silenceOf(H2).window
  }
}

const always = (): boolean => true
const never = (): boolean => false

describe('the loss of a path to a kernel', () => {
  it('is none where all echoes are answered, however long that goes on', () => {
    const watching = new Watching()
    watching.pass(30_000, { renews: true, answers: always })
    expect(watching.window).to.equal(LEAST_WINDOW)
  })

  it('is none where the network came up after the first echoes', () => {
    const lag = fc.integer({ min: 0, max: 5_000 })
    fc.assert(
      fc.property(lag, lag, (overlay, underlay) => {
        const watching = new Watching()
        const [first, second] = overlay < underlay ? (['overlay', 'underlay'] as const) : (['underlay', 'overlay'] as const)
        watching.pass(Math.min(overlay, underlay), { renews: true, answers: never })
        watching.pass(Math.abs(overlay - underlay), { renews: true, answers: (path) => path === first && path !== second })
        watching.pass(6_000, { renews: true, answers: always })
        expect(watching.window).to.equal(LEAST_WINDOW)
      }),
    )
  })

  it('is known of a host that dies a moment after its network came up', () => {
    const watching = new Watching()
    watching.pass(100, { renews: true, answers: never })
    watching.pass(700, { renews: true, answers: always })
    watching.pass(1_000, { renews: false, answers: never })
    expect(watching.window).to.equal(LEAST_WINDOW)
  })

  it('is not asked for without end where no echo ever gets through', () => {
    const watching = new Watching()
    watching.pass(60_000, { renews: true, answers: never })
    expect(watching.echoes).to.be.within(80, 105)
  })

  it('is none where a host was off and is back, whatever of it comes back first', () => {
    // Long enough to be told from single echoes that get lost, by each of the two paths.
    const time = (most: number) => fc.integer({ min: 0, max: most })
    fc.assert(
      fc.property(time(2_500), fc.integer({ min: 2_500, max: 9_000 }), time(3_000), fc.boolean(), (alive, off, lag, agentFirst) => {
        const watching = new Watching()
        watching.pass(4_000 + alive, { renews: true, answers: always })
        watching.pass(off, { renews: false, answers: never })
        // The overlay is there only when the agent has programmed it; which of its renewals and echoes comes first is chance.
        watching.pass(lag, { renews: agentFirst, answers: (path) => path === 'underlay' })
        watching.pass(6_000, { renews: true, answers: always })
        expect(watching.window).to.equal(LEAST_WINDOW)
      }),
    )
  })

  it('is counted where a host that is there all the time misses some', () => {
    const watching = new Watching()
    let echoes = 0
    watching.pass(120_000, { renews: true, answers: () => ++echoes % 5 > 0 })
    expect(watching.window).to.be.within(2 * LEAST_WINDOW, 20 * LEAST_WINDOW)
  })

  it('is counted as well while the agent is silent and the kernel answers', () => {
    const watching = new Watching()
    watching.pass(5_000, { renews: true, answers: always })
    let echoes = 0
    watching.pass(20_000, { renews: false, answers: () => ++echoes % 5 > 0 })
    expect(watching.window).to.be.above(LEAST_WINDOW)
  })
})
