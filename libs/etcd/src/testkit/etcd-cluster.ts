import { spawn, execFile, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from './eventually.js'

const run = promisify(execFile)

export interface EtcdClusterOptions {
  /** How many members. Default 1. */
  readonly size?: 1 | 3
  /** Further flags for each member. */
  readonly flags?: readonly string[]
  /** PEM files: clients then need TLS, and a certificate when `clientCa` is given. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string }
}

/** A real etcd on free ports of the loopback interface, gone with the test process whatever ends that. */
export class EtcdCluster {
  private constructor(
    readonly members: readonly EtcdMember[],
    private readonly directory: string,
  ) {}

  /** Resolves when the cluster answers. */
  static async start(options: EtcdClusterOptions = {}): Promise<EtcdCluster> {
    const size = options.size ?? 1
    const directory = mkdtempSync(join(tmpdir(), 'weft-etcd-'))
    const ports = await freePorts(size * 2)
    const names = Array.from({ length: size }, (_, index) => `m${index + 1}`)
    const peers = names.map((name, index) => `${name}=http://127.0.0.1:${ports[index * 2 + 1]}`).join(',')
    const members = names.map((name, index) => {
      const [client, peer] = [ports[index * 2] ?? 0, ports[index * 2 + 1] ?? 0]
      return new EtcdMember(name, client, peer, peers, join(directory, name), options)
    })
    const cluster = new EtcdCluster(members, directory)
    LIVE.add(cluster)
    try {
      for (const member of members) member.start()
      await cluster.healthy()
    } catch (error) {
      await cluster.stop()
      throw error
    }
    return cluster
  }

  get urls(): string[] {
    return this.members.map((member) => member.url)
  }

  /** The first member, which is the only one where there is one. */
  get only(): EtcdMember {
    const [first] = this.members
    if (!first) throw new Error('a cluster has at least one member')
    return first
  }

  /** Resolves when writes are possible by each of these members. */
  async healthy(members: readonly EtcdMember[] = this.members): Promise<void> {
    await eventually(() => this.ctlOf(members, 'endpoint', 'health'), 30_000)
  }

  /** Runs etcdctl against all members; resolves with what it wrote. */
  ctl(...words: string[]): Promise<string> {
    return this.ctlOf(this.members, ...words)
  }

  private async ctlOf(members: readonly EtcdMember[], ...words: string[]): Promise<string> {
    const endpoints = members.map(({ url }) => url).join(',')
    const args = ['--command-timeout=5s', '--dial-timeout=2s', ...this.only.ctlFlags, `--endpoints=${endpoints}`, ...words]
    const { stdout } = await run('etcdctl', args, { env: { ...process.env, ETCDCTL_API: '3' }, maxBuffer: 256 << 20 })
    return stdout
  }

  async put(key: string, value: string): Promise<void> {
    await this.ctl('put', '--', key, value)
  }

  /** Kills what runs and removes every file. */
  async stop(): Promise<void> {
    LIVE.delete(this)
    await Promise.all(this.members.map((member) => member.kill()))
    this.remove()
  }

  /** The last resort when the test process ends. */
  abandon(): void {
    for (const member of this.members) member.killNow()
    this.remove()
  }

  private remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** One etcd process, which can be stopped and started at will; its data stay until the cluster is stopped. */
export class EtcdMember {
  private process: ChildProcess | undefined
  private output = ''
  private generation = 1

  constructor(
    private readonly name: string,
    readonly clientPort: number,
    private readonly peerPort: number,
    private readonly peers: string,
    readonly dataDirectory: string,
    private readonly options: EtcdClusterOptions,
  ) {}

  get url(): string {
    return `${this.options.tls ? 'https' : 'http'}://127.0.0.1:${this.clientPort}`
  }

  /** What etcd has said since its start. */
  get log(): string {
    return this.output
  }

  get ctlFlags(): string[] {
    const { tls } = this.options
    return tls ? ['--insecure-skip-tls-verify', `--cert=${tls.cert}`, `--key=${tls.key}`] : []
  }

  start(extraFlags: readonly string[] = []): void {
    const { tls, flags = [] } = this.options
    const secured = tls
      ? [
          `--cert-file=${tls.cert}`,
          `--key-file=${tls.key}`,
          ...(tls.clientCa ? [`--trusted-ca-file=${tls.clientCa}`, '--client-cert-auth'] : []),
        ]
      : []
    const args = [
      `--name=${this.name}`,
      `--data-dir=${this.dataDirectory}`,
      `--listen-client-urls=${this.url}`,
      `--advertise-client-urls=${this.url}`,
      `--listen-peer-urls=http://127.0.0.1:${this.peerPort}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${this.peerPort}`,
      `--initial-cluster=${this.peers}`,
      `--initial-cluster-token=${dirname(this.dataDirectory)}-${this.generation}`,
      '--heartbeat-interval=100',
      '--election-timeout=1000',
      '--log-level=warn',
      ...secured,
      ...flags,
      ...extraFlags,
    ]
    // The kernel kills etcd when the test process dies, even by SIGKILL.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'etcd', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.process = child
    this.output = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.output = (this.output + text).slice(-20_000)))
    child.on('error', (error) => (this.output += String(error)))
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const child = this.process
    this.process = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }

  /** Puts a snapshot in the place of the data, as after a disaster, and starts on it. Only for a cluster of one. */
  async restore(snapshot: string): Promise<void> {
    await this.kill()
    rmSync(this.dataDirectory, { recursive: true, force: true })
    const args = ['snapshot', 'restore', snapshot, `--data-dir=${this.dataDirectory}`, `--name=${this.name}`]
    const topology = [`--initial-cluster=${this.peers}`, `--initial-advertise-peer-urls=http://127.0.0.1:${this.peerPort}`]
    await run('etcdctl', [...args, ...topology, `--initial-cluster-token=${dirname(this.dataDirectory)}`], {
      env: { ...process.env, ETCDCTL_API: '3' },
    })
    this.start()
  }

  /** Kills it and starts it as a new cluster of its own, with nothing in it. */
  async wipe(): Promise<void> {
    await this.kill()
    rmSync(this.dataDirectory, { recursive: true, force: true })
    this.generation++
    this.start()
  }

  killNow(): void {
    this.process?.kill('SIGKILL')
  }

  /** SIGSTOP: it holds its connections and says nothing. Resolves when all its threads stand. */
  async freeze(): Promise<void> {
    const child = this.process
    child?.kill('SIGSTOP')
    await eventually(() =>
      readdirSync(`/proc/${child?.pid}/task`).every((task) =>
        /\) [Tt] /.test(readFileSync(`/proc/${child?.pid}/task/${task}/stat`, 'utf8')),
      ),
    )
  }

  /** SIGCONT. */
  thaw(): void {
    this.process?.kill('SIGCONT')
  }
}

const LIVE = new Set<EtcdCluster>()
const abandonAll = (): void => {
  for (const cluster of LIVE) cluster.abandon()
  LIVE.clear()
}
process.once('exit', abandonAll)
// A signal ends a process without that event.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    abandonAll()
    // Whoever else listens (a test runner) decides what comes next; without anybody the signal does what it always does.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  })
}

/** Ports that nothing listens on now. All are held until all are found, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
