import { hostname } from 'node:os'
import { readConfig, RUN_DIR, SETTINGS, type Config, type GivenValues, type Setting } from './settings.js'
import { DEFAULT_FILE, readEnvironment, readFile, variableOf, type CommandLine } from './sources.js'

/** The configuration from file, environment and flags, each stronger than the one before. */
export function loadConfig(commandLine: CommandLine, environment: NodeJS.ProcessEnv): Config {
  return readConfig(given(commandLine, environment), hostname())
}

/** The run directory, for what needs no other setting. */
export function loadRunDir(commandLine: CommandLine, environment: NodeJS.ProcessEnv): string {
  return given(commandLine, environment)['run-dir']?.values.at(-1) ?? RUN_DIR
}

function given(commandLine: CommandLine, environment: NodeJS.ProcessEnv): GivenValues {
  return { ...readFile(commandLine.file), ...readEnvironment(environment), ...commandLine.flags }
}

/** What `weftd --help` prints. */
export function usage(): string {
  const rows = (SETTINGS as readonly Setting[]).map((setting) => {
    const flag = `--${setting.name}${setting.value === '' ? '' : ` ${setting.value}`}`
    const remarks = [
      setting.fallback && `default ${setting.fallback}`,
      setting.repeatable && 'repeatable',
      setting.notBuilt && 'not built yet',
    ].filter(Boolean)
    return `  ${flag.padEnd(34)} ${setting.doc}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`
  })
  return `weftd: the Weft agent of this host

usage: weftd [--config FILE] [flags]

  --config FILE                      YAML file of the settings below (default ${DEFAULT_FILE}, if it is there)
  --cleanup                          Remove everything of Weft's from this host's kernel, then stop
  --version, --help
${rows.join('\n')}

Each setting is a key of the file, a flag, and a variable (--etcd-prefix, etcd-prefix:, ${variableOf('etcd-prefix')}); flags win, then variables.
`
}
