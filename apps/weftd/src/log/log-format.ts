/** How log lines are written: for a person at a terminal, or for the journal, which adds its own time and reads `<N>` as priority. */
export type LogStyle = 'terminal' | 'journal' | 'plain'

interface Line {
  readonly level: number
  readonly time: string
  readonly msg: string
  readonly [field: string]: unknown
}

/** pino's level numbers: name, syslog priority (sd-daemon(3)), colour (ECMA-48 SGR). */
const LEVELS: Record<number, readonly [name: string, priority: number, colour: number]> = {
  20: ['debug', 7, 90],
  30: ['info ', 6, 36],
  40: ['warn ', 4, 33],
  50: ['error', 3, 31],
  60: ['fatal', 2, 31],
}

const OWN = new Set(['level', 'time', 'msg'])

/** One JSON line of pino as a line for people: time, level, sentence, then `key=value` in the order in which they were given. */
export function formatLine(json: string, style: LogStyle): string {
  const line = JSON.parse(json) as Line
  const [name, priority, colour] = LEVELS[line.level] ?? ['?????', 6, 0]
  const fields = Object.entries(line).filter(([key, value]) => !OWN.has(key) && value !== undefined)
  const text = fields.map(([key, value]) => `${key}=${formatValue(value)}`)
  if (style === 'journal') return `<${priority}>${[line.msg, ...text].join(' ')}\n`
  if (style === 'plain') return `${line.time} ${name} ${[line.msg, ...text].join(' ')}\n`
  const dim = (part: string): string => `\u001b[2m${part}\u001b[0m`
  return `${dim(line.time.slice(11, 23))} \u001b[${colour}m${name}\u001b[0m ${[line.msg, ...text.map(dim)].join(' ')}\n`
}

function formatValue(value: unknown): string {
  if (value instanceof Error) return formatValue(value.message)
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  if (/^[^\s"=\p{Cc}]+$/u.test(text)) return text
  // Texts come from etcd and the kernel too: none may steer the terminal of whoever reads the log. JSON leaves DEL and C1 codes as they
  // are.
  return JSON.stringify(text).replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
