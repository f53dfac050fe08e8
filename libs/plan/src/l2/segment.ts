import {
  isVtepAddress,
  layersOf,
  prefixOf,
  type Endpoint,
  type HostId,
  type Ip,
  type Layer,
  type Network,
  type NetworkName,
  type Prefix,
} from '#core'

/** Who has which address in a network that is one segment, by the records of the endpoints. */
export interface Segment {
  /** By host, in no order; hosts without any are absent. */
  readonly endpoints: ReadonlyMap<HostId, readonly Endpoint[]>
  readonly byAddress: ReadonlyMap<Ip, Endpoint>
  /** By the range that the address lies in, whoever holds it; ranges without any are absent. */
  readonly byRange: ReadonlyMap<Prefix, ReadonlySet<Endpoint>>
}

/** A {@link Segment} that can be led on from view to view. */
export interface SegmentIndex extends Segment {
  readonly endpoints: Map<HostId, readonly Endpoint[]>
  readonly byAddress: Map<Ip, Endpoint>
  readonly byRange: Map<Prefix, Set<Endpoint>>
  /** Prefix length of the ranges. */
  readonly rangeSize: number
}

/** Of the networks of mode l2, by name. In the others, where endpoints are is a matter of the leases alone. */
export function readSegments(networks: readonly Network[], endpoints: readonly Endpoint[]): ReadonlyMap<NetworkName, SegmentIndex> {
  const segments = new Map<NetworkName, SegmentIndex>()
  // A segment has one pool.
  const byName = new Map(networks.map((network) => [network.name, layersOf(network)[0]]))
  for (const { name, mode, subnetSize: rangeSize } of networks) {
    if (mode === 'l2') segments.set(name, { endpoints: new Map(), byAddress: new Map(), byRange: new Map(), rangeSize })
  }
  if (segments.size === 0) return segments
  const lists = new Map<SegmentIndex, Map<HostId, Endpoint[]>>()
  for (const endpoint of endpoints) {
    const segment = segments.get(endpoint.network)
    const network = byName.get(endpoint.network)
    if (!segment || !network || !isOf(network, endpoint)) continue
    place(segment, endpoint)
    let own = lists.get(segment)
    if (!own) lists.set(segment, (own = new Map<HostId, Endpoint[]>()))
    const list = own.get(endpoint.host)
    if (list) list.push(endpoint)
    else own.set(endpoint.host, [endpoint])
  }
  for (const [segment, own] of lists) for (const [host, list] of own) segment.endpoints.set(host, list)
  return segments
}

/** Whether a record of an endpoint counts in a network: hosts' own addresses are no endpoint's, whatever etcd says. */
export function isOf(network: Layer, endpoint: Endpoint): boolean {
  return endpoint.network === network.name && !isVtepAddress(network, endpoint.address)
}

export function removeEndpoint({ endpoints, byAddress, byRange, rangeSize }: SegmentIndex, endpoint: Endpoint): void {
  const { host, address } = endpoint
  // The record of another host may have come in its place already.
  if (byAddress.get(address) === endpoint) byAddress.delete(address)
  const range = prefixOf(address, rangeSize)
  const there = byRange.get(range)
  there?.delete(endpoint)
  if (there?.size === 0) byRange.delete(range)
  const left = endpoints.get(host)?.filter((one) => one !== endpoint)
  if (left?.length) endpoints.set(host, left)
  else endpoints.delete(host)
}

export function addEndpoint(segment: SegmentIndex, endpoint: Endpoint): void {
  const { endpoints } = segment
  place(segment, endpoint)
  endpoints.set(endpoint.host, (endpoints.get(endpoint.host) ?? []).concat(endpoint))
}

function place({ byAddress, byRange, rangeSize }: SegmentIndex, endpoint: Endpoint): void {
  byAddress.set(endpoint.address, endpoint)
  const range = prefixOf(endpoint.address, rangeSize)
  const there = byRange.get(range)
  if (there) there.add(endpoint)
  else byRange.set(range, new Set([endpoint]))
}
