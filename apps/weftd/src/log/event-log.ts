import type { EventView } from '#api'
import type { Clock, Log, LogFields } from '#core'
import { Feed } from './feed.js'

/**
 * The agent's log: each line goes out, and what an operator may want to know later (all but debug lines) is kept in memory for
 * `weft events`. Whoever writes to it writes once per episode, not once per retry.
 */
export class EventLog implements Log {
  /** What `weft events` shows. */
  readonly kept = new Feed<Omit<EventView, 'sequence'>>()

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

  private keep(level: EventView['level'], message: string, fields: LogFields = {}): void {
    this.log[level](message, fields)
    this.kept.add({ time: this.clock.wallTime(), level, message, fields })
  }
}
