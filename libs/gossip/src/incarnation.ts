/** Incarnations travel as 32 bits without a sign: seconds since 1970 fit until 2106. */
export const LARGEST_INCARNATION = 0xffff_ffff

/**
 * The incarnation that an agent starts with: larger than any it had before, so that peers take a restarted agent for alive at once,
 * without a round of refutation. The seconds of the wall clock stand in where the last incarnation was not kept; a clock that was set
 * back does no harm as long as it was.
 * @param startSeconds wall time of the agent's start, in seconds since 1970
 * @param persisted the last incarnation of the agent before, if the state directory still has it
 */
export function firstIncarnation(startSeconds: number, persisted: number | undefined): number {
  const from = Math.max(Math.floor(startSeconds), (persisted ?? 0) + 1, 1)
  return Math.min(from, LARGEST_INCARNATION)
}
