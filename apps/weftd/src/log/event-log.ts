import type { EventView } from '#api'
import type { Clock, Log, LogFields } from '#core'

/** How many events are kept for `weft events`; older ones are in the journal. */
const KEPT = 1_000

/** What an operator may want to know later: logged, and kept in memory for `weft events`. One event per episode, not per retry. */
export class EventLog {
  private readonly kept: EventView[] = []
  private sequence = 0

  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
  ) {}

  record(level: EventView['level'], message: string, fields: LogFields = {}): void {
    this.log[level](message, fields)
    this.kept.push({ sequence: ++this.sequence, time: this.clock.wallTime(), level, message, fields })
    if (this.kept.length > KEPT) this.kept.shift()
  }

  /** The kept events, oldest first. */
  list(): readonly EventView[] {
    return this.kept
  }
}
