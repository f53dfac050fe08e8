import type { EchoPath } from '../event.js'

/** Echoes of one kind in a bout. */
export interface PathSlot {
  readonly way: EchoPath
  /** Bytes of the IP packet; {@link FULL_SIZE} in a wish. */
  readonly size: number
  /** How many are wanted, or were sent. */
  readonly count: number
}

/** As large as the sender's own device takes. */
export const FULL_SIZE = 0

/** Slots of one side of a bout, and echoes in all of them together. */
export const SLOT_LIMIT = 32
export const PROBE_LIMIT = 64

/**
 * The four steps of a bout, in which two hosts send each other echoes and count what comes. Its opener asks, and asks again when there is
 * no answer.
 */
export interface PathMessage {
  readonly kind: 'path'
  /**
   * `open`: "I listen; send me these, and listen." `opened`: "I have sent them, and listen." `close`: "I have sent these, and so many of
   * yours came." `closed`: the same from the other side.
   */
  readonly step: 'open' | 'opened' | 'close' | 'closed'
  /** Drawn by the opener, 32 bits. */
  readonly bout: number
  readonly slots: readonly PathSlot[]
  /** How many came, by slot of the other side. */
  readonly got: readonly number[]
}
