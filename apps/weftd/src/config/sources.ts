import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml'
import { WeftError } from '#core'
import { SETTINGS, type GivenValue, type GivenValues, type Setting, type SettingName } from './settings.js'

export const DEFAULT_FILE = '/etc/weft/weftd.yaml'

const FILE_LIMIT = 1024 * 1024

export interface CommandLine {
  readonly file: string | undefined
  readonly help: boolean
  readonly version: boolean
  readonly cleanup: boolean
  readonly flags: GivenValues
}

/** @throws WeftError WEFT_USAGE naming the flag */
export function readCommandLine(args: readonly string[]): CommandLine {
  const options: Record<string, { type: 'string' | 'boolean'; multiple?: boolean }> = {
    config: { type: 'string' },
    help: { type: 'boolean' },
    version: { type: 'boolean' },
    cleanup: { type: 'boolean' },
  }
  for (const setting of SETTINGS as readonly Setting[])
    options[setting.name] = setting.value === '' ? { type: 'boolean' } : { type: 'string', multiple: true }
  let values: Record<string, unknown>
  try {
    values = parseArgs({ args: [...args], options, allowPositionals: false, strict: true }).values
  } catch (thrown) {
    const [message = 'wrong command line'] = (thrown as Error).message.split('. ')
    const unknown = /^Unknown option '--([^']+)'/.exec(message)?.[1]
    const near = unknown === undefined ? undefined : nearest(unknown)
    throw new WeftError('WEFT_USAGE', message, {
      ...(unknown === undefined ? {} : { field: `--${unknown}` }),
      hint: near ? `did you mean --${near}?` : '`weftd --help` lists the flags',
      cause: thrown,
    })
  }
  const flags: GivenValues = {}
  for (const { name } of SETTINGS) {
    const value = values[name]
    if (value === undefined || value === false) continue
    flags[name] = { values: Array.isArray(value) ? value.map(String) : ['true'], source: `--${name}` }
  }
  return {
    file: values['config'] as string | undefined,
    help: values['help'] === true,
    version: values['version'] === true,
    cleanup: values['cleanup'] === true,
    flags,
  }
}

/**
 * `WEFT_ETCD` and so on; several values are divided by commas where the setting is repeatable. Unknown WEFT_ variables are no error: the
 * CLI has its own.
 */
export function readEnvironment(environment: NodeJS.ProcessEnv): GivenValues {
  const given: GivenValues = {}
  for (const setting of SETTINGS as readonly Setting[]) {
    const variable = variableOf(setting.name)
    const value = environment[variable]
    if (value === undefined || value === '') continue
    given[setting.name as SettingName] = {
      values: setting.repeatable ? value.split(',').map((part) => part.trim()) : [value],
      source: variable,
    }
  }
  return given
}

export function variableOf(name: string): string {
  return `WEFT_${name.toUpperCase().replaceAll('-', '_')}`
}

/**
 * Reads a YAML file of settings. A missing default file is no error; a missing file that was asked for is.
 * @throws WeftError WEFT_CONFIG_FILE, WEFT_CONFIG_YAML, WEFT_CONFIG_UNKNOWN_KEY or WEFT_CONFIG_VALUE with `file:line`
 */
export function readFile(path: string | undefined): GivenValues {
  const file = path ?? DEFAULT_FILE
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    if (path === undefined && (thrown as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new WeftError('WEFT_CONFIG_FILE', `cannot read ${file}: ${(thrown as Error).message}`, { field: 'config', cause: thrown })
  }
  if (text.length > FILE_LIMIT) throw new WeftError('WEFT_CONFIG_FILE', `${file} is larger than ${FILE_LIMIT} bytes`, { field: 'config' })
  return parseYaml(file, text)
}

/** The text of a configuration file as given values, each with its line. */
export function parseYaml(file: string, text: string): GivenValues {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const at = (offset: number | undefined): string => `${file}:${lines.linePos(offset ?? 0).line}`
  const [broken] = document.errors
  if (broken)
    throw new WeftError('WEFT_CONFIG_YAML', `${at(broken.pos[0])}: ${broken.message}`, {
      field: 'config',
      hint: 'mend the YAML; a key and its value are written `key: value`',
    })
  const given: GivenValues = {}
  if (document.contents === null) return given
  const pairs =
    'items' in document.contents && !isSeq(document.contents) ? (document.contents.items as { key: Node; value: Node | null }[]) : undefined
  if (!pairs)
    throw new WeftError('WEFT_CONFIG_YAML', `${at(document.contents.range?.[0])}: a list of \`key: value\` lines is expected`, {
      field: 'config',
    })
  for (const { key, value } of pairs) {
    const name = String(isScalar(key) ? key.value : key)
    const setting = (SETTINGS as readonly Setting[]).find((known) => known.name === name)
    const line = at(key.range?.[0])
    if (!setting) {
      const near = nearest(name)
      throw new WeftError('WEFT_CONFIG_UNKNOWN_KEY', `${line}: unknown key '${name}'`, {
        field: name,
        hint: near ? `did you mean '${near}'?` : '`weftd --help` lists the keys',
      })
    }
    const read = valueOf(value, setting, line)
    if (read) given[setting.name as SettingName] = read
  }
  return given
}

function valueOf(value: Node | null, setting: Setting, source: string): GivenValue | undefined {
  const items = isSeq(value) ? (value.items as Node[]) : [value]
  const wrong = (what: string): WeftError =>
    new WeftError('WEFT_CONFIG_VALUE', `${source}: ${setting.name}: ${what}`, { field: setting.name })
  if (isSeq(value) && !setting.repeatable) throw wrong('takes one value, not a list')
  const values = items.map((item) => {
    if (!isScalar(item) || item.value === null || typeof item.value === 'object') throw wrong('a text is expected')
    // As it is written: YAML reads 1.10 as the number 1.1.
    return typeof item.value === 'string' ? item.value : (item.source ?? '')
  })
  if (setting.value === '' && values[0] === 'false') return undefined
  return { values, source }
}

/** The known key that differs least, when it differs by little. */
function nearest(name: string): string | undefined {
  const ranked = SETTINGS.map((setting) => ({ name: setting.name, distance: editDistance(name, setting.name) })).sort(
    (a, b) => a.distance - b.distance,
  )
  return ranked[0] && ranked[0].distance <= 3 ? ranked[0].name : undefined
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let line = 1; line <= a.length; line++) {
    const next = [line]
    for (let column = 1; column <= b.length; column++) {
      const change = (row[column - 1] ?? 0) + (a[line - 1] === b[column - 1] ? 0 : 1)
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
