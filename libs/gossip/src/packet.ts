import type { HostId, Ip } from '#core'
import type { PathMessage } from './paths/path-message.js'

/** Where a member's agent listens for gossip, datagrams and streams alike. */
export interface Contact {
  readonly address: Ip
  readonly port: number
}

/** What a member says of itself; travels with every `alive`. */
export interface MemberFacts extends Contact {
  /** Its VTEP address, which kernel echoes through the overlay go to; absent while it is in no network. */
  readonly overlay?: Ip
  /** Version of its agent, for people. */
  readonly version: string
  /** Oldest and newest wire protocol it understands. */
  readonly protocolMin: number
  readonly protocolMax: number
  /** Names of the keys that it opens, 8 hexadecimal digits each or `plain`, at most 8; absent in versions that do not say. */
  readonly keys?: readonly string[]
}

/** What an observer found when it sent echoes to the kernel of a member (PROTOCOL.md A). */
export type EchoResult =
  /** The kernel answers through the overlay. */
  | 'answered'
  /** It answers on the underlay, but no longer through the overlay. */
  | 'underlay-only'
  /** Neither path answers, and both did before. */
  | 'silent'
  /** The agent answers over a stream, but no datagram comes through. */
  | 'stream-only'

/** `left` is the member's own word; `echo` says that agent and kernels were silent, `timeout` that only the agent could be asked. */
export type DeathCause = 'echo' | 'timeout' | 'left'

export interface AliveNews {
  readonly kind: 'alive'
  readonly id: HostId
  readonly incarnation: number
  /** Drawn at the start of the agent: two processes that claim one id differ in it. */
  readonly nonce: number
  readonly facts: MemberFacts
}

export interface SuspectNews {
  readonly kind: 'suspect'
  readonly id: HostId
  readonly incarnation: number
  /** Who accuses. */
  readonly from: HostId
}

export interface DeadNews {
  readonly kind: 'dead'
  readonly id: HostId
  readonly incarnation: number
  readonly from: HostId
  readonly cause: DeathCause
}

export interface EchoNews {
  readonly kind: 'echo'
  readonly id: HostId
  readonly incarnation: number
  readonly observer: HostId
  /** First incarnation of the observer's process, then a count: together they order an observer's findings over restarts. */
  readonly session: number
  readonly sequence: number
  readonly result: EchoResult
}

export type News = AliveNews | SuspectNews | DeadNews | EchoNews

/** What a datagram is for; without one it only carries news. Nonces and ids of an answer repeat those of the question. */
export type Message =
  | { readonly kind: 'ping'; readonly nonce: number; readonly target: HostId }
  | { readonly kind: 'ack'; readonly nonce: number; readonly target: HostId }
  /** "Probe this member for me." */
  | { readonly kind: 'ask'; readonly nonce: number; readonly target: HostId; readonly contact: Contact }
  /** "I tried for you, and it does not answer me either." */
  | { readonly kind: 'nack'; readonly nonce: number; readonly target: HostId }
  /**
   * "You watch me, and I am here." The sequence counts beats to all watchers; this one is sent `every` so many of them (1 and more).
   * A released watcher need not watch any longer.
   */
  | { readonly kind: 'beat'; readonly sequence: number; readonly every: number; readonly released: boolean }
  /** About the paths between the two hosts; of no meaning for who is alive. */
  | PathMessage

export interface Packet {
  readonly from: HostId
  /** The sender's incarnation: a receiver that holds it for dead at this incarnation can tell it so. */
  readonly incarnation: number
  /** Whom it is meant for, where the sender knows. */
  readonly to?: HostId
  readonly message?: Message
  readonly news: readonly News[]
}

/** One member in a full state exchange, with the findings that its state rests on. */
export interface StateEntry {
  readonly id: HostId
  readonly incarnation: number
  readonly nonce: number
  readonly facts: MemberFacts
  readonly state: 'alive' | 'suspect' | 'dead' | 'left'
  readonly cause?: DeathCause
  readonly accusers: readonly HostId[]
  readonly echoes: readonly Pick<EchoNews, 'observer' | 'session' | 'sequence' | 'result'>[]
}

/** What goes over a stream: one body as the question, one as the answer. */
export type StreamBody =
  | { readonly kind: 'state'; readonly from: HostId; readonly entries: readonly StateEntry[] }
  | { readonly kind: 'ping'; readonly from: HostId; readonly nonce: number; readonly target: HostId }
  | { readonly kind: 'ack'; readonly from: HostId; readonly nonce: number; readonly target: HostId }
