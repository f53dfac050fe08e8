import { randomBytes } from 'node:crypto'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { inUrl, WeftError, type Family } from '#core'
import { EtcdMember } from './etcd.js'
import { Faults } from './faults.js'
import { LabHost, type LabSurroundings } from './host.js'
import { onInterrupt } from './interrupt.js'
import {
  createRecord,
  labDirectory,
  labNamespace,
  parseLabId,
  readRecord,
  writeRecord,
  type EtcdRecord,
  type LabRecord,
} from './lab-record.js'
import { addNamespace, removeNamespace } from './namespace.js'
import { Place } from './place.js'
import { identify } from './process-identity.js'
import { run, type Outcome } from './run-command.js'
import { removeAbandonedLabs, removeLab } from './teardown.js'
import { waitFor } from './wait-for.js'

export interface LabOptions {
  /** How many hosts: `h1`, `h2`, … */
  readonly hosts: number
  /** Members of the etcd, each in its own namespace; 1 unless given, 0 for none. */
  readonly etcdMembers?: 0 | 1 | 3
  /** The members run on the first hosts instead, one on each. */
  readonly etcdOnHosts?: boolean
  /** The lab's name; a random one unless given. */
  readonly id?: string
  /** MTU of the underlay; 1500 unless given. */
  readonly underlayMtu?: number
  /** Family of the underlay's addresses; there are none of the other one. 4 unless given. */
  readonly underlay?: Family
  /** The lab outlives this process and stays until `Lab.open(id).down()` or `npm run lab -- down`. */
  readonly persistent?: boolean
}

/** The ranges for tests between networks (RFC 2544 §C.2.2, RFC 5180 §8): no real host has such an address. */
const UNDERLAYS: Readonly<Record<Family, { readonly length: number; readonly address: (third: number, fourth: number) => string }>> = {
  4: { length: 16, address: (third, fourth) => `198.18.${third}.${fourth}` },
  6: { length: 48, address: (third, fourth) => `2001:2::${third.toString(16)}:${fourth.toString(16)}` },
}

/** Name and underlay address of a host, by the order in which hosts are added. */
function hostPlace(family: Family, index: number): { readonly host: string; readonly address: string } {
  const address = UNDERLAYS[family].address(1 + Math.floor(index / HOSTS_PER_OCTET), 1 + (index % HOSTS_PER_OCTET))
  return { host: `h${index + 1}`, address }
}
const routerOf = (family: Family): string => UNDERLAYS[family].address(0, 1)
/** A third octet for every 200 hosts. */
const HOSTS_PER_OCTET = 200

/**
 * A small data centre on one machine (DESIGN.md §10):
 *
 *     wl-ID-h1        wl-ID-h2        wl-ID-h3      wl-ID-etcd1     hosts and etcd, each a network namespace
 *     eth0 .1.1       eth0 .1.2       eth0 .1.3     eth0 .0.11      198.18.0.0/16
 *        |               |               |              |           veth pairs; the far end is named like the host
 *     ===+======= bridge "underlay" =====+==============+===        wl-ID-underlay: faults are made here
 *
 * Everything made stands in namespaces and directories of its own, so that several labs can be up at once, and is removed by
 * `down()`, when this process is told to end (Ctrl-C), or, if it crashed, by the next lab that comes up.
 */
export class Lab {
  readonly hosts = new Map<string, LabHost>()
  readonly etcd: EtcdMember[] = []
  readonly faults: Faults
  readonly underlay: Place
  readonly directory: string
  private readonly surroundings: LabSurroundings
  private forgetInterrupt: (() => void) | undefined

  private constructor(private record: LabRecord) {
    const { id } = record
    this.directory = labDirectory(id)
    const trace = (line: string): void => this.trace(line)
    this.underlay = new Place('underlay', labNamespace(id, 'underlay'), {}, trace)
    this.faults = new Faults(this.underlay)
    const cluster = record.etcd.map((member) => `${member.name}=http://${inUrl(member.address)}:2380`).join(',')
    for (const member of record.etcd) {
      const env = { ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: `http://${inUrl(member.address)}:2379` }
      const place = new Place(member.name, labNamespace(id, member.host ?? member.name), env, trace)
      this.etcd.push(new EtcdMember(id, member.name, member.address, place, cluster))
    }
    this.surroundings = {
      id,
      underlay: this.underlay,
      etcdUrls: this.etcd.map((member) => member.url),
      trace,
      makeContainer: (host, container) => this.makeContainer(host, container),
    }
    for (const host of record.hosts) {
      const handle = new LabHost(host.name, host.address, this.surroundings)
      for (const container of host.containers) handle.containerOf(container)
      this.hosts.set(host.name, handle)
    }
  }

