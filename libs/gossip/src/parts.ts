import type { HostId, Monotonic, Random } from '#core'
import type { Awareness } from './awareness.js'
import type { BroadcastQueue } from './broadcast-queue.js'
import type { Deadlines } from './deadlines.js'
import type { Effect } from './effect.js'
import type { Exchange } from './exchange.js'
import type { Hearing } from './hearing.js'
import type { KernelEchoes } from './kernel-echoes.js'
import type { MemberTable } from './member-table.js'
import type { Membership } from './membership.js'
import type { MemberFacts } from './packet.js'
import type { ProbeOrder } from './probe-order.js'
import type { Prober } from './prober.js'
import type { Refutation } from './refutation.js'
import type { GossipSettings } from './settings.js'
import type { Spread } from './spread.js'
import type { Watch } from './watch.js'

/** Who this host is in the cluster. */
export interface Self {
  readonly id: HostId
  readonly hash: number
  /** Drawn at start; tells this process from another one with the same id. */
  readonly nonce: number
  /** The incarnation that this process began with. */
  readonly session: number
  incarnation: number
  facts: MemberFacts
  leaving: boolean
}

/** What the parts of one member's protocol share. {@link Gossip} puts them together and sets `now` at each step. */
export interface Parts {
  readonly settings: GossipSettings
  readonly random: Random
  readonly self: Self
  readonly members: MemberTable
  readonly deadlines: Deadlines
  readonly queue: BroadcastQueue
  readonly awareness: Awareness
  readonly order: ProbeOrder
  readonly hearing: Hearing
  readonly membership: Membership
  readonly spread: Spread
  readonly refutation: Refutation
  readonly prober: Prober
  readonly watch: Watch
  readonly echoes: KernelEchoes
  readonly exchange: Exchange
  now: Monotonic
  /** What the current step has to be done with. */
  effects: Effect[]
}
