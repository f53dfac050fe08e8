import {
  asWeftError,
  Backoff,
  contains,
  WeftError,
  type Clock,
  type Monotonic,
  type Random,
  type Timer,
  type Log,
  type Prefix,
} from '#core'
import {
  diff,
  keyOf,
  NOTHING_SEEN,
  Settled,
  type Desired,
  type Firewall,
  type Kernel,
  type ObjectKey,
  type Observed,
  type Plan,
  type Sighting,
  type Step,
  type StepFailure,
  type Touched,
} from '#plan'
import { Doubts } from './doubts.js'
import type { FilterOutcome, FilterStage } from './filter-stage.js'
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
  /** When what is desired is different by itself, as of the last time it was asked for. */
  readonly changesAt?: Monotonic | undefined
}

/** A whole look at the kernel even when nothing seems to have happened, in ms: events can be lost, and others' tools err. */
const FULL_CHECK_EVERY = 60_000

/** Changes that come within this many ms of each other share a pass. */
const SETTLE = 5

/** Whoever waits for a pass has it at once, in ms: what comes while it runs shares the one after it. */
const AWAITED = 0

/**
 * The kernel's own events wait for at most this long, in ms: always after a failed pass, because a step that fails may cause some itself.
 */
const LONGEST_SETTLE = 1_000

/** What is undone within this many ms after a pass is undone at once: somebody answers to what the pass did. */
const AT_ONCE = 100

/**
 * The only writer of kernel state. One pass at a time: observe, desire, diff, apply. Requests during a pass make one more pass.
 * A failed pass is repeated with growing pauses; a wrong step never stops the others.
 *
 * Where only peers have changed since the last pass, and others have touched nothing or single objects, a pass looks at these alone: what
 * else is in the kernel follows from what was programmed (settled.ts). Events that do not name what changed, any failure and the full check
 * lead back to a look at everything.
 */
