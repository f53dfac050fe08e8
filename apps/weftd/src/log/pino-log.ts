import { pino } from 'pino'
import type { Log, LogFields } from '#core'
import type { LogLevel } from '../config/settings.js'
import { formatLine, type LogStyle } from './log-format.js'

/** The agent's log on standard output: text for a terminal and for the journal. */
export function createLog(level: LogLevel, environment: NodeJS.ProcessEnv = process.env): Log {
  const style = styleOf(environment)
  // The agent outlives whoever reads its log: without a listener a broken pipe would end it.
  process.stdout.on('error', () => undefined)
  const write = (line: string): void => void process.stdout.write(formatLine(line, style))
  const logger = pino({ level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"` }, { write })
  return {
    debug: (message: string, fields: LogFields = {}) => logger.debug(fields, message),
    info: (message: string, fields: LogFields = {}) => logger.info(fields, message),
    warn: (message: string, fields: LogFields = {}) => logger.warn(fields, message),
    error: (message: string, fields: LogFields = {}) => logger.error(fields, message),
  }
}

/** systemd sets JOURNAL_STREAM when output goes to the journal (systemd.exec(5)); NO_COLOR is no-color.org's. */
function styleOf(environment: NodeJS.ProcessEnv): LogStyle {
  if (environment['JOURNAL_STREAM'] !== undefined) return 'journal'
  return process.stdout.isTTY && !environment['NO_COLOR'] ? 'terminal' : 'plain'
}
