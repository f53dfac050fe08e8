import {
  WeftError,
  bridgeName,
  contains,
  commonPools,
  layerOf,
  layersOf,
  leasableSubnets,
  overlaps,
  poolsOf,
  parseIp,
  parseNetworkName,
  parsePrefix,
  prefixFamily,
  prefixLength,
  segmentFault,
  vxlanName,
  type ClusterView,
  type FailoverPolicy,
  type Family,
  type Ip,
  type Network,
  type NetworkMode,
  type Prefix,
} from '#core'

/** A wish for a network as a person states it; what is left out is chosen. */
export interface NetworkRequest {
  readonly name: string
  /** One, or one of each family. */
  readonly pool: string | readonly string[]
  /** Of the pools in their order. */
  readonly subnetSize?: number | readonly number[] | undefined
  readonly mode?: string | undefined
  readonly vni?: number | undefined
  readonly port?: number | undefined
  readonly mtu?: number | undefined
  readonly failover?: string | undefined
  readonly direct?: string | undefined
  readonly shortcut?: string | undefined
}

/** A wish to change a network; what is left out stays. */
export interface NetworkChange {
  readonly direct?: string | undefined
  readonly shortcut?: string | undefined
  /** A second pool, for a network that has one. */
  readonly pool?: string | undefined
  /** Of the second pool. */
  readonly subnetSize?: number | undefined
}

/** What lies around the overlay as this host sees it: a pool over any of it would cut the host off. */
export interface Surroundings {
  /** Addresses of the store's members; names that are not addresses are left out by the caller. */
  readonly store: readonly Ip[]
  /** Prefixes of this host's own addresses and routes, without the default route and without Weft's own. */
  readonly routes: readonly Prefix[]
}

/** IANA's port for VXLAN (RFC 7348 §8). */
const DEFAULT_PORT = 4789
/** Where VNIs are chosen from: away from flannel's 1 and Docker's, which count up from 4096. */
const FIRST_VNI = 7001
/** 24 bits (RFC 7348 §5). */
export const LAST_VNI = 0xff_ffff

/**
 * Checks a wish against everything that is known and completes it.
 * @throws WeftError WEFT_NAME_INVALID, WEFT_PREFIX_INVALID, WEFT_VALUE_INVALID, WEFT_NOT_BUILT, WEFT_NETWORK_EXISTS, WEFT_POOL_OVERLAP,
 *   WEFT_VNI_IN_USE
 */
export function draftNetwork(request: NetworkRequest, view: ClusterView, around: Surroundings): Network {
  const name = parseNetworkName(request.name)
  if (view.networks.has(name)) throw new WeftError('WEFT_NETWORK_EXISTS', `there is a network '${name}' already`, { field: 'name' })
  const pools = draftPools([request.pool].flat(), [request.subnetSize ?? []].flat())
  const network: Network = {
    name,
    ...pools,
    vni: request.vni === undefined ? freeVni(view) : inRange('vni', request.vni, 1, LAST_VNI),
    mode: modeOf(request.mode),
    port: inRange('port', request.port ?? DEFAULT_PORT, 1, 65_535),
    ...(request.mtu !== undefined && { mtu: inRange('mtu', request.mtu, leastMtu(pools), 65_485) }),
    failover: failoverOf(request.failover),
    ...directOf(request.direct, pools, request.failover),
    ...shortcutOf(request.shortcut),
  }
  const fault = segmentFault(network)
  if (fault) throw fault
  for (const pool of poolsOf(network)) checkSurroundings(pool, view, around)
  checkOthers(network, view)
  return network
}

type Pools = Pick<Network, 'pool' | 'subnetSize' | 'second'>

