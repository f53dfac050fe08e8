/** After this many samples of one path old ones count half, so that the estimate follows the path. */
const WINDOW = 64

/**
 * Share of what was sent on a path and never answered, from its recent past. Starts at 1 in 5 and is believed to be good only after
 * some samples, so that a path of unknown quality is not judged too fast.
 */
export class LossEstimate {
  private lost = 0
  private all = 0

  /** @param window after this many samples the old ones count half */
  constructor(private readonly window = WINDOW) {}

  add(lost: number, arrived: number): void {
    this.lost += lost
    this.all += lost + arrived
    if (this.all > this.window) {
      this.lost /= 2
      this.all /= 2
    }
  }

  /** As it was counted, without a guess; a share of 0 where nothing was. */
  get measured(): { readonly lost: number; readonly samples: number; readonly share: number } {
    return { lost: this.lost, samples: this.all, share: this.all === 0 ? 0 : this.lost / this.all }
  }

  /** In (0, 1). */
  get share(): number {
    return (this.lost + 1) / (this.all + 5)
  }
}

/**
 * How many in a row must be missing before chance alone is less likely than `risk` (PROTOCOL.md B, W: ln risk / ln p).
 * @param share probability that a single one goes missing, in (0, 1)
 */
export function missesBeyondChance(share: number, risk: number): number {
  return Math.ceil(Math.log(risk) / Math.log(Math.min(0.9, Math.max(0.01, share))))
}
