import type { LogFields } from '#core'
import type { LogLevel } from '../config/settings.js'

/** How log lines are written: for a person at a terminal, or for the journal, which adds its own time and reads `<N>` as priority. */
export type LogStyle = 'terminal' | 'journal' | 'plain'

/** Name in five letters, syslog priority (sd-daemon(3)), colour (ECMA-48 SGR). */
export const LEVELS: Readonly<Record<LogLevel, { readonly name: string; readonly priority: number; readonly colour: number }>> = {
  debug: { name: 'debug', priority: 7, colour: 90 },
  info: { name: 'info ', priority: 6, colour: 36 },
  warn: { name: 'warn ', priority: 4, colour: 33 },
  error: { name: 'error', priority: 3, colour: 31 },
}

/** A line for people: time (ISO 8601), level, sentence, then `key=value` in the order in which they were given. */
export function formatLine(level: LogLevel, time: string, message: string, fields: LogFields, style: LogStyle): string {
  const { name, priority, colour } = LEVELS[level]
  const text: string[] = []
  for (const [key, value] of Object.entries(fields)) if (value !== undefined) text.push(`${key}=${formatValue(value)}`)
  if (style === 'journal') return `<${priority}>${[message, ...text].join(' ')}\n`
  if (style === 'plain') return `${time} ${name} ${[message, ...text].join(' ')}\n`
  const dim = (part: string): string => `\u001b[2m${part}\u001b[0m`
  return `${dim(time.slice(11, 23))} \u001b[${colour}m${name}\u001b[0m ${[message, ...text.map(dim)].join(' ')}\n`
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return formatValue(value.message)
  const text = typeof value === 'string' ? value : jsonOf(value)
  if (/^[^\s"=\p{Cc}]+$/u.test(text)) return text
  // Texts come from etcd and the kernel too: none may steer the terminal of whoever reads the log. JSON leaves DEL and C1 codes as they
  // are.
  return JSON.stringify(text).replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** A value that cannot be told must not keep the sentence from being told. */
function jsonOf(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  try {
    return JSON.stringify(value)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
