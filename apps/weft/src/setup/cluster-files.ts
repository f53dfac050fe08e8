import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inUrl, WeftError, type HostId, type Ip } from '#core'

/** Where the files of a cluster with its own etcd are on a host, below one directory (/etc/weft unless told otherwise). */
export class ClusterFiles {
  readonly pki: string
  readonly agent: string
  readonly etcd: string
  readonly gossipKeys: string

  constructor(readonly directory: string) {
    this.pki = join(directory, 'pki')
    this.agent = join(directory, 'weftd.yaml')
    this.etcd = join(directory, 'etcd.yaml')
    this.gossipKeys = join(directory, 'gossip.keys')
  }

  certificate(name: string): string {
    return join(this.pki, `${name}.crt`)
  }

  key(name: string): string {
    return join(this.pki, `${name}.key`)
  }

  /** @throws WeftError WEFT_SETUP when one of the files is there: what somebody has configured is not written over */
  async mustNotExist(...paths: string[]): Promise<void> {
    for (const path of paths) {
      if (!(await exists(path))) continue
      throw new WeftError('WEFT_SETUP', `${path} is there already`, { hint: 'move it away first, if this host is to be set up anew' })
    }
  }

  async makeDirectories(): Promise<void> {
    // As systemd makes it for the agent (weftd.service, ConfigurationDirectory): each file in it has a mode of its own.
    await mkdir(this.directory, { recursive: true, mode: 0o755 })
    await mkdir(this.pki, { recursive: true, mode: 0o700 })
  }

  /** @throws WeftError WEFT_SETUP with the hint given */
  async read(path: string, hint: string): Promise<string> {
    try {
      return await readFile(path, 'utf8')
    } catch (cause) {
      throw new WeftError('WEFT_SETUP', `cannot read ${path}: ${(cause as Error).message}`, { hint, cause })
    }
  }

  /** The agent's configuration. The underlay is where etcd's traffic leaves, unless etcd is on this host. */
  async writeAgent(host: HostId, etcd: readonly string[], underlay?: Ip): Promise<void> {
    const lines = [
      '# Made by `weft init` or `weft join`; docs/configuration.md has every setting.',
      `host: ${host}`,
      'etcd:',
      ...etcd.map((url) => `  - ${url}`),
      `etcd-ca: ${this.certificate('ca')}`,
      `etcd-cert: ${this.certificate('host')}`,
      `etcd-key: ${this.key('host')}`,
      `gossip-key-file: ${this.gossipKeys}`,
      ...(underlay === undefined ? [] : [`underlay-address: ${underlay}`]),
    ]
    await writeFile(this.agent, `${lines.join('\n')}\n`, { mode: 0o640 })
  }

  /** etcd's configuration (etcd --config-file): nobody without a certificate of the authority gets an answer. */
  async writeEtcd(host: HostId, address: Ip, dataDirectory: string): Promise<void> {
    const [client, peer] = [urlOf(address), `https://${inUrl(address)}:2380`]
    const secured = (name: string): string[] => [
      `${name}:`,
      `  cert-file: ${this.certificate('etcd')}`,
      `  key-file: ${this.key('etcd')}`,
      '  client-cert-auth: true',
      `  trusted-ca-file: ${this.certificate('ca')}`,
    ]
    const lines = [
      '# Made by `weft init`.',
      `name: ${host}`,
      `data-dir: ${dataDirectory}`,
      `listen-client-urls: ${client}`,
      `advertise-client-urls: ${client}`,
      `listen-peer-urls: ${peer}`,
      `initial-advertise-peer-urls: ${peer}`,
      `initial-cluster: ${host}=${peer}`,
      'initial-cluster-state: new',
      'auto-compaction-mode: periodic',
      "auto-compaction-retention: '1h'",
      ...secured('client-transport-security'),
      ...secured('peer-transport-security'),
    ]
    await writeFile(this.etcd, `${lines.join('\n')}\n`, { mode: 0o644 })
  }
}

/** etcd's client URL at an address. */
export function urlOf(address: Ip): string {
  return `https://${inUrl(address)}:2379`
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
