import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { needProgram } from './debian-package.js'
import { writeImage } from './docker-image.js'
import { HostView } from './host-view.js'
import type { LabHost } from './host.js'
import { labDataDirectory, labDirectory } from './lab-record.js'
import { run, type Outcome, type RunOptions } from './run-command.js'
import { waitFor } from './wait-for.js'

/** The image that every dockerd of the lab has; see docker-image.ts. */
export const IMAGE = 'lab'

/** Words of the docker command that make a network of Weft's driver with the pool of the lab's networks; its options and name follow. */
export const CREATE_NETWORK = ['network', 'create', '-d', 'weft', '--ipam-driver', 'weft', '--subnet', '10.61.0.0/16'] as const

/**
 * The client of dockerd's own package: a newer one that stands before it on the PATH refuses options that it knows from newer servers only.
 */
const CLIENT = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker'

/**
 * A real dockerd for a host of the lab:
 *
 *     the machine                                     the host's own view, a mount and a PID namespace
 *     /run/weft-lab/ID/h1/docker-run/docker    <->    /run/docker (sockets of plugins, network namespaces, …)
 *     /run/weft-lab/ID/h1/docker.sock                 the API, for `docker -H` from anywhere
 *     /var/tmp/weft-lab/ID/h1-docker                  images and containers
 *
 * Everything of it hangs on the first process of that PID namespace: when that one ends, so do dockerd, containerd and all containers.
 */
export class Dockerd {
  readonly log: string
  /** Where weftd has to serve, and where dockerd does. */
  readonly pluginSocket: string
  readonly apiSocket: string
  private readonly directory: string
  private readonly runDirectory: string
  private readonly cgroup: string
  private readonly view: HostView

  constructor(
    private readonly lab: string,
    readonly host: LabHost,
  ) {
    this.directory = join(labDirectory(lab), host.name)
    this.runDirectory = join(this.directory, 'docker-run')
    this.pluginSocket = join(this.runDirectory, 'docker/plugins/weft.sock')
    this.apiSocket = join(this.directory, 'docker.sock')
    this.log = join(this.directory, 'dockerd.log')
    this.cgroup = `weft-lab-${lab}-${host.name}`
    this.view = new HostView(lab, host, 'docker-view', [
      `mount --rbind /run/weft-lab ${join(this.runDirectory, 'weft-lab')}`,
      `mount --rbind ${this.runDirectory} /run`,
    ])
  }

  /** Configuration of an agent that serves this dockerd. */
  get agentSettings(): Record<string, unknown> {
    return { docker: true, 'docker-plugin-socket': this.pluginSocket, 'docker-api-socket': this.apiSocket }
  }

  /** Prepares the host's view and starts dockerd. @param image tar file to import; none: dockerd has it already */
  async up(image?: string): Promise<void> {
    await needProgram('dockerd', 'docker.io')
    for (const part of ['docker/plugins', 'weft-lab']) mkdirSync(join(this.runDirectory, part), { recursive: true })
    mkdirSync(this.data, { recursive: true })
    this.configure({})
    await this.view.open()
    await this.start()
    if (image !== undefined) await this.docker(['import', image, IMAGE])
  }

  /** Writes dockerd's configuration file, which it reads at its next start. */
  configure(settings: Readonly<Record<string, unknown>>): void {
    const content = { 'deprecated-key-path': join(this.directory, 'docker-key.json'), ...settings }
    writeFileSync(join(this.directory, 'daemon.json'), JSON.stringify(content))
  }

  /** Starts dockerd, with what it left behind, and waits until it answers. */
  async start(): Promise<void> {
    await this.launch()
    await this.ready()
  }

  /** Waits until a dockerd that was launched answers. */
  async ready(): Promise<void> {
    await waitFor(
      `dockerd of ${this.host.name} (its log: ${this.log})`,
      async () => (await this.docker(['version'], { check: false })).code === 0,
      {
        deadline: 90_000,
      },
    )
  }

  /** Starts dockerd and does not wait for it. */
  async launch(): Promise<void> {
    const words = [
      'dockerd',
      `--config-file=${join(this.directory, 'daemon.json')}`,
      `--host=unix://${this.apiSocket}`,
      `--data-root=${this.data}`,
      '--exec-root=/run/docker',
      '--pidfile=/run/docker.pid',
      '--storage-driver=vfs',
      '--exec-opt=native.cgroupdriver=cgroupfs',
      `--cgroup-parent=/${this.cgroup}`,
    ]
    // Its parent ends at once: it is a child of the first process, like a service of init.
    await this.inside(['sh', '-c', `rm -f /run/docker.pid; setsid ${words.join(' ')} >>${this.log} 2>&1 </dev/null &`])
  }

