import { familyOf, WeftError, type Clock, type Ip, type Log, type Prefix } from '#core'
import type { InsideAddress, PortLink, Step } from '#plan'
import { LOOPBACK_IFINDEX } from '../abi/if-link.js'
import { writeAddressCreate } from '../codec/link-address.js'
import { writeLinkChange, writeLinkDelete, writeNoLinkLocal, writeVethCreate, type LinkInfo } from '../codec/link.js'
import { MessageWriter } from '../codec/message-writer.js'
import { writeInsideRoute } from '../codec/route.js'
import { netnsIdentity, openNetns, type Netns } from '../netns/netns.js'
import { Connection } from '../socket/connection.js'
import { ERRNO } from '../socket/errno.js'
import { NetlinkSocket } from '../socket/netlink-socket.js'
import { refusalError, type Refusal } from '../socket/refusal.js'
import { operationOf } from './operation-text.js'
import { SysctlFiles } from './sysctl-files.js'
import { Tables } from './tables.js'

/** A wired namespace answers with a few messages at most. */
const INSIDE_SOCKET = { receiveSize: 32 * 1024, receiveBuffer: 1024 * 1024 }

/** The two ends of an endpoint's veth pair. */
export class EndpointWiring {
  /** @param netns namespace of the host's ends; the agent's own when undefined */
  constructor(
    private readonly changes: Connection,
    private readonly tables: Tables,
    private readonly netns: Netns | undefined,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * Makes the pair, with the far end directly in its namespace, gives that its address and routes and plugs the near end into the bridge.
   * Taken back entirely when a part fails.
   * @returns 'name taken' when the host has a device of the port's name; nothing was done then
   * @throws WeftError WEFT_NETNS_INVALID, WEFT_ENDPOINT_EXISTS, WEFT_NETLINK
   */
  async wire(step: Step, port: PortLink, master: number): Promise<'wired' | 'name taken'> {
    if (port.inside.loose) return this.make(step, port, master, undefined)
    const inside = openNetns(port.inside.netns)
    try {
      this.refuseOwnNamespace(inside)
      return await this.make(step, port, master, inside)
    } finally {
      inside.close()
    }
  }

  private async make(step: Step, port: PortLink, master: number, inside: Netns | undefined): Promise<'wired' | 'name taken'> {
    if (!(await this.createPair(step, port, inside))) return 'name taken'
    try {
      await this.mark(step, port)
      if (inside) {
        setSysctlsInside(port, inside)
        await this.withNamespace(inside, (connection) => setUpInside(step, port, connection))
      }
      await this.plug(step, port, master)
    } catch (error) {
      await this.takeBack(port.name)
      throw error
    }
    return 'wired'
  }

  /** Gives the far end of a port that exists the MTU; a namespace that is gone takes the port along. */
  async changeInside(step: Step, port: PortLink, mtu: number): Promise<void> {
    // What a container engine has taken bears a name of its choice, in a namespace that may be out of sight.
    if (port.inside.loose || netnsIdentity(port.inside.netns) === undefined) return
    const inside = openNetns(port.inside.netns)
    try {
      await this.withNamespace(inside, async (connection) => {
        const link = await insideLink(connection, port)
        // A path by process id may lead to somebody else's namespace by now, with an interface of that name.
        if (link === undefined || link.mac !== port.inside.mac || link.mtu === mtu) return
        const writer = new MessageWriter()
        writeLinkChange(writer, link.index, { mtu })
        await done(step, connection, writer)
      })
    } finally {
      inside.close()
    }
  }

  /** Endpoint and bridge in one namespace would put the endpoint's default route on the host. */
  private refuseOwnNamespace(inside: Netns): void {
    const own = this.netns?.identity ?? netnsIdentity('/proc/thread-self/ns/net')
    if (inside.identity !== own) return
    throw new WeftError('WEFT_NETNS_INVALID', `${inside.path} is the host's own network namespace`, {
      field: 'netns',
      hint: 'give the namespace of a container, or make one: ip netns add NAME',
    })
  }

  private async createPair(step: Step, port: PortLink, inside: Netns | undefined): Promise<boolean> {
    const { ifname, mac } = port.inside
    const writer = new MessageWriter()
    writeVethCreate(writer, port.name, port.mtu, { name: ifname, mac, ...(inside && { netnsFd: inside.fd }) })
    const [refusal] = await this.changes.execute(writer)
    if (refusal === undefined) return true
    if (refusal.errno !== ERRNO.EEXIST) throw refusalError(operationOf(step), refusal)
    if ((await this.hostLink(port.name)) !== undefined) return false
    throw new WeftError('WEFT_ENDPOINT_EXISTS', `${operationOf(step)}: ${inside?.path ?? 'the host'} has an interface ${ifname} already`, {
      field: 'ifname',
      hint: 'give another interface name, or detach the endpoint that has this one',
    })
  }

  /** Makes the near end known as ours before anything else can fail. */
  private async mark(step: Step, port: PortLink): Promise<void> {
    const index = await this.hostIndex(step, port)
    const writer = new MessageWriter()
    writeNoLinkLocal(writer, index)
    writeLinkChange(writer, index, { alias: port.alias })
    await done(step, this.changes, writer, isNoIpv6)
  }

  private async plug(step: Step, port: PortLink, master: number): Promise<void> {
    const writer = new MessageWriter()
    writeLinkChange(writer, await this.hostIndex(step, port), { master, up: true })
    await done(step, this.changes, writer)
  }

  /** Its own failure would only hide the one that is on its way; what is left bears Weft's mark, and the next round removes it. */
  private async takeBack(name: string): Promise<void> {
    try {
      const link = await this.hostLink(name)
      if (link === undefined) return
      const writer = new MessageWriter()
      writeLinkDelete(writer, link.index)
      await this.changes.execute(writer)
    } catch (error) {
      this.log.warn('A half-made port could not be taken back', { port: name, error: String(error) })
    }
  }

  private async hostIndex(step: Step, port: PortLink): Promise<number> {
    const link = await this.hostLink(port.name)
    if (link === undefined) throw new WeftError('WEFT_NETLINK', `${operationOf(step)}: the new device was deleted by somebody else`)
    return link.index
  }

  private async hostLink(name: string): Promise<LinkInfo | undefined> {
    return (await this.tables.linksNamed([name]))[0]
  }

  private async withNamespace<T>(netns: Netns, action: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = new Connection({ open: () => new NetlinkSocket({ netns, ...INSIDE_SOCKET }), clock: this.clock })
    try {
      return await action(connection)
    } finally {
      connection.close()
    }
  }
}

/**
 * Before the interface is up. Whoever is on the bridge could send advertisements of a router, and have all others send what is meant for
 * elsewhere to him (RFC 6104): endpoints take none, in networks of IPv4 neither. IPv6 is on where the network has it: container engines have
 * it off elsewhere.
 */
function setSysctlsInside({ inside: { ifname, addresses } }: PortLink, netns: Netns): void {
  const sysctls = new SysctlFiles(netns)
  const set = (name: string, value: string): void => {
    const setting = `net.ipv6.conf.${ifname}.${name}`
    const present = sysctls.read(setting)
    if (present !== undefined && present !== value) sysctls.write(setting, value)
  }
  set('accept_ra', '0')
  if (hasIpv6(addresses)) set('disable_ipv6', '0')
}

async function setUpInside(step: Step, port: PortLink, connection: Connection): Promise<void> {
  const { ifname, addresses } = port.inside
  const link = await insideLink(connection, port)
  if (link === undefined) throw new WeftError('WEFT_NETLINK', `${operationOf(step)}: ${ifname} has vanished from ${port.inside.netns}`)
  const writer = new MessageWriter()
  // An IPv4 endpoint makes no IPv6 noise of its own; what a container engine sets later still counts.
  if (!hasIpv6(addresses)) writeNoLinkLocal(writer, link.index)
  writeLinkChange(writer, link.index, { up: true })
  for (const { address, prefixLength } of addresses) writeAddressCreate(writer, link.index, address, prefixLength)
  await done(step, connection, writer, isNoIpv6)

  writer.reset()
  for (const { to, via } of routesInside(port)) writeInsideRoute(writer, link.index, to, via)
  for (const refusal of await connection.execute(writer)) throw routeError(step, port, refusal)

  writer.reset()
  writeLinkChange(writer, LOOPBACK_IFINDEX, { up: true })
  await done(step, connection, writer)
}

/** Default routes first. */
function routesInside({ inside: { addresses, routes = [] } }: PortLink): readonly { readonly to: Prefix | 'default'; readonly via: Ip }[] {
  return [...addresses.flatMap(({ gateway }) => (gateway === undefined ? [] : [{ to: 'default' as const, via: gateway }])), ...routes]
}

function hasIpv6(addresses: readonly InsideAddress[]): boolean {
  return addresses.some(({ address }) => familyOf(address) === 6)
}

function routeError(step: Step, port: PortLink, refusal: Refusal): WeftError {
  if (refusal.errno !== ERRNO.EEXIST) return refusalError(operationOf(step), refusal)
  const route = routesInside(port)[refusal.index]
  const isDefault = route?.to === 'default'
  const to = isDefault ? 'a default route' : `a route to ${route?.to}`
  return new WeftError('WEFT_ENDPOINT_EXISTS', `${operationOf(step)}: ${port.inside.netns} has ${to} already`, {
    field: isDefault ? 'gateway' : 'routes',
    hint: 'attach without a default route, or remove the one that is there',
  })
}

async function insideLink(connection: Connection, port: PortLink): Promise<LinkInfo | undefined> {
  return (await new Tables(connection).linksNamed([port.inside.ifname]))[0]
}

/** Sends the messages; the first refusal that is not tolerated is thrown. */
async function done(
  step: Step,
  connection: Connection,
  writer: MessageWriter,
  tolerated: (refusal: Refusal) => boolean = () => false,
): Promise<void> {
  for (const refusal of await connection.execute(writer)) {
    if (!tolerated(refusal)) throw refusalError(operationOf(step), refusal)
  }
}

/** Without IPv6 there is no link-local address to be kept off: the first message of those that ask for it. */
function isNoIpv6(refusal: Refusal): boolean {
  return refusal.index === 0 && refusal.errno === ERRNO.EAFNOSUPPORT
}
