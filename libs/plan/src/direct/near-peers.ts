import type { ClusterView, HostId, Ip, Mac, Network, NetworkName } from '#core'
import { familyOf, poolsOf, prefixFamily } from '#core'
import type { LocalHost } from '../local-host.js'
import { partOf } from '../ownership.js'
import type { Reader } from '../reading.js'

/** A peer that may be reached without VXLAN in a network, if that turns out to work. */
export interface NearPeer {
  readonly network: NetworkName
  readonly host: HostId
  readonly underlay: Ip
  /** Of its underlay interface. */
  readonly mac: Mac
  /** Its VTEP address: what is asked on both ways. */
  readonly vtep: Ip
  /** This host's own, from which it is asked. */
  readonly from: Ip
}

/** Why a peer is not even tried. */
export type WhyNotTried = 'exclusive' | 'ipv6-underlay' | HostReason | 'not-offered' | 'behind-a-router' | 'other-mac'

/**
 * Why this host reaches nobody directly. `strict-rp-filter`: its VXLAN devices, too, would drop what comes from where it does not send by
 * them: what a peer that cannot answer in kind sends by VXLAN.
 */
export type HostReason = 'no-ethernet' | 'strict-rp-filter'

export interface NearPeers {
  readonly peers: readonly NearPeer[]
  /** The others in networks that are direct. */
  readonly others: ReadonlyMap<NetworkName, ReadonlyMap<HostId, WhyNotTried>>
}

/** True for a network in which the way without VXLAN is wanted and can be had. What is exclusive never has it: its gate was proven with VXLAN. Pools of IPv6 do not have it yet. */
export function isDirect(network: Network): boolean {
  const { direct, failover } = network
  return direct === 'auto' && failover !== 'exclusive' && poolsOf(network).some((pool) => prefixFamily(pool) === 4)
}

/**
 * The peers of this host that may be reached without VXLAN, by the records.
 * @param onLink the underlay addresses to which the kernel sends by the underlay interface and without a gateway, each with the MAC address
 *   that it sends to, where it knows one: another than the record's is a router that answers for the peer, or a record that is old
 * @param reason why nobody is tried
 */
export function nearPeers(
  view: ClusterView,
  local: Pick<LocalHost, 'id' | 'underlay'>,
  read: Reader,
  onLink: ReadonlyMap<Ip, Mac | undefined>,
  reason?: HostReason,
): NearPeers {
  const peers: NearPeer[] = []
  const others = new Map<NetworkName, ReadonlyMap<HostId, WhyNotTried>>()
  for (const ownership of read(view, local.id, local.underlay).ownerships) {
    const { network, vteps } = ownership
    const part = partOf(ownership, local.id)
    if (network.direct !== 'auto' || prefixFamily(network.pool) === 6 || !part) continue
    const reasons = new Map<HostId, WhyNotTried>()
    others.set(network.name, reasons)
    for (const [id, { address: vtep }] of vteps) {
      const host = view.hosts.get(id)
      if (!host || id === local.id) continue
      const { underlay, mac } = host
      if (network.failover === 'exclusive') reasons.set(id, 'exclusive')
      else if (familyOf(local.underlay) === 6 || familyOf(underlay) === 6) reasons.set(id, 'ipv6-underlay')
      else if (reason) reasons.set(id, reason)
      else if (mac === undefined) reasons.set(id, 'not-offered')
      else if (!onLink.has(underlay)) reasons.set(id, 'behind-a-router')
      else if ((onLink.get(underlay) ?? mac) !== mac) reasons.set(id, 'other-mac')
      else peers.push({ network: network.name, host: id, underlay, mac, vtep, from: part.claim.address })
    }
  }
  return { peers, others }
}