  /**
   * Builds a lab with its etcd running and its hosts configured; agents are started by `startAgents()`.
   * @throws WeftError WEFT_NOT_ROOT, WEFT_LAB (the name is taken, something did not come up), WEFT_LAB_COMMAND; nothing is left then
   */
  static async up(options: LabOptions): Promise<Lab> {
    if (process.getuid?.() !== 0) {
      throw new WeftError('WEFT_NOT_ROOT', 'the lab makes network namespaces, which needs root', { hint: 'use sudo' })
    }
    await removeAbandonedLabs()
    const id = parseLabId(options.id ?? randomBytes(3).toString('hex'))
    const { underlay: family = 4 } = options
    const members = Array.from({ length: options.etcdMembers ?? 1 }, (_, index): EtcdRecord => {
      const name = `etcd${index + 1}`
      return options.etcdOnHosts ? { name, ...hostPlace(family, index) } : { name, address: UNDERLAYS[family].address(0, 11 + index) }
    })
    const owner = options.persistent ? null : identify(process.pid)
    if (owner === undefined) throw new Error('/proc does not show this process')
    createRecord({ format: 1, id, created: new Date().toISOString(), owner, underlay: family, etcd: members, hosts: [] })
    // While it is being built, also a persistent lab goes when this process is told to end.
    const forgetInterrupt = onInterrupt(() => removeLab(id))
    try {
      const lab = new Lab(readRecord(id))
      lab.forgetInterrupt = forgetInterrupt
      await lab.build(options)
      if (options.persistent) lab.release()
      return lab
    } catch (thrown) {
      await removeLab(id)
      forgetInterrupt()
      throw thrown
    }
  }

  /** A handle of a lab that is up, for another process than the one that built it. @throws WeftError WEFT_LAB */
  static open(id: string): Lab {
    return new Lab(readRecord(id))
  }

  get id(): string {
    return this.record.id
  }

  private get family(): Family {
    return this.record.underlay ?? 4
  }

  /** The host of a name such as `h1`. @throws WeftError WEFT_LAB */
  host(name: string): LabHost {
    return known(this.hosts.get(name), `the lab '${this.id}' has no host '${name}'`, [...this.hosts.keys()])
  }

  /** A host (`h1`), container (`h1/c1`), etcd member (`etcd1`) or the `underlay`. @throws WeftError WEFT_LAB */
  place(label: string): Place {
    const places = new Map<string, Place>([[this.underlay.label, this.underlay]])
    for (const member of this.etcd) places.set(member.name, member.place)
    for (const host of this.hosts.values()) {
      places.set(host.name, host)
      for (const container of host.containers.values()) places.set(container.label, container)
    }
    return known(places.get(label), `the lab '${this.id}' has no place '${label}'`, [...places.keys()])
  }

  /** Adds the next host (`h4` after `h3`) with its underlay link and its configuration file; its agent is not started. */
  async addHost(mtu = 1500): Promise<LabHost> {
    const { host: name, address } = hostPlace(this.family, this.record.hosts.length)
    this.change({ ...this.record, hosts: [...this.record.hosts, { name, address, containers: [] }] })
    await this.join(name, address, mtu)
    const host = new LabHost(name, address, this.surroundings)
    host.writeConfig()
    this.hosts.set(name, host)
    return host
  }

  /** Starts the agents of all hosts where none runs. */
  async startAgents(): Promise<void> {
    await Promise.all([...this.hosts.values()].filter((host) => host.agentPid === undefined).map((host) => host.startAgent()))
  }

  /** Runs etcdctl on the underlay, as an operator does. */
  etcdctl(words: readonly string[], input = ''): Promise<Outcome> {
    return this.underlay.exec(['etcdctl', ...words], {
      env: { ETCDCTL_API: '3', ETCDCTL_ENDPOINTS: this.surroundings.etcdUrls.join(',') },
      input,
    })
  }

  /**
   * Waits until all running agents have the network up and know of each other, and their kernels are as they want them.
   */
  async networkReady(network: string): Promise<void> {
    const running = [...this.hosts.values()].filter((host) => host.agentPid !== undefined)
    await waitFor(`the network '${network}' on ${running.map((host) => host.name).join(', ')}`, async () => {
      for (const host of running) {
        const status = await host.status()
        const state = status.networks.find((each) => each.name === network)
        const waitingFor = !state ? 'to know it' : state.problem ? state.problem.message : `to be ready: ${JSON.stringify(state)}`
        if (state?.state !== 'ready' || state.peers < running.length - 1) throw new Error(`${host.name} has yet ${waitingFor}`)
        if (status.reconcile.state !== 'in-sync') throw new Error(`${host.name}: its kernel is ${status.reconcile.state}`)
      }
      return true
    })
  }

