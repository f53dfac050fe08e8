// Runs one compiled test file under mocha, as a child of scripts/test.mjs, and tells it over the IPC channel what happens.
//   node scripts/test-worker.mjs FILE TIMEOUT_MS [GREP]
// The file must let the process end by itself: what keeps it alive (a socket, a timer, a child process) is a leak, and is named.
import Mocha from 'mocha'
import { inspect } from 'node:util'

const [file, timeout, grep] = process.argv.slice(2)
const LEAK_PATIENCE = 3_000

const mocha = new Mocha({ timeout: Number(timeout), ui: 'bdd', reporter: class Silent {}, ...(grep ? { fgrep: grep } : {}) })
const tell = (message) => process.send?.(message)

let current
process.on('message', (message) => {
  if (message === 'what runs?') tell({ kind: 'runs', title: current, resources: process.getActiveResourcesInfo() })
})
process.channel?.unref()

try {
  mocha.addFile(file)
  await mocha.loadFilesAsync()
} catch (thrown) {
  tell({ kind: 'broken', reason: `it cannot be loaded: ${thrown?.stack ?? inspect(thrown)}` })
  process.exit(1)
}

const runner = mocha.run(() => {
  current = undefined
  tell({ kind: 'end', total: mocha.suite.total() })
  setTimeout(() => {
    tell({ kind: 'broken', reason: `the process does not end by itself; open: ${process.getActiveResourcesInfo().join(', ')}` })
    process.exit(1)
  }, LEAK_PATIENCE).unref()
})
runner.on('test', (test) => {
  current = test.fullTitle()
  tell({ kind: 'begin', title: current })
})
runner.on('hook', (hook) => (current = hook.fullTitle()))
runner.on('pass', (test) => tell({ kind: 'pass', title: test.fullTitle(), milliseconds: test.duration }))
runner.on('pending', (test) => tell({ kind: 'fail', title: test.fullTitle(), text: 'the test is skipped, or has no body' }))
runner.on('fail', (test, error) => tell({ kind: 'fail', title: test.fullTitle(), text: describe(error) }))

function describe(error) {
  const text = error?.stack ?? inspect(error)
  if (!error || error.showDiff === false || !('actual' in error) || !('expected' in error)) return text
  const [actual, expected] = [error.actual, error.expected].map((value) =>
    typeof value === 'string' ? value : inspect(value, { depth: 8, sorted: true }),
  )
  return `${text}\n${Mocha.reporters.Base.generateDiff(actual, expected)}`
}