/** Sizes that are left out are chosen. */
function draftPools(texts: readonly string[], sizes: readonly number[]): Pools {
  const [first, second, ...more] = texts.map((text, index) => {
    const pool = parsePrefix(text)
    return { pool, subnetSize: sizes[index] ?? defaultSubnetSize(pool) }
  })
  if (!first || more.length > 0)
    throw new WeftError('WEFT_VALUE_INVALID', `a network has one pool or two, not ${texts.length}`, {
      field: 'pool',
      hint: 'give one, or one of each family',
    })
  if (sizes.length > texts.length)
    throw new WeftError('WEFT_VALUE_INVALID', `there are ${sizes.length} subnet sizes for ${texts.length} pool`, {
      field: 'subnetSize',
      hint: 'give one for each pool, in the same order',
    })
  const pools = { ...first, ...(second && { second }) }
  checkPools(pools)
  return pools
}

/**
 * Checks a wish to change a network and carries it out on its record.
 * @throws WeftError WEFT_VALUE_INVALID, WEFT_PREFIX_INVALID, WEFT_POOL_OVERLAP; WEFT_REQUEST_INVALID for a wish without any change
 */
export function changedNetwork(before: Network, change: NetworkChange, view: ClusterView, around: Surroundings): Network {
  const { direct, shortcut, pool, subnetSize } = change
  if (direct === undefined && shortcut === undefined && pool === undefined) {
    throw new WeftError('WEFT_REQUEST_INVALID', 'nothing to change is named', { hint: 'name an option and its value: --direct auto' })
  }
  if (subnetSize !== undefined && pool === undefined) {
    const hint = 'leave it out, or name the second pool too: a pool that is there stays as it is'
    throw new WeftError('WEFT_VALUE_INVALID', 'a subnet size alone changes nothing', { field: 'subnetSize', hint })
  }
  const network = pool === undefined ? before : withSecond(before, pool, subnetSize, view, around)
  if (direct === undefined && shortcut === undefined) return network
  const { direct: directBefore, shortcut: shortcutBefore, ...others } = network
  const next = {
    ...others,
    ...directOf(direct ?? directBefore, network, network.failover),
    ...shortcutOf(shortcut ?? shortcutBefore),
  }
  const fault = segmentFault(next)
  if (fault) throw fault
  return next
}

/** What the network has stays: its addresses are in use. */
function withSecond(before: Network, text: string, subnetSize: number | undefined, view: ClusterView, around: Surroundings): Network {
  const pool = parsePrefix(text)
  const size = subnetSize ?? defaultSubnetSize(pool)
  if (layersOf(before).some((layer) => layer.pool === pool && (subnetSize === undefined || layer.subnetSize === size))) return before
  const has = layerOf(before, pool)
  if (has) {
    throw new WeftError(
      'WEFT_VALUE_INVALID',
      `network '${before.name}' has the IPv${prefixFamily(pool)} pool ${has.pool}, in /${has.subnetSize}s`,
      {
        field: 'pool',
        hint: 'a pool can be added, of the other family; one that is there stays as it is',
      },
    )
  }
  const network: Network = { ...before, second: { pool, subnetSize: size } }
  checkPools(network)
  const fault = segmentFault(network)
  if (fault) throw fault
  if (before.mtu !== undefined) inRange('mtu', before.mtu, leastMtu(network), 65_485)
  checkSurroundings(pool, view, around)
  checkOthers(network, view)
  return network
}

/** So much each of its families needs. */
function leastMtu({ pool, second }: Pools): number {
  return Math.max(LEAST_MTU[prefixFamily(pool)], second ? LEAST_MTU[prefixFamily(second.pool)] : 0)
}

/**
 * Checks that the pools of a network can be divided sensibly, and are of two families where there are two; also asked of networks that are
 * read from the store.
 * @throws WeftError WEFT_VALUE_INVALID
 */
export function checkPools({ pool, subnetSize, second }: Pools): void {
  checkPool(pool, subnetSize)
  if (!second) return
  if (prefixFamily(second.pool) === prefixFamily(pool)) {
    throw new WeftError('WEFT_VALUE_INVALID', `${pool} and ${second.pool} are both of IPv${prefixFamily(pool)}`, {
      field: 'pool',
      hint: 'two pools of a network are one of each family; make another network for more of one',
    })
  }
  checkPool(second.pool, second.subnetSize)
}

