import {
  sameItems,
  type ClusterView,
  type Endpoint,
  type Family,
  type Host,
  type HostId,
  type Ip,
  type Layer,
  type NetworkName,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { prefixFamily, WeftError } from '#core'
import { gatedPrefixes, gateRules } from './gate/gate-rules.js'
import { waitingObjects } from './gate/waiting-objects.js'
import { isDirectPeer, type LocalEndpoint, type LocalHost } from './local-host.js'
import { segmentEndpointObjects, segmentObjects, segmentPeerObjects } from './l2/segment-objects.js'
import { deviceObjects, endpointObjects, localNetwork, localObjects, type EndpointObjects, type LocalNetwork } from './local-objects.js'
import { keyOf, nextHopKey, type KernelObject, type ObjectKey } from './objects.js'
import type { Segment } from './l2/segment.js'
import { floatingElsewhere, partOf, type Ownership } from './ownership.js'
import { directHop, peerObjects, type PeerObjects } from './peer-objects.js'
import { createReader, type Reader, type Reading } from './reading.js'

/** The kernel state that the cluster's records ask of one host. */
export interface Desired {
  /** Brought up to date in place by the next call of the same {@link createDesired}: look at it before. */
  readonly objects: ReadonlyMap<ObjectKey, KernelObject>
  /** Records that were left out because they make no sense beside the others; in the order of their fields. */
  readonly problems: readonly WeftError[]
  /** Tells this state from all others. */
  readonly stamp: symbol
  /** What is different from the state before, when only peers changed. */
  readonly change?: DesiredChange
}

/** All objects of those peers whose records changed. */
export interface DesiredChange {
  /** Stamp of the state that it leads on from. */
  readonly after: symbol
  readonly before: ReadonlyMap<ObjectKey, KernelObject>
  readonly now: ReadonlyMap<ObjectKey, KernelObject>
}

/** What the kernel of `local` should hold for the view. Pure; whoever calls it again and again uses {@link createDesired}. */
export function desired(view: ClusterView, local: LocalHost): Desired {
  return createDesired()(view, local)
}

/**
 * A {@link desired} that remembers the objects of each peer: one changed peer among 10,000 costs that peer, and the state says what
 * changed. What it returns depends on its arguments alone, but for the stamps.
 */
export function createDesired(read: Reader = createReader()): (view: ClusterView, local: LocalHost) => Desired {
  let memo: Memo = new Map()
  let last: State | undefined

  return (view, local) => {
    const reading = read(view, local.id, local.underlay)
    if (last && sameHost(last.local, local)) {
      if (last.reading === reading) return last.result
      const followed = follow(last, reading, view)
      if (followed) return (last = { ...last, reading, result: followed }).result
    }
    last = workOut(reading, view, local, memo)
    memo = last.peers
    return last.result
  }
}

/** What is remembered of the last call. */
interface State {
  readonly reading: Reading
  readonly local: LocalHost
  /** The layers that this host takes part in. */
  readonly parts: ReadonlyMap<Layer, LocalNetwork>
  readonly peers: Memo
  readonly objects: Map<ObjectKey, KernelObject>
  /** Problems that have nothing to do with single peers. */
  readonly problems: readonly WeftError[]
  readonly peerProblems: Map<PeerMemo, WeftError>
  /** False when two objects have one key. */
  readonly distinct: boolean
  readonly result: Desired
}

/** All of it, from the memory of single peers where that holds. */
function workOut(reading: Reading, view: ClusterView, local: LocalHost, memo: Memo): State {
  const problems = [...reading.problems]
  const peerProblems = new Map<PeerMemo, WeftError>()
  const objects = new Map<ObjectKey, KernelObject>()
  let distinct = true
  const add = (key: ObjectKey, object: KernelObject): void => {
    const { size } = objects
    objects.set(key, object)
    // Looking each key up before would cost a second look per object, for what hardly ever happens.
    if (objects.size > size) return
    problems.push(sameKey(key, object))
    distinct = false
  }

  const parts = new Map<Layer, LocalNetwork>()
  const networks = new Map<NetworkName, [LocalNetwork, ...LocalNetwork[]]>()
  const segments = new Map<NetworkName, Segment>()
  const direct = new Set<Ip>()
  const peers: Memo = new Map()
  const gated: Prefix[] = []
  for (const ownership of reading.ownerships) {
    const { network } = ownership
    const part = partOf(ownership, local.id)
    if (!part) continue
    const at = localNetwork(network, local, part.claim, part.leases)
    const small = tooSmall(at)
    if (small) {
      problems.push(small)
      continue
    }
    parts.set(network, at)
    const layers = networks.get(network.name)
    if (layers) layers.push(at)
    else {
      networks.set(network.name, [at])
      if (!ownership.segment) for (const object of deviceObjects(at, local)) add(keyOf(object), object)
    }
    gated.push(...gatedPrefixes(network, part.leases))
    if (ownership.segment) segments.set(network.name, ownership.segment)
    const own = ownership.segment ? segmentObjects(at, local) : localObjects(at, floatingElsewhere(ownership, local.id))
    for (const object of own) add(keyOf(object), object)
    for (const object of waitingObjects(at, ownership, local.released ?? NO_LEASES)) add(keyOf(object), object)
    const before = memo.get(network)
    const first = inFirstLayer(peers, network)
    const now = new Map<HostId, PeerMemo>()
    peers.set(network, now)
    for (const host of ownership.vteps.keys()) {
      const peer = peerOf(view, local, at, ownership, host, before?.get(host), first?.get(host))
      if (!peer) continue
      now.set(host, peer)
      if (peer.directly !== undefined) direct.add(peer.host.underlay)
      if (peer.problem) peerProblems.set(peer, peer.problem)
      for (let index = 0; index < peer.keys.length; index++) add(peer.keys[index] as ObjectKey, peer.objects[index] as KernelObject)
    }
  }

  // Here and not with the peers: networks share them.
  if (local.direct) for (const gateway of direct) add(nextHopKey(local.direct.dev, gateway), directHop(local.direct, gateway))
  const families = new Set(Array.from(parts.values(), ({ network }) => prefixFamily(network.pool)))
  for (const name of forwardingSysctls(families)) add(`sysctl ${name}`, { kind: 'sysctl', name, value: '1' })
  for (const rule of gateRules(gated)) add(keyOf(rule), rule)
  for (const endpoint of local.endpoints) {
    const at = networks.get(endpoint.network)
    // Without a subnet in the network the host has no part in it; the agent says so where the endpoint is asked for.
    if (!at) continue
    const { objects: own, problems: wrong } = ownEndpoint(at, local, endpoint, segments.get(endpoint.network))
    problems.push(...wrong)
    for (const object of own) {
      const key = keyOf(object)
      // Two endpoints of one lost subnet need its rule once.
      if (object.kind !== 'rule' || !objects.has(key)) add(key, object)
    }
  }
  const result = { objects, problems: inOrder(problems, peerProblems), stamp: Symbol() }
  return { reading, local, parts, peers, objects, problems, peerProblems, distinct, result }
}

/**
 * Leads the last state on to a reading in which only peers changed; undefined when more did, or when two objects come to have one key:
 * then all is to be worked out anew.
 */
function follow(last: State, { change }: Reading, view: ClusterView): Desired | undefined {
  const { reading, local, parts, peers, objects, peerProblems, result } = last
  if (change?.after !== reading.stamp || !last.distinct) return undefined
  for (const hosts of change.hosts.values()) if (hosts.has(local.id)) return undefined

  const before = new Map<ObjectKey, KernelObject>()
  const now = new Map<ObjectKey, KernelObject>()
  const fresh: PeerMemo[] = []
  for (const ownership of reading.ownerships) {
    const { network } = ownership
    const [at, known] = [parts.get(network), peers.get(network)]
    if (!at || !known) continue
    const first = inFirstLayer(peers, network)
    for (const host of change.hosts.get(network.name) ?? []) {
      const was = known.get(host)
      const peer = peerOf(view, local, at, ownership, host, was, first?.get(host))
      if (peer === was) continue
      // With it goes, comes or stays a next hop that all networks share.
      if (was?.directly !== undefined || peer?.directly !== undefined) return undefined
      if (was) {
        was.keys.forEach((key, index) => before.set(key, was.objects[index] as KernelObject))
        peerProblems.delete(was)
      }
      if (peer) {
        known.set(host, peer)
        fresh.push(peer)
      } else known.delete(host)
    }
  }
  for (const key of before.keys()) objects.delete(key)
  for (const peer of fresh) {
    const { keys, objects: made, problem } = peer
    if (problem) peerProblems.set(peer, problem)
    for (const [index, key] of keys.entries()) {
      if (objects.has(key)) return undefined
      objects.set(key, made[index] as KernelObject)
      now.set(key, made[index] as KernelObject)
    }
  }
  return { objects, problems: inOrder(last.problems, peerProblems), stamp: Symbol(), change: { after: result.stamp, before, now } }
}

function ownEndpoint(
  at: readonly [LocalNetwork, ...LocalNetwork[]],
  local: LocalHost,
  endpoint: LocalEndpoint,
  segment: Segment | undefined,
): EndpointObjects {
  if (!segment) return endpointObjects(at, endpoint)
  const record = segment.byAddress.get(endpoint.address)
  return segmentEndpointObjects(at[0], endpoint, record?.host === local.id ? undefined : record)
}

/** A network of IPv6 alone leaves the host's IPv4 as it is. */
function forwardingSysctls(families: ReadonlySet<Family>): string[] {
  return [...(families.has(4) ? ['net.ipv4.ip_forward'] : []), ...(families.has(6) ? ['net.ipv6.conf.all.forwarding'] : [])]
}

/** On a link of less the kernel has no IPv6. */
function tooSmall({ network, mtu }: LocalNetwork): WeftError | undefined {
  if (prefixFamily(network.pool) === 4 || mtu >= 1280) return undefined
  const message = `network ${network.name} would have an MTU of ${mtu} bytes here, and IPv6 needs 1280`
  const hint = 'give the underlay interface an MTU of 1350 or more, and the network none of its own'
  return new WeftError('WEFT_UNDERLAY_INVALID', message, { field: `networks/${network.name}/config mtu`, hint })
}

function sameHost(a: LocalHost, b: LocalHost): boolean {
  if (a === b) return true
  if (a.id !== b.id || a.underlay !== b.underlay || a.underlayMtu !== b.underlayMtu || a.direct !== b.direct) return false
  return sameItems(a.endpoints, b.endpoints) && sameItems(a.released ?? NO_LEASES, b.released ?? NO_LEASES)
}

type Memo = Map<Layer, Map<HostId, PeerMemo>>

/** The peers in the network's first layer, which a second one builds on; undefined when there is none here. */
function inFirstLayer(peers: Memo, layer: Layer): ReadonlyMap<HostId, PeerMemo> | undefined {
  if (!layer.beside) return undefined
  for (const [other, known] of peers) if (other.name === layer.name && !other.beside) return known
  return undefined
}

/** In one object with what it is made from: one less for each of 10,000 peers. */
interface PeerMemo extends PeerObjects {
  readonly network: Layer
  readonly host: Host
  readonly claim: VtepClaim
  readonly leases: readonly SubnetLease[]
  /** In a segment alone. */
  readonly endpoints: readonly Endpoint[]
  readonly ownClaim: VtepClaim
  readonly underlay: string
  /** Its subnets are reached without VXLAN, by this device. */
  readonly directly: string | undefined
  /** Its frames find it by what there is of it in the network's first layer. */
  readonly carried: boolean
}

const NO_LEASES: readonly SubnetLease[] = []
const NO_ENDPOINTS: readonly Endpoint[] = []

/** A host's objects, the same as before where nothing changed; undefined for this host and for one that is not known or not ready. */
function peerOf(
  view: ClusterView,
  local: LocalHost,
  at: LocalNetwork,
  ownership: Ownership,
  id: HostId,
  known: PeerMemo | undefined,
  first: PeerMemo | undefined,
): PeerMemo | undefined {
  const claim = ownership.vteps.get(id)
  const host = view.hosts.get(id)
  // A host without facts has not told yet where it is: it will.
  if (!claim || !host || id === local.id) return undefined
  const leases = ownership.leases.get(id) ?? NO_LEASES
  const endpoints = ownership.segment?.endpoints.get(id) ?? NO_ENDPOINTS
  const directly = isDirectPeer(local, at.network, host) ? local.direct?.dev : undefined
  const carried = first !== undefined && first.objects.length > 0
  const fresh =
    known?.network === at.network &&
    known.host === host &&
    known.claim === claim &&
    known.ownClaim === at.claim &&
    known.underlay === local.underlay &&
    known.directly === directly &&
    known.carried === carried &&
    sameItems(known.leases, leases) &&
    sameItems(known.endpoints, endpoints)
  if (fresh) return known
  const { network, claim: ownClaim } = at
  const { objects, keys, problem } = ownership.segment
    ? segmentPeerObjects(at, local, host, claim, endpoints)
    : peerObjects(at, local, host, claim, leases, { directly: directly !== undefined, carried })
  return {
    network,
    host,
    claim,
    leases,
    endpoints,
    ownClaim,
    underlay: local.underlay,
    directly,
    carried,
    objects,
    keys,
    ...(problem && { problem }),
  }
}

/** Names and MAC addresses are partly hashes: two of them can, very rarely, be the same. */
function sameKey(key: ObjectKey, object: KernelObject): WeftError {
  const whose = object.kind === 'port' ? object.alias : object.kind === 'fdb' ? object.to : object.kind
  const message = `two objects would have one name in the kernel (${key}); that of ${whose} is programmed, the other is not`
  const hint = 'give the endpoint another address, or the host another name'
  return new WeftError(object.kind === 'port' ? 'WEFT_ENDPOINT_EXISTS' : 'WEFT_KERNEL_OCCUPIED', message, { field: key, hint })
}

function inOrder(problems: readonly WeftError[], peerProblems: ReadonlyMap<PeerMemo, WeftError>): readonly WeftError[] {
  return [...problems, ...peerProblems.values()].sort(byField)
}

function byField(a: WeftError, b: WeftError): number {
  return `${a.field} ${a.message}` < `${b.field} ${b.message}` ? -1 : 1
}
