/** Times are in ms, sizes in bytes of the IP packet. All of it bounds what a host spends, at any number of peers. */
export interface PathSettings {
  /** A host opens a bout this often. */
  readonly boutInterval: number
  /** And this often while a finding is being made sure of. */
  readonly urgentInterval: number
  /** So many in a row with one peer; then it waits for its turn again. */
  readonly urgentBouts: number
  /** A step that is not answered is repeated after this time. */
  readonly stepTimeout: number
  /** It is taken so often at most. */
  readonly stepTries: number
  /** How long echoes may take more than the message that follows them, on their way and until they are read. */
  readonly patience: number
  /** Between a message and the count it asks for: echoes that arrived before it may not have been read yet. */
  readonly settleTime: number
  /** A bout that its opener does not close is forgotten after this time, and a closed one is remembered so long for repeated questions. */
  readonly boutMemory: number
  /** A host serves one bout of others per this time, and so many at once after a pause. */
  readonly serveInterval: number
  readonly serveBurst: number
  /** Peers that are measured often, by rendezvous hash; each second bout is with one of them. */
  readonly partners: number
}

export const PATH_DEFAULTS: PathSettings = {
  boutInterval: 4_000,
  urgentInterval: 1_000,
  urgentBouts: 8,
  stepTimeout: 300,
  stepTries: 4,
  patience: 250,
  settleTime: 50,
  boutMemory: 3_000,
  serveInterval: 1_000,
  serveBurst: 4,
  partners: 4,
}

/** The size that always passes: every link of IPv4 carries 68 bytes (RFC 791), of IPv6 1280 (RFC 8200). */
export const SMALL_SIZE = 64
