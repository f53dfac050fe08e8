/** Why something that arrived was not taken; the names of the counters. */
export const DROP_REASONS = [
  /** Shorter than its own lengths say. */
  'truncated',
  /** Larger than anything that a peer sends. */
  'oversized',
  /** Not a frame of Weft. */
  'foreign',
  /** A protocol that this agent does not speak. */
  'protocol',
  /** Of another cluster. */
  'cluster',
  /** A datagram where a stream was expected, or the other way round. */
  'direction',
  /** Not sealed, where that is required. */
  'plain',
  /** Sealed with a key that the key ring does not hold. */
  'unknown-key',
  /** Its seal does not fit: forged or damaged. */
  'unauthentic',
  /** Came before, or belongs to an earlier start of its sender. */
  'replayed',
  /** Meant for another host. */
  'misdirected',
  /** Its contents name another sender than its frame. */
  'forged-sender',
  /** Not a message of the wire format. */
  'malformed',
  /** A field is longer or larger than it may be. */
  'field',
] as const

export type DropReason = (typeof DROP_REASONS)[number]

/** Thrown inside this library only, by whatever finds a reason to drop a frame. */
export class Drop extends Error {
  constructor(readonly reason: DropReason) {
    super(reason)
    this.name = 'Drop'
  }
}
