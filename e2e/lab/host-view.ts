import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WeftError } from '#core'
import { Daemon } from './daemon.js'
import type { LabHost } from './host.js'
import { labDirectory } from './lab-record.js'
import { namespacePath } from './namespace.js'
import { run, type Outcome, type RunOptions } from './run-command.js'
import { waitFor } from './wait-for.js'

/**
 * A mount and a PID namespace for what runs on a host of the lab and mounts or forks as it likes: container engines. Everything in it hangs
 * on the first process of that PID namespace: when that one ends, so does all the rest, and the mounts go.
 */
export class HostView {
  private readonly keeper: Daemon
  private readonly ready: string

  /**
   * @param name of the files it has in the host's directory
   * @param prepare lines of sh, run before anything else in the view
   */
  constructor(
    lab: string,
    private readonly host: LabHost,
    private readonly name: string,
    prepare: readonly string[] = [],
  ) {
    const directory = join(labDirectory(lab), host.name)
    this.ready = join(directory, `${name}-ready`)
    // The loop reaps whoever is left without a parent.
    const script = ['set -e', ...prepare, `touch ${this.ready}`, 'while :; do sleep 1000 & wait $!; done'].join('\n')
    this.keeper = new Daemon({
      label: `${host.name}.${name}`,
      lab,
      namespace: host.namespace,
      words: ['unshare', '--mount', '--pid', '--fork', '--mount-proc', '--kill-child=SIGKILL', 'sh', '-c', script],
      log: join(directory, `${name}.log`),
    })
  }

  async open(): Promise<void> {
    this.keeper.start()
    await waitFor(`the view of ${this.host.name}'s ${this.name}`, () => existsSync(this.ready))
  }

  /** Runs a command in the view, on the host's network. */
  exec(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return run('nsenter', ['-t', String(this.first()), '-m', '-p', `--net=${namespacePath(this.host.namespace)}`, '--', ...words], options)
  }

  /**
   * Words of a program that becomes another one, which sees what is mounted in the view, where that is shared, and everything else as
   * outside.
   */
  get entrance(): readonly string[] {
    const withProcesses = 'mount -t proc proc /proc && exec "$@"'
    return [
      'nsenter',
      '-t',
      String(this.first()),
      '-m',
      '--',
      'unshare',
      '--mount',
      '--propagation',
      'slave',
      'sh',
      '-c',
      withProcesses,
      'sh',
    ]
  }

  /** Number of the first process of the PID namespace, seen from outside. */
  private first(): number {
    const pid = this.keeper.process?.pid
    const [child] = pid === undefined ? [] : readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    if (!child) throw new WeftError('WEFT_LAB', `the view of ${this.host.name}'s ${this.name} is not open`)
    return Number(child)
  }
}
