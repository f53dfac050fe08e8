import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { WeftError } from '#core'
import { forgetProcess, readProcess, recordProcess, type ProcessRecord } from './lab-record.js'
import { inNamespace } from './namespace.js'
import { ended, isAlive, signal } from './process-identity.js'
import { commandLine } from './run-command.js'

export interface DaemonOptions {
  /** Unique within the lab, such as `h1.weftd`. */
  readonly label: string
  readonly lab: string
  /** None: that of whoever starts it, for a program that sees to that itself. */
  readonly namespace?: string
  /** Program and arguments. */
  readonly words: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** What it writes is added to this file. */
  readonly log: string
}

/** Variables of the person who started the lab must not configure its agents, nor tell them that they write to a journal. */
const NOT_PASSED_ON = /^(WEFT_|ETCD|JOURNAL_STREAM$|NOTIFY_SOCKET$|WATCHDOG_)/

/**
 * A long-running program in a namespace of the lab. It is noted on disk, so that any process can find and end it; it has a session of
 * its own, so that a Ctrl-C meant for this process does not reach it.
 */
export class Daemon {
  constructor(private readonly options: DaemonOptions) {}

  /** The process if it runs (or is frozen). */
  get process(): ProcessRecord | undefined {
    const record = readProcess(this.options.lab, this.options.label)
    return record && isAlive(record) ? record : undefined
  }

  /**
   * Starts the program and returns at once.
   * @param wrapper words of a program that becomes this one, such as nsenter
   * @throws WeftError WEFT_LAB when it runs already
   */
  start(wrapper: readonly string[] = []): ProcessRecord {
    const { lab, label, log, namespace } = this.options
    const words = [...wrapper, ...this.options.words]
    if (this.process) throw new WeftError('WEFT_LAB', `${label} runs already, as process ${this.process.pid}`)
    const [program, args] = namespace === undefined ? split(words) : inNamespace(namespace, words)
    const output = openSync(log, 'a')
    try {
      const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !NOT_PASSED_ON.test(name)))
      const child = spawn(program, args, { detached: true, stdio: ['ignore', output, output], env: { ...own, ...this.options.env } })
      // A program that cannot be started has no number; that is reported below.
      child.on('error', () => {})
      child.unref()
      if (child.pid === undefined) throw new WeftError('WEFT_LAB', `cannot start ${commandLine(program, args)}`)
      return recordProcess(lab, label, child.pid, commandLine(words[0] ?? '', words.slice(1)))
    } finally {
      closeSync(output)
    }
  }

  /** Sends a signal. False when it does not run. */
  signal(name: NodeJS.Signals): boolean {
    const running = this.process
    return running !== undefined && signal(running, name)
  }

  /** Ends the program by a signal and waits until it is gone; no error when it does not run. */
  async stop(name: NodeJS.Signals, patience: number): Promise<void> {
    const running = this.process
    if (running) {
      signal(running, name)
      if (!(await ended(running, patience))) {
        throw new WeftError('WEFT_LAB', `${this.options.label} still runs ${patience} ms after ${name}`, {
          hint: `its log: ${this.options.log}`,
        })
      }
    }
    forgetProcess(this.options.lab, this.options.label)
  }
}

function split([program = '', ...args]: readonly string[]): readonly [program: string, args: readonly string[]] {
  return [program, args]
}