/**
 * Checks that a pool can be divided sensibly.
 * @throws WeftError WEFT_VALUE_INVALID
 */
function checkPool(pool: Prefix, subnetSize: number): void {
  const length = prefixLength(pool)
  const { shortest, longest, smallest, example } = POOLS[prefixFamily(pool)]
  if (length < shortest || length > longest || UNUSABLE.some((range) => overlaps(pool, range))) {
    throw new WeftError('WEFT_VALUE_INVALID', `${pool} cannot be a pool`, {
      field: 'pool',
      hint: `use a private range of /${shortest} to /${longest}, such as ${example}`,
    })
  }
  const last = Math.min(smallest, length + MOST_SUBNETS)
  const sound = Number.isInteger(subnetSize) && subnetSize > length && subnetSize <= last
  if (!sound || leasableSubnets({ pool, subnetSize }) < 1) {
    throw new WeftError('WEFT_VALUE_INVALID', `subnets of /${subnetSize} do not fit a pool of /${length}`, {
      field: 'subnetSize',
      hint: `use /${length + 1} to /${last}; a /${defaultSubnetSize(pool)} is the default`,
    })
  }
}

/** Lengths of pools, shortest prefix first, and the smallest subnets. */
const POOLS: Readonly<
  Record<Family, { readonly shortest: number; readonly longest: number; readonly smallest: number; readonly example: string }>
> = {
  4: { shortest: 8, longest: 28, smallest: 30, example: '10.61.0.0/16' },
  6: { shortest: 16, longest: 120, smallest: 124, example: 'fd61::/48' },
}
/** A pool has at most as many subnets as this many bits can number: an IPv4 pool has no more either. */
const MOST_SUBNETS = 24
/** Every link carries so much (RFC 791, RFC 8200 §5); on one of less the kernel has no IPv6. */
export const LEAST_MTU: Readonly<Record<Family, number>> = { 4: 576, 6: 1280 }

/**
 * Checks a pool against the underlay, the store and this host's routes. Asked when a network is made, and by each agent before it
 * programs one that another host, or a hand with etcdctl, has made.
 * @throws WeftError WEFT_POOL_OVERLAP
 */
export function checkSurroundings(pool: Prefix, view: ClusterView, around: Surroundings): void {
  const clash = (what: string): WeftError =>
    new WeftError('WEFT_POOL_OVERLAP', `pool ${pool} overlaps ${what}`, {
      field: 'pool',
      hint: 'choose a range that nothing else here uses',
    })
  for (const address of around.store) if (contains(pool, address)) throw clash(`the address of etcd, ${address}`)
  for (const host of view.hosts.values()) {
    if (contains(pool, host.underlay)) throw clash(`the underlay address of host '${host.id}', ${host.underlay}`)
  }
  for (const route of around.routes) {
    if (prefixLength(route) > 0 && overlaps(pool, route)) throw clash(`the route ${route} of this host`)
  }
}

/** The hosts of the store's URLs that are addresses, for {@link Surroundings}. */
export function storeAddresses(urls: readonly string[]): Ip[] {
  return urls.flatMap((url) => {
    const host = /^[a-z]+:\/\/(?:\[([^\]]+)\]|([^:/]+))/i.exec(url)
    try {
      return [parseIp(host?.[1] ?? host?.[2] ?? '')]
    } catch {
      return []
    }
  })
}

/** "This network", loopback, IPv4 in IPv6, translation, 6to4, link-local, multicast and reserved (RFC 6890). */
const UNUSABLE = '0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/3 ::/16 64:ff9b::/32 2002::/16 fe80::/10 ff00::/8'
  .split(' ')
  .map(parsePrefix)

