import { familyOf, parseIp, prefixLength, prefixOf, type Ip, type Prefix } from '#core'
import { WEFT_PROTOCOL } from '#plan'
import type { LinkInfo } from '../codec/link.js'
import { ownLink } from './observe.js'
import type { Tables } from './tables.js'

/** A link of the host that is not Weft's own. */
export interface HostLink {
  readonly name: string
  /** In bytes. */
  readonly mtu: number
  readonly up: boolean
  readonly addresses: readonly { readonly address: Ip; readonly prefix: Prefix }[]
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
    .map(({ index, name, mtu, up }) => ({
      name,
      mtu,
      up,
      addresses: addresses
        .filter((held) => held.index === index)
        .map(({ address, prefixLength: length }) => ({ address, prefix: prefixOf(address, length) })),
    }))
}

function isOwn(link: LinkInfo): boolean {
  return ownLink(link, '') !== undefined
}

/** Every IPv6 interface has a route to it. */
const LINK_LOCAL = prefixOf(parseIp('fe80::'), 64)
