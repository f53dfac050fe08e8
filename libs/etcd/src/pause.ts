import type { Clock } from '#core'

/** A wait that can be cut short, without a timer left behind; cut short before it begins, it does not begin. */
export class Pause {
  private cut = false
  private resume: (() => void) | undefined

  constructor(private readonly clock: Clock) {}

  /** Resolves after `ms`, or at once when {@link end} is called meanwhile or was called since the wait before. */
  async wait(ms: number): Promise<void> {
    if (!this.cut) {
      await new Promise<void>((resolve) => {
        const timer = this.clock.after(ms, resolve)
        this.resume = () => {
          timer.cancel()
          resolve()
        }
      })
    }
    this.cut = false
    this.resume = undefined
  }

  end(): void {
    this.cut = true
    this.resume?.()
  }
}