  /** Adds a line to the lab's trace, which is part of the evidence when a scenario fails. */
  trace(line: string): void {
    appendFileSync(join(this.directory, 'trace.log'), `${new Date().toISOString()} ${line}\n`)
  }

  /** Has a member of the etcd lead, and waits until it does. */
  async lead(member: EtcdMember): Promise<void> {
    await waitFor(`${member.name} to lead`, async () => {
      const { stdout } = await this.etcdctl(['endpoint', 'status', '--write-out', 'simple'])
      const states = stdout.split('\n').map((line) => line.split(', '))
      const [, id, , , leads] = states.find(([url]) => url === member.url) ?? []
      if (id !== undefined && leads !== 'true') await this.etcdctl(['move-leader', id])
      return leads === 'true'
    })
  }

  /** Leaves the lab up for other processes to use and take down. */
  release(): void {
    this.change({ ...this.record, owner: null })
    this.forgetInterrupt?.()
    this.forgetInterrupt = undefined
  }

  /** Removes the lab: processes, namespaces, files. */
  async down(): Promise<void> {
    await removeLab(this.id)
    this.forgetInterrupt?.()
    this.forgetInterrupt = undefined
  }

  private async build(options: LabOptions): Promise<void> {
    const { namespace } = this.underlay
    const tracing = { trace: (line: string) => this.trace(line) }
    await addNamespace(namespace, tracing)
    await run('ip', ['-n', namespace, '-batch', '-'], {
      ...tracing,
      input: `link add underlay type bridge mcast_snooping 0
link set underlay mtu ${options.underlayMtu ?? 1500} up
address add ${routerOf(this.family)}/${UNDERLAYS[this.family].length} dev underlay${this.family === 6 ? ' nodad' : ''}
`,
    })
    for (const { name, address, host } of this.record.etcd) if (!host) await this.join(name, address, options.underlayMtu ?? 1500)
    if (!options.etcdOnHosts) for (const member of this.etcd) member.start()
    for (let count = 0; count < options.hosts; count++) await this.addHost(options.underlayMtu)
    if (options.etcdOnHosts) for (const member of this.etcd) member.start()
    await Promise.all(this.etcd.map((member) => member.healthy()))
  }

  /** A namespace with an `eth0` that is plugged into the underlay. */
  private async join(name: string, address: string, mtu: number): Promise<void> {
    const namespace = labNamespace(this.id, name)
    const tracing = { trace: (line: string) => this.trace(line) }
    await addNamespace(namespace, tracing)
    await run('ip', ['-n', namespace, '-batch', '-'], {
      ...tracing,
      input: `link add eth0 mtu ${mtu} type veth peer name ${name} mtu ${mtu} netns ${this.underlay.namespace}
address add ${address}/${UNDERLAYS[this.family].length} dev eth0${this.family === 6 ? ' nodad' : ''}
link set eth0 up
route add default via ${routerOf(this.family)}
`,
    })
    await run('ip', ['-n', this.underlay.namespace, 'link', 'set', name, 'master', 'underlay', 'up'], tracing)
  }

  private async makeContainer(host: string, container: string): Promise<void> {
    if (!/^[a-z0-9]{1,12}$/.test(container)) {
      throw new WeftError('WEFT_NAME_INVALID', `'${container}' is not a name for a container of the lab`, {
        hint: 'use lower-case letters and digits; 12 at most',
      })
    }
    const found = this.record.hosts.find((each) => each.name === host)
    if (!found || found.containers.includes(container)) throw new WeftError('WEFT_LAB', `${host} has a container '${container}' already`)
    const changed = { ...found, containers: [...found.containers, container] }
    this.change({ ...this.record, hosts: this.record.hosts.map((each) => (each === found ? changed : each)) })
    await addNamespace(labNamespace(this.id, `${host}-${container}`), { trace: (line) => this.trace(line) })
  }

  /** Removes a container's namespace, as when the container dies: its agent has to notice. */
  async removeContainer(label: string): Promise<void> {
    const [hostName = '', containerName = ''] = label.split('/')
    const host = this.host(hostName)
    const container = known(host.containers.get(containerName), `${hostName} has no container '${containerName}'`, [
      ...host.containers.keys(),
    ])
    await removeNamespace(container.namespace, { trace: (line) => this.trace(line) })
    host.containers.delete(containerName)
    this.change({
      ...this.record,
      hosts: this.record.hosts.map((each) =>
        each.name === hostName ? { ...each, containers: each.containers.filter((name) => name !== containerName) } : each,
      ),
    })
  }

  private change(record: LabRecord): void {
    this.record = record
    writeRecord(record)
  }
}

function known<T>(found: T | undefined, message: string, names: readonly string[]): T {
  if (found === undefined)
    throw new WeftError('WEFT_LAB', message, { hint: names.length > 0 ? `there are ${names.join(', ')}` : 'there are none' })
  return found
}
