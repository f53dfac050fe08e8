import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'

/** How often the loop is looked at, in ms: each look wakes an otherwise idle process. Shorter delays do no harm. */
const RESOLUTION = 100
const NANOSECONDS = 1e6

/** Measures how late this process gets to run: an agent that is starved of CPU must not blame others for it. */
export class EventLoopDelay {
  private readonly histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION })

  constructor() {
    this.histogram.enable()
  }

  /** The longest delay since the last call, in ms. */
  takeLongest(): number {
    const { max, count } = this.histogram
    this.histogram.reset()
    return count === 0 ? 0 : Math.max(0, max / NANOSECONDS - RESOLUTION)
  }

  stop(): void {
    this.histogram.disable()
  }
}
