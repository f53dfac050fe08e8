/**
 * The protocol's times and counts. All times are in ms. Figures marked "memberlist" are the LAN defaults of hashicorp/memberlist
 * (config.go); the rest are Weft's own (docs/gossip.md says how they were chosen).
 */
export interface GossipSettings {
  /** One routine probe per this time, times the awareness score + 1. memberlist: 1 s. */
  readonly probeInterval: number
  /** How long a direct answer may take before others are asked to probe as well. memberlist: 500 ms. */
  readonly probeTimeout: number
  /** How many others are asked. memberlist: 3. */
  readonly indirectProbes: number

  /** Every member sends a beat to each of its watchers this often. */
  readonly beatInterval: number
  /** How many members watch each member, chosen by rendezvous hash. */
  readonly watchers: number
  /** This many beats must be missing before silence means anything, more where beats get lost anyway. */
  readonly silentBeats: number

  /** Kernel echoes to a watched member while all is well. */
  readonly echoInterval: number
  /** While its agent or its overlay is known to be down, so that its return is noticed; half as often while it is dead. */
  readonly echoTroubleInterval: number
  /** Kernel echoes while a member or its last echo is silent. */
  readonly echoUrgentInterval: number
  /** An echo without an answer for this long counts as unanswered. */
  readonly echoTimeout: number
  /** Silence counts only on a path that answered within this time (PROTOCOL.md A). */
  readonly echoMemory: number
  /** How many members, by rendezvous hash, echo the kernel of a suspect. The first of them are its watchers. */
  readonly echoObservers: number

  /** Part of the suspicion's length by mult × max(1, log10 N) × probe interval. memberlist: 4. */
  readonly suspicionMult: number
  /** The longest suspicion is this many times the shortest. memberlist: 6. */
  readonly suspicionMaxMult: number
  /** The suspicion's length when kernels are silent too, times max(1, log10 N): time for a refutation to make its way. */
  readonly confirmedSuspicion: number

  /** News waits this long for company before it is pushed. */
  readonly pushDelay: number
  /** Queued news goes out again this often. memberlist: 200 ms. */
  readonly gossipInterval: number
  /** To how many members at a time. memberlist: 3. */
  readonly fanOut: number
  /** Each item is sent mult × ceil(log10(N + 1)) times. memberlist: 4. */
  readonly retransmitMult: number
  /** Largest datagram body in bytes, before sealing. */
  readonly packetBudget: number

  /** Full state exchange with a random member, stretched above 32 members. memberlist: 30 s. */
  readonly exchangeInterval: number
  /** A known host that was not heard for so long is suspected: its kernel is asked, and the long timers decide where that says nothing. */
  readonly meetingTime: number
  /** A remembered failed member, or a known host that is no member yet, is contacted this often. */
  readonly contactInterval: number

  /** A timer later than this counts against one's own awareness. */
  readonly lateLimit: number
  /** A timer later than this means that this agent, not its peers, was silent: everything pending is judged anew. */
  readonly stallLimit: number

  /** How long a failed or departed member is remembered. */
  readonly tombstoneTime: number
  /** And how many of them at most; the oldest go first. */
  readonly tombstoneLimit: number
}

export const GOSSIP_DEFAULTS: GossipSettings = {
  probeInterval: 1_000,
  probeTimeout: 300,
  indirectProbes: 3,
  beatInterval: 200,
  watchers: 4,
  silentBeats: 3,
  echoInterval: 1_000,
  echoTroubleInterval: 500,
  echoUrgentInterval: 100,
  echoTimeout: 150,
  echoMemory: 60_000,
  echoObservers: 8,
  suspicionMult: 4,
  suspicionMaxMult: 6,
  confirmedSuspicion: 250,
  pushDelay: 10,
  gossipInterval: 200,
  fanOut: 3,
  retransmitMult: 4,
  packetBudget: 1_200,
  exchangeInterval: 30_000,
  meetingTime: 5_000,
  contactInterval: 500,
  lateLimit: 100,
  stallLimit: 300,
  tombstoneTime: 24 * 3_600_000,
  tombstoneLimit: 4_096,
}
