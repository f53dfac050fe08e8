import {
  contains,
  familyOf,
  gatewayOf,
  poolsOf,
  prefixAddress,
  prefixFamily,
  sameFamily,
  sameItems,
  type ClusterView,
  type HostId,
  type Ip,
  type Layer,
  type NetworkName,
  type Prefix,
  type SubnetLease,
} from '#core'
import { bridgeMac } from '../identities.js'
import { gatedPrefixes, needsGate } from '../gate/gate-rules.js'
import { localNetwork, type LocalNetwork } from '../local-objects.js'
import { addressesOf, type DirectLink, type LocalHost } from '../local-host.js'
import { partOf, type Ownership, type Part } from '../ownership.js'
import { peerStrays, deadInSegment } from '../l2/segment-senders.js'
import { unreachable } from '../peer-objects.js'
import { createReader, type Reader, type Reading } from '../reading.js'
import { publications } from './published.js'
import { shortcutOf } from './shortcut.js'
import type { DirectEntry, Firewall, GuardedNetwork, Sender } from './firewall.js'
import { SenderList } from './sender-list.js'

const NOBODY: ReadonlySet<HostId> = new Set()

/**
 * The packet filter that the cluster's records ask of one host. Pure; whoever calls it again and again uses {@link createDesiredFirewall}.
 */
export function desiredFirewall(view: ClusterView, local: LocalHost, dead: ReadonlySet<HostId> = NOBODY): Firewall {
  return createDesiredFirewall()(view, local, dead)
}

/**
 * A {@link desiredFirewall} that remembers: a peer whose records are the same keeps its {@link Sender} by identity, and so does the whole
 * as long as nothing of concern changed. `dead` are the hosts that are dead by gossip and kernel echo (DESIGN.md §6); this host is never
 * taken for one. The hosts of the leases `also` may send from these, too, and those of `sentOn` may send on what is for
 * these, whoever it is from (planned-moves.ts). Records that make no sense are passed over
 * here: desired() reports them.
 */
export function createDesiredFirewall(
  read: Reader = createReader(),
): (
  view: ClusterView,
  local: LocalHost,
  dead: ReadonlySet<HostId>,
  also?: readonly SubnetLease[],
  sentOn?: readonly SubnetLease[],
) => Firewall {
  let last: State | undefined
  let senders: ReadonlyMap<Layer, SenderList> = new Map()

  return (view, local, dead, also = NO_LEASES, sentOn = NO_LEASES) => {
    const reading = read(view, local.id, local.underlay)
    const known = last && sameHost(last.local, local) ? last : undefined
    const same =
      known?.reading === reading &&
      sameEndpoints(known, local) &&
      sameHosts(known.dead, dead) &&
      sameItems(known.also, also) &&
      sameItems(known.sentOn, sentOn)
    if (same) return known.result
    const touched = known && withHolders(hostsTouched(known.reading, reading), [...known.also, ...also, ...known.sentOn, ...sentOn])
    const networks: GuardedNetwork[] = []
    const gated: Prefix[] = []
    let gateReady = false
    const next = new Map<Layer, SenderList>()
    for (const ownership of reading.ownerships) {
      const { network } = ownership
      const part = partOf(ownership, local.id)
      if (!part) continue
      gated.push(...gatedPrefixes(network, part.leases))
      gateReady ||= needsGate(ownership)
      const at = localNetwork(network, local, part.claim, part.leases)
      const hosts = touched && (touched.get(network.name) ?? NOBODY)
      const before = senders.get(network)
      const list = before ?? new SenderList()
      next.set(network, list)
      const everybody = !before || !hosts || hosts.has(local.id)
      list.update(everybody ? [...ownership.vteps.keys(), ...list.hosts()] : hosts, (id, sender) =>
        senderOf(view, local, at, ownership, also, sentOn, id, sender),
      )
      // Where packets of peers come without VXLAN, or still do, they pass on the usual way, and so must the answers.
      const shortcut = takesDirectly(at, local) ? undefined : shortcutOf(at, local, ownership.floating, also)
      networks.push({
        ...guarded(at, local, list.senders, lostSubnets(ownership, local.id, dead)),
        ...adoption(ownership, part, local),
        ...(shortcut && { shortcut }),
      })
    }
    const result: Firewall = {
      networks,
      pools: networks.length > 0 ? reading.networks.flatMap(poolsOf) : [],
      gated,
      gateReady,
      published: publications(local.endpoints, new Set(networks.map(({ name }) => name))),
    }
    senders = next
    last = { reading, local, dead: new Set(dead), also, sentOn, result }
    return result
  }
}

