import type { Log, LogFields } from '#core'
import type { LogLevel } from '../config/settings.js'
import { formatLine, LEVELS, type LogStyle } from './log-format.js'

/** The agent's log on standard output: text for a terminal and for the journal. */
export function createLog(least: LogLevel, environment: NodeJS.ProcessEnv = process.env): Log {
  const style = styleOf(environment)
  // The agent outlives whoever reads its log: without a listener a broken pipe would end it.
  process.stdout.on('error', () => undefined)
  const writerOf = (level: LogLevel): Log[LogLevel] => {
    if (LEVELS[level].priority > LEVELS[least].priority) return () => undefined
    return (message: string, fields: LogFields = {}) =>
      void process.stdout.write(formatLine(level, new Date().toISOString(), message, fields, style))
  }
  return { debug: writerOf('debug'), info: writerOf('info'), warn: writerOf('warn'), error: writerOf('error') }
}

/** systemd sets JOURNAL_STREAM when output goes to the journal (systemd.exec(5)); NO_COLOR is no-color.org's. */
function styleOf(environment: NodeJS.ProcessEnv): LogStyle {
  if (environment['JOURNAL_STREAM'] !== undefined) return 'journal'
  return process.stdout.isTTY && !environment['NO_COLOR'] ? 'terminal' : 'plain'
}
