import { asWeftError, Backoff, type Clock, type Random, type Timer, type WeftError } from '#core'
import { diff, type Desired, type Kernel, type Observed, type Plan, type StepFailure } from '#plan'
import type { EventLog } from '../log/event-log.js'
import { reportPass, type PassReport } from './pass-report.js'

/** What a pass is made from; asked for at the beginning of each. */
export interface Inputs {
  /** Undefined while nothing is known of the cluster: then the kernel is left as it is. */
  desired(): Desired | undefined
  /** Told what the kernel holds before desired state is asked for, so that endpoints whose namespace has died can go. */
  seen(observed: Observed): void
}

export interface PassResult {
  readonly observed: Observed
  readonly desired: Desired | undefined
  readonly plan: Plan
  readonly failures: readonly StepFailure[]
}

/** A whole look at the kernel even when nothing seems to have happened, in ms: events can be lost, and others' tools err. */
const FULL_CHECK_EVERY = 60_000

/** Changes that come within this many ms of each other share a pass. */
const SETTLE = 5

/**
 * The only writer of kernel state. One pass at a time: observe, desire, diff, apply. Requests during a pass make one more pass.
 * A failed pass is repeated with growing pauses; a wrong step never stops the others.
 */
export class Reconciler {
  private running = false
  private again = false
  private closed = false
  private timer: Timer | undefined
  private readonly retry: Backoff
  private waiting: { resolve(result: PassResult): void; reject(error: WeftError): void }[] = []
  private report: PassReport = { state: 'idle', passes: 0, lastChange: null, lastPassMs: null, objects: 0, failures: [], obstacles: [] }
  private stopListening: (() => void) | undefined

  constructor(
    private readonly kernel: Kernel,
    private readonly inputs: Inputs,
    private readonly clock: Clock,
    random: Random,
    private readonly events: EventLog,
  ) {
    this.retry = new Backoff({ first: 200, limit: 10_000 }, random)
  }

  /** Begins to follow the kernel's own events. */
  start(): void {
    this.stopListening = this.kernel.onChange(() => this.request())
    this.request()
  }

  /** Asks for a pass soon. */
  request(): void {
    if (this.closed) return
    if (this.running) this.again = true
    else this.schedule(SETTLE)
  }

  /** Resolves with the first pass that began after this call. @throws what made that pass fail as a whole */
  next(): Promise<PassResult> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.request()
    })
  }

  /** What the next pass would do, without doing it. */
  async preview(): Promise<PassResult> {
    const observed = await this.kernel.observe()
    const desired = this.inputs.desired()
    return { observed, desired, plan: desired ? diff(desired, observed) : { steps: [], obstacles: [] }, failures: [] }
  }

  get status(): PassReport {
    return this.report
  }

  /** Ends the loop after the pass that runs; kernel state stays, so that traffic goes on without the agent. */
  async close(): Promise<void> {
    this.closed = true
    this.stopListening?.()
    this.timer?.cancel()
    if (this.running) await new Promise<void>((resolve) => this.waiting.push({ resolve: () => resolve(), reject: () => resolve() }))
    for (const waiter of this.waiting.splice(0)) waiter.reject(asWeftError(new Error('the agent is stopping')))
  }

  private schedule(delay: number): void {
    this.timer?.cancel()
    this.timer = this.clock.after(delay, () => void this.run())
  }

  private async run(): Promise<void> {
    this.running = true
    this.again = false
    const waiting = this.waiting.splice(0)
    let clean = false
    try {
      const result = await this.pass()
      clean = result.failures.length === 0
      for (const waiter of waiting) waiter.resolve(result)
    } catch (thrown) {
      const error = asWeftError(thrown)
      if (this.report.state !== 'failing') this.events.record('error', 'the kernel cannot be programmed', { code: error.code, error: error.message, hint: error.hint })
      this.report = { ...this.report, state: 'failing', failures: [{ code: error.code, message: error.message }] }
      for (const waiter of waiting) waiter.reject(error)
    }
    this.running = false
    if (this.closed) {
      for (const waiter of this.waiting.splice(0)) waiter.reject(asWeftError(new Error('the agent is stopping')))
      return
    }
    if (clean) this.retry.reset()
    if (this.again || this.waiting.length > 0) this.schedule(SETTLE)
    else this.schedule(clean ? FULL_CHECK_EVERY : this.retry.next())
  }

  private async pass(): Promise<PassResult> {
    const began = this.clock.now()
    const observed = await this.kernel.observe()
    this.inputs.seen(observed)
    const desired = this.inputs.desired()
    const plan = desired ? diff(desired, observed) : { steps: [], obstacles: [] }
    const failures = plan.steps.length > 0 ? await this.kernel.apply(plan) : []
    const result = { observed, desired, plan, failures }
    this.report = reportPass(this.report, result, this.clock.wallTime(), this.clock.now() - began, this.events)
    return result
  }
}
