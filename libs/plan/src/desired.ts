import type { ClusterView, Host, HostId, Network, NetworkName, Prefix, SubnetLease, VtepClaim } from '#core'
import { WeftError } from '#core'
import { gatedPrefixes, gateRules } from './gate/gate-rules.js'
import type { LocalHost } from './local-host.js'
import { endpointObjects, localNetwork, localObjects, type LocalNetwork } from './local-objects.js'
import { keyOf, type KernelObject, type ObjectKey } from './objects.js'
import { floatingElsewhere, partOf, readOwnership, type Ownership } from './ownership.js'
import { peerObjects, type PeerObjects } from './peer-objects.js'
import { usableNetworks, type UsableNetworks } from './usable-networks.js'

/** The kernel state that the cluster's records ask of one host. */
export interface Desired {
  readonly objects: ReadonlyMap<ObjectKey, KernelObject>
  /** Records that were left out because they make no sense beside the others; in the order of their fields. */
  readonly problems: readonly WeftError[]
}

/** What the kernel of `local` should hold for the view. Pure; whoever calls it again and again uses {@link createDesired}. */
export function desired(view: ClusterView, local: LocalHost): Desired {
  return createDesired()(view, local)
}

/**
 * A {@link desired} that remembers the objects of each peer: as long as the records of a peer, of its network and of this host are the
 * same values (by identity), the peer's objects are too, and a pass over 10,000 peers of whom one changed costs little.
 * Pure from outside: what it returns depends on its arguments alone.
 */
export function createDesired(): (view: ClusterView, local: LocalHost) => Desired {
  let usable: { readonly of: ClusterView['networks']; readonly underlay: string; readonly result: UsableNetworks } | undefined
  let memo: Memo = new Map()
  let last: { readonly view: ClusterView; readonly local: LocalHost; readonly result: Desired } | undefined

  return (view, local) => {
    if (last && sameRecords(last.view, view) && last.local === local) return last.result
    if (usable?.of !== view.networks || usable.underlay !== local.underlay) {
      usable = { of: view.networks, underlay: local.underlay, result: usableNetworks(view.networks, local.underlay) }
    }
    const problems = [...usable.result.problems]
    const objects = new Map<ObjectKey, KernelObject>()
    const add = (key: ObjectKey, object: KernelObject): void => {
      const { size } = objects
      objects.set(key, object)
      // Looking each key up before would cost a second look per object, for what hardly ever happens.
      if (objects.size === size) problems.push(sameKey(key, object))
    }

    const taking: LocalNetwork[] = []
    const gated: Prefix[] = []
    const next: Memo = new Map()
    for (const ownership of readOwnership(view, usable.result.networks, local.id, problems)) {
      const { network } = ownership
      const part = partOf(ownership, local.id)
      if (!part) continue
      const at = localNetwork(network, local, part.claim, part.leases)
      taking.push(at)
      gated.push(...gatedPrefixes(network, part.leases))
      for (const object of localObjects(at, local, floatingElsewhere(ownership, local.id))) add(keyOf(object), object)
      const peers = peersOf(view, local, at, ownership, memo.get(network.name))
      next.set(network.name, peers)
      for (const { result } of peers.values()) {
        if (result.problem) problems.push(result.problem)
        for (let index = 0; index < result.keys.length; index++) {
          add(result.keys[index] as ObjectKey, result.objects[index] as KernelObject)
        }
      }
    }
    memo = next

    if (taking.length > 0) add('sysctl net.ipv4.ip_forward', { kind: 'sysctl', name: 'net.ipv4.ip_forward', value: '1' })
    for (const rule of gateRules(gated)) add(keyOf(rule), rule)
    const byName = new Map(taking.map((at) => [at.network.name, at]))
    for (const endpoint of local.endpoints) {
      const at = byName.get(endpoint.network)
      // Without a subnet in the network the host has no part in it; the agent says so where the endpoint is asked for.
      if (!at) continue
      const { objects: own, problem } = endpointObjects(at, endpoint)
      if (problem) problems.push(problem)
      for (const object of own) {
        const key = keyOf(object)
        // Two endpoints of one lost subnet need its rule once.
        if (object.kind !== 'rule' || !objects.has(key)) add(key, object)
      }
    }
    const result: Desired = { objects, problems: problems.sort(byField) }
    last = { view, local, result }
    return result
  }
}

/** Statuses and endpoints of other hosts change often, and leave the kernel state as it is. */
function sameRecords(a: ClusterView, b: ClusterView): boolean {
  return a.networks === b.networks && a.hosts === b.hosts && a.leases === b.leases && a.vteps === b.vteps
}

type Memo = Map<NetworkName, Map<HostId, PeerMemo>>

interface PeerMemo {
  readonly network: Network
  readonly host: Host
  readonly claim: VtepClaim
  readonly leases: readonly SubnetLease[]
  readonly ownClaim: VtepClaim
  readonly underlay: string
  readonly result: PeerObjects
}

const NO_LEASES: readonly SubnetLease[] = []

function peersOf(
  view: ClusterView,
  local: LocalHost,
  at: LocalNetwork,
  ownership: Ownership,
  before: ReadonlyMap<HostId, PeerMemo> | undefined,
): Map<HostId, PeerMemo> {
  const peers = new Map<HostId, PeerMemo>()
  for (const claim of ownership.vteps.values()) {
    const host = view.hosts.get(claim.host)
    // A host without facts has not told yet where it is: it will.
    if (!host || claim.host === local.id) continue
    const leases = ownership.leases.get(claim.host) ?? NO_LEASES
    const known = before?.get(claim.host)
    const fresh =
      known?.network === at.network &&
      known.host === host &&
      known.claim === claim &&
      known.ownClaim === at.claim &&
      known.underlay === local.underlay &&
      known.leases.length === leases.length &&
      known.leases.every((lease, index) => lease === leases[index])
    peers.set(
      claim.host,
      fresh
        ? known
        : {
            network: at.network,
            host,
            claim,
            leases,
            ownClaim: at.claim,
            underlay: local.underlay,
            result: peerObjects(at, local, host, claim, leases),
          },
    )
  }
  return peers
}

/** Names and MAC addresses are partly hashes: two of them can, very rarely, be the same. */
function sameKey(key: ObjectKey, object: KernelObject): WeftError {
  const whose = object.kind === 'port' ? object.alias : object.kind === 'fdb' ? object.to : object.kind
  const message = `two objects would have one name in the kernel (${key}); that of ${whose} is programmed, the other is not`
  const hint = 'give the endpoint another address, or the host another name'
  return new WeftError(object.kind === 'port' ? 'WEFT_ENDPOINT_EXISTS' : 'WEFT_KERNEL_OCCUPIED', message, { field: key, hint })
}

function byField(a: WeftError, b: WeftError): number {
  return `${a.field} ${a.message}` < `${b.field} ${b.message}` ? -1 : 1
}
