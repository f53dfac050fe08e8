import {
  contains,
  leasableSubnetAt,
  portName,
  prefixAddress,
  prefixFamily,
  type Ip,
  type Mac,
  type Network,
  type Prefix,
  type SubnetLease,
} from '#core'
import { bridgeMac } from '../identities.js'
import type { LocalNetwork } from '../local-objects.js'
import { addressesOf, type LocalEndpoint, type LocalHost } from '../local-host.js'

/**
 * What goes between endpoints of this host and those of others from device to device, past everything that the host does with forwarded
 * packets: its own filters, those of others, connection tracking (docs/decisions/shortcut.md). The ways to the peers follow from their
 * subnets.
 */
export interface Shortcut {
  /** Of the network, in bytes: larger packets than this, unless TCP cuts them itself, need an answer, which the usual way gives. */
  readonly mtu: number
  /** MAC address of this host's bridge: what its endpoints send there is for other subnets. */
  readonly gateway: Mac
  /** The first address that is no host's VTEP address: hosts themselves take the usual way. */
  readonly first: Ip
  /** Floating addresses, which need not be where the subnet around them is. */
  readonly floating: readonly Ip[]
  /** Subnets that are on the way from one host to another. */
  readonly moving: readonly Prefix[]
  /** The endpoints of this host that take part, in the order of their addresses. */
  readonly endpoints: readonly ShortcutEndpoint[]
}

export interface ShortcutEndpoint {
  /** Name of the bridge's port. */
  readonly port: string
  readonly address: Ip
}

/**
 * False for what is exclusive, which must pass its gate, and for direct networks and segments, which have ways of their own. Not built for
 * IPv6: of a network with two pools, the IPv4 one is asked for.
 */
export function mayShorten({ pool, mode, failover, direct = 'off', shortcut = 'off' }: Network): boolean {
  return shortcut === 'auto' && mode === 'l3' && direct === 'off' && failover !== 'exclusive' && prefixFamily(pool) === 4
}

/**
 * Undefined where the network has none. Endpoints with
 * published ports are left out, because their answers are translated on the usual way, and those in adopted subnets, where packets for
 * addresses that nobody has must be refused.
 * @param floating the floating addresses of the network, whoever holds them
 * @param also leases that another host may use as well
 */
export function shortcutOf(
  { network, leases, mtu }: LocalNetwork,
  local: LocalHost,
  floating: readonly SubnetLease[],
  also: readonly SubnetLease[],
): Shortcut | undefined {
  const { name } = network
  if (!mayShorten(network)) return undefined
  const own = leases.filter((lease) => !lease.floating && lease.adoptedFrom === undefined).map(({ subnet }) => subnet)
  const afloat = new Set(floating.map(({ subnet }) => prefixAddress(subnet)))
  const takePart = (endpoint: LocalEndpoint): ShortcutEndpoint[] =>
    endpoint.network === name && endpoint.published === undefined
      ? addressesOf(endpoint)
          .filter((address) => !afloat.has(address) && own.some((subnet) => contains(subnet, address)))
          .map((address) => ({ port: portName(name, endpoint.address), address }))
      : []
  return {
    mtu,
    gateway: bridgeMac(local.id, name),
    first: prefixAddress(leasableSubnetAt(network, 0)),
    floating: [...afloat].sort(),
    moving: also.filter(({ network: of, floating: afloat }) => of === name && !afloat).map(({ subnet }) => subnet),
    endpoints: local.endpoints.flatMap(takePart).sort((a, b) => (a.address < b.address ? -1 : 1)),
  }
}