  /** Ends dockerd alone: by SIGKILL its containers go on, by SIGTERM it stops them first. */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const name = signal.slice(3)
    await this.inside(['sh', '-c', `kill -${name} $(cat /run/docker.pid)`])
    await waitFor(`dockerd of ${this.host.name} to end`, async () => {
      return (await this.inside(['sh', '-c', 'kill -0 $(cat /run/docker.pid)'], { check: false })).code !== 0
    })
  }

  /** Runs the docker command of a person on this host. */
  docker(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return run(CLIENT, words, { deadline: 120_000, ...options, env: { DOCKER_HOST: `unix://${this.apiSocket}`, ...options.env } })
  }

  /** Runs docker-compose as a person on this host does. */
  compose(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return run('docker-compose', words, { deadline: 180_000, ...options, env: { DOCKER_HOST: `unix://${this.apiSocket}`, ...options.env } })
  }

  /** Runs a shell script that uses the docker command, as a person on this host does. */
  script(file: string, words: readonly string[] = [], options: RunOptions = {}): Promise<Outcome> {
    // /usr/bin first: the docker command of dockerd's own package, as in CLIENT.
    const env = { DOCKER_HOST: `unix://${this.apiSocket}`, PATH: `/usr/bin:/bin:${process.env['PATH'] ?? ''}` }
    return run('sh', [file, ...words], { deadline: 120_000, ...options, env: { ...env, ...options.env } })
  }

  /** The docker command of this host, for a shell. */
  get command(): string {
    return `${CLIENT} -H unix://${this.apiSocket}`
  }

  /** Runs a command in a container. */
  exec(container: string, words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.docker(['exec', container, ...words], options)
  }

  /** Runs a program of this machine in a container's network namespace: one that the image does not have. */
  async execHere(container: string, words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const pid = (await this.docker(['inspect', '--format', '{{.State.Pid}}', container])).stdout.trim()
    return this.inside(['nsenter', '-t', pid, '-n', '--', ...words], options)
  }

  /** The container's address in a Docker network. */
  async addressOf(container: string, network: string): Promise<string> {
    const { stdout } = await this.docker(['inspect', '--format', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, container])
    return stdout.trim()
  }

  /** Runs a command in the host's own view: its mounts, processes and network. */
  inside(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.view.exec(words, options)
  }

  private get data(): string {
    return join(labDataDirectory(this.lab), `${this.host.name}-docker`)
  }
}

/**
 * Starts a dockerd for each host, all with the lab's image, and lets the hosts' agents serve them. To be called before the agents start.
 */
export async function dockerHosts(lab: string, hosts: readonly LabHost[]): Promise<Map<string, Dockerd>> {
  const image = join(labDataDirectory(lab), 'image.tar')
  mkdirSync(labDataDirectory(lab), { recursive: true })
  await writeImage(image)
  const all = new Map<string, Dockerd>()
  await Promise.all(
    hosts.map(async (host) => {
      const dockerd = new Dockerd(lab, host)
      all.set(host.name, dockerd)
      host.writeConfig(dockerd.agentSettings)
      await dockerd.up(image)
    }),
  )
  return all
}

/** Removes the control groups that the dockerds of a lab made; their processes have ended. To be called while their data is there. */
export function removeDockerGroups(lab: string): void {
  const data = labDataDirectory(lab)
  // dockerd puts a managed plugin into a group of the plugin's id.
  const plugins = new Set(subdirectories(data).flatMap((dockerd) => subdirectories(join(dockerd, 'plugins')).map((path) => basename(path))))
  const isMine = (group: string): boolean => group.startsWith(`weft-lab-${lab}-`) || (/^[0-9a-f]{64}$/.test(group) && plugins.has(group))
  for (const controller of subdirectories('/sys/fs/cgroup')) {
    for (const group of [controller, ...subdirectories(controller)].filter((path) => isMine(basename(path)))) removeTree(group)
  }
}

function removeTree(group: string): void {
  for (const part of subdirectories(group)) removeTree(part)
  try {
    rmdirSync(group)
  } catch {
    // A process of it is not quite gone; the group goes with the machine.
  }
}

function subdirectories(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(path, name))
  } catch {
    return []
  }
}
