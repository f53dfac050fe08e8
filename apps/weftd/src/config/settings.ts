import { CHECKS_DIR, parseHostId, parseIp, WeftError, type HostId, type Ip } from '#core'

/** What the agent is told by its operator; every member has been checked. */
export interface Config {
  /** etcd's client URLs, in the order of preference. */
  readonly etcd: readonly string[]
  readonly etcdPrefix: string
  readonly etcdCa?: string
  readonly etcdCert?: string
  readonly etcdKey?: string
  readonly etcdUser?: string
  readonly etcdPasswordFile?: string
  readonly host: HostId
  readonly underlayAddress?: Ip
  readonly underlayInterface?: string
  readonly zone?: string
  readonly stateDir: string
  readonly runDir: string
  readonly logLevel: LogLevel
  readonly gossipPort: number
  /** Hours. */
  readonly gracePeriod: number
  readonly checksDir: string
  readonly hooksDir: string
  readonly gossipKeyFile?: string
  readonly metricsListen?: MetricsListen
  /** Undefined where Docker is not to be served. */
  readonly docker?: DockerSockets
}

/** Unix sockets between the agent and dockerd. */
export interface DockerSockets {
  /** Where dockerd finds the agent: its name is the driver's. */
  readonly plugin: string
  /** Where dockerd itself answers. */
  readonly api: string
}

