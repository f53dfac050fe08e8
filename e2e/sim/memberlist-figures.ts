/*
 * What hashicorp/memberlist would do, computed from its LAN defaults (config.go, state.go, suspicion.go): probe interval 1 s, suspicion
 * multiplier 4, gossip every 200 ms to 3 members. Not measured: a lower bound that leaves out lost packets and late timers.
 */
const PROBE_INTERVAL = 1_000
const SUSPICION_MULT = 4
const GOSSIP_INTERVAL = 200
const FAN_OUT = 3

/** Rounds of gossip until all but half a member have heard something: each one that knows tells three others. */
export function gossipRounds(members: number): number {
  let rounds = 0
  for (let known = 1; members - known > 0.5; rounds++) known = members - (members - known) * (1 - 1 / members) ** (FAN_OUT * known)
  return rounds
}

/** ms until a dead member is probed by somebody: a probe per interval on average, so the slowest hundredth waits 4.6 intervals. */
export function firstProbe(quantile: number): number {
  return -Math.log(1 - quantile) * PROBE_INTERVAL
}

/** ms from a death until everybody knows: first probe, its interval, the shortest suspicion, and gossip. */
export function memberlistDetection(members: number, quantile: number): number {
  const suspicion = SUSPICION_MULT * Math.max(1, Math.log10(members)) * PROBE_INTERVAL
  return firstProbe(quantile) + PROBE_INTERVAL + suspicion + gossipRounds(members) * GOSSIP_INTERVAL
}
