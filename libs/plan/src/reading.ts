import type { ClusterView, HostId, Ip, Network, NetworkName, WeftError } from '#core'
import { followOwnership } from './ownership-changes.js'
import { readOwnership, type Ownership, type OwnershipIndex } from './ownership.js'
import { usableNetworks, type UsableNetworks } from './usable-networks.js'

/** The records of a view as every host must read them. */
export interface Reading {
  /** Tells this reading from all others. */
  readonly stamp: symbol
  /** The networks that can be programmed side by side, in the order of their names. */
  readonly networks: readonly Network[]
  /** Who has what in each of their layers, in the same order, a network's first layer first. Brought up to date in place by the reader's next call. */
  readonly ownerships: readonly Ownership[]
  /** Records that were left out because they make no sense beside the others. */
  readonly problems: readonly WeftError[]
  /** What is different from the reading before, when that is known and small. */
  readonly change?: ReadingChange
}

export interface ReadingChange {
  /** Stamp of the reading that it leads on from. */
  readonly after: symbol
  /** Hosts whose facts, VTEP claim or leases are different, by network; networks without any are absent. */
  readonly hosts: ReadonlyMap<NetworkName, ReadonlySet<HostId>>
}

/** Reads a view as the host `self` with the given underlay address must. */
export type Reader = (view: ClusterView, self: HostId, underlay: Ip) => Reading

/**
 * A reader that remembers: where a few records changed it follows these and says whose they are. What is not that simple (networks
 * changed, two records contend for one thing) is read anew. Pure from outside: what it reads depends on its arguments alone.
 */
export function createReader(): Reader {
  let usable: { readonly of: ClusterView['networks']; readonly underlay: Ip; readonly result: UsableNetworks } | undefined
  let last: State | undefined

  return (view, self, underlay) => {
    const sameHost = last?.self === self && last.underlay === underlay
    if (last && sameHost && sameRecords(last.view, view, last.ownerships)) return last.reading
    if (usable?.of !== view.networks || usable.underlay !== underlay) {
      usable = { of: view.networks, underlay, result: usableNetworks(view.networks, underlay) }
    }
    const { networks, problems: unusable } = usable.result
    if (last?.undisputed && sameHost && last.view.networks === view.networks) {
      const { ownerships, reading: before } = last
      const hosts = followOwnership(ownerships, last.view, view, self)
      if (hosts) {
        const reading = { stamp: Symbol(), networks, ownerships, problems: unusable, change: { after: before.stamp, hosts } }
        last = { ...last, view, reading }
        return reading
      }
    }
    const problems: WeftError[] = []
    const ownerships = readOwnership(view, networks, self, problems)
    const reading = { stamp: Symbol(), networks, ownerships, problems: [...unusable, ...problems] }
    last = { view, self, underlay, ownerships, undisputed: problems.length === 0, reading }
    return reading
  }
}

interface State {
  readonly view: ClusterView
  readonly self: HostId
  readonly underlay: Ip
  readonly ownerships: readonly OwnershipIndex[]
  /** True when every record counts: then each stands for itself, and a change of one is no more than that. */
  readonly undisputed: boolean
  readonly reading: Reading
}

/** Statuses and, but in a segment, endpoints of other hosts change often, and leave it all as it is. */
function sameRecords(a: ClusterView, b: ClusterView, ownerships: readonly Ownership[]): boolean {
  if (a.endpoints !== b.endpoints && ownerships.some(({ segment }) => segment)) return false
  return a.networks === b.networks && a.hosts === b.hosts && a.leases === b.leases && a.vteps === b.vteps
}
