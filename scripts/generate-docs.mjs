// Writes what the documentation takes from the code. `--check` writes nothing and fails when a file is not what it should be.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
const { ERROR_CODES } = await built('libs/core/index.js')
const { SETTINGS } = await built('apps/weftd/config/settings.js')
const { AGENT_METRICS } = await built('apps/weftd/metrics/agent-metrics.js')
const { DEFAULT_FILE, variableOf } = await built('apps/weftd/config/sources.js')

const documents = {
  'docs/errors.md': errors(),
  'docs/configuration.md': configuration(),
  'docs/cli.md': commandLine(),
  'docs/metrics.md': metrics(),
}
const stale = Object.entries(documents).filter(([path, text]) => !isCurrent(join(root, path), text))
for (const [path, text] of stale) {
  if (check) continue
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  console.log(`wrote ${relative(process.cwd(), join(root, path))}`)
}
if (check && stale.length > 0) {
  console.error(`stale: ${stale.map(([path]) => path).join(', ')}; run \`npm run generate\` and commit the result`)
  process.exitCode = 1
}

function built(module) {
  return import(`../dist/${module}`).catch(() => {
    console.error('generate-docs: run `npm run build` first')
    process.exit(1)
  })
}

function isCurrent(path, text) {
  try {
    return readFileSync(path, 'utf8') === text
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

function errors() {
  const rows = Object.entries(ERROR_CODES).map(([code, summary]) => `| \`${code}\` | ${summary.replaceAll('|', '\\|')} |`)
  return `# Error codes

Every error that Weft shows or returns has one of these codes. Codes are stable: they are never renamed or reused, so scripts may match
on them. The sentence beside a code may change; the offending field and the next step stand in the error itself.

<!-- Written by scripts/generate-docs.mjs from libs/core/src/error-codes.ts. -->

| code | meaning |
|---|---|
${rows.join('\n')}
`
}

function configuration() {
  const cell = (text) => text.replaceAll('|', '\\|')
  const row = ({ name, value, fallback, repeatable, notBuilt, doc }) => {
    const remarks = [doc, repeatable && 'Repeatable.', notBuilt && '**Not built yet.**'].filter(Boolean).join(' ')
    const flag = value === '' ? `--${name}` : `--${name} ${value}`
    return `| \`${name}\` | \`${cell(flag)}\` | \`${variableOf(name)}\` | ${fallback ? `\`${fallback}\`` : '–'} | ${cell(remarks)} |`
  }
  return `# Configuration of weftd

Each setting is a key of the YAML file (\`${DEFAULT_FILE}\`, or what \`--config FILE\` names), a flag and an environment variable. Flags win,
then variables, then the file. Only \`etcd\` must be set. A wrong value stops the agent with exit code 2 and a message that names the
flag, the variable, or the file and line. What is planned but not built is refused with \`WEFT_NOT_BUILT\`, never ignored.

A change of the file takes effect with \`systemctl reload weftd\` (SIGHUP): the agent begins anew within its process, which loses no packet. A
configuration that is wrong, or with which no agent starts, is told in the log, and the former one holds. \`run-dir\` and variables need a restart.

Repeatable settings are a list in the file, several flags, or one variable with commas. An example of the file with every key:
[deploy/weftd.yaml](../deploy/weftd.yaml).

<!-- Written by scripts/generate-docs.mjs from apps/weftd/src/config/settings.ts. -->

| key | flag | variable | default | meaning |
|---|---|---|---|---|
${SETTINGS.map(row).join('\n')}

Flags that are no settings: \`--config FILE\`, \`--cleanup\` (removes everything of Weft's from this host's kernel, then stops), \`--version\`,
\`--help\`.
`
}

function metrics() {
  const rows = AGENT_METRICS.map(
    ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ') || '–'} | ${help} |`,
  )
  return `# Metrics

With \`metrics-listen: ADDR:PORT\` ([configuration](configuration.md)) the agent serves these at \`http://ADDR:PORT/metrics\`, in Prometheus's
text format. They tell figures and states, change nothing, and are given to whoever reaches the address: choose one that strangers do not
reach. Names and labels are stable. Counters begin at 0 with each start of the agent.

<!-- Written by scripts/generate-docs.mjs from apps/weftd/src/metrics/agent-metrics.ts. -->

| metric | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}

Worth an alert: \`weft_gossip_members{state="dead"} > 0\`, \`weft_gossip_members{state="path-broken"} > 0\`, \`weft_reconcile_failures > 0\`,
\`weft_store_state{state="connected"} == 0\` for some minutes (traffic goes on meanwhile), and \`weft_gossip_dropped_total\` growing by
\`unknown-key\` or \`unauthentic\` (strangers, or a host that missed a change of keys).
`
}

function commandLine() {
  const sections = commandsOf([]).map(
    (command) => `## ${['weft', ...command].join(' ')}\n\n\`\`\`\n${withoutGlobalOptions(help(command)).trim()}\n\`\`\`\n`,
  )
  return `# Command line

\`weft\` asks the agent of this host through its socket; whoever may use the socket has power like root. \`-o json\` prints the answer of the
agent's API as it is, and errors as \`{"error": {"code", "message", "field", "hint"}}\` on standard error: both are stable.

| exit code | meaning |
|---|---|
| 0 | good |
| 1 | the agent refused or failed; the code says why ([errors](errors.md)) |
| 2 | wrong usage; the agent was not asked |
| 3 | no agent answers on the socket |

<!-- Written by scripts/generate-docs.mjs from \`weft --help\`. -->

${sections.join('\n')}`
}

// A command and its subcommands, as its own help lists them.
function commandsOf(path) {
  const listed = help(path).split('\nCommands:\n')[1] ?? ''
  const names = [...listed.matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name).filter((name) => name !== 'help')
  return [path, ...names.flatMap((name) => commandsOf([...path, name]))]
}

// Every command has them; they stand in the first section.
function withoutGlobalOptions(text) {
  return text.replace(/\nGlobal Options:\n(?: .*\n)+/, '')
}

function help(command) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist/apps/weft/main.js'), ...command, '--help'], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  if (status === 0) return stdout
  console.error(`generate-docs: weft ${command.join(' ')} --help failed: ${stderr}`)
  process.exit(1)
}
