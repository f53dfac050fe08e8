import { asWeftError, Backoff, WeftError, type Clock, type Random, type Timer, type Log } from '#core'
import { diff, type Desired, type Firewall, type Kernel, type Observed, type Plan } from '#plan'
import type { FilterStage } from './filter-stage.js'
import { reportPass, type PassReport } from './pass-report.js'
import type { PassResult, Preview } from './pass.js'

/** What a pass is made from; asked for at the beginning of each. */
export interface Inputs {
  /** Undefined while nothing is known of the cluster: then the kernel is left as it is. */
  desired(): Desired | undefined
  /** The packet filter that goes with the desired state; asked for only when there is one. */
  firewall(): Firewall
  /** Told what the kernel holds before desired state is asked for, so that endpoints whose namespace has died can go. */
  seen(observed: Observed): void
}

/** A whole look at the kernel even when nothing seems to have happened, in ms: events can be lost, and others' tools err. */
const FULL_CHECK_EVERY = 60_000

/** Changes that come within this many ms of each other share a pass. */
const SETTLE = 5

/** The kernel's own events wait for at most this long, in ms: always after a failed pass, because a step that fails may cause some itself. */
const LONGEST_SETTLE = 1_000

/**
 * The only writer of kernel state. One pass at a time: observe, desire, diff, apply. Requests during a pass make one more pass.
 * A failed pass is repeated with growing pauses; a wrong step never stops the others.
 */
export class Reconciler {
  private running = false
  /** Asked for during the pass that runs. */
  private again = false
  /** The kernel changed during the pass that runs, perhaps by that pass. */
  private changed = false
  private clean = true
  /** How many passes in a row found something to change: somebody, or the kernel, undoes what they do. */
  private restless = 0
  /** When the whole filter was last read back. */
  private fullCheck = 0
  private closed = false
  private timer: (Timer & { readonly due: number }) | undefined
  private readonly retry: Backoff
  private waiting: { resolve(result: PassResult): void; reject(error: WeftError): void }[] = []
  private report: PassReport = { state: 'idle', passes: 0, lastChange: null, lastPassMs: null, objects: 0, failures: [], obstacles: [] }
  private stopListening: (() => void) | undefined

  constructor(
    private readonly kernel: Kernel,
    private readonly filter: FilterStage,
    private readonly inputs: Inputs,
    private readonly clock: Clock,
    random: Random,
    private readonly log: Log,
  ) {
    this.retry = new Backoff({ first: 200, limit: 10_000 }, random)
  }

  /** Begins to follow the kernel's own events. */
  start(): void {
    const stops = [this.kernel, this.filter].map((source) => source.onChange(() => this.kernelChanged()))
    this.stopListening = () => stops.forEach((stop) => stop())
    this.request()
  }

  /** Asks for a pass soon. */
  request(): void {
    if (this.closed) return
    if (this.running) this.again = true
    else this.schedule(SETTLE)
  }

  /** Resolves with the first pass that began after this call. @throws what made that pass fail as a whole, or WEFT_NOT_READY when the loop ends */
  next(): Promise<PassResult> {
    if (this.closed) return Promise.reject(stopping())
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.request()
    })
  }

  /** What the next pass would do, without doing it. */
  async preview(): Promise<Preview> {
    const observed = await this.kernel.observe()
    const desired = this.inputs.desired()
    if (!desired) return { desired, plan: NOTHING, filter: [] }
    return { desired, plan: diff(desired, observed), filter: await this.filter.inspect(this.inputs.firewall()) }
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
    for (const waiter of this.waiting.splice(0)) waiter.reject(stopping())
  }

  private kernelChanged(): void {
    if (this.closed) return
    if (this.running) this.changed = true
    else this.schedule(this.clean ? Math.min(LONGEST_SETTLE, SETTLE * 2 ** this.restless) : LONGEST_SETTLE)
  }

  /** Never later than what is due already: changes that go on and on must not put a pass off. */
  private schedule(delay: number): void {
    const due = this.clock.now() + delay
    if (this.timer && this.timer.due <= due) return
    this.timer?.cancel()
    const timer = this.clock.after(delay, () => void this.run())
    this.timer = { due, cancel: () => timer.cancel() }
  }

  private async run(): Promise<void> {
    this.timer = undefined
    this.running = true
    this.again = this.changed = this.clean = false
    const waiting = this.waiting.splice(0)
    try {
      const result = await this.pass()
      this.clean = result.failures.length === 0 && result.filter !== 'failed'
      this.restless = result.plan.steps.length > 0 || result.filter === 'changed' ? this.restless + 1 : 0
      for (const waiter of waiting) waiter.resolve(result)
    } catch (thrown) {
      const error = asWeftError(thrown)
      if (this.report.state !== 'failing')
        this.log.error('the kernel cannot be programmed', { code: error.code, error: error.message, hint: error.hint })
      this.report = { ...this.report, state: 'failing', failures: [{ code: error.code, message: error.message }] }
      for (const waiter of waiting) waiter.reject(error)
    }
    this.running = false
    if (this.closed) {
      for (const waiter of this.waiting.splice(0)) waiter.reject(stopping())
      return
    }
    if (this.clean) this.retry.reset()
    this.schedule(this.clean ? FULL_CHECK_EVERY : this.retry.next())
    if (this.changed) this.kernelChanged()
    if (this.again || this.waiting.length > 0) this.schedule(SETTLE)
  }

  private async pass(): Promise<PassResult> {
    const began = this.clock.now()
    if (began - this.fullCheck >= FULL_CHECK_EVERY) {
      this.fullCheck = began
      this.filter.distrust()
    }
    const observed = await this.kernel.observe()
    this.inputs.seen(observed)
    const desired = this.inputs.desired()
    // The filter first: no packet may come by a new route before it is checked.
    const filter = desired ? await this.filter.apply(this.inputs.firewall()) : 'unchanged'
    const plan = desired ? diff(desired, observed) : NOTHING
    const failures = plan.steps.length > 0 ? await this.kernel.apply(plan) : []
    const result = { observed, desired, plan, failures, filter }
    this.report = reportPass(this.report, result, this.clock.wallTime(), this.clock.now() - began, this.log)
    return result
  }
}

const NOTHING: Plan = { steps: [], obstacles: [] }

function stopping(): WeftError {
  return new WeftError('WEFT_NOT_READY', 'the agent is stopping', { hint: 'ask again once it runs' })
}
