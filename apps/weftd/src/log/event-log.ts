import type { EventView } from '#api'
import type { Clock, Log, LogFields } from '#core'

/** How many events are kept for `weft events`; older ones are in the journal. */
const KEPT = 1_000

/**
 * The agent's log: each line goes out, and what an operator may want to know later (all but debug lines) is kept in memory for
 * `weft events`. Whoever writes to it writes once per episode, not once per retry.
 */
export class EventLog implements Log {
  private readonly kept: EventView[] = []
  private sequence = 0

  constructor(
    private readonly log: Log,
    private readonly clock: Clock,
  ) {}

  debug(message: string, fields?: LogFields): void {
    this.log.debug(message, fields)
  }

  info(message: string, fields?: LogFields): void {
    this.keep('info', message, fields)
  }

  warn(message: string, fields?: LogFields): void {
    this.keep('warn', message, fields)
  }

  error(message: string, fields?: LogFields): void {
    this.keep('error', message, fields)
  }

  /** The kept events, oldest first. */
  list(): readonly EventView[] {
    return this.kept
  }

  private keep(level: EventView['level'], message: string, fields: LogFields = {}): void {
    this.log[level](message, fields)
    this.kept.push({ sequence: ++this.sequence, time: this.clock.wallTime(), level, message, fields })
    if (this.kept.length > KEPT) this.kept.shift()
  }
}