export class Reconciler {
  private running = false
  /** Asked for during the pass that runs. */
  private again = false
  /** The kernel or the filter changed during the pass that runs, perhaps by that pass. */
  private changed = false
  /** How often the kernel has changed in ways that take a look at everything. */
  private upheavals = 0
  private readonly doubts = new Doubts()
  private clean = true
  /** The pass that is due, or runs, was brought about by an event of the kernel. */
  private stirred = false
  /** How many passes in a row had to do again, at an event, what was done: somebody, or the kernel, undoes it. */
  private restless = 0
  /** What these passes have done. */
  private readonly redone = new Set<ObjectKey>()
  /** The pass that runs looks at everything. */
  private whole = false
  /** When the last of them ended. */
  private stirredAt = -Infinity
  /** What is known of the kernel; undefined when it has to be looked at. */
  private settled: Settled | undefined
  /** When everything was last looked at, kernel and filter. */
  private fullCheck = -Infinity
  /** What was wanted last: a look at the kernel probably finds it. */
  private wanted: Desired['objects'] | undefined
  /** What the gate was last told to guard; undefined while that is as an earlier agent has left it. */
  private gated: readonly Prefix[] | undefined
  private closed = false
  private timer: (Timer & { readonly due: number }) | undefined
  private readonly retry: Backoff
  private waiting: Waiter[] = []
  /** Those whom the pass that runs answers: they asked before it read what is desired. */
  private served: Waiter[] = []
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
    const stops = [this.kernel.onChange((touched) => this.kernelChanged(touched)), this.filter.onChange(() => this.stir())]
    this.stopListening = () => stops.forEach((stop) => stop())
    this.request()
  }

  /** Asks for a pass soon. */
  request(): void {
    this.ask(SETTLE)
  }

  /**
   * Resolves with the first pass that does what is desired now: one that reads what is desired after this call, though it may have looked
   * at the kernel before. @throws what made that pass fail as a whole, or WEFT_NOT_READY when the loop ends
   */
  next(): Promise<PassResult> {
    if (this.closed) return Promise.reject(stopping())
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.ask(AWAITED)
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

  private ask(delay: number): void {
    if (this.closed) return
    if (this.running) this.again = true
    else this.schedule(delay)
  }

  private kernelChanged(touched: Touched): void {
    if (touched === 'anything') {
      this.settled = undefined
      this.upheavals++
    } else if (!this.doubts.add(touched, this.wanted)) return
    this.stir()
  }

  /** Has a pass look at what others did. */
  private stir(): void {
    if (this.closed) return
    if (this.running) {
      this.changed = true
      return
    }
    this.stirred = true
    this.schedule(this.clean ? this.pause() : LONGEST_SETTLE)
  }

  /**
   * Takes note of what a pass at an event found to change. One object after another is no reason to slow down while each is cheap; a look at
   * everything is not, whatever it finds.
   */
  private rest({ plan, filter }: PassResult): void {
    const keys = plan.steps.map(({ object }) => keyOf(object))
    if (keys.length === 0 && filter !== 'changed') this.restless = 0
    else if (this.whole || filter === 'changed' || keys.some((key) => this.redone.has(key))) this.restless++
    for (const key of keys) this.redone.add(key)
    this.stirredAt = this.clock.now()
  }

  /** How long an event waits: the longer, the more often in a row what was programmed has been undone at once. */
  private pause(): number {
    const pause = Math.min(LONGEST_SETTLE, SETTLE * 2 ** this.restless)
    if (this.clock.now() - this.stirredAt <= Math.max(AT_ONCE, 2 * pause)) return pause
    this.restless = 0
    this.redone.clear()
    return SETTLE
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
    const { stirred } = this
    this.again = this.changed = this.clean = this.stirred = false
    this.served = this.waiting.splice(0)
    try {
      const result = await this.pass()
      this.clean = result.failures.length === 0 && result.filter !== 'failed'
      if (stirred) this.rest(result)
      for (const waiter of this.served) waiter.resolve(result)
    } catch (thrown) {
      const error = asWeftError(thrown)
      this.settled = undefined
      if (this.report.state !== 'failing')
        this.log.error('the kernel cannot be programmed', { code: error.code, error: error.message, hint: error.hint })
      this.report = { ...this.report, state: 'failing', failures: [{ code: error.code, message: error.message }] }
      for (const waiter of this.served) waiter.reject(error)
    }
    this.running = false
    if (this.closed) {
      for (const waiter of this.waiting.splice(0)) waiter.reject(stopping())
      return
    }
    if (this.clean) this.retry.reset()
    this.schedule(this.clean ? Math.max(0, this.fullCheck + FULL_CHECK_EVERY - this.clock.now()) : this.retry.next())
    const { changesAt } = this.inputs
    // What has failed may not have come to look at what was due: it would be due for ever.
    if (changesAt !== undefined) this.schedule(Math.max(this.clean ? 0 : LONGEST_SETTLE, changesAt - this.clock.now()))
    if (this.changed) this.stir()
    if (this.waiting.length > 0) this.schedule(AWAITED)
    else if (this.again) this.schedule(SETTLE)
  }

  private async pass(): Promise<PassResult> {
    const began = this.clock.now()
    const due = began - this.fullCheck >= FULL_CHECK_EVERY
    if (due) {
      this.fullCheck = began
      this.filter.distrust()
    }
    const short = due ? undefined : await this.shortPass()
    this.whole = !short
    const result = short ?? (await this.fullPass())
    this.report = reportPass(this.report, result, this.clock.wallTime(), this.clock.now() - began, this.log)
    return result
  }

  /** What is desired, for the pass that runs. Whatever was asked for until now is in it. */
  private desired(): Desired | undefined {
    this.again = false
    this.served.push(...this.waiting.splice(0))
    const desired = this.inputs.desired()
    this.wanted = desired?.objects
    return desired
  }

  private async fullPass(): Promise<PassResult> {
    this.settled = undefined
    // What is touched from here on may have been looked at before, and is looked at once more.
    this.doubts.take()
    const { upheavals } = this
    const observed = await this.kernel.observe(this.wanted)
    this.inputs.seen(observed)
    const desired = this.desired()
    if (!desired) return { desired, plan: NOTHING, failures: [], filter: 'unchanged' }
    const plan = diff(desired, observed)
    const { filter, failures } = await this.programmed(plan)
    // Nothing is known for long of a kernel that is not listened to.
    if (failures.length === 0 && this.upheavals === upheavals && this.stopListening) this.settled = Settled.after(desired, observed, plan)
    return { desired, plan, failures, filter }
  }

  /** Undefined when the kernel has to be looked at first. */
  private async shortPass(): Promise<PassResult | undefined> {
    const { settled } = this
    const seen = settled && (await this.sighting())
    // Looking takes time, in which anything may happen.
    if (!seen || this.settled !== settled) return undefined
    const desired = this.desired()
    const plan = desired && settled.plan(desired, seen)
    if (!plan) return undefined
    const { filter, failures } = await this.programmed(plan)
    if (failures.length === 0) settled.done(desired, plan)
    else this.settled = undefined
    return { desired, plan, failures, filter }
  }

  private async sighting(): Promise<Sighting | undefined> {
    return this.doubts.any ? this.kernel.lookAt(this.doubts.take()) : NOTHING_SEEN
  }

  /**
   * The filter first: no packet may come by a new route before it is checked. But what the gate guards no more it lets go last: as long as
   * the kernel has the address of an exclusive lease that moved, it would answer there beside the new owner. That may have moved while no
   * agent ran. Shortcuts come last: they lead to what is programmed.
   */
  private async programmed(plan: Plan): Promise<{ readonly filter: FilterOutcome; readonly failures: readonly StepFailure[] }> {
    const firewall = this.inputs.firewall()
    this.gated ??= await this.filter.gated()
    // What is guarded must not be let go unseen.
    if (!this.gated) return { filter: 'failed', failures: await this.applied(plan, firewall.gated) }
    const leaving = this.gated.filter((prefix) => !firewall.gated.includes(prefix))
    const guarding = leaving.length === 0 ? firewall : { ...firewall, gated: [...firewall.gated, ...leaving] }
    const before = await this.filter.apply(guarding)
    this.gated = before === 'failed' ? ((await this.filter.gated()) ?? this.gated) : guarding.gated
    const guarded = this.gated
    const unguarded = firewall.gated.filter((lease) => !guarded.some((prefix) => contains(prefix, lease)))
    const failures = await this.applied(plan, unguarded)
    const done = leaving.length === 0 || failures.length > 0
    const after = done ? 'unchanged' : await this.filter.apply(firewall)
    await this.filter.shorten(firewall)
    if (done) return { filter: before, failures }
    this.gated = firewall.gated
    return { filter: before === 'failed' || after === 'unchanged' ? before : after, failures }
  }

  /** @param unguarded exclusive leases that the gate does not stop: the host must not have an address of theirs */
  private async applied(plan: Plan, unguarded: readonly Prefix[]): Promise<readonly StepFailure[]> {
    const [steps, withheld] = withhold(plan.steps, unguarded)
    const failures = steps.length > 0 ? await this.kernel.apply({ ...plan, steps }) : []
    return [...failures, ...withheld]
  }
}

function withhold(all: readonly Step[], unguarded: readonly Prefix[]): readonly [steps: readonly Step[], withheld: readonly StepFailure[]] {
  if (unguarded.length === 0) return [all, []]
  const isWithheld = ({ do: what, object }: Step): boolean =>
    what !== 'delete' && object.kind === 'address' && unguarded.some((lease) => contains(lease, object.address))
  const error = new WeftError('WEFT_FIREWALL', 'an exclusive lease is not served, because its gate cannot be made', {
    hint: 'the packet filter is not as it should be: `weft status` says why',
  })
  return [all.filter((step) => !isWithheld(step)), all.filter(isWithheld).map((step) => ({ step, error }))]
}

interface Waiter {
  resolve(result: PassResult): void
  reject(error: WeftError): void
}

const NOTHING: Plan = { steps: [], obstacles: [] }

function stopping(): WeftError {
  return new WeftError('WEFT_NOT_READY', 'the agent is stopping', { hint: 'ask again once it runs' })
}
