import type { ClusterView, HostId, Monotonic, Random } from '#core'
import type { Candidates } from './candidates.js'
import type { FailoverEffect } from './effect.js'
import type { MemberHealth, StoreState } from './event.js'
import type { Grants } from './grants.js'
import type { Guards } from './guards.js'
import type { HandOver } from './hand-over.js'
import type { LeaseIndex } from './lease-index.js'
import type { Owner } from './owner.js'
import type { Registrar } from './registrar.js'
import type { Rules } from './rules.js'
import type { Successor } from './successor.js'
import type { Witness } from './witness.js'

/** What the machines of one host share. {@link Failover} puts them together and sets `now` at each step. */
export interface Parts {
  readonly self: HostId
  readonly bootId: string
  /** `<boot id>/<start nonce>`. */
  readonly incarnation: string
  readonly rules: Rules
  readonly random: Random
  readonly started: Monotonic
  view: ClusterView
  readonly leases: LeaseIndex
  store: StoreState
  members: ReadonlyMap<HostId, MemberHealth>
  readonly candidates: Candidates
  readonly owner: Owner
  readonly registrar: Registrar
  readonly grants: Grants
  readonly handOver: HandOver
  readonly witness: Witness
  readonly successor: Successor
  readonly guards: Guards
  now: Monotonic
  /** What the current step has to be done with. */
  effects: FailoverEffect[]
  /** A number that no message or transaction of this process had before. */
  token(): number
}