/** What is remembered of the last call. */
interface State {
  readonly reading: Reading
  readonly local: LocalHost
  readonly dead: ReadonlySet<HostId>
  readonly also: readonly SubnetLease[]
  readonly sentOn: readonly SubnetLease[]
  readonly result: Firewall
}

/** Whose records are different between two readings; undefined when it may be everybody's. */
function hostsTouched(before: Reading, { stamp, change }: Reading): ReadonlyMap<NetworkName, ReadonlySet<HostId>> | undefined {
  if (stamp === before.stamp) return new Map()
  return change?.after === before.stamp ? change.hosts : undefined
}

function withHolders(
  touched: ReadonlyMap<NetworkName, ReadonlySet<HostId>> | undefined,
  leases: readonly SubnetLease[],
): ReadonlyMap<NetworkName, ReadonlySet<HostId>> | undefined {
  if (!touched || leases.length === 0) return touched
  const more = new Map(touched)
  for (const { network, host } of leases) more.set(network, new Set([...(more.get(network) ?? NOBODY), host]))
  return more
}

const NO_LEASES: readonly SubnetLease[] = []
const NO_ADDRESSES: readonly Ip[] = []
const NO_PREFIXES: readonly Prefix[] = []

function senderOf(
  view: ClusterView,
  local: LocalHost,
  at: LocalNetwork,
  ownership: Ownership,
  also: readonly SubnetLease[],
  sentOn: readonly SubnetLease[],
  id: HostId,
  known: Sender | undefined,
): Sender | undefined {
  const host = view.hosts.get(id)
  const vtep = ownership.vteps.get(id)?.address
  // Whom this host cannot send to, it does not listen to either: above all a record with this host's own underlay address.
  if (!host || vtep === undefined || id === local.id || unreachable(at, local, host)) return undefined
  const held = ownership.leases.get(id) ?? NO_LEASES
  const { name, pool } = at.network
  const of = ({ network, host: holder, subnet }: SubnetLease): boolean => holder === id && network === name && sameFamily(pool, subnet)
  const more = also.filter(of)
  const leases = more.length === 0 ? held : [...held, ...more]
  const subnets = leases.filter(({ floating }) => !floating).map(({ subnet }) => subnet)
  const moving = leases.filter((lease) => lease.floating)
  // One list for all who have none: felt with 10,000 peers.
  const strays = ownership.segment && peerStrays(ownership, ownership.segment, id)
  const floating = strays?.here ?? (moving.length === 0 ? NO_ADDRESSES : moving.map(({ subnet }) => prefixAddress(subnet)))
  const away = strays?.away ?? NO_ADDRESSES
  const sendsOn = sentOn.length === 0 ? NO_PREFIXES : sentOn.filter(of).map(({ subnet }) => subnet)
  const mac = takesDirectly(at, local) ? host.mac : undefined
  const sender: Sender = {
    host: id,
    underlay: host.underlay,
    vtep,
    subnets,
    floating,
    away,
    sendsOn,
    ...(mac === undefined ? {} : { mac }),
  }
  return known && sameSender(known, sender) ? known : sender
}

function sameSender(a: Sender, b: Sender): boolean {
  return (
    a.underlay === b.underlay &&
    a.mac === b.mac &&
    a.vtep === b.vtep &&
    sameItems(a.subnets, b.subnets) &&
    sameItems(a.floating, b.floating) &&
    sameItems(a.away, b.away) &&
    sameItems(a.sendsOn, b.sendsOn)
  )
}

