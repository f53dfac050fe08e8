import { familyOf, parseIp, prefixLength, prefixOf, type Ip, type Mac, type Prefix } from '#core'
import { WEFT_PROTOCOL } from '#plan'
import { NO_MAC } from '../codec/address-text.js'
import type { LinkInfo } from '../codec/link.js'
import { ownLink } from './observe.js'
import type { SysctlFiles } from './sysctl-files.js'
import type { Tables } from './tables.js'

/** A link of the host that is not Weft's own. */
export interface HostLink {
  readonly name: string
  /** In bytes. */
  readonly mtu: number
  /** Absent where it is no Ethernet. */
  readonly mac?: Mac
  readonly up: boolean
  readonly addresses: readonly HostAddress[]
}

export interface HostAddress {
  readonly address: Ip
  readonly prefix: Prefix
  /** Nothing can be sent from it, or it will be replaced soon; only IPv6 has such addresses. */
  readonly flaw?: 'unusable' | 'passing'
}

/** What the host has beside Weft: where an underlay can be, and what a pool must not overlap. */
export interface HostNetwork {
  readonly links: readonly HostLink[]
  /** Destinations of the main table's routes without the default routes and Weft's own. */
  readonly routes: readonly Prefix[]
}

/** Reads the host's links and their addresses: all that an underlay is chosen by. @throws WeftError WEFT_NETLINK */
export async function readHostLinks(tables: Tables): Promise<Pick<HostNetwork, 'links'>> {
  return { links: await withAddresses(await tables.links(), tables) }
}

/** Reads the host's links, addresses and routes. @throws WeftError WEFT_NETLINK */
export async function readHostNetwork(tables: Tables): Promise<HostNetwork> {
  const links = await tables.links()
  const own = new Set(links.filter(isOwn).map(({ index }) => index))
  const routes = [...(await tables.routes(4)), ...(await tables.routes(6))]
  return {
    links: await withAddresses(links, tables),
    routes: routes
      .filter(({ to, protocol, index }) => protocol !== WEFT_PROTOCOL && !own.has(index) && prefixLength(to) > 0 && to !== LINK_LOCAL)
      .map(({ to }) => to),
  }
}

/** Those of the links that are not Weft's own. */
async function withAddresses(links: readonly LinkInfo[], tables: Tables): Promise<HostLink[]> {
  const addresses = (await tables.addresses()).filter(({ address, linkLocal }) => !(linkLocal && familyOf(address) === 6))
  return links
    .filter((link) => !isOwn(link))
    .map(({ index, name, mtu, mac, up }) => ({
      name,
      mtu,
      ...(mac === NO_MAC ? {} : { mac }),
      up,
      addresses: addresses
        .filter((held) => held.index === index)
        .map(({ address, prefixLength: length, usable, lasting }) => {
          const held = { address, prefix: prefixOf(address, length) }
          return usable && lasting ? held : { ...held, flaw: usable ? 'passing' : 'unusable' }
        }),
    }))
}

function isOwn(link: LinkInfo): boolean {
  return ownLink(link, '') !== undefined
}

/** Every IPv6 interface has a route to it. */
const LINK_LOCAL = prefixOf(parseIp('fe80::'), 64)

/** Which addresses are on a link: reached by it, and without a gateway. */
export interface OnLink {
  /** Index of the link; 0 when it is gone. */
  readonly index: number
  /** With the MAC address to which the kernel sends what is for them, where it knows one. */
  readonly addresses: ReadonlyMap<Ip, Mac | undefined>
  /** The kernel forwards what comes in by the link. */
  readonly forwards: boolean
  /** Every device drops what comes from where it would not send to itself, whatever the device's own setting (rp_filter in ip-sysctl.rst). */
  readonly strict: boolean
}

/** Asks the kernel which way it would send to each of the addresses. @throws WeftError WEFT_NETLINK */
export async function readOnLink(tables: Tables, sysctls: SysctlFiles, dev: string, addresses: readonly Ip[]): Promise<OnLink> {
  const forwards = sysctls.read(`net.ipv4.conf.${dev}.forwarding`) === '1'
  const strict = sysctls.read('net.ipv4.conf.all.rp_filter') === '1'
  const [link] = await tables.linksNamed([dev])
  if (!link?.up || !link.carrier) return { index: 0, addresses: new Map(), forwards, strict }
  const { index } = link
  const ways = await tables.waysTo(addresses)
  const near = addresses.filter((_, at) => ways[at]?.onLink && ways[at].index === index)
  const neighbours = await tables.neighboursAt(near.map((address) => ({ index, address })))
  const macs = neighbours.map((neighbour) => (neighbour?.mac === NO_MAC ? undefined : neighbour?.mac))
  return { index, addresses: new Map(near.map((address, at) => [address, macs[at]])), forwards, strict }
}
