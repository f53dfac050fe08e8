import type { HostId, Monotonic } from '#core'
import type { DeathCause, MemberFacts } from './packet.js'

/** What the protocol holds of a member's agent. */
export type MemberState = 'alive' | 'suspect' | 'dead' | 'left'

/** What people and the data plane act on: the state, seen together with what the kernels say. */
export type Health =
  | 'alive'
  /** The agent is silent and nothing is known of the kernel yet. */
  | 'suspect'
  /** The agent is silent, the kernel forwards: routes stay. */
  | 'agent-down'
  /** The host is there, but the overlay to it is not: VXLAN or MTU trouble, or UDP is blocked. Routes stay. */
  | 'path-broken'
  | 'dead'
  | 'left'

/** Why a member has the health it has: stable words for events, `weft hosts` and metrics. */
export type Why =
  | 'joined'
  /** It ought to be there, but was never heard since this agent started. */
  | 'never-heard'
  | 'restarted'
  | 'refuted'
  | 'probe-failed'
  | 'silence'
  | 'accused'
  | 'kernel-answers'
  | 'overlay-silent'
  | 'overlay-answers'
  | 'datagrams-blocked'
  | 'kernels-silent'
  | 'timeout'
  | 'left'

/**
 * Incarnation of a host that ought to be a member and was never heard; real ones are larger. What this host makes of its silence is its
 * own business: others ask for themselves.
 */
export const UNMET = 0

/** What this host knows of one member. Never changed in place. */
export interface Member {
  /** Its place in the table; stays the same while it is remembered. */
  readonly index: number
  readonly id: HostId
  /** {@link hostHash} of the id. */
  readonly hash: number
  readonly incarnation: number
  readonly nonce: number
  readonly facts: MemberFacts
  readonly state: MemberState
  readonly cause?: DeathCause
  readonly health: Health
  readonly why: Why
  /** When the health became what it is. */
  readonly since: Monotonic
}

/** Whether the protocol still counts on it: neither dead nor gone. */
export function isLive(member: Member): boolean {
  return member.state === 'alive' || member.state === 'suspect'
}

/** Whether the member is there beyond doubt, so that its findings about others count. */
export function isSound(member: Member): boolean {
  return member.state === 'alive'
}
