// The test runner. `npm test`: unit tests and the smoke scenarios; its last line is `N passed, N failed`.
//   node scripts/test.mjs [--unit | --smoke | --e2e] [--skip-smoke] [--grep TEXT] [--long]
//     --unit         only the unit tests     --smoke   only the smoke scenarios     --e2e   all scenarios
//     --skip-smoke   with --e2e: but for the scenarios that `npm test` runs
//     --grep         only tests whose title, or files whose name, contain TEXT
//     --long         also the tests that take minutes (they see WEFT_LONG=1)
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isAlone, isSmoke, mayBeEmpty, mayRunAgain, scenarios, SMOKE, unitTests } from './test-files.mjs'
import { runFile as runAlone, stopAll } from './test-run.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const colour = process.stdout.isTTY && !process.env.NO_COLOR
const tick = colour ? '\x1b[32m✓\x1b[0m' : '✓'
const cross = colour ? '\x1b[31m✗\x1b[0m' : '✗'
const minutes = (count) => count * 60_000

const options = readOptions()
becomeRoot()

// Nothing may hang: a test, a file and the whole run each have a deadline.
const UNIT = { timeout: options.long ? minutes(5) : 60_000, deadline: options.long ? minutes(20) : minutes(5) }
const SCENARIO = { timeout: options.long ? minutes(20) : minutes(3), deadline: options.long ? minutes(40) : minutes(6) }
const WHOLE_RUN = options.long ? minutes(240) : minutes(30)

const env = options.long ? { WEFT_LONG: '1' } : {}
const totals = { passed: 0, failed: 0 }
const flaky = []
const failed = []
let abandoned = false

const overdue = setTimeout(() => void abandon(`the run is not done after ${WHOLE_RUN / 60_000} minutes`, 'SIGTERM', 1), WHOLE_RUN)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void abandon(signal, signal, 130))

if (options.unit) await runUnitTests()
if (options.smoke || options.e2e) await runScenarios()
await removeLeftovers()
clearTimeout(overdue)

if (totals.passed + totals.failed === 0) {
  console.log(options.grep ? `nothing matches '${options.grep}'` : 'there are no tests')
  totals.failed++
}
for (const { source, failures } of failed) {
  for (const { title, text } of failures) console.log(`\nFAILED ${source}\n  ${title}\n${brief(text)}`)
}
for (const { source, titles } of flaky) console.log(`\nFLAKY ${source}: failed once, then passed: ${titles.join('; ')}`)
console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
process.exitCode = totals.failed === 0 ? 0 : 1

async function runFile(test, run) {
  const result = await runAlone(test, run)
  // Stopped tests fail in all sorts of ways: nothing of that is told, and nothing more is begun. abandon() ends the process.
  if (abandoned) await new Promise(() => {})
  return result
}

async function runUnitTests() {
  const tests = unitTests(root)
  console.log(`unit tests: ${tests.length} files`)
  const run = (test) => runFile(test, { ...UNIT, env, grep: grepFor(test), mayBeEmpty: !options.long && mayBeEmpty(root, test) })
  const tell = (result, done) =>
    `${mark(result)} ${result.source}  ${result.passed.length} passed${failedText(result)}  ${seconds(result)}  (${done}/${tests.length})`
  await runSeveral(tests, { workers: Math.min(4, availableParallelism()), run, tell, mayRunAgain: (test) => mayRunAgain(root, test) })
}

// Two at once, for most of their time is waiting; a measurement of lost packets or of delays has the machine for itself.
async function runScenarios() {
  const tests = scenarios(root).filter((test) => (options.e2e && !options['skip-smoke']) || options.e2e !== isSmoke(root, test))
  console.log(`${options.e2e ? 'scenarios' : 'smoke scenarios'}: ${tests.length} files`)
  const run = (test) =>
    runFile(test, {
      ...SCENARIO,
      env,
      grep: options.e2e || options.grep ? grepFor(test) : SMOKE,
      mayBeEmpty: !options.long && mayBeEmpty(root, test),
      onResult: ({ kind, title, milliseconds }) => {
        if (abandoned) return
        console.log(kind === 'pass' ? `  ${tick} ${title}  ${(milliseconds / 1000).toFixed(1)} s` : `  ${cross} ${title}`)
      },
    })
  const tell = (result) => `${mark(result)} ${result.source}  ${seconds(result)}`
  const alone = options.long ? tests : tests.filter((test) => isAlone(root, test))
  const others = tests.filter((test) => !alone.includes(test))
  await runSeveral(others, { workers: Math.min(2, availableParallelism()), run, tell, mayRunAgain: () => true })
  await runSeveral(alone, { workers: 1, run, tell, mayRunAgain: () => true })
}