/** Where metrics are served. */
export interface MetricsListen {
  readonly address: Ip
  readonly port: number
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where socket and lock are unless told otherwise. */
export const RUN_DIR = '/run/weft'

/**
 * One setting: the same kebab-case name is the key in the file, the flag (`--name`) and, in capitals, the variable (`WEFT_NAME`).
 * `docs/configuration.md` is made from this table.
 */
export interface Setting {
  readonly name: string
  readonly value: string
  readonly doc: string
  readonly fallback?: string
  readonly repeatable?: boolean
  /** Planned, but not in this version: refused with WEFT_NOT_BUILT rather than ignored. */
  readonly notBuilt?: boolean
}

export const SETTINGS = [
  { name: 'etcd', value: 'URL', repeatable: true, doc: 'Client URL of an etcd member; give one for each member.' },
  { name: 'etcd-prefix', value: 'KEY', fallback: '/weft/v1', doc: 'Prefix of all of Weft’s keys.' },
  { name: 'etcd-ca', value: 'FILE', doc: 'CA certificate (PEM) that etcd’s certificates are checked with.' },
  { name: 'etcd-cert', value: 'FILE', doc: 'Client certificate (PEM) for etcd.' },
  { name: 'etcd-key', value: 'FILE', doc: 'Key (PEM) of the client certificate.' },
  { name: 'etcd-user', value: 'NAME', doc: 'User name for etcd’s authentication.' },
  { name: 'etcd-password-file', value: 'FILE', doc: 'File that holds the password of the etcd user.' },
  { name: 'host', value: 'NAME', doc: 'Lasting, unique name of this host; the machine’s host name unless given.' },
  {
    name: 'underlay-address',
    value: 'IP',
    doc: 'Address of this host that peers send VXLAN packets to; by default the source address of the route to etcd.',
  },
  { name: 'underlay-interface', value: 'NAME', doc: 'Interface whose first address is the underlay address, IPv4 before IPv6.' },
  { name: 'zone', value: 'NAME', doc: 'Rack, room or site of this host, for spreading what should not fail together.' },
  {
    name: 'state-dir',
    value: 'DIR',
    fallback: '/var/lib/weft',
    doc: 'Where the agent keeps what must outlast a reboot: endpoints, the cache of etcd.',
  },
  { name: 'run-dir', value: 'DIR', fallback: RUN_DIR, doc: 'Where the socket and the lock are.' },
  { name: 'log-level', value: LOG_LEVELS.join('|'), fallback: 'info', doc: 'The least important lines to log.' },
  {
    name: 'gossip-port',
    value: 'PORT',
    fallback: '7788',
    doc: 'UDP and TCP port, at the underlay address, of the gossip that tells which hosts are alive; the same on every host, or not.',
  },
  {
    name: 'gossip-key-file',
    value: 'FILE',
    doc: 'Keys that gossip is sealed with, 32 bytes in base64 each, a line each; the first seals, all open. Without it keys are kept in gossip.keys in the state directory, and gossip is plain until one is added (`weft keyring`).',
  },
  {
    name: 'metrics-listen',
    value: 'ADDR:PORT',
    doc: 'Where Prometheus metrics are served, at /metrics, to whoever asks; IPv6 as [ADDR]:PORT. Without it they are not.',
  },
  {
    name: 'grace-period',
    value: 'HOURS',
    fallback: '24',
    doc: 'How long a host must have been gone before its subnet may be taken, if no other is left in a network; hours in which etcd was away do not count.',
  },
  {
    name: 'checks-dir',
    value: 'DIR',
    fallback: CHECKS_DIR,
    doc: 'Where the programs of `exec` checks of floating addresses are.',
  },
  {
    name: 'hooks-dir',
    value: 'DIR',
    fallback: '/etc/weft/hooks.d',
    doc: 'Programs that are told when leases and floating addresses come and go, and when hosts die (docs/failover.md).',
  },
  { name: 'docker', value: '', doc: 'Be Docker’s network and IPAM driver on this host (`docker network create -d weft`).' },
  {
    name: 'docker-plugin-socket',
    value: 'PATH',
    fallback: '/run/docker/plugins/weft.sock',
    doc: 'Where dockerd finds the driver; the file’s name is the driver’s name.',
  },
  {
    name: 'docker-api-socket',
    value: 'PATH',
    fallback: '/run/docker.sock',
    doc: 'Where dockerd is asked for the names of containers, and which endpoints it still knows.',
  },
  { name: 'embedded-etcd', value: '', notBuilt: true, doc: 'Run and supervise a local etcd.' },
] as const satisfies readonly Setting[]

export type SettingName = (typeof SETTINGS)[number]['name']

/** A value as it was given and where: a flag, a variable, or a line of the file. */
export interface GivenValue {
  readonly values: readonly string[]
  readonly source: string
}

export type GivenValues = Partial<Record<SettingName, GivenValue>>

/**
 * Checks the given values and completes them with defaults.
 * @param hostName the machine's own name, used when no host is given
 * @throws WeftError WEFT_CONFIG_VALUE, WEFT_NOT_BUILT or WEFT_NO_STORE, naming the flag, variable or line
 */
export function readConfig(given: GivenValues, hostName: string): Config {
  for (const setting of SETTINGS as readonly Setting[]) {
    const value = given[setting.name as SettingName]
    if (setting.notBuilt && value) {
      throw new WeftError('WEFT_NOT_BUILT', `${value.source}: ${setting.name} is not built yet`, {
        field: setting.name,
        hint: 'remove the setting; CHANGELOG.md says what each version has',
      })
    }
  }
  const one = (name: SettingName): string | undefined => given[name]?.values.at(-1)
  const withDefault = (name: SettingName): string =>
    one(name) ?? (SETTINGS as readonly Setting[]).find((setting) => setting.name === name)?.fallback ?? ''
  const checked = <T>(name: SettingName, read: (text: string) => T): T | undefined => {
    const text = one(name)
    if (text === undefined) return undefined
    try {
      return read(text)
    } catch (thrown) {
      const cause = thrown instanceof WeftError ? thrown : undefined
      throw new WeftError('WEFT_CONFIG_VALUE', `${given[name]?.source}: ${name}: ${(thrown as Error).message}`, {
        field: name,
        ...(cause?.hint === undefined ? {} : { hint: cause.hint }),
        cause: thrown,
      })
    }
  }

  const etcd = given.etcd?.values ?? []
  if (etcd.length === 0) {
    throw new WeftError(
      'WEFT_NO_STORE',
      'no store: give --etcd URL (or etcd: in the file, or WEFT_ETCD), or --embedded-etcd once it is built',
      {
        field: 'etcd',
        hint: 'for a try-out: `etcd &` on one host, then `weftd --etcd http://THAT-HOST:2379` on each',
      },
    )
  }
  for (const url of etcd) checkUrl(url, given.etcd?.source ?? '')
  if (one('underlay-address') !== undefined && one('underlay-interface') !== undefined) {
    throw new WeftError('WEFT_CONFIG_VALUE', 'underlay-address and underlay-interface exclude each other', {
      field: 'underlay-interface',
      hint: 'remove one of them',
    })
  }
  if ((one('etcd-cert') === undefined) !== (one('etcd-key') === undefined)) {
    throw new WeftError('WEFT_CONFIG_VALUE', 'etcd-cert and etcd-key go together', {
      field: one('etcd-cert') === undefined ? 'etcd-cert' : 'etcd-key',
    })
  }
  if (one('etcd-user') !== undefined && one('etcd-password-file') === undefined) {
    throw new WeftError('WEFT_CONFIG_VALUE', 'etcd-user needs etcd-password-file', { field: 'etcd-password-file' })
  }
  const logLevel = checked('log-level', (text) => oneOf(LOG_LEVELS, text)) ?? 'info'
  const host = checked('host', parseHostId) ?? ownName(hostName)
  const prefix = checked('etcd-prefix', checkPrefix) ?? withDefault('etcd-prefix')
  return {
    etcd,
    etcdPrefix: prefix,
    host,
    stateDir: checked('state-dir', absolute) ?? withDefault('state-dir'),
    runDir: checked('run-dir', absolute) ?? withDefault('run-dir'),
    logLevel,
    gossipPort: checked('gossip-port', portNumber) ?? Number(withDefault('gossip-port')),
    gracePeriod: checked('grace-period', hours) ?? Number(withDefault('grace-period')),
    checksDir: checked('checks-dir', absolute) ?? withDefault('checks-dir'),
    hooksDir: checked('hooks-dir', absolute) ?? withDefault('hooks-dir'),
    ...present({
      gossipKeyFile: checked('gossip-key-file', absolute),
      docker: checked('docker', flag)
        ? {
            plugin: checked('docker-plugin-socket', absolute) ?? withDefault('docker-plugin-socket'),
            api: checked('docker-api-socket', absolute) ?? withDefault('docker-api-socket'),
          }
        : undefined,
      metricsListen: checked('metrics-listen', listenAddress),
      etcdCa: checked('etcd-ca', absolute),
      etcdCert: checked('etcd-cert', absolute),
      etcdKey: checked('etcd-key', absolute),
      etcdUser: one('etcd-user'),
      etcdPasswordFile: checked('etcd-password-file', absolute),
      underlayAddress: checked('underlay-address', parseIp),
      underlayInterface: checked('underlay-interface', interfaceName),
      zone: checked('zone', parseHostId),
    }),
  }
}

function ownName(hostName: string): HostId {
  try {
    return parseHostId(hostName)
  } catch (cause) {
    throw new WeftError('WEFT_CONFIG_VALUE', `this machine's own name '${hostName}' cannot be its name in the cluster`, {
      field: 'host',
      hint: 'give another with --host NAME: letters, digits, dots and dashes; 63 characters at most',
      cause,
    })
  }
}

/** Leaves out members without a value: `exactOptionalPropertyTypes` tells absent from undefined. */
function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function checkUrl(text: string, source: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '' && url.username === '' && url.pathname === '/')
    return
  throw new WeftError('WEFT_CONFIG_VALUE', `${source}: etcd: '${text}' is not a client URL`, {
    field: 'etcd',
    hint: 'write http://HOST:2379 or https://HOST:2379',
  })
}

