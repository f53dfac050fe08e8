import { spawn, type ChildProcess } from 'node:child_process'
import { killGroup, type ProgramRecords } from './program-records.js'

/** What is kept of what a program writes, in bytes; the rest is read and forgotten, so that it is not held up. */
const KEPT = 4_096

/** A program that has ended may have left children that hold its output open: they are not waited for longer than this, in ms. */
const LAST_WORDS = 200

/**
 * One that is killed is not waited for longer than this, in ms: in uninterruptible sleep, such as on a disk that does not answer, it stays.
 */
const DYING = 1_000

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
  /** Where it is remembered while it runs. */
  readonly records: Pick<ProgramRecords, 'add'>
}

/** How a program ended. */
export interface ProgramEnd {
  readonly well: boolean
  /** For people: `ends with 1`, `is killed by SIGSEGV`, `does not end within 2 s`. */
  readonly how: string
  /** The beginning of what it wrote to either output. */
  readonly output: string
  /** Only of one that could not be killed: settles when it has ended after all. */
  readonly lingers?: Promise<void>
}

/** Runs a program without a shell, in a process group of its own, from the root directory. Never rejects, and always ends. */
export function runProgram(path: string, options: ProgramOptions): Promise<ProgramEnd> {
  const { args = [], env = {}, input = '', deadline, signal, records } = options
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ well: false, how: STOPPED, output: '' })
    let child: ChildProcess
    try {
      child = spawn(path, args, {
        cwd: '/',
        env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...env },
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe'],
      })
    } catch (thrown) {
      // Some errors are thrown and some are told, by their number: one of a file that is being written (ETXTBSY) is thrown.
      return resolve({ well: false, how: cannotBeRun(thrown as Error), output: '' })
    }
    const forget = child.pid === undefined ? undefined : records.add(child.pid)
    const kept: Buffer[] = []
    let size = 0
    let killed: string | undefined
    let ended: Omit<ProgramEnd, 'output'> | undefined
    let lastWords: NodeJS.Timeout | undefined
    let dying: NodeJS.Timeout | undefined
    const kill = (why: string): void => {
      killed ??= why
      // The group: a shell that waits for a child of its own would leave that behind. It may have just ended by itself.
      if (child.pid !== undefined) killGroup(child.pid)
      dying ??= setTimeout(giveUp, DYING)
    }
    const stop = (): void => kill(STOPPED)
    const timer = setTimeout(() => kill(`does not end within ${deadline / 1_000} s`), deadline)
    signal.addEventListener('abort', stop, { once: true })
    const finish = (): void => {
      if (!ended) return
      clearTimeout(lastWords)
      // Where there are no descriptors left, there are no pipes.
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy()
      resolve({ ...ended, output: Buffer.concat(kept).toString('utf8').trimEnd() })
    }
    const over = (end: Omit<ProgramEnd, 'output'>): void => {
      clearTimeout(timer)
      clearTimeout(dying)
      signal.removeEventListener('abort', stop)
      ended ??= end
    }
    const giveUp = (): void => {
      const lingers = new Promise<void>((gone) => child.once('exit', () => gone()))
      over({ well: false, how: `${killed}, and cannot be killed`, lingers })
      child.unref()
      finish()
    }
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        if (size >= KEPT) return
        kept.push(bytes.subarray(0, KEPT - size))
        size += bytes.length
      })
      stream?.on('error', () => {})
    }
    // A program that does not read what it is told is none the worse for it.
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
    child.once('error', (error) => {
      over({ well: false, how: cannotBeRun(error) })
      finish()
    })
    child.once('exit', (code, name) => {
      forget?.()
      if (killed !== undefined) over({ well: false, how: killed })
      else over({ well: code === 0, how: code === null ? `is killed by ${name}` : `ends with ${code}` })
      lastWords = setTimeout(finish, LAST_WORDS)
    })
    child.once('close', finish)
  })
}

const STOPPED = 'is stopped with the agent'

function cannotBeRun({ message }: Error): string {
  return `cannot be run: ${message}`
}
