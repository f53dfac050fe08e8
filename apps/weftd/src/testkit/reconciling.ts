import { expect } from 'chai'
import { seededRandom, WeftError } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import { desired, desiredFirewall, keyOf, type Desired, type Firewall, type KernelObject, type Observed, type Sighting } from '#plan'
import { aCluster, MemoryFirewall, MemoryKernel } from '#plan/testkit'
import { EventLog } from '../log/event-log.js'
import { FilterStage } from '../reconcile/filter-stage.js'
import { Reconciler } from '../reconcile/reconciler.js'

/** Lets everything happen that waits for nothing but promises. */
export const promisesSettle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** How a kernel refuses a step that only root may ask for. */
export const REFUSED = new WeftError('WEFT_NETLINK', 'RTM_NEWROUTE: EPERM', { hint: 'be root' })

/** A memory kernel that can be made to wait before it answers, and counts how many calls run at once. */
class SlowKernel extends MemoryKernel {
  observed = 0
  /** Keys of the single objects that were looked at. */
  readonly lookedAt: string[] = []
  most = 0
  private running = 0
  private gate: Promise<void> | undefined
  private openGate: (() => void) | undefined

  hold(): void {
    this.gate = new Promise((resolve) => (this.openGate = resolve))
  }

  release(): void {
    this.openGate?.()
    this.gate = undefined
  }

  override async lookAt(objects: readonly KernelObject[]): Promise<Sighting | undefined> {
    this.lookedAt.push(...objects.map(keyOf))
    await this.gate
    return super.lookAt(objects)
  }

  override async observe(): Promise<Observed> {
    this.observed++
    this.most = Math.max(this.most, ++this.running)
    await this.gate
    this.running--
    return super.observe()
  }
}
/** A reconciler on its own: its kernel and filter are of memory, what is desired is what the test says. At first that of a host with one peer. */
export class Reconciling {
  readonly kernel = new SlowKernel()
  readonly firewall = new MemoryFirewall()
  readonly clock = new ManualClock()
  readonly events = new EventLog(new RecordingLog(), this.clock)
  wanted: Desired | undefined
  filter: Firewall
  changesAt: number | undefined
  /** What the reconciler has told that it saw. */
  readonly seen: Observed[] = []
  readonly reconciler: Reconciler

  constructor() {
    const cluster = aCluster(2)
    this.wanted = desired(cluster.view, cluster.local(1))
    this.filter = desiredFirewall(cluster.view, cluster.local(1))
    const changesAt = (): number | undefined => this.changesAt
    this.reconciler = new Reconciler(
      this.kernel,
      new FilterStage(this.firewall, new RecordingLog()),
      {
        desired: () => this.wanted,
        firewall: () => this.filter,
        seen: (observed) => void this.seen.push(observed),
        get changesAt() {
          return changesAt()
        },
      },
      this.clock,
      seededRandom(1),
      this.events,
    )
  }

  async close(): Promise<void> {
    this.kernel.release()
    await this.reconciler.close()
    expect(this.clock.pending, 'timers left behind').to.equal(0)
  }

  /** Moves time on and lets what fell due run to its end. */
  async after(ms: number): Promise<void> {
    this.clock.advance(ms)
    await promisesSettle()
  }

  /** Lets the passes run that follow each other at once. */
  async inSync(): Promise<void> {
    for (let pass = 0; pass < 5; pass++) await this.after(20)
  }

  /** Has the pass that begins next wait when it has read what is desired, until what is returned is called. */
  holdFilter(): () => void {
    const apply = this.firewall.apply.bind(this.firewall)
    let go: (() => void) | undefined
    const gone = new Promise<void>((resolve) => (go = resolve))
    this.firewall.apply = (asked) => gone.then(() => apply(asked))
    return () => go?.()
  }

  messages(): string[] {
    return this.events.kept.list().map(({ level, message }) => `${level}: ${message}`)
  }
}