/** What is exclusive is taken by VXLAN only, whatever the records say, and IPv6 is. */
function takesDirectly({ network }: LocalNetwork, { direct }: LocalHost): boolean {
  return direct?.takes.has(network.name) === true && network.failover !== 'exclusive' && prefixFamily(network.pool) === 4
}

function directEntry(at: LocalNetwork, local: LocalHost): DirectEntry | undefined {
  if (!local.direct || !takesDirectly(at, local)) return undefined
  return { dev: local.direct.dev, vtep: at.claim.address, tries: local.direct.takes.get(at.network.name) === 'all' }
}

function guarded(
  at: LocalNetwork,
  local: LocalHost,
  senders: GuardedNetwork['senders'],
  dead: readonly Prefix[],
): Omit<GuardedNetwork, 'adopted' | 'served' | 'shortcut'> {
  const { network, vxlan, bridge } = at
  const { name, pool, subnetSize, vni, port } = network
  const sets = network.beside ? `${name}.${prefixFamily(pool)}` : name
  const direct = directEntry(at, local)
  const underlay = familyOf(local.underlay)
  const segment = network.mode === 'l2' ? { segment: { mac: bridgeMac(local.id, name) } } : {}
  return { name, sets, pool, subnetSize, vni, port, underlay, vxlan, bridge, senders, dead, ...segment, ...(direct && { direct }) }
}

function adoption({ network, floating }: Ownership, { leases }: Part, local: LocalHost): Pick<GuardedNetwork, 'adopted' | 'served'> {
  // In a segment a range says where new addresses come from, not where packets go.
  if (network.mode === 'l2') return { adopted: [], served: [] }
  const adopted = leases.filter((lease) => lease.adoptedFrom !== undefined && !lease.floating).map(({ subnet }) => subnet)
  if (adopted.length === 0) return { adopted, served: [] }
  const own = local.endpoints.filter((endpoint) => endpoint.network === network.name).flatMap(addressesOf)
  const others = [...own, ...floating.map(({ subnet }) => prefixAddress(subnet))]
  return { adopted, served: adopted.flatMap((subnet) => [gatewayOf(subnet), ...others.filter((address) => contains(subnet, address))]) }
}

/** In a fixed order, whatever that of the hosts. */
function lostSubnets(ownership: Ownership, self: HostId, dead: ReadonlySet<HostId>): readonly Prefix[] {
  if (ownership.segment) return deadInSegment(ownership.segment, self, dead)
  const subnets: Prefix[] = []
  for (const host of dead) {
    if (host !== self) for (const { subnet } of ownership.leases.get(host) ?? NO_LEASES) subnets.push(subnet)
  }
  return subnets.sort()
}

function sameHost(a: LocalHost, b: LocalHost): boolean {
  return a.id === b.id && a.underlay === b.underlay && a.underlayMtu === b.underlayMtu && sameTaking(a.direct, b.direct)
}

/** Which way peers are reached does not matter here either. */
function sameTaking(a: DirectLink | undefined, b: DirectLink | undefined): boolean {
  return a === b || (a?.dev === b?.dev && a?.takes === b?.takes)
}

function samePublished(a: LocalHost, b: LocalHost): boolean {
  const text = ({ endpoints }: LocalHost): string =>
    endpoints.map(({ network, address, published }) => (published ? `${network} ${address} ${JSON.stringify(published)}` : '')).join('')
  return text(a) === text(b)
}

/** This host's endpoints matter in subnets that it has adopted, where they are published, and where they have a shortcut. */
function sameEndpoints({ local, result }: State, now: LocalHost): boolean {
  if (local.endpoints === now.endpoints) return true
  return samePublished(local, now) && result.networks.every(({ adopted, shortcut }) => adopted.length === 0 && !shortcut)
}

function sameHosts(a: ReadonlySet<HostId>, b: ReadonlySet<HostId>): boolean {
  return a.size === b.size && [...a].every((host) => b.has(host))
}
