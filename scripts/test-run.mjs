// Runs one test file in a process of its own and sums up what happened: a crash, a hang, a file without tests are failures like others.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const WORKER = fileURLToPath(new URL('test-worker.mjs', import.meta.url))
const OUTPUT_LIMIT = 256 * 1024
// What a worker may take to clean up once it is told to end (a lab is removed in well under a second).
const CLEAN_UP_PATIENCE = 30_000

/** Files that run now. */
const running = new Set()

/**
 * @param {{ source: string, compiled: string }} test
 * @param {{ deadline: number, timeout: number, grep?: string, mayBeEmpty?: boolean, env?: object, onResult?: (result: object) => void }} options
 * @returns {Promise<{ source: string, passed: string[], failures: { title: string, text: string }[], output: string, milliseconds: number }>}
 */
export function runFile(test, options) {
  const passed = []
  const failures = []
  const began = performance.now()
  const result = (output) => ({ source: test.source, passed, failures, output, milliseconds: performance.now() - began })
  if (!existsSync(test.compiled)) {
    failures.push({ title: test.source, text: 'it is not compiled: `npm run build`' })
    return Promise.resolve(result(''))
  }
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--enable-source-maps', WORKER, test.compiled, String(options.timeout), options.grep ?? ''], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...options.env },
    })
    const entry = { source: test.source, child, current: '' }
    running.add(entry)
    let output = ''
    let end
    let late = false
    let grace
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text) => (output = (output + text).slice(-OUTPUT_LIMIT)))
    }
    const timer = setTimeout(() => {
      late = true
      if (child.connected) child.send('what runs?', () => {})
      child.kill('SIGTERM')
      grace = setTimeout(() => child.kill('SIGKILL'), CLEAN_UP_PATIENCE)
    }, options.deadline)
    child.on('message', (message) => {
      if (message.kind === 'begin') entry.current = message.title
      if (message.kind === 'pass') passed.push(message.title)
      if (message.kind === 'fail') failures.push({ title: message.title, text: message.text })
      if (message.kind === 'broken') failures.push({ title: test.source, text: message.reason })
      if (message.kind === 'runs') entry.resources = message.resources
      if (message.kind === 'end') {
        end = message
        entry.current = ''
      }
      if (message.kind === 'pass' || message.kind === 'fail') options.onResult?.(message)
    })
    child.on('error', (error) => failures.push({ title: test.source, text: `its process cannot be started: ${error.message}` }))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      clearTimeout(grace)
      running.delete(entry)
      const where = entry.current ? ` in: ${entry.current}` : ''
      if (late) {
        const open = entry.resources ? `; open: ${entry.resources.join(', ')}` : ''
        failures.push({ title: test.source, text: `it did not end within ${options.deadline / 1000} s${where}${open}` })
      } else if (!end && failures.length === 0) {
        failures.push({ title: test.source, text: `its process ended (${signal ?? `exit code ${code}`}) before its tests did${where}` })
      } else if (end && code !== 0 && failures.length === 0) {
        failures.push({ title: test.source, text: `its process ended with ${signal ?? `exit code ${code}`} after its tests` })
      } else if (end && end.total === 0 && !options.grep && !options.mayBeEmpty)
        failures.push({ title: test.source, text: 'it has no tests' })
      resolve(result(output))
    })
  })
}

/** Tells everything that runs to end, waits for it, and says what it was. */
export async function stopAll(signal) {
  const stopped = [...running]
  await Promise.all(
    stopped.map(
      ({ child }) =>
        new Promise((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve()
          const grace = setTimeout(() => child.kill('SIGKILL'), CLEAN_UP_PATIENCE)
          child.once('close', () => {
            clearTimeout(grace)
            resolve()
          })
          child.kill(signal)
        }),
    ),
  )
  return stopped.map(({ source, current }) => (current ? `${source}: ${current}` : source))
}
