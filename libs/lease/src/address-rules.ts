import {
  WeftError,
  hostPrefix,
  isFloatable,
  layerOf,
  parseCheck,
  parseHostId,
  parseIp,
  parseNetworkName,
  prefixAddress,
  type ClusterView,
  type FloatingSpec,
  type HostId,
  type SubnetLease,
} from '#core'
import { nextEpoch } from './store.js'

/** A wish for a floating address as a person states it. */
export interface AddressRequest {
  readonly address: string
  readonly network: string
  /** The hosts that may hold it; any when left out. */
  readonly on?: readonly string[] | undefined
  readonly prefer?: string | undefined
  /** As {@link parseCheck} reads it. */
  readonly check?: string | undefined
  readonly failover?: string | undefined
}

/**
 * Checks a wish for a floating address against everything that is known, and completes it to the lease of its first holder: the preferred
 * host if it is well, else the asking one if it may, else the first one that may and is.
 * @param asking the host that is asked
 * @param isWell whether a host could hold it now
 * @returns the lease, and the released one that it replaces
 * @throws WeftError WEFT_ADDRESS_INVALID, WEFT_NETWORK_UNKNOWN, WEFT_ADDRESS_OUTSIDE_SUBNET, WEFT_ENDPOINT_EXISTS, WEFT_HOST_UNKNOWN,
 * WEFT_VALUE_INVALID
 */
export function draftAddress(
  request: AddressRequest,
  view: ClusterView,
  asking: HostId,
  isWell: (host: HostId) => boolean,
  since: string,
): { readonly lease: SubnetLease; readonly replaces: SubnetLease | undefined } {
  const name = parseNetworkName(request.network)
  const network = view.networks.get(name)
  if (!network)
    throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no network '${name}'`, { field: 'network', hint: '`weft network ls` lists them' })
  if (network.mode === 'l2') {
    throw new WeftError('WEFT_NOT_BUILT', 'floating addresses in networks of mode l2 are planned, not built', {
      field: 'network',
      hint: 'use a network of mode l3; or attach an endpoint with that address on another host: `weft attach --address`',
    })
  }
  const subnet = hostPrefix(parseIp(request.address))
  const layer = layerOf(network, subnet)
  if (!layer || !isFloatable(layer, subnet)) {
    const { pool, subnetSize } = layer ?? network
    throw new WeftError('WEFT_ADDRESS_OUTSIDE_SUBNET', `${request.address} cannot float in network '${name}'`, {
      field: 'address',
      hint: `choose one of ${pool} behind the VTEP addresses; the first two and the last one of each /${subnetSize} are not given out`,
    })
  }
  const replaces = view.leases.find((lease) => lease.network === name && lease.subnet === subnet)
  if (replaces?.state === 'held') taken(request.address, `it floats already, on host '${replaces.host}'`)
  const endpoint = view.endpoints.find((one) => one.network === name && one.address === prefixAddress(subnet))
  if (endpoint) taken(request.address, `endpoint '${endpoint.name}' of host '${endpoint.host}' has it`)
  const floating = specOf(request, view)
  const allowed = floating.on ?? [...view.hosts.keys()]
  const wished = [...(floating.prefer === undefined ? [] : [floating.prefer]), ...(allowed.includes(asking) ? [asking] : []), ...allowed]
  const host = wished.find(isWell)
  if (host === undefined) {
    throw new WeftError('WEFT_VALUE_INVALID', `none of the hosts that may hold ${request.address} is alive`, {
      field: 'on',
      hint: '`weft hosts` shows them',
    })
  }
  const away = floating.prefer !== undefined && floating.prefer !== host
  return {
    lease: {
      network: name,
      subnet,
      host,
      epoch: nextEpoch(replaces, view.revision),
      since,
      state: 'held',
      ...(away && { adoptedFrom: floating.prefer }),
      floating,
    },
    replaces,
  }
}

function specOf(request: AddressRequest, view: ClusterView): FloatingSpec {
  const on = request.on?.map((text) => hostOf('on', text, view))
  const prefer = request.prefer === undefined ? undefined : hostOf('prefer', request.prefer, view)
  if (prefer !== undefined && on && !on.includes(prefer)) {
    throw new WeftError('WEFT_VALUE_INVALID', `host '${prefer}' is not one of those that may hold it`, {
      field: 'prefer',
      hint: 'name it in --on, too',
    })
  }
  const check = request.check === undefined ? undefined : parseCheck(request.check)
  const failover = request.failover ?? 'adopt'
  if (failover !== 'adopt' && failover !== 'exclusive') {
    throw new WeftError('WEFT_VALUE_INVALID', `'${failover}' is no policy of a floating address`, {
      field: 'failover',
      hint: 'use adopt or exclusive',
    })
  }
  return { ...(on && { on }), ...(prefer !== undefined && { prefer }), ...(check && { check }), failover }
}

function hostOf(field: string, text: string, view: ClusterView): HostId {
  const host = parseHostId(text)
  if (view.hosts.has(host)) return host
  throw new WeftError('WEFT_HOST_UNKNOWN', `there is no host '${host}'`, { field, hint: '`weft hosts` lists them' })
}

function taken(address: string, why: string): never {
  throw new WeftError('WEFT_ENDPOINT_EXISTS', `${address} is taken: ${why}`, { field: 'address' })
}
