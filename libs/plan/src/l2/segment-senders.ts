import { hostPrefix, prefixOf, type Endpoint, type HostId, type Ip, type Prefix } from '#core'
import type { Ownership } from '../ownership.js'
import type { Segment } from './segment.js'

/** Where a peer of a segment may use other source addresses than those of the ranges that it holds. */
export interface Strays {
  /** Addresses of its endpoints in ranges of others. */
  readonly here: readonly Ip[]
  /** Addresses in its ranges that are at other hosts. */
  readonly away: readonly Ip[]
}

const NOBODY: ReadonlySet<Endpoint> = new Set()

/** What the records of the endpoints say of one host beyond its ranges. */
export function peerStrays({ network, leases }: Ownership, { endpoints, byRange }: Segment, host: HostId): Strays {
  const ranges = new Set((leases.get(host) ?? []).map(({ subnet }) => subnet))
  const isInRange = (address: Ip): boolean => ranges.has(prefixOf(address, network.subnetSize))
  const here = (endpoints.get(host) ?? []).map(({ address }) => address).filter((address) => !isInRange(address))
  const away: Ip[] = []
  for (const range of ranges) for (const one of byRange.get(range) ?? NOBODY) if (one.host !== host) away.push(one.address)
  return { here, away }
}

/** The addresses of endpoints at dead hosts, in a fixed order. In a segment nobody else takes over what is for them. */
export function deadInSegment({ endpoints }: Segment, self: HostId, dead: ReadonlySet<HostId>): readonly Prefix[] {
  const addresses: Prefix[] = []
  for (const host of dead) if (host !== self) for (const { address } of endpoints.get(host) ?? []) addresses.push(hostPrefix(address))
  return addresses.sort()
}
