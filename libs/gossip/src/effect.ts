import type { HostId, Ip } from '#core'
import type { EchoPath } from './event.js'
import type { Health, Why } from './member.js'
import type { Contact, Packet, StreamBody } from './packet.js'

/** Something that needs a person's attention. */
export type Alarm =
  /** Two live agents use one host id: a cloned machine id, or a copied state directory. */
  | { readonly kind: 'alarm'; readonly alarm: 'cloned-id'; readonly id: HostId; readonly nonces: readonly [number, number] }
  /** An answer for another id came from the address where a member was probed: two hosts share an address. */
  | { readonly kind: 'alarm'; readonly alarm: 'wrong-target'; readonly id: HostId; readonly answeredBy: HostId; readonly contact: Contact }
  /** Nobody is heard any more: this host is the one that is cut off. `over` when somebody is again. */
  | { readonly kind: 'alarm'; readonly alarm: 'isolated'; readonly over: boolean }
  /** This agent itself was not running for `by` ms; everything pending was put off. */
  | { readonly kind: 'alarm'; readonly alarm: 'stalled'; readonly by: number }

/** What the driver has to do. Nothing of it may fail loudly: the network may lose anything. */
export type Effect =
  /** A datagram; best effort, never blocks. */
  | { readonly kind: 'send'; readonly to: Contact; readonly packet: Packet }
  /** One question and one answer over a stream; the answer comes back as an `answered` event, or never. */
  | { readonly kind: 'call'; readonly to: Contact; readonly body: StreamBody }
  | { readonly kind: 'answer'; readonly token: number; readonly body: StreamBody }
  /** An ICMP echo; the answer comes back as an `echo` event. */
  | { readonly kind: 'echo'; readonly id: HostId; readonly path: EchoPath; readonly address: Ip; readonly nonce: number }
  /** The health of a member changed. */
  | { readonly kind: 'change'; readonly id: HostId; readonly before: Health | undefined; readonly after: Health; readonly why: Why }
  /** This host's own incarnation grew; to be written to the state directory when convenient. */
  | { readonly kind: 'incarnation'; readonly incarnation: number }
  | Alarm
