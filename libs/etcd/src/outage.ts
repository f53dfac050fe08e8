import type { Clock, Log, Monotonic, Timer } from '#core'
import type { StoreHealth } from '#lease'

/** ms; shorter interruptions (an election, one member's restart) are not worth a line in the log. */
const PATIENCE = 2000

/** Keeps account of outages: one line in the log when one begins and one when it ends, however often was tried in between. */
export class Outage {
  private started = false
  private since: { readonly at: Monotonic; readonly wall: string } | undefined
  private latest: string | undefined
  private reported = false
  private timer: Timer | undefined

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  get state(): StoreHealth['state'] {
    if (this.started && !this.since) return 'connected'
    return this.started ? 'outage' : 'starting'
  }

  /** What keeps the store away at present. */
  get reason(): string | undefined {
    return this.latest
  }

  begin(reason: string): void {
    this.latest = reason
    if (this.since) return
    this.since = { at: this.clock.now(), wall: this.clock.wallTime() }
    this.timer = this.clock.after(PATIENCE, () => {
      this.reported = true
      this.log.warn('etcd is out of reach; everything goes on with what is known', { reason: this.latest })
    })
  }

  end(): void {
    this.timer?.cancel()
    if (this.since && this.reported) this.log.info('etcd is back', { after: Math.round(this.clock.now() - this.since.at) })
    this.started = true
    this.since = undefined
    this.latest = undefined
    this.reported = false
  }

  report(): StoreHealth['outage'] {
    if (!this.since) return undefined
    return { since: this.since.wall, duration: this.clock.now() - this.since.at, reason: this.latest ?? '' }
  }

  stop(): void {
    this.timer?.cancel()
  }
}
