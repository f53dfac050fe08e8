import type { GuardedNetwork } from '#plan'
import { maskAddress } from './mask.js'
import { fromChain, KEEP, LINKS, NEAR, nearChain, nearLeasesSet, nearVtepsSet, POOLS } from './names.js'

/** Who sent the frame, which IP does not say: whoever is behind a router comes with the router's. */
export const NEAR_PAIR = 'type ether_addr . ipv4_addr'

/** A chain, with its hook where it is a base chain. */
interface NearChain {
  readonly name: string
  readonly hook?: string
  readonly rules: readonly string[]
}

/** The check of what peers on this host's link send without VXLAN, as they do in at least one network. */
export function nearChains(networks: readonly GuardedNetwork[]): readonly NearChain[] {
  const direct = networks.filter((network) => network.direct)
  if (direct.length === 0) return []
  // A rule of somebody's that masquerades all that leaves by the underlay interface would give it this host's address. What has a
  // translation, even to itself, gets no other.
  const keep = `oifname "${direct[0]?.direct?.dev}" ip saddr @${POOLS} ip daddr @${POOLS} snat ip to ip saddr`
  return [
    ...direct.map(nearCheck),
    { name: KEEP, hook: 'type nat hook postrouting priority srcnat - 1; policy accept', rules: [keep] },
    {
      name: NEAR,
      rules: [
        ...direct.map(({ name, pool }) => `ip saddr ${pool} goto ${nearChain(name)}`),
        'counter drop comment "from outside with a source of the networks"',
      ],
    },
  ]
}

/** Returns what may pass, so that the hook which it came from goes on. */
function nearCheck({ name, sets, pool, subnetSize, direct }: GuardedNetwork): NearChain {
  const rules = [
    `ip daddr != ${pool} counter drop comment "unencapsulated, to an address outside the network"`,
    ...(direct?.tries === false ? [`ip daddr ${direct.vtep} counter drop comment "a try of the way that is given up"`] : []),
    `${leasedToSender(sets, subnetSize)} return`,
    `ether saddr . ip saddr @${nearVtepsSet(sets)} return`,
    'counter drop comment "unencapsulated, with a source that is not leased to the sender"',
  ]
  return { name: nearChain(name), rules }
}

/** What comes by the underlay interface with a source of the networks has its check. */
export function nearJump(networks: readonly GuardedNetwork[]): string[] {
  // One underlay interface, so one way in.
  const dev = networks.find(({ direct }) => direct)?.direct?.dev
  return dev === undefined ? [] : [`iifname "${dev}" ip saddr @${POOLS} jump ${NEAR}`]
}

/** A host that takes nothing without VXLAN does not answer to it either: peers would take that for a way. */
export function nearInput(networks: readonly GuardedNetwork[]): string[] {
  const jump = nearJump(networks)
  const outside = `iifname != @${LINKS} iifname != "lo" ip saddr @${POOLS}`
  return jump.length > 0 ? jump : [`${outside} counter drop comment "to the host without VXLAN"`]
}

/** What has passed its check goes to this host's endpoints, and nowhere else. */
export function intoBridge({ name, pool, bridge, direct }: GuardedNetwork, refusing: boolean): string[] {
  if (!direct) return []
  return [`iifname "${direct.dev}" oifname "${bridge}" ip saddr ${pool} ${refusing ? `goto ${fromChain(name)}` : 'accept'}`]
}

/** By VXLAN the receiver sees to the source; of a source that no network has, it could not. */
export function outDirectly({ pool, direct }: GuardedNetwork): string[] {
  if (!direct) return []
  const out = `oifname "${direct.dev}" ip daddr ${pool} ip saddr != ${pool}`
  return [`${out} counter drop comment "to a peer directly, with a source from elsewhere"`]
}

/** What nearly all packets are that come from peers without VXLAN, or go to them so: each in one step. */
export function shortWays({ sets, pool, subnetSize, bridge, direct }: GuardedNetwork): string[] {
  if (!direct) return []
  const [inside, outside] = [`"${bridge}"`, `"${direct.dev}"`]
  return [
    `iifname ${outside} oifname ${inside} ip daddr ${pool} ${leasedToSender(sets, subnetSize)} accept`,
    `iifname ${inside} oifname ${outside} ip saddr ${pool} ip daddr ${pool} accept`,
  ]
}

function leasedToSender(sets: string, subnetSize: number): string {
  return `ether saddr . ip saddr & ${maskAddress(4, subnetSize)} @${nearLeasesSet(sets)}`
}
