import { createSocket } from 'node:dgram'
import { familyOf, parseIp, WeftError, type Ip } from '#core'
import type { HostLink } from '#netlink'

/** Where this host's VXLAN packets leave and arrive. */
export interface Underlay {
  readonly address: Ip
  readonly interface: string
  /** Of the interface, in bytes. */
  readonly mtu: number
}

export interface UnderlayWish {
  readonly address?: Ip
  readonly interface?: string
}

/** Devices of overlays and container engines: an address of theirs is never an underlay. */
const NEVER = /^(lo|weft-|wbr-|wp-|docker|br-|veth|virbr|cni|flannel|cali|tun|tap|wg)/

/**
 * Chooses the underlay: the address asked for, else the first address of the interface asked for, else the address from which this
 * host reaches etcd.
 * @param routedFrom the source address of the route to etcd, if there is a route
 * @throws WeftError WEFT_UNDERLAY_INVALID with what the host has instead
 */
export function chooseUnderlay(wish: UnderlayWish, links: readonly HostLink[], routedFrom: Ip | undefined): Underlay {
  const has = links
    .filter((link) => !NEVER.test(link.name))
    .map((link) => `${link.name} (${link.addresses.map(({ address }) => address).join(', ') || 'no address'})`)
    .join('; ')
  const invalid = (message: string, field: string): WeftError =>
    new WeftError('WEFT_UNDERLAY_INVALID', message, { field, hint: `this host has: ${has || 'no usable interface'}` })
  if (wish.interface !== undefined) {
    const link = links.find(({ name }) => name === wish.interface)
    if (!link) throw invalid(`there is no interface ${wish.interface}`, 'underlay-interface')
    const [first] = [...link.addresses].sort((a, b) => familyOf(a.address) - familyOf(b.address))
    if (!first) throw invalid(`interface ${wish.interface} has no address`, 'underlay-interface')
    return { address: first.address, interface: link.name, mtu: link.mtu }
  }
  const address = wish.address ?? routedFrom
  if (address === undefined) throw invalid('no route to etcd tells which address to use', 'underlay-address')
  const link = links.find(({ addresses }) => addresses.some((held) => held.address === address))
  if (!link) throw invalid(`no interface of this host has the address ${address}`, 'underlay-address')
  if (wish.address === undefined && NEVER.test(link.name)) {
    throw invalid(
      `the route to etcd leaves by ${link.name}, which peers cannot reach; name the underlay with --underlay-address or --underlay-interface`,
      'underlay-address',
    )
  }
  return { address, interface: link.name, mtu: link.mtu }
}

/**
 * The address from which the kernel would send to `url`'s host: connecting a UDP socket looks the route up and sends nothing (udp(7)).
 * Undefined when there is no route or the name cannot be resolved within 2 s.
 */
export function routedSource(url: string): Promise<Ip | undefined> {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '')
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    const done = (address: Ip | undefined): void => {
      clearTimeout(deadline)
      socket.close()
      resolve(address)
    }
    const deadline = setTimeout(() => done(undefined), 2_000)
    socket.on('error', () => done(undefined))
    // As an event: a callback given to connect() would also be called, without an address, when there is no route.
    socket.on('connect', () => done(parseIp(socket.address().address)))
    socket.connect(9, host)
  })
}