function checkPrefix(text: string): string {
  if (!/^(\/[A-Za-z0-9._-]+)+$/.test(text)) throw new Error(`'${text}' is not a key prefix such as /weft/v1`)
  return text
}

function absolute(text: string): string {
  if (!text.startsWith('/') || text.includes('\0')) throw new Error(`'${text}' is not an absolute path`)
  return text
}

function flag(text: string): boolean {
  if (/^(true|yes|on|1)$/.test(text)) return true
  if (/^(false|no|off|0)$/.test(text)) return false
  throw new Error(`'${text}' is neither true nor false`)
}

function portNumber(text: string): number {
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new Error(`'${text}' is not a port from 1 to 65535`)
  return port
}

function hours(text: string): number {
  const count = Number(text)
  if (!/^\d{1,5}$/.test(text) || count < 1) throw new Error(`'${text}' is not a number of hours from 1 to 99999`)
  return count
}

function listenAddress(text: string): MetricsListen {
  const [, six, four, port] = /^(?:\[(.+)\]|([^:]+)):([^:]+)$/.exec(text) ?? []
  const address = six ?? four
  if (address === undefined || port === undefined || (six === undefined) === address.includes(':')) {
    throw new Error(`'${text}' is not an address and a port, such as 127.0.0.1:9100 or [::1]:9100`)
  }
  return { address: parseIp(address), port: portNumber(port) }
}

function interfaceName(text: string): string {
  if (!/^[^\s/:]{1,15}$/.test(text)) throw new Error(`'${text}' is not an interface name`)
  return text
}

function oneOf<T extends string>(allowed: readonly T[], text: string): T {
  const found = allowed.find((item) => item === text)
  if (found === undefined) throw new Error(`'${text}' is none of ${allowed.join(', ')}`)
  return found
}
