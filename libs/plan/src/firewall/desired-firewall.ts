import {
  familyOf,
  prefixAddress,
  type ClusterView,
  type Host,
  type HostId,
  type Network,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { gatedPrefixes } from '../gate/gate-rules.js'
import { localNetwork, type LocalNetwork } from '../local-objects.js'
import type { LocalHost } from '../local-host.js'
import { partOf, readOwnership, type Ownership } from '../ownership.js'
import { unreachable } from '../peer-objects.js'
import { usableNetworks } from '../usable-networks.js'
import type { Firewall, GuardedNetwork, Sender } from './firewall.js'

const NOBODY: ReadonlySet<HostId> = new Set()

/** The packet filter that the cluster's records ask of one host. Pure; whoever calls it again and again uses {@link createDesiredFirewall}. */
export function desiredFirewall(view: ClusterView, local: LocalHost, dead: ReadonlySet<HostId> = NOBODY): Firewall {
  return createDesiredFirewall()(view, local, dead)
}

/**
 * A {@link desiredFirewall} that remembers: a peer whose records are the same keeps its {@link Sender} by identity, and so does the whole
 * as long as nothing of concern changed. `dead` are the hosts that are dead by gossip and kernel echo (DESIGN.md §6); this host is never
 * taken for one. Records that make no sense are passed over here: desired() reports them.
 */
export function createDesiredFirewall(): (view: ClusterView, local: LocalHost, dead: ReadonlySet<HostId>) => Firewall {
  let memo: ReadonlyMap<NetworkName, ReadonlyMap<HostId, PeerMemo>> = new Map()
  let last:
    | { readonly view: ClusterView; readonly local: LocalHost; readonly dead: ReadonlySet<HostId>; readonly result: Firewall }
    | undefined

  return (view, local, dead) => {
    if (last && sameRecords(last.view, view) && sameHost(last.local, local) && sameHosts(last.dead, dead)) return last.result
    const usable = usableNetworks(view.networks, local.underlay).networks
    const networks: GuardedNetwork[] = []
    const gated: Prefix[] = []
    const next = new Map<NetworkName, ReadonlyMap<HostId, PeerMemo>>()
    for (const ownership of readOwnership(view, usable, local.id, [])) {
      const part = partOf(ownership, local.id)
      if (!part) continue
      gated.push(...gatedPrefixes(ownership.network, part.leases))
      const at = localNetwork(ownership.network, local, part.claim, part.leases)
      const peers = peersOf(view, local, at, ownership, memo.get(at.network.name))
      next.set(at.network.name, peers)
      networks.push(guarded(at, local, peers, lostSubnets(ownership, local.id, dead)))
    }
    memo = next
    const result: Firewall = { networks, pools: networks.length > 0 ? usable.map(({ pool }) => pool) : [], gated }
    last = { view, local, dead: new Set(dead), result }
    return result
  }
}

interface PeerMemo {
  readonly network: Network
  readonly host: Host
  readonly leases: readonly SubnetLease[]
  readonly sender: Sender
}

const NO_LEASES: readonly SubnetLease[] = []

function peersOf(
  view: ClusterView,
  local: LocalHost,
  at: LocalNetwork,
  ownership: Ownership,
  before: ReadonlyMap<HostId, PeerMemo> | undefined,
): ReadonlyMap<HostId, PeerMemo> {
  const peers = new Map<HostId, PeerMemo>()
  for (const claim of ownership.vteps.values()) {
    const host = view.hosts.get(claim.host)
    // Whom this host cannot send to, it does not listen to either: above all a record with this host's own underlay address.
    if (!host || claim.host === local.id || unreachable(at, local, host)) continue
    const leases = ownership.leases.get(claim.host) ?? NO_LEASES
    const known = before?.get(claim.host)
    const fresh =
      known?.host === host && known.network === at.network && known.sender.vtep === claim.address && sameItems(known.leases, leases)
    const sender = fresh ? known.sender : senderOf(host, claim, leases)
    peers.set(claim.host, fresh ? known : { network: at.network, host, leases, sender })
  }
  return peers
}

function senderOf(host: Host, claim: VtepClaim, leases: readonly SubnetLease[]): Sender {
  const subnets = leases.filter(({ floating }) => !floating).map(({ subnet }) => subnet)
  const floating = leases.filter((lease) => lease.floating).map(({ subnet }) => prefixAddress(subnet))
  return { underlay: host.underlay, vtep: claim.address, subnets, floating }
}

function guarded(
  { network, vxlan, bridge }: LocalNetwork,
  local: LocalHost,
  peers: ReadonlyMap<HostId, PeerMemo>,
  dead: readonly Prefix[],
): GuardedNetwork {
  const { name, pool, subnetSize, vni, port } = network
  const senders = new Map<HostId, Sender>()
  for (const [host, { sender }] of peers) senders.set(host, sender)
  return { name, pool, subnetSize, vni, port, underlay: familyOf(local.underlay), vxlan, bridge, senders, dead }
}

/** In a fixed order, whatever that of the hosts. */
function lostSubnets(ownership: Ownership, self: HostId, dead: ReadonlySet<HostId>): readonly Prefix[] {
  const subnets: Prefix[] = []
  for (const host of dead) {
    if (host !== self) for (const { subnet } of ownership.leases.get(host) ?? NO_LEASES) subnets.push(subnet)
  }
  return subnets.sort()
}

/** Statuses and endpoints of other hosts change often, and leave the filter as it is. */
function sameRecords(a: ClusterView, b: ClusterView): boolean {
  return a.networks === b.networks && a.hosts === b.hosts && a.leases === b.leases && a.vteps === b.vteps
}

/** This host's endpoints and MTU do not matter here. */
function sameHost(a: LocalHost, b: LocalHost): boolean {
  return a.id === b.id && a.underlay === b.underlay
}

function sameHosts(a: ReadonlySet<HostId>, b: ReadonlySet<HostId>): boolean {
  return a.size === b.size && [...a].every((host) => b.has(host))
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}
