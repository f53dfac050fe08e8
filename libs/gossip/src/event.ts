import type { HostId, Ip } from '#core'
import type { Contact, MemberFacts, Packet, StreamBody } from './packet.js'

/** The two ways on which a member's kernel can be asked. */
export type EchoPath = 'overlay' | 'underlay'

/**
 * What happens to a member from outside. Whoever drives {@link Gossip} hands over every event as it comes, and after a pause first all
 * packets that have arrived and then `time`: nothing may be judged on the strength of messages not yet read.
 */
export type GossipEvent =
  /** The time that {@link Gossip.wakeAt} named has come. */
  | { readonly kind: 'time' }
  | { readonly kind: 'packet'; readonly packet: Packet; readonly from: Contact }
  /** A peer opened a stream; what is to be answered comes back as an `answer` effect with the same token. */
  | { readonly kind: 'called'; readonly body: StreamBody; readonly token: number }
  /** The answer to a `call` effect. */
  | { readonly kind: 'answered'; readonly body: StreamBody; readonly contact: Contact }
  /** A kernel echo came back in time. */
  | { readonly kind: 'echo'; readonly id: HostId; readonly path: EchoPath; readonly nonce: number }
  /** Hosts known from elsewhere (etcd's host records, a seed list); replaces what was told before. */
  | { readonly kind: 'known'; readonly hosts: readonly KnownHost[] }
  /** A witness (PROTOCOL.md B) noticed that the host has fallen silent. */
  | { readonly kind: 'silence'; readonly id: HostId }
  /** This host's own facts have changed. */
  | { readonly kind: 'facts'; readonly facts: MemberFacts }
  /** This host says goodbye. Keep driving for a second, so that the others hear it. */
  | { readonly kind: 'leave' }

export interface KnownHost extends Contact {
  /** Absent for a bare address of a seed list. */
  readonly id?: HostId
  /** Its VTEP address, so that its kernel can be asked although its agent was never heard. */
  readonly overlay?: Ip
}
