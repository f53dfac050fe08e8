import type { HostId } from '#core'

/** Which of two datagrams, alike but for this, a peer's kernel answered. */
export interface ChecksumOutcome {
  /** That of an ordinary socket: the kernel leaves its checksum to the network interface where that offers to work it out. */
  readonly ordinary: boolean
  /** The one whose checksum was complete from the start. */
  readonly complete: boolean
}

/** Times in ms. */
export const CHECKSUM_TRIALS = {
  /** After the start: the overlay is there, and whoever looks at a new host's status sees it. */
  first: 10_000,
  /** Between two trials as long as nothing looks wrong. */
  every: 60_000,
  /** Between two while something does: until it is certain, and until it is mended. */
  again: 3_000,
  /**
   * So many trials in a row have to tell the same. Of up to three datagrams of each kind one is answered; where a fifth of all packets get
   * lost in either direction, four trials look like the fault by chance once in 250,000 times.
   */
  enough: 4,
} as const

/**
 * Judges trials of whether checksums that are left to the network interface come out right. Interfaces that cannot do it for packets within VXLAN
 * and say they can are a common fault: echoes (ICMP, complete) come through, and TCP and UDP do not (flannel-io/flannel#1279).
 */
export class ChecksumTrials {
  private inARow = 0

  /** Whom to try next; undefined when it may be anybody. */
  suspect: HostId | undefined

  /** What gets to this host only with a complete checksum is known to go wrong. */
  get found(): HostId | undefined {
    return this.inARow >= CHECKSUM_TRIALS.enough ? this.suspect : undefined
  }

  /** Until the next trial, in ms. */
  get wait(): number {
    return this.suspect === undefined ? CHECKSUM_TRIALS.every : CHECKSUM_TRIALS.again
  }

  /** @param outcome undefined when nothing could be sent */
  take(peer: HostId, outcome: ChecksumOutcome | undefined): void {
    if (outcome?.ordinary) this.clear()
    else if (outcome?.complete) {
      this.inARow = this.suspect === peer ? this.inARow + 1 : 1
      this.suspect = peer
    }
    // Neither was answered: a filter, or a host that is gone. What is known stays; what was only suspected does not.
    else if (this.found === undefined) this.clear()
  }

  private clear(): void {
    this.suspect = undefined
    this.inARow = 0
  }
}
