import { createSocket } from 'node:dgram'
import { lookup, type LookupAddress } from 'node:dns'
import { contains, familyOf, parseIp, parsePrefix, WeftError, type Ip, type Mac } from '#core'
import type { HostAddress, HostLink } from '#netlink'

/** Where this host's VXLAN packets leave and arrive. */
export interface Underlay {
  readonly address: Ip
  readonly interface: string
  /** Of the interface, in bytes. */
  readonly mtu: number
  /** Of the interface, where it is an Ethernet. */
  readonly mac?: Mac
}

export interface UnderlayWish {
  readonly address?: Ip
  readonly interface?: string
}

/** Devices of overlays and container engines: an address of theirs is never an underlay. */
const NEVER = /^(lo|weft-|wbr-|wp-|docker|br-|veth|virbr|cni|flannel|cali|tun|tap|wg)/

/** For one link only (RFC 4291 §2.5.6): peers could not send there. */
const LINK_LOCAL = parsePrefix('fe80::/10')

/**
 * Chooses the underlay: the address asked for, else the first address of the interface asked for, IPv4 before IPv6, else the address from
 * which this host reaches etcd. An IPv6 address made for privacy is left for a lasting one of the same prefix; one that the kernel
 * still checks is as if it were not there.
 * @param routedFrom the source address of the route to etcd, if there is a route
 * @throws WeftError WEFT_UNDERLAY_INVALID with what the host has instead
 */
export function chooseUnderlay(wish: UnderlayWish, links: readonly HostLink[], routedFrom: Ip | undefined): Underlay {
  const has = links
    .filter((link) => !NEVER.test(link.name))
    .map((link) => `${link.name} (${link.addresses.map(inWords).join(', ') || 'no address'})`)
    .join('; ')
  const invalid = (message: string, field: string): WeftError =>
    new WeftError('WEFT_UNDERLAY_INVALID', message, { field, hint: `this host has: ${has || 'no usable interface'}` })
  if (wish.interface !== undefined) {
    const link = links.find(({ name }) => name === wish.interface)
    if (!link) throw invalid(`there is no interface ${wish.interface}`, 'underlay-interface')
    const [first] = link.addresses.filter(isUsable).sort((a, b) => familyOf(a.address) - familyOf(b.address) || rank(a) - rank(b))
    if (!first) throw invalid(`interface ${wish.interface} has no address`, 'underlay-interface')
    return { address: first.address, interface: link.name, mtu: link.mtu, ...(link.mac && { mac: link.mac }) }
  }
  const address = wish.address ?? routedFrom
  if (address === undefined) throw invalid('no route to etcd tells which address to use', 'underlay-address')
  if (contains(LINK_LOCAL, address)) {
    throw invalid(`${address} is a link-local address, which means nothing to other hosts`, 'underlay-address')
  }
  const link = links.find(({ addresses }) => addresses.some((held) => held.address === address && isUsable(held)))
  if (!link) throw invalid(`no interface of this host has the address ${address}`, 'underlay-address')
  if (wish.address === undefined && NEVER.test(link.name)) {
    throw invalid(
      `the route to etcd leaves by ${link.name}, which peers cannot reach; name the underlay with --underlay-address or --underlay-interface`,
      'underlay-address',
    )
  }
  return { address: wish.address ?? lastingAddress(link, address), interface: link.name, mtu: link.mtu, ...(link.mac && { mac: link.mac }) }
}

/** The kernel likes to send from addresses made for privacy, which change every day: peers would have to follow. */
function lastingAddress({ addresses }: HostLink, address: Ip): Ip {
  const held = addresses.find((one) => one.address === address)
  if (held?.flaw !== 'passing') return address
  return addresses.find(({ prefix, flaw }) => prefix === held.prefix && flaw === undefined)?.address ?? address
}

function isUsable({ flaw }: HostAddress): boolean {
  return flaw !== 'unusable'
}

function rank({ flaw }: HostAddress): number {
  return flaw === undefined ? 0 : 1
}

function inWords({ address, flaw }: HostAddress): string {
  return flaw === undefined ? address : `${address} (${flaw === 'passing' ? 'for a while only' : 'not usable yet'})`
}

/**
 * The address from which the kernel would send to `url`'s host: connecting a UDP socket looks the route up and sends nothing (udp(7)).
 * Of a name with several addresses the first that has a route, IPv4 before IPv6. Undefined when there is no route or the name cannot be
 * resolved within 2 s.
 */
export async function routedSource(url: string): Promise<Ip | undefined> {
  const addresses = await addressesOf(new URL(url).hostname.replace(/^\[|\]$/g, ''))
  for (const { address, family } of addresses.sort((a, b) => a.family - b.family)) {
    const source = await sourceTowards(address, family)
    if (source !== undefined) return source
  }
  return undefined
}

function addressesOf(host: string): Promise<LookupAddress[]> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => resolve([]), 2_000)
    lookup(host, { all: true }, (error, addresses) => {
      clearTimeout(deadline)
      resolve(error ? [] : addresses)
    })
  })
}

function sourceTowards(address: string, family: number): Promise<Ip | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const done = (source: Ip | undefined): void => {
      clearTimeout(deadline)
      socket.close()
      resolve(source)
    }
    const deadline = setTimeout(() => done(undefined), 2_000)
    socket.on('error', () => done(undefined))
    // As an event: a callback given to connect() would also be called, without an address, when there is no route.
    socket.on('connect', () => done(parseIp(socket.address().address.replace(/%.*$/, ''))))
    socket.connect(9, address)
  })
}
