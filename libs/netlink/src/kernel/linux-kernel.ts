import type { Clock, Ip, Log, Monotonic } from '#core'
import type { Desired, Kernel, KernelObject, Observed, Plan, Sighting, StepFailure, Touched } from '#plan'
import type { Netns } from '../netns/netns.js'
import { ChangeEvents } from '../socket/change-events.js'
import { Connection } from '../socket/connection.js'
import { giveMemoryBack } from '../socket/libc.js'
import { NetlinkSocket } from '../socket/netlink-socket.js'
import { PlanRun } from './apply.js'
import { Devices } from './devices.js'
import { EndpointWiring } from './endpoint-wiring.js'
import { readHostLinks, readHostNetwork, readOnLink, type HostNetwork, type OnLink } from './host-network.js'
import { LinkSteps } from './link-steps.js'
import { lookAt } from './look-at.js'
import { observe, type SeenLinks } from './observe.js'
import { OwnChanges } from './own-changes.js'
import { SysctlFiles } from './sysctl-files.js'
import { Tables } from './tables.js'
import { touchedBy } from './touched.js'

export interface LinuxKernelOptions {
  readonly clock: Clock
  readonly log: Log
  /** The namespace to look at and program; the agent's own when left out. Stays the caller's to close, after the kernel. */
  readonly netns?: Netns
}

const MEBIBYTE = 1024 * 1024

/** What dumps are made of: the kernel fills 32 KiB at a time when there is room (net/netlink/af_netlink.c). */
const DUMPS = { receiveSize: 32 * 1024, receiveBuffer: 8 * MEBIBYTE }
/** Verdicts: a number and perhaps a sentence; room for one for each message of a send. */
const VERDICTS = { receiveSize: 1024, receiveBuffer: 16 * MEBIBYTE }
/** Notifications: only their beginnings are looked at, and losing some is as good as reading them. */
const NOTIFICATIONS = { receiveSize: 512, receiveBuffer: MEBIBYTE / 4 }

const NO_NAMES: SeenLinks['names'] = new Map()

/** Freed memory is given back at a look at the kernel, at most so often, in ms. */
const TIDY_EVERY = 50_000

/** The kernel of a network namespace, over netlink and /proc/sys. Holds three sockets at most. */
export class LinuxKernel implements Kernel {
  private readonly changes: Connection
  private readonly dumps: Connection
  private readonly tables: Tables
  private readonly sysctls: SysctlFiles
  private readonly events: ChangeEvents
  private readonly own = new OwnChanges()
  /** As last observed. */
  private links: SeenLinks | undefined
  private tidiedAt: Monotonic

  private constructor(private readonly options: LinuxKernelOptions) {
    const { netns, clock, log } = options
    this.tidiedAt = clock.now()
    const connect = (sizes: typeof DUMPS): Connection => new Connection({ open: () => new NetlinkSocket({ netns, ...sizes }), clock })
    this.changes = connect(VERDICTS)
    this.dumps = connect(DUMPS)
    this.tables = new Tables(this.dumps)
    this.sysctls = new SysctlFiles(netns)
    this.events = new ChangeEvents({
      open: () => new NetlinkSocket({ netns, ...NOTIFICATIONS }),
      clock,
      log,
      touchedBy: (message) => (this.own.has(message, this.links?.names ?? NO_NAMES) ? undefined : touchedBy(message, this.links)),
    })
  }

  /** @throws WeftError WEFT_NOT_ROOT, WEFT_NETLINK, WEFT_NETNS_INVALID */
  static async open(options: LinuxKernelOptions): Promise<LinuxKernel> {
    const kernel = new LinuxKernel(options)
    try {
      await kernel.tables.linksNamed(['lo'])
    } catch (error) {
      kernel.close()
      throw error
    }
    return kernel
  }

  async observe(expected?: Desired['objects']): Promise<Observed> {
    this.own.forget()
    this.tidy()
    const { observed, links } = await observe(this.tables, this.sysctls, expected)
    this.links = links
    return observed
  }

  lookAt(objects: readonly KernelObject[]): Promise<Sighting | undefined> {
    return this.links ? lookAt(objects, this.tables, this.links) : Promise.resolve(undefined)
  }

  /** What earlier looks have left was freed since; the C library would keep it, 8 MB with 10,000 peers. Takes 1 ms then. */
  private tidy(): void {
    const now = this.options.clock.now()
    if (now - this.tidiedAt < TIDY_EVERY) return
    this.tidiedAt = now
    giveMemoryBack()
  }

  async apply(plan: Plan): Promise<readonly StepFailure[]> {
    if (plan.steps.length === 0) return []
    this.own.expect(plan, () => this.changes.port)
    const { changes, tables, sysctls } = this
    const { netns, clock, log } = this.options
    const devices = new Devices(tables)
    const links = new LinkSteps(changes, tables, devices, new EndpointWiring(changes, tables, netns, clock, log), netns, log)
    return new PlanRun({ changes, tables, devices, links, sysctls }).run(plan)
  }

  onChange(listener: (touched: Touched) => void): () => void {
    return this.events.listen(listener)
  }

  /** What the namespace has beside Weft's own. Rejects with WEFT_NETLINK. */
  hostNetwork(): Promise<HostNetwork> {
    return readHostNetwork(this.tables)
  }

  /** The namespace's links beside Weft's own: cheap however many routes there are. Rejects with WEFT_NETLINK. */
  hostLinks(): Promise<Pick<HostNetwork, 'links'>> {
    return readHostLinks(this.tables)
  }

  /** Which of the addresses are on a link of the namespace; none while it is down. Rejects with WEFT_NETLINK. */
  onLink(dev: string, addresses: readonly Ip[]): Promise<OnLink> {
    return readOnLink(this.tables, this.sysctls, dev, addresses)
  }

  close(): void {
    this.events.close()
    this.changes.close()
    this.dumps.close()
  }
}
