import { contains, familyOf, hostPrefix, prefixFamily, WeftError, type Host, type Ip, type SubnetLease, type VtepClaim } from '#core'
import { vtepMac } from './identities.js'
import type { DirectLink, LocalHost } from './local-host.js'
import type { LocalNetwork } from './local-objects.js'
import { keyOf, type KernelObject, type NextHop, type ObjectKey } from './objects.js'

/** What the kernel needs for one peer in one network. */
export interface PeerObjects {
  readonly objects: readonly KernelObject[]
  /** The keys of the objects, in the same order: worked out once, and the same strings on every pass, whose hashes are known. */
  readonly keys: readonly ObjectKey[]
  readonly problem?: WeftError
}

/**
 * Priority of the route by VXLAN beneath a direct one: when the underlay interface loses its carrier, the kernel drops the direct one, and
 * the rest goes on without an agent.
 */
export const BENEATH_METRIC = 87

/**
 * How frames reach a peer: VTEP address → VTEP MAC (neighbour) → underlay address (FDB); and what is behind it: its VTEP address and
 * its subnets, as routes by one next-hop object. Nothing is asked of the wire (DESIGN.md §5). Its VTEP address is reached by VXLAN in all
 * cases: there it is asked whether it lives.
 * @param how.directly its subnets are reached without VXLAN, by the {@link directHop} of the peer
 * @param how.carried its frames find it already: another layer of the network has seen to that
 */
export function peerObjects(
  at: LocalNetwork,
  local: LocalHost,
  host: Host,
  claim: VtepClaim,
  leases: readonly SubnetLease[],
  { directly = false, carried = false }: { readonly directly?: boolean; readonly carried?: boolean } = {},
): PeerObjects {
  const problem = unreachable(at, local, host)
  if (problem) return { objects: [], keys: [], problem }

  const dev = at.vxlan
  const mac = vtepMac(host.id, at.network.vni)
  const gateway = claim.address
  const via = { type: 'nexthop', dev, gateway } as const
  const source = at.claim.address
  const neighbour: KernelObject = { kind: 'neighbour', dev, address: gateway, mac }
  const nextHop: KernelObject = { kind: 'nexthop', dev, gateway }
  const toVtep: KernelObject = { kind: 'route', to: hostPrefix(gateway), via, source, metric: 0 }
  const always: KernelObject[] = carried
    ? [neighbour, nextHop, toVtep]
    : [neighbour, { kind: 'fdb', dev, mac, to: host.underlay }, nextHop, toVtep]
  // Neither by push nor by `...`, which make room for 17 more: felt with 10,000 peers.
  const tunnelled =
    (metric: number) =>
    ({ subnet: to }: SubnetLease): KernelObject => ({ kind: 'route', to, via, source, metric })
  if (!directly || !local.direct) {
    const objects = always.concat(leases.map(tunnelled(0)))
    return { objects, keys: objects.map(keyOf) }
  }
  const direct = directHop(local.direct, host.underlay)
  const objects = always.concat(
    leases.filter((lease) => !mayGoDirectly(lease)).map(tunnelled(0)),
    leases.filter(mayGoDirectly).map(({ subnet: to }): KernelObject => ({
      kind: 'route',
      to,
      via: { type: 'nexthop', dev: direct.dev, gateway: direct.gateway },
      source,
      metric: 0,
    })),
    leases.filter(mayGoDirectly).map(tunnelled(BENEATH_METRIC)),
  )
  return { objects, keys: objects.map(keyOf) }
}

/** The way to a peer without VXLAN, which all networks share. */
export function directHop({ dev }: DirectLink, gateway: Ip): NextHop {
  return { kind: 'nexthop', dev, gateway }
}

/** What is exclusive goes by VXLAN as ever: its gate was proven so. */
function mayGoDirectly({ subnet, floating }: SubnetLease): boolean {
  return prefixFamily(subnet) === 4 && floating?.failover !== 'exclusive'
}

/** Why frames cannot go to this peer, or undefined when they can. */
export function unreachable(at: LocalNetwork, local: LocalHost, host: Host): WeftError | undefined {
  const field = `hosts/${host.id} underlay`
  if (host.underlay === local.underlay) {
    const hint = 'two machines have one address, or one machine was registered under two names: delete the wrong record'
    return new WeftError('WEFT_UNDERLAY_INVALID', `${host.id} claims this host’s underlay address ${host.underlay}`, { field, hint })
  }
  if (familyOf(host.underlay) !== familyOf(local.underlay)) {
    const message = `${host.id} has the underlay address ${host.underlay}, this host ${local.underlay}: neither can send to the other`
    const hint = `VXLAN needs one family: set --underlay-address of ${host.id} to an IPv${familyOf(local.underlay)} address, or that of this host to an IPv${familyOf(host.underlay)} one`
    return new WeftError('WEFT_UNDERLAY_INVALID', message, { field, hint })
  }
  if (contains(at.network.pool, host.underlay)) {
    const message = `the underlay address ${host.underlay} of ${host.id} lies in the pool ${at.network.pool} of network ${at.network.name}`
    return new WeftError('WEFT_POOL_OVERLAP', message, { field, hint: 'give the network a pool apart from the hosts’ own addresses' })
  }
  return undefined
}
