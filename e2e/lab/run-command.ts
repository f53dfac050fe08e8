import { spawn } from 'node:child_process'
import { WeftError } from '#core'

export interface RunOptions {
  readonly input?: string
  /** Added to this process's own variables. */
  readonly env?: Readonly<Record<string, string>>
  /** After so many ms the command is killed and the call fails; 30 s unless given. */
  readonly deadline?: number
  /** `false`: a failing command is an answer, not an error. */
  readonly check?: boolean
  /** Called with the whole command line before it runs. */
  readonly trace?: (line: string) => void
}

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  /** The exit code; 128 + the signal's number for a command that a signal ended. */
  readonly code: number
}

const OUTPUT_LIMIT = 64 * 1024 * 1024

/**
 * Runs a command without a shell and waits for its end.
 * @throws WeftError WEFT_LAB_COMMAND when it cannot be started, fails (unless `check` is false) or passes its deadline
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const line = commandLine(command, args)
  options.trace?.(line)
  const deadline = options.deadline ?? 30_000
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...options.env }, stdio: ['pipe', 'pipe', 'pipe'] })
    let late = false
    const timer = setTimeout(() => {
      late = true
      child.kill('SIGKILL')
    }, deadline)
    const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
    let size = 0
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].on('error', reject)
      child[stream].on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > OUTPUT_LIMIT) child.kill('SIGKILL')
        else output[stream].push(chunk)
      })
    }
    // A command that does not read its input closes the pipe early: that is no failure.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
    child.on('error', (cause) => {
      clearTimeout(timer)
      reject(
        new WeftError('WEFT_LAB_COMMAND', `cannot run \`${line}\`: ${cause.message}`, {
          hint: '`npm run setup` installs what the lab needs',
          cause,
        }),
      )
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const outcome = {
        stdout: Buffer.concat(output.stdout).toString(),
        stderr: Buffer.concat(output.stderr).toString(),
        code: code ?? 128 + signalNumber(signal),
      }
      if (late) reject(new WeftError('WEFT_LAB_COMMAND', `\`${line}\` did not end within ${deadline} ms\n${tail(outcome)}`))
      else if (outcome.code !== 0 && options.check !== false) {
        reject(new WeftError('WEFT_LAB_COMMAND', `\`${line}\` failed with exit code ${outcome.code}\n${tail(outcome)}`))
      } else resolve(outcome)
    })
  })
}

/** The command as one would type it into a shell. */
export function commandLine(command: string, args: readonly string[]): string {
  return [command, ...args].map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`)).join(' ')
}

function tail(outcome: Outcome): string {
  return `${outcome.stdout}${outcome.stderr}`.trimEnd().slice(-2000)
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : signal === 'SIGINT' ? 2 : 0
}
