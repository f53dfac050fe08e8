import {
  Backoff,
  WeftError,
  layersOf,
  prefixFamily,
  sleep,
  type Clock,
  type ClusterView,
  type ErrorCode,
  type Family,
  type HostId,
  type Layer,
  type Log,
  type Network,
  type NetworkName,
  type Prefix,
  type Random,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import { chooseSubnet, chooseVtepAddress } from './allocation.js'
import { clusterHour, longestGone, type GraceRule, type Scarce } from './grace.js'
import { nextEpoch, type Outcome, type Store } from './store.js'

/** Who acquires, and from what. */
export interface Acquirer {
  readonly store: Store
  readonly host: HostId
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** When what a host has that is gone may be taken as the last resort; without it, never. */
  readonly grace?: GraceRule
}

/**
 * Gives the host a subnet of the network's layer of a family: the one it has, or one that it claims. After a restart it is the same one, also while the store
 * is out of reach, as long as the view (from the copy on disk) shows it.
 * @param hint the subnet that this host remembers having had
 * @throws WeftError WEFT_NETWORK_UNKNOWN, WEFT_POOL_EXHAUSTED, WEFT_STORE_CONFLICT, and what the store throws
 */
export function acquireSubnet(by: Acquirer, network: NetworkName, family: Family, hint?: Prefix): Promise<SubnetLease> {
  return acquire(by, network, family, 'subnet', (view, net, attempt) => {
    const choice = chooseSubnet(view, net, by.host, { attempt, ...(hint !== undefined && { hint }) })
    if ('keep' in choice) return { keep: choice.keep }
    const { subnet, replaces } = choice
    const epoch = replaces?.host === by.host ? replaces.epoch : nextEpoch(replaces, view.revision)
    const next: SubnetLease = { network, subnet, host: by.host, epoch, since: by.clock.wallTime(), state: 'held' }
    return { claim: () => by.store.changeLease(replaces, next) }
  })
}

/**
 * Gives the host its VTEP address in the network's layer of a family, claimed once and then kept.
 * @throws WeftError as {@link acquireSubnet}
 */
export function acquireVtepAddress(by: Acquirer, network: NetworkName, family: Family): Promise<VtepClaim> {
  return acquire(by, network, family, 'VTEP address', (view, net, attempt) => {
    const choice = chooseVtepAddress(view, net, by.host, attempt)
    if ('keep' in choice) return { keep: choice.keep }
    return { claim: () => by.store.claimVtep({ network, address: choice.address, host: by.host }) }
  })
}

/**
 * Gives a lease back, for others to claim; nothing happens when it is no longer this host's.
 * @throws WeftError WEFT_STORE_CONFLICT, and what the store throws
 */
export async function releaseSubnet(by: Acquirer, lease: SubnetLease): Promise<void> {
  let current: SubnetLease | undefined = lease
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (current?.host !== by.host || current.state === 'released') return
    const outcome = await by.store.changeLease(current, { ...current, state: 'released', since: by.clock.wallTime() })
    if (outcome.won) return
    current = outcome.current
  }
  throw tooMany(lease.network, lease.subnet)
}

/** Each lost attempt means that another host won one, so this bounds hosts that start together, not tries against a broken store. */
const ATTEMPTS = 100

type Step<T> = { readonly keep: T } | { readonly claim: () => Promise<Outcome<T>> }

async function acquire<T>(
  by: Acquirer,
  name: NetworkName,
  family: Family,
  what: Scarce,
  choose: (view: ClusterView, layer: Layer, attempt: number) => Step<T>,
): Promise<T> {
  const backoff = new Backoff({ first: 20, limit: 500 }, by.random)
  const known = layerIn(by.store.view, name, family)
  if (known) {
    const step = tryChoose(() => choose(by.store.view, known, 0))
    if (step && 'keep' in step) return step.keep
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const view = await by.store.caughtUp()
    const layer = layerIn(view, name, family)
    if (!layer)
      throw new WeftError('WEFT_NETWORK_UNKNOWN', `there is no network '${name}' of IPv${family}`, { hint: 'weft network ls shows them' })
    const step = await chooseOrFree(by, view, layer, what, () => choose(view, layer, attempt))
    if (step && 'keep' in step) return step.keep
    const outcome = await step?.claim()
    if (outcome?.won) return outcome.record
    if (outcome) by.log.debug('another host was faster; choosing again', { network: name, what, attempt })
    await sleep(by.clock, backoff.next())
  }
  throw tooMany(name, what)
}

function layerIn({ networks }: ClusterView, name: NetworkName, family: Family): Layer | undefined {
  const network: Network | undefined = networks.get(name)
  return network && layersOf(network).find(({ pool }) => prefixFamily(pool) === family)
}

/** Chooses; when nothing is left, forgets the host that has been gone for longest instead, so that there is something the next time. */
async function chooseOrFree<T>(
  by: Acquirer,
  view: ClusterView,
  network: Layer,
  what: Scarce,
  choose: () => Step<T>,
): Promise<Step<T> | undefined> {
  try {
    return choose()
  } catch (thrown) {
    const gone = by.grace && longestGone(view, network, what, by.host, by.grace)
    if (!gone || !(thrown instanceof WeftError) || thrown.code !== 'WEFT_POOL_EXHAUSTED') throw thrown
    try {
      await by.store.forgetHost(gone.id, { as: gone })
      const hours = clusterHour(view) - (gone.hour ?? 0)
      by.log.warn('a host was gone for longer than the grace period; what it had is free', { host: gone.id, network: network.name, hours })
    } catch (refused) {
      // It is back, or another host was faster: the next choice is made from what is there then.
      if (!(refused instanceof WeftError) || !OVERTAKEN.has(refused.code)) throw refused
    }
    return undefined
  }
}

const OVERTAKEN: ReadonlySet<ErrorCode> = new Set(['WEFT_STORE_CONFLICT', 'WEFT_HOST_ALIVE', 'WEFT_HOST_UNKNOWN'])

/** The view at hand may be old, so that what it says against a choice is asked again of a fresh one. */
function tryChoose<T>(choose: () => Step<T>): Step<T> | undefined {
  try {
    return choose()
  } catch {
    return undefined
  }
}

function tooMany(network: NetworkName, what: string): WeftError {
  return new WeftError('WEFT_STORE_CONFLICT', `${ATTEMPTS} attempts at a ${what} in network '${network}' were all lost to other writers`)
}
