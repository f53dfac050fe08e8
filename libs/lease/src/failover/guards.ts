import type { HostId, ListChanges, Monotonic, SubnetLease } from '#core'
import type { Guard } from './effect.js'
import { leaseKey } from './lease-index.js'
import type { Parts } from './parts.js'
import { hostKey, ranked } from './rendezvous.js'

/** A member dead for longer, in ms, is an absence that everybody got used to, not an event. */
const FRESH_DEATH = 60_000
/** Hosts that fell silent within this time, in ms, fell silent together. */
const TOGETHER = 10_000
/** Below this many hosts the witnesses' quorum and the transaction are the only guard (DESIGN.md §7). */
const GUARDED_FROM = 5
/** So many hosts are called: an answer of theirs is fresher than gossip, which takes longer to notice a cut than a witness does. */
const ROLL_CALL = 12
/** Within this time, in ms, leases of at most so many hosts, or of that share of all, are adopted by the cluster. */
const RATE_TIME = 60_000
const RATE_LEAST = 3
const RATE_SHARE = 0.1

/**
 * What keeps a host from adopting in good faith when it is itself the one that is cut off, or when so much falls silent at once that
 * something else is wrong (DESIGN.md §7). They make no adoption safe: that is the quorum's and the transaction's work.
 */
export class Guards {
  private readonly deadSince = new Map<HostId, Monotonic>()
  private readonly adopted = new Map<HostId, Monotonic>()

  constructor(private readonly parts: Parts) {}

  membersChanged(): void {
    const { members, now } = this.parts
    for (const host of this.deadSince.keys()) if (!isLost(members.get(host))) this.deadSince.delete(host)
    for (const [host, health] of members) if (isLost(health) && !this.deadSince.has(host)) this.deadSince.set(host, now)
  }

  /** Counts adoptions of the whole cluster by what the records show. */
  leasesChanged({ removed, added }: ListChanges<SubnetLease>): void {
    if (removed.length === 0) return
    const owners = new Map(removed.map((lease) => [leaseKey(lease), lease.host]))
    for (const lease of added) {
      const before = owners.get(leaseKey(lease))
      if (before !== undefined && before !== lease.host && lease.adoptedFrom !== undefined && this.deadSince.has(before)) {
        this.adopted.set(before, this.parts.now)
      }
    }
  }

  /** Whom to call before adopting from `host`; none in a cluster too small for guards. */
  rollCall(host: HostId): readonly HostId[] {
    const { self, members } = this.parts
    const peers = [...members.keys()].filter((peer) => peer !== self && peer !== host && !this.isLongDead(peer))
    if (peers.length + 2 < GUARDED_FROM) return []
    return ranked(hostKey(self), peers).slice(0, ROLL_CALL)
  }

  /** @param called the roll call, @param answered how many of it answered @returns the guard that forbids to adopt from `host` now */
  against(host: HostId, called: number, answered: number): Guard | undefined {
    const { rules, members, now } = this.parts
    const lost = called - answered + 1
    if (called > 0 && rules.isolated(lost, called + 1)) return 'isolated'
    const hosts = members.size + 1
    if (hosts < GUARDED_FROM) return undefined
    const together = [...this.deadSince].filter(([peer, since]) => peer !== host && now - since <= TOGETHER).length + 1
    if (together >= 3 && together > MASS_SHARE * hosts) return 'mass-silence'
    const lately = [...this.adopted].filter(([peer, at]) => peer !== host && now - at <= RATE_TIME).length
    return lately >= Math.max(RATE_LEAST, RATE_SHARE * hosts) ? 'rate-limit' : undefined
  }

  private isLongDead(host: HostId): boolean {
    const since = this.deadSince.get(host)
    return this.parts.members.get(host) === 'left' || (since !== undefined && this.parts.now - since > FRESH_DEATH)
  }
}

const MASS_SHARE = 0.3

function isLost(health: string | undefined): boolean {
  return health === 'dead' || health === 'path-broken' || health === 'left'
}
