import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PluginList } from './cni-runtime.js'
import { needProgram } from './debian-package.js'
import { writeImage } from './docker-image.js'
import type { LabHost } from './host.js'
import { HostView } from './host-view.js'
import { labDataDirectory, labDirectory } from './lab-record.js'
import { BIN } from './repository.js'
import type { Outcome, RunOptions } from './run-command.js'

/** The image that every podman of the lab has; see docker-image.ts. */
const IMAGE = 'lab'

/** A real podman with its CNI back end for a host of the lab, with images, containers and configuration of its own. */
export class Podman {
  private readonly directory: string
  private readonly data: string
  private readonly view: HostView

  constructor(
    lab: string,
    readonly host: LabHost,
  ) {
    this.directory = join(labDirectory(lab), host.name, 'podman')
    this.data = join(labDataDirectory(lab), `${host.name}-podman`)
    // Shared: the agent must see the namespaces that podman mounts.
    this.view = new HostView(lab, host, 'podman-view', ['mount --make-rshared /'])
  }

  /** Writes its configuration and imports the image. To be called before the host's agent starts. */
  async up(networks: readonly PluginList[]): Promise<void> {
    await needProgram('podman', 'podman')
    const netDirectory = join(this.directory, 'net.d')
    mkdirSync(netDirectory, { recursive: true })
    mkdirSync(this.data, { recursive: true })
    for (const list of networks) writeFileSync(join(netDirectory, `${list.name}.conflist`), JSON.stringify(list, undefined, 2))
    writeFileSync(
      join(this.directory, 'containers.conf'),
      [
        '[network]',
        'network_backend = "cni"',
        `cni_plugin_dirs = ["${BIN}", "/usr/lib/cni"]`,
        `network_config_dir = "${netDirectory}"`,
        '[engine]',
        'cgroup_manager = "cgroupfs"',
        'events_logger = "file"',
        '[containers]',
        // Its own defaults are higher than a test machine may allow.
        'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]',
        '',
      ].join('\n'),
    )
    await this.view.open()
    this.host.view = this.view
    const image = join(this.data, 'image.tar')
    await writeImage(image)
    await this.podman(['import', image, IMAGE])
  }

  /** Starts a container that sleeps, or runs `words`. */
  async run(name: string, network: string, options: readonly string[] = [], words: readonly string[] = ['sleep', '1000']): Promise<void> {
    await this.podman(['run', '--detach', '--name', name, '--network', network, ...options, IMAGE, ...words])
  }

  /** Runs a command in a container. */
  exec(container: string, words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.podman(['exec', container, ...words], options)
  }

  async remove(name: string): Promise<void> {
    await this.podman(['rm', '--force', '--time', '0', name])
  }

  async addressOf(container: string): Promise<string> {
    const { stdout } = await this.exec(container, ['ip', '-o', '-4', 'address', 'show', 'eth0'])
    return /inet ([\d.]+)\//.exec(stdout)?.[1] ?? ''
  }

  podman(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const { directory, data } = this
    const places = ['--root', join(data, 'root'), '--runroot', join(directory, 'run'), '--tmpdir', join(directory, 'tmp')]
    return this.view.exec(['podman', ...places, '--storage-driver', 'vfs', ...words], {
      deadline: 120_000,
      ...options,
      env: { CONTAINERS_CONF: join(directory, 'containers.conf'), ...options.env },
    })
  }
}