/**
 * Room for 256 hosts where the pool allows. IPv4: subnets of at least 14 and at most 254 usable addresses. IPv6: /64s where they fit, as
 * addresses that configure themselves need (RFC 4862).
 */
function defaultSubnetSize(pool: Prefix): number {
  if (prefixFamily(pool) === 6)
    return prefixLength(pool) < 64 ? Math.min(64, prefixLength(pool) + MOST_SUBNETS) : Math.min(prefixLength(pool) + 8, 124)
  return Math.min(Math.max(prefixLength(pool) + 8, 24), 28)
}

function modeOf(mode = 'l3'): NetworkMode {
  if (mode === 'l3' || mode === 'l2') return mode
  throw new WeftError('WEFT_VALUE_INVALID', `'${mode}' is not a mode`, { field: 'mode', hint: 'use l3 or l2' })
}

function failoverOf(policy = 'adopt'): FailoverPolicy {
  if (policy === 'adopt' || policy === 'exclusive' || policy === 'hold') return policy
  throw new WeftError('WEFT_VALUE_INVALID', `'${policy}' is not a failover policy`, {
    field: 'failover',
    hint: 'use adopt, exclusive or hold',
  })
}

function directOf(mode = 'off', { pool, second }: Pools, failover?: string): Pick<Network, 'direct'> {
  if (mode === 'off') return {}
  if (mode !== 'auto')
    throw new WeftError('WEFT_VALUE_INVALID', `'${mode}' is not a value of direct`, { field: 'direct', hint: 'use off or auto' })
  if (failover === 'exclusive') {
    throw new WeftError('WEFT_VALUE_INVALID', 'peers of an exclusive network are reached by VXLAN only', {
      field: 'direct',
      hint: 'leave --direct out, or use another failover policy: what keeps two hosts from serving one lease was proven with VXLAN',
    })
  }
  if (prefixFamily(pool) === 6 && !second) {
    const hint = 'leave --direct out'
    throw new WeftError('WEFT_NOT_BUILT', 'direct IPv6 networks are planned, not built', { field: 'direct', hint })
  }
  return { direct: mode }
}

/** Exclusive and direct networks may ask for it, and have none: what their hosts do is not changed by it. */
function shortcutOf(mode = 'off'): Pick<Network, 'shortcut'> {
  if (mode === 'off') return {}
  if (mode === 'auto') return { shortcut: mode }
  throw new WeftError('WEFT_VALUE_INVALID', `'${mode}' is not a value of shortcut`, { field: 'shortcut', hint: 'use auto or off' })
}

function inRange(field: string, value: number, first: number, last: number): number {
  if (Number.isInteger(value) && value >= first && value <= last) return value
  throw new WeftError('WEFT_VALUE_INVALID', `${field} ${value} is not a whole number from ${first} to ${last}`, { field })
}

function freeVni(view: ClusterView): number {
  const taken = new Set(Array.from(view.networks.values(), (network) => network.vni))
  let vni = FIRST_VNI
  while (taken.has(vni)) vni++
  return vni
}

function checkOthers(network: Network, view: ClusterView): void {
  for (const other of view.networks.values()) {
    if (other.name === network.name) continue
    const common = commonPools(network, other)
    if (common) {
      const message = `pool ${common.own} overlaps ${common.others} of network '${other.name}'`
      throw new WeftError('WEFT_POOL_OVERLAP', message, { field: 'pool' })
    }
    if (network.vni === other.vni) {
      throw new WeftError('WEFT_VNI_IN_USE', `VNI ${network.vni} is network '${other.name}'’s`, {
        field: 'vni',
        hint: 'leave it out to have a free one chosen',
      })
    }
    if (vxlanName(network.name) === vxlanName(other.name) || bridgeName(network.name) === bridgeName(other.name)) {
      throw new WeftError('WEFT_NAME_INVALID', `network '${network.name}' would share its device name with '${other.name}'`, {
        field: 'name',
        hint: 'choose a name that differs in its first characters',
      })
    }
  }
}
