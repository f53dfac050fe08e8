import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { inNamespace } from './namespace.js'
import { run, type Outcome, type RunOptions } from './run-command.js'

/** A network namespace of the lab in which commands can be run: a host, a container, an etcd member, the underlay. */
export class Place {
  constructor(
    /** What people call it: `h1`, `h1/c1`, `etcd1`, `underlay`. */
    readonly label: string,
    readonly namespace: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly trace: (line: string) => void,
  ) {}

  /**
   * Runs a command in here and waits for its end.
   * @throws WeftError WEFT_LAB_COMMAND when it fails (unless `check` is false) or passes its deadline (30 s unless given)
   */
  exec(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const [program, args] = inNamespace(this.namespace, words)
    return run(program, args, { trace: (line) => this.trace(`${this.label}: ${line}`), ...options, env: { ...this.env, ...options.env } })
  }

  /** Runs a command on this process's own terminal, without a deadline (a person watches it), and returns its exit code. */
  async execOnTerminal(words: readonly string[]): Promise<number> {
    const [program, args] = inNamespace(this.namespace, words)
    // Ctrl-C is for the command; this process ends with it.
    const ignore = (): void => {}
    process.on('SIGINT', ignore)
    try {
      const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...this.env } })
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
      return code ?? 128 + (signal ? constants.signals[signal] : 0)
    } finally {
      process.off('SIGINT', ignore)
    }
  }
}
