import { inUrl } from '#core'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Daemon } from './daemon.js'
import { labDataDirectory, labDirectory } from './lab-record.js'
import type { Place } from './place.js'
import { waitFor } from './wait-for.js'

/** One member of the lab's etcd, in a namespace of its own or a host's. */
export class EtcdMember {
  readonly url: string
  readonly log: string
  private readonly daemon: Daemon

  constructor(
    lab: string,
    readonly name: string,
    readonly address: string,
    readonly place: Place,
    initialCluster: string,
  ) {
    this.url = `http://${inUrl(address)}:2379`
    this.log = join(labDirectory(lab), `${name}.log`)
    const data = labDataDirectory(lab)
    mkdirSync(data, { recursive: true })
    this.daemon = new Daemon({
      label: name,
      lab,
      namespace: place.namespace,
      log: this.log,
      // Debian's etcd 3.4 refuses arm64 unless told that one knows.
      env: process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {},
      words: [
        'etcd',
        `--name=${name}`,
        `--data-dir=${join(data, name)}`,
        '--log-outputs=stderr',
        '--logger=zap',
        `--listen-client-urls=${this.url}`,
        `--advertise-client-urls=${this.url}`,
        `--listen-peer-urls=http://${inUrl(address)}:2380`,
        `--initial-advertise-peer-urls=http://${inUrl(address)}:2380`,
        `--initial-cluster=${initialCluster}`,
        `--initial-cluster-token=weft-lab-${lab}`,
        '--initial-cluster-state=new',
      ],
    })
  }

  get running(): boolean {
    return this.daemon.process !== undefined
  }

  start(): void {
    this.daemon.start()
  }

  /** Ends the member at once, as a power cut would; its data stays. */
  async kill(): Promise<void> {
    await this.daemon.stop('SIGKILL', 5_000)
  }

  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void {
    this.daemon.signal('SIGSTOP')
  }

  thaw(): void {
    this.daemon.signal('SIGCONT')
  }

  /** Waits until the member answers and its cluster has a leader. */
  async healthy(): Promise<void> {
    await waitFor(`${this.name} to be healthy (its log: ${this.log})`, async () => {
      const answer = await this.place.exec(['curl', '-s', '-m', '2', `${this.url}/health`], { check: false })
      return answer.stdout.includes('"health":"true"')
    })
  }
}
