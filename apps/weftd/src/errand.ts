import { Backoff, type BackoffOptions, type Clock, type Random, type Timer } from '#core'

/**
 * Work that follows from a state, not from an event: asked for whenever something has changed, done once at a time, once more when it was
 * asked for meanwhile, and again after growing pauses while it fails.
 */
export class Errand {
  /** Settles when the work that is under way is over. */
  private current: Promise<void> | undefined
  private again = false
  private over = false
  private timer: Timer | undefined
  private readonly retry: Backoff

  /**
   * @param work resolves with true when it is done, with false when it is to be tried again; tells its failures itself and never rejects
   */
  constructor(
    private readonly work: () => Promise<boolean>,
    private readonly clock: Clock,
    random: Random,
    pauses: BackoffOptions,
  ) {
    this.retry = new Backoff(pauses, random)
  }

  /** True after {@link close}: work that takes long looks now and then. */
  get closed(): boolean {
    return this.over
  }

  request(): void {
    if (this.over) return
    this.again = true
    this.current ??= this.run()
  }

  /** Begins nothing afterwards; resolves when what is under way is over. */
  async close(): Promise<void> {
    this.over = true
    this.timer?.cancel()
    await this.current
  }

  private async run(): Promise<void> {
    this.timer?.cancel()
    let done = true
    while (this.again && !this.over) {
      this.again = false
      done = await this.work()
    }
    if (done) this.retry.reset()
    else if (!this.over) this.timer = this.clock.after(this.retry.next(), () => this.request())
    // At once, not in a later turn: what is asked for from now on begins anew.
    this.current = undefined
  }
}
