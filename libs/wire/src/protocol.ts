/** Wire protocols that this version speaks. */
export interface ProtocolRange {
  readonly oldest: number
  readonly newest: number
}

export const PROTOCOLS: ProtocolRange = { oldest: 1, newest: 2 }

/** Since this one, frames about failover are understood; they are sent in it, and to nobody who does not speak it. */
export const FAILOVER_PROTOCOL = 2

/**
 * The protocol to speak: the newest that every live member understands, so that an agent of the version before stays a member while a
 * cluster is upgraded host by host. Members that share no protocol with this agent have no say: they cannot be spoken to anyway.
 */
export function agreedProtocol(own: ProtocolRange, members: Iterable<ProtocolRange>): number {
  let agreed = own.newest
  for (const { oldest, newest } of members) {
    if (newest >= own.oldest && oldest <= own.newest) agreed = Math.min(agreed, newest)
  }
  return Math.max(own.oldest, agreed)
}
