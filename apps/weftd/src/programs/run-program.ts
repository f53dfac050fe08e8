import { spawn } from 'node:child_process'

/** What is kept of what a program writes, in bytes; the rest is read and forgotten, so that it is not held up. */
const KEPT = 4_096

/** A program that has ended may have left children that hold its output open: they are not waited for longer than this, in ms. */
const LAST_WORDS = 200

export interface ProgramOptions {
  readonly args?: readonly string[]
  /** Added to an environment that holds nothing but a search path. */
  readonly env?: Readonly<Record<string, string>>
  /** Written to its standard input, which is then closed. */
  readonly input?: string
  /** It and its children are killed after so many ms. */
  readonly deadline: number
  /** And when this fires. */
  readonly signal: AbortSignal
}

/** How a program ended. */
export interface ProgramEnd {
  readonly well: boolean
  /** For people: `ends with 1`, `is killed by SIGSEGV`, `does not end within 2 s`. */
  readonly how: string
  /** The beginning of what it wrote to either output. */
  readonly output: string
}

/** Runs a program without a shell, in a process group of its own, from the root directory. Never rejects, and always ends. */
export function runProgram(path: string, options: ProgramOptions): Promise<ProgramEnd> {
  const { args = [], env = {}, input = '', deadline, signal } = options
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ well: false, how: STOPPED, output: '' })
    const child = spawn(path, args, {
      cwd: '/',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    const kept: Buffer[] = []
    let size = 0
    let killed: string | undefined
    let ended: Omit<ProgramEnd, 'output'> | undefined
    let lastWords: NodeJS.Timeout | undefined
    const kill = (why: string): void => {
      killed ??= why
      try {
        // The group: a shell that waits for a child of its own would leave that behind.
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It has just ended by itself.
      }
    }
    const stop = (): void => kill(STOPPED)
    const timer = setTimeout(() => kill(`does not end within ${deadline / 1_000} s`), deadline)
    signal.addEventListener('abort', stop, { once: true })
    const finish = (): void => {
      if (!ended) return
      clearTimeout(lastWords)
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
      const output = Buffer.concat(kept).toString('utf8').trimEnd()
      const end = ended
      ended = undefined
      resolve({ ...end, output })
    }
    const over = (well: boolean, how: string): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      ended ??= { well, how }
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        if (size >= KEPT) return
        kept.push(bytes.subarray(0, KEPT - size))
        size += bytes.length
      })
      stream.on('error', () => {})
    }
    // A program that does not read what it is told is none the worse for it.
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.once('error', (error) => {
      over(false, `cannot be run: ${error.message}`)
      finish()
    })
    child.once('exit', (code, name) => {
      if (killed !== undefined) over(false, killed)
      else over(code === 0, code === null ? `is killed by ${name}` : `ends with ${code}`)
      lastWords = setTimeout(finish, LAST_WORDS)
    })
    child.once('close', finish)
  })
}

const STOPPED = 'is stopped with the agent'
