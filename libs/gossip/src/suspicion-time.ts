import type { GossipSettings } from './settings.js'

export interface SuspicionBounds {
  /** ms without which nobody is declared dead, and the longest time. */
  readonly min: number
  readonly max: number
  /** How many independent confirmations bring the time from max down to min. */
  readonly confirmations: number
}

/** Messages need more rounds in larger clusters: log10 of the members, never below 1 (memberlist, util.go `suspicionTimeout`). */
export function clusterScale(members: number): number {
  return Math.max(1, Math.log10(Math.max(1, members)))
}

/**
 * Times of a suspicion that rests on the agent's silence alone (Lifeguard; memberlist state.go `suspectNode`).
 * Unlike there, a small cluster does not do without confirmations: it needs as many as there are others to ask (PROTOCOL.md A).
 * @param members all members that are not dead, this host and the suspect among them
 */
export function suspicionBounds(members: number, settings: GossipSettings): SuspicionBounds {
  const min = settings.suspicionMult * clusterScale(members) * settings.probeInterval
  const others = Math.max(0, members - 2)
  return { min, max: min * settings.suspicionMaxMult, confirmations: Math.min(settings.suspicionMult - 2, others) }
}

/**
 * ms that a suspicion still has after `elapsed`, negative when it is overdue: max − (max − min)·ln(n + 1)/ln(k + 1), never under min
 * (memberlist suspicion.go `remainingSuspicionTime`).
 * @param n confirmations so far, k those that make it shortest
 */
export function remainingSuspicion(n: number, k: number, elapsed: number, min: number, max: number): number {
  const part = k === 0 ? 1 : Math.log(n + 1) / Math.log(k + 1)
  return Math.max(min, max - part * (max - min)) - elapsed
}
