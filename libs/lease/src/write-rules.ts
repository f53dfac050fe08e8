import { WeftError, contains, type ClusterView, type Endpoint, type Host, type HostId, type SubnetLease, type VtepClaim } from '#core'

/** What every implementation of the Store must uphold on writes, as pure functions, so that they cannot come to differ. */

/**
 * True when two records say the same; lists in a record have an order.
 * A write that is found in the store counts as done, whoever's answer was lost.
 */
export function sameRecord<T extends object>(a: T | undefined, b: T | undefined): boolean {
  return same(a, b)
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b || Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.entries(a)
  const right = b as Readonly<Record<string, unknown>>
  return left.length === Object.keys(b).length && left.every(([name, value]) => Object.hasOwn(right, name) && same(value, right[name]))
}

/** @throws WeftError WEFT_INTERNAL when a change breaks the rule of epochs: a defect of the caller, which must never reach the store */
export function checkLeaseChange(expected: SubnetLease | undefined, next: SubnetLease): void {
  const sameOwner = expected?.host === next.host
  const sound = sameOwner ? next.epoch === expected?.epoch : next.epoch > (expected?.epoch ?? 0)
  const samePlace = !expected || (expected.network === next.network && expected.subnet === next.subnet)
  if (sound && samePlace) return
  throw new WeftError('WEFT_INTERNAL', `a lease of ${next.subnet} with epoch ${next.epoch} cannot follow epoch ${expected?.epoch ?? 0}`, {
    field: 'epoch',
  })
}

/** The lease that an endpoint may be published under: held by its host, with its epoch, around its address. */
export function leaseOfEndpoint(leases: readonly SubnetLease[], endpoint: Endpoint): SubnetLease | undefined {
  return leases.find(
    (lease) =>
      lease.network === endpoint.network &&
      lease.host === endpoint.host &&
      lease.epoch === endpoint.epoch &&
      lease.state === 'held' &&
      (lease.floating !== undefined) === (endpoint.kind === 'floating') &&
      contains(lease.subnet, endpoint.address),
  )
}

/** True when a stored endpoint must not be replaced by the other: another host's, and not left over from an earlier epoch. */
export function outranks(stored: Endpoint | undefined, next: Endpoint): boolean {
  return stored !== undefined && stored.host !== next.host && stored.epoch >= next.epoch
}

/**
 * What a host has left in the store.
 * @throws WeftError WEFT_HOST_UNKNOWN, WEFT_HOST_ALIVE; WEFT_STORE_CONFLICT when its facts are not `as` given
 */
export function legacyOf(view: ClusterView, host: HostId, as?: Host): Legacy {
  const legacy = {
    leases: view.leases.filter((lease) => lease.host === host && lease.state === 'held'),
    vteps: view.vteps.filter((claim) => claim.host === host),
    endpoints: view.endpoints.filter((endpoint) => endpoint.host === host),
  }
  if (view.statuses.has(host)) {
    throw new WeftError('WEFT_HOST_ALIVE', `the agent of host '${host}' is connected`, {
      field: 'host',
      hint: 'stop weftd on that host first; its session ends some seconds later',
    })
  }
  if (!view.hosts.has(host) && legacy.leases.length + legacy.vteps.length + legacy.endpoints.length === 0) {
    throw hostUnknown(host)
  }
  if (as && !sameRecord(view.hosts.get(host), as)) throw new WeftError('WEFT_STORE_CONFLICT', `host '${host}' is back`, { field: 'host' })
  return legacy
}

export function hostUnknown(host: HostId): WeftError {
  return new WeftError('WEFT_HOST_UNKNOWN', `there is no host '${host}'`, { field: 'host', hint: '`weft hosts` lists them' })
}

export interface Legacy {
  readonly leases: readonly SubnetLease[]
  readonly vteps: readonly VtepClaim[]
  readonly endpoints: readonly Endpoint[]
}
