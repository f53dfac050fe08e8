import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { callAgent, PATHS, type AgentStatus } from '#api'
import { WeftError } from '#core'
import { LabContainer } from './container.js'
import { Daemon } from './daemon.js'
import type { HostView } from './host-view.js'
import { labDirectory, labNamespace } from './lab-record.js'
import { Place } from './place.js'
import { BIN } from './repository.js'
import { commandLine, type Outcome, type RunOptions } from './run-command.js'
import { waitFor, type WaitOptions } from './wait-for.js'

/** What a host needs to know of its lab. */
export interface LabSurroundings {
  readonly id: string
  readonly underlay: Place
  readonly etcdUrls: readonly string[]
  readonly trace: (line: string) => void
  /** Makes the namespace of a container and notes it. */
  readonly makeContainer: (host: string, container: string) => Promise<void>
}

/** A host of the lab: a network namespace with an underlay address, in which an agent may run. */
export class LabHost extends Place {
  readonly containers = new Map<string, LabContainer>()
  readonly directory: string
  readonly config: string
  readonly runDir: string
  readonly stateDir: string
  readonly log: string
  readonly socket: string
  /** Whose mounts the agent sees; those of the machine unless set. To be set before the agent starts. */
  view: HostView | undefined
  private readonly daemon: Daemon

  constructor(
    readonly name: string,
    readonly address: string,
    private readonly lab: LabSurroundings,
  ) {
    const directory = join(labDirectory(lab.id), name)
    const socket = join(directory, 'run/weft.sock')
    super(name, labNamespace(lab.id, name), hostEnvironment(socket, lab.etcdUrls), lab.trace)
    this.directory = directory
    this.config = join(directory, 'weftd.yaml')
    this.runDir = join(directory, 'run')
    this.stateDir = join(directory, 'state')
    this.log = join(directory, 'weftd.log')
    this.socket = socket
    this.daemon = new Daemon({
      label: `${name}.weftd`,
      lab: lab.id,
      namespace: this.namespace,
      words: [join(BIN, 'weftd'), '--config', this.config],
      log: this.log,
    })
  }

  /** Writes the agent's configuration file. Every key can be replaced, also by nothing (undefined). */
  writeConfig(changes: Readonly<Record<string, unknown>> = {}): void {
    mkdirSync(this.directory, { recursive: true })
    const settings: Record<string, unknown> = {
      host: this.name,
      etcd: this.lab.etcdUrls,
      'underlay-address': this.address,
      'state-dir': this.stateDir,
      'run-dir': this.runDir,
      'log-level': 'debug',
      'checks-dir': join(this.directory, 'checks.d'),
      'hooks-dir': join(this.directory, 'hooks.d'),
      ...changes,
    }
    const lines = Object.entries(settings).filter(([, value]) => value !== undefined)
    writeFileSync(this.config, lines.map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`).join(''))
  }

  /** Starts the agent and waits until it answers on its socket. */
  async startAgent(options: WaitOptions = {}): Promise<AgentStatus> {
    this.lab.trace(`${this.name}: start the agent`)
    const started = this.daemon.start(this.view?.entrance)
    const status = await waitFor(
      `the agent of ${this.name} (its log: ${this.log})`,
      async () => {
        // It will not come back: no use in waiting on.
        if (!this.daemon.process) return 'ended'
        const answer = await this.status()
        return answer.pid === started.pid && answer
      },
      options,
    )
    if (status === 'ended')
      throw new WeftError('WEFT_LAB', `the agent of ${this.name} ended at once\n${this.readLog().trimEnd().slice(-2000)}`)
    return status
  }

  /** Number of the agent's process, if it runs. */
  get agentPid(): number | undefined {
    return this.daemon.process?.pid
  }

  /** Ends the agent as `systemctl stop` does, and waits until it is gone. */
  async stopAgent(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.lab.trace(`${this.name}: stop the agent by ${signal}`)
    await this.daemon.stop(signal, 15_000)
  }

  /** `kill -9`. */
  async killAgent(): Promise<void> {
    await this.stopAgent('SIGKILL')
  }

  /** SIGHUP, as `systemctl reload` does. The process stays the same; {@link readLog} says what comes of it. */
  reloadAgent(): void {
    this.lab.trace(`${this.name}: reload the agent`)
    this.daemon.signal('SIGHUP')
  }

  /** SIGSTOP: the agent is there and does nothing. */
  freezeAgent(): void {
    this.daemon.signal('SIGSTOP')
  }

  thawAgent(): void {
    this.daemon.signal('SIGCONT')
  }

  status(): Promise<AgentStatus> {
    return callAgent<AgentStatus>({ socket: this.socket, timeout: 5_000 }, 'GET', PATHS.status)
  }

  /** The agent's log so far; the last MiB of it when it is longer. */
  readLog(): string {
    let file: number
    try {
      file = openSync(this.log, 'r')
    } catch {
      return ''
    }
    try {
      const { size } = fstatSync(file)
      const length = Math.min(size, 1024 * 1024)
      const text = Buffer.alloc(length)
      return text.toString('utf8', 0, readSync(file, text, 0, length, size - length))
    } finally {
      closeSync(file)
    }
  }

  /** Runs the CLI as a person on this host does. */
  weft(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.exec([join(BIN, 'weft'), ...words], options)
  }

  /** Runs the CLI with `-o json` and returns what it printed, decoded. */
  async weftJson<T>(words: readonly string[]): Promise<T> {
    const { stdout } = await this.weft(['-o', 'json', ...words])
    try {
      return JSON.parse(stdout) as T
    } catch (cause) {
      throw new WeftError('WEFT_LAB_COMMAND', `\`${commandLine('weft', ['-o', 'json', ...words])}\` printed no JSON: ${stdout}`, { cause })
    }
  }

  /** Makes a namespace that plays a container; attach it to put it on a network. */
  async addContainer(name: string): Promise<LabContainer> {
    await this.lab.makeContainer(this.name, name)
    return this.containerOf(name)
  }

  /** The handle of a container that exists. */
  containerOf(name: string): LabContainer {
    const env = hostEnvironment(this.socket, this.lab.etcdUrls)
    const container = new LabContainer(this, name, labNamespace(this.lab.id, `${this.name}-${name}`), env, this.lab.trace)
    this.containers.set(name, container)
    return container
  }

  /** The host loses its power: nothing leaves it any more, and its agent is gone. What its kernel holds stays until {@link boot}. */
  async powerOff(): Promise<void> {
    await this.unplug()
    await this.killAgent()
  }

  /** The host is switched on: nothing of Weft's is in its kernel or run directory, its agent starts. Containers are as they were. */
  async boot(): Promise<void> {
    rmSync(this.runDir, { recursive: true, force: true })
    await this.exec([join(BIN, 'weftd'), '--config', this.config, '--cleanup'])
    await this.plugIn()
    await this.startAgent()
  }

  /** Pulls the host's cable: it sees its carrier go, and nothing passes. */
  async unplug(): Promise<void> {
    await this.lab.underlay.exec(['ip', 'link', 'set', this.name, 'down'])
  }

  async plugIn(): Promise<void> {
    await this.lab.underlay.exec(['ip', 'link', 'set', this.name, 'up'])
  }
}

function hostEnvironment(socket: string, etcdUrls: readonly string[]): Record<string, string> {
  return {
    PATH: `${BIN}:${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`,
    WEFT_SOCKET: socket,
    ETCDCTL_API: '3',
    ETCDCTL_ENDPOINTS: etcdUrls.join(','),
  }
}
