import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { GossipProcessLine, GossipProcessOptions } from './gossip-process.js'

const run = promisify(execFile)
const PORT = 7_946
const VNI = 7_001

/** One host of the stage: a namespace with a VXLAN device, and a gossip process in it. */
export class StagedHost {
  readonly lines: GossipProcessLine[] = []
  process: ChildProcess | undefined

  constructor(
    readonly number: number,
    readonly namespace: string,
    private readonly all: number,
  ) {}

  get id(): string {
    return `h${this.number}`
  }

  start(): void {
    const options: GossipProcessOptions = {
      id: this.id,
      underlay: underlayOf(this.number),
      overlay: overlayOf(this.number),
      port: PORT,
      seeds: Array.from({ length: this.all }, (_, at) => underlayOf(at + 1)),
    }
    const script = fileURLToPath(new URL('gossip-process.js', import.meta.url))
    this.process = spawn('ip', ['netns', 'exec', this.namespace, process.execPath, script, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.process.on('error', () => {})
    if (!this.process.stdout) return
    createInterface({ input: this.process.stdout }).on('line', (line) => this.lines.push(JSON.parse(line) as GossipProcessLine))
  }

  /** What it holds of another host. */
  health(other: StagedHost): string | undefined {
    return this.lines.findLast(({ id, after }) => id === other.id && after !== 'asked')?.after
  }

  signal(signal: NodeJS.Signals): void {
    this.process?.kill(signal)
  }

  /** Ends the process and waits for its end. */
  async stop(): Promise<void> {
    const child = this.process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill('SIGKILL')
    await ended
  }
}

/*
 *   h1 (10.9.0.1) ──┐
 *   h2 (10.9.0.2) ──┼── bridge in a namespace of its own      overlay: 100.64.9.N by VXLAN, with permanent entries
 *   h3 (10.9.0.3) ──┘
 */
export class Stage {
  private constructor(
    readonly hosts: readonly StagedHost[],
    private readonly underlay: string,
  ) {}

  static async set(count: number): Promise<Stage> {
    const mark = randomBytes(3).toString('hex')
    const underlay = `wg${mark}u`
    const hosts = Array.from({ length: count }, (_, at) => new StagedHost(at + 1, `wg${mark}h${at + 1}`, count))
    const stage = new Stage(hosts, underlay)
    try {
      await ip('netns', 'add', underlay)
      await ip('-n', underlay, 'link', 'add', 'br0', 'type', 'bridge')
      await ip('-n', underlay, 'link', 'set', 'br0', 'up')
      for (const host of hosts) await stage.build(host)
      for (const host of hosts) host.start()
    } catch (thrown) {
      await stage.strike()
      throw thrown
    }
    return stage
  }

  /** Pulls the cable of a host, or plugs it in again. */
  async link(host: StagedHost, state: 'up' | 'down'): Promise<void> {
    await ip('-n', this.underlay, 'link', 'set', `p${host.number}`, state)
  }

  /** Takes the VXLAN device of a host down, or up again with its entries. */
  async overlay(host: StagedHost, state: 'up' | 'down'): Promise<void> {
    await ip('-n', host.namespace, 'link', 'set', 'vx0', state)
    if (state === 'up') await this.addPeers(host)
  }

  /** Ends every process and removes every namespace. */
  async strike(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.stop()))
    // One that was never made cannot be removed; the others must be.
    for (const namespace of [...this.hosts.map((host) => host.namespace), this.underlay])
      await ip('netns', 'del', namespace).catch(() => {})
  }

  private async build(host: StagedHost): Promise<void> {
    const { number, namespace } = host
    await ip('netns', 'add', namespace)
    await ip('-n', namespace, 'link', 'set', 'lo', 'up')
    await ip('-n', namespace, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `p${number}`, 'netns', this.underlay)
    await ip('-n', this.underlay, 'link', 'set', `p${number}`, 'master', 'br0', 'up')
    await ip('-n', namespace, 'addr', 'add', `${underlayOf(number)}/24`, 'dev', 'eth0')
    await ip('-n', namespace, 'link', 'set', 'eth0', 'up')
    const device = [
      'vx0',
      'address',
      macOf(number),
      'type',
      'vxlan',
      'id',
      `${VNI}`,
      'dstport',
      '4789',
      'local',
      underlayOf(number),
      'nolearning',
    ]
    await ip('-n', namespace, 'link', 'add', ...device)
    await ip('-n', namespace, 'addr', 'add', `${overlayOf(number)}/24`, 'dev', 'vx0')
    await ip('-n', namespace, 'link', 'set', 'vx0', 'up')
    await this.addPeers(host)
  }

  private async addPeers(host: StagedHost): Promise<void> {
    for (const { number } of this.hosts) {
      if (number === host.number) continue
      await ip('-n', host.namespace, 'neigh', 'replace', overlayOf(number), 'lladdr', macOf(number), 'dev', 'vx0', 'nud', 'permanent')
      await run('bridge', [
        '-n',
        host.namespace,
        'fdb',
        'replace',
        macOf(number),
        'dev',
        'vx0',
        'dst',
        underlayOf(number),
        'self',
        'permanent',
      ])
    }
  }
}

const underlayOf = (number: number): string => `10.9.0.${number}`
const overlayOf = (number: number): string => `100.64.9.${number}`
const macOf = (number: number): string => `02:00:00:00:09:${number.toString(16).padStart(2, '0')}`

async function ip(...args: string[]): Promise<void> {
  await run('ip', args)
}