// So many files at once; of those that fail, the ones that may run again do so at the end, one after the other.
async function runSeveral(tests, { workers, run, tell, mayRunAgain }) {
  const waiting = [...tests]
  const again = []
  let done = 0
  const worker = async () => {
    for (let test = waiting.shift(); test; test = waiting.shift()) {
      const result = await run(test)
      done++
      if (result.passed.length + result.failures.length === 0) continue
      if (result.failures.length > 0 && mayRunAgain(test)) again.push({ test, first: result })
      else count(result)
      console.log(tell(result, done))
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  for (const { test, first } of again) {
    console.log(`${indent(first.output)}${cross} ${test.source} failed; once more …`)
    for (const { title, text } of first.failures) console.log(`  ${title}\n${brief(text)}`)
    const second = await run(test)
    if (second.failures.length === 0) flaky.push({ source: test.source, titles: first.failures.map((failure) => failure.title) })
    count(second)
    console.log(tell(second, done))
  }
}

function count(result) {
  totals.passed += result.passed.length
  totals.failed += result.failures.length
  if (result.failures.length === 0) return
  failed.push(result)
  if (result.output.trim() !== '') console.log(indent(result.output))
}

// A file whose name matches runs whole; in the others mocha chooses by title.
function grepFor(test) {
  return options.grep && !test.source.includes(options.grep) ? options.grep : undefined
}

async function abandon(reason, signal, code) {
  if (abandoned) return
  abandoned = true
  console.log(`\n${reason}: stopping what runs`)
  for (const each of await stopAll(signal)) console.log(`  ran: ${each}`)
  await removeLeftovers()
  console.log(`\n${totals.passed} passed, ${totals.failed + 1} failed`)
  process.exit(code)
}

// Labs of processes that were killed.
async function removeLeftovers() {
  const teardown = join(root, 'dist/e2e/lab/teardown.js')
  if (!existsSync(teardown)) return
  const { removeAbandonedLabs } = await import(teardown)
  const removed = await removeAbandonedLabs()
  if (removed.length > 0) console.log(`removed the labs that killed tests had left: ${removed.join(', ')}`)
}

function readOptions() {
  let values
  try {
    const flag = { type: 'boolean', default: false }
    values = parseArgs({ options: { unit: flag, smoke: flag, e2e: flag, long: flag, 'skip-smoke': flag, grep: { type: 'string' } } }).values
  } catch (error) {
    console.error(`test: ${error.message}`)
    process.exit(2)
  }
  const all = !values.unit && !values.smoke && !values.e2e
  return { ...values, unit: values.unit || all, smoke: values.smoke || all }
}

// Most tests make network namespaces.
function becomeRoot() {
  if (process.getuid() === 0) return
  const again = spawnSync('sudo', ['-E', 'env', `PATH=${process.env.PATH}`, process.execPath, ...process.argv.slice(1)], {
    stdio: 'inherit',
  })
  if (again.error) console.error('test: network namespaces can only be made by root: run it as root, or install sudo')
  process.exit(again.status ?? 1)
}

function mark(result) {
  return result.failures.length === 0 ? tick : cross
}

function failedText(result) {
  return result.failures.length === 0 ? '' : `, ${result.failures.length} failed`
}

function seconds(result) {
  return `${(result.milliseconds / 1000).toFixed(1)} s`
}

// The beginning says what went wrong; the whole is in the evidence of a scenario.
function brief(text) {
  const lines = text.split('\n')
  const shown = lines.slice(0, 40).map((line) => (line.length > 400 ? `${line.slice(0, 400)} …` : line))
  return indent([...shown, ...(lines.length > shown.length ? [`… ${lines.length - shown.length} more lines`] : [])].join('\n'))
}

function indent(text) {
  return text.replace(/^(?=.)/gm, '    ')
}
