import type { Clock, HostId } from '#core'
import type { Packet, StreamBody } from '#gossip'
import type { FailoverMessage } from '#lease'
import { Drop, DROP_REASONS, type DropReason } from './drop.js'
import { readFailover, writeFailover, type FailoverLetter } from './failover-body.js'
import { readHostId } from './fields.js'
import { clusterMark, readHeader, writeHeader, type Direction, type FrameHeader } from './frame.js'
import { PLAIN, type KeyRing } from './key-ring.js'
import { readPacket, writePacket } from './packet-body.js'
import { agreedProtocol, FAILOVER_PROTOCOL, PROTOCOLS, type ProtocolRange } from './protocol.js'
import { ReplayWindow } from './replay-window.js'
import { NonceSource, seal, splitNonce, unseal, type SealContext } from './seal.js'
import { readStream, writeStream } from './stream-body.js'

/** Largest datagram that is read, in bytes; peers send less than an Ethernet frame holds. */
export const DATAGRAM_LIMIT = 2_048
/** Largest frame of a stream, in bytes: the state of 20,000 members. */
export const STREAM_LIMIT = 8 * 1024 * 1024

/** Largest frame about failover, in bytes: the most leases that one message names. */
const FAILOVER_LIMIT = 64 * 1024

export interface WireOptions {
  /** Name of the cluster: frames of others are dropped although they may be sealed with the same key. */
  readonly cluster: string
  readonly self: HostId
  /** First incarnation of this process. */
  readonly session: number
  /** May change while the wire is in use. */
  readonly keys: KeyRing
  readonly protocols?: ProtocolRange
  /** For how long replays are remembered; CLOCK_MONOTONIC when left out. */
  readonly clock?: Pick<Clock, 'now'>
}

/** Belongs to a question that was sent or received; the answer is bound to it. */
export interface Ticket {
  readonly peer: HostId | undefined
  readonly nonce: Buffer | undefined
}

/**
 * Turns what the gossip protocol says into frames and back. Nothing that comes from the network makes it throw: what cannot be taken is
 * dropped and counted by its reason.
 */
export class Wire {
  private spoken: number
  readonly dropped: Record<DropReason, number>
  private readonly mark: Buffer
  private readonly nonces = new NonceSource()
  private readonly window = new ReplayWindow()
  private readonly usedKeys = new Map<HostId, string>()
  private readonly protocols: ProtocolRange

  constructor(private readonly options: WireOptions) {
    this.protocols = options.protocols ?? PROTOCOLS
    // The oldest until others are known: a newcomer must be understood by all of them.
    this.spoken = this.protocols.oldest
    this.mark = clusterMark(options.cluster)
    this.dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>
  }

  /** The protocol that frames are written in. */
  get protocol(): number {
    return this.spoken
  }

  /** Speaks what all these members understand from now on, see {@link agreedProtocol}. @param members the others that are live */
  speakWith(members: readonly ProtocolRange[]): void {
    if (members.length > 0) this.spoken = agreedProtocol(this.protocols, members)
  }

  /** The frame of a datagram. */
  seal(packet: Packet): Buffer {
    return this.close('datagram', writePacket(packet), packet.to, undefined).frame
  }

  /** The packet of a datagram, or nothing. */
  open(bytes: Uint8Array): Packet | undefined {
    return this.counted(() => {
      if (bytes.length > DATAGRAM_LIMIT) throw new Drop('oversized')
      const { header, body } = this.unwrap(bytes, 'datagram', undefined)
      const packet = readPacket(body)
      if (packet.from !== header.sender) throw new Drop('forged-sender')
      if (packet.to !== undefined && packet.to !== this.options.self) throw new Drop('misdirected')
      return packet
    })
  }

  /** The frame of a message about failover, for a datagram or a stream; its receiver must speak {@link FAILOVER_PROTOCOL}. */
  sealFailover(to: HostId, message: FailoverMessage): Buffer {
    return this.close('failover', writeFailover({ from: this.options.self, to, message }), to, undefined).frame
  }

  /** The message of such a frame and who sent it, or nothing. */
  openFailover(bytes: Uint8Array): Omit<FailoverLetter, 'to'> | undefined {
    return this.counted(() => {
      if (bytes.length > FAILOVER_LIMIT) throw new Drop('oversized')
      const { header, body } = this.unwrap(bytes, 'failover', undefined)
      const letter = readFailover(body)
      if (letter && letter.from !== header.sender) throw new Drop('forged-sender')
      if (letter && letter.to !== this.options.self) throw new Drop('misdirected')
      return letter
    })
  }

  /** A question for a stream. Whom it reaches is not known before the answer: it may be the first contact. */
  ask(body: StreamBody): { readonly frame: Buffer; readonly ticket: Ticket } {
    const { frame, nonce } = this.close('question', writeStream(body), undefined, undefined)
    return { frame, ticket: { peer: undefined, nonce } }
  }

  openQuestion(bytes: Uint8Array): { readonly body: StreamBody; readonly ticket: Ticket } | undefined {
    return this.counted(() => {
      const { header, body } = this.openStream(bytes, 'question', undefined)
      return { body, ticket: { peer: readHostId(header.sender), nonce: header.seal?.nonce } }
    })
  }

  answer(body: StreamBody, { peer, nonce }: Ticket): Buffer {
    return this.close('answer', writeStream(body), peer, nonce).frame
  }

  openAnswer(bytes: Uint8Array, ticket: Ticket): StreamBody | undefined {
    return this.counted(() => this.openStream(bytes, 'answer', ticket.nonce).body)
  }

  /** The name of the key that a member sealed its last frame with, PLAIN when it was not sealed; undefined when none came. */
  keyUsedBy(id: HostId): string | undefined {
    return this.usedKeys.get(id)
  }

  private openStream(bytes: Uint8Array, direction: Direction, question: Buffer | undefined): { header: FrameHeader; body: StreamBody } {
    if (bytes.length > STREAM_LIMIT) throw new Drop('oversized')
    const { header, body } = this.unwrap(bytes, direction, question)
    const stream = readStream(body)
    if (stream.from !== header.sender) throw new Drop('forged-sender')
    return { header, body: stream }
  }

  private close(
    direction: Direction,
    body: Uint8Array,
    to: HostId | undefined,
    question: Buffer | undefined,
  ): { readonly frame: Buffer; readonly nonce: Buffer | undefined } {
    const { cluster, self, session, keys } = this.options
    const key = keys.primary
    const secret = keys.secretOf(key)
    const nonce = secret ? this.nonces.next() : undefined
    const header = writeHeader({
      protocol: direction === 'failover' ? FAILOVER_PROTOCOL : this.spoken,
      direction,
      bound: to !== undefined,
      cluster: this.mark,
      sender: self,
      session,
      seal: nonce ? { key, nonce } : undefined,
    })
    if (!secret || !nonce) return { frame: Buffer.concat([header, body]), nonce: undefined }
    return { frame: seal(secret, nonce, body, { header, cluster, to, question }), nonce }
  }

  private unwrap(bytes: Uint8Array, direction: Direction, question: Buffer | undefined): { header: FrameHeader; body: Buffer } {
    const { cluster, self, keys } = this.options
    const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const { header, length } = readHeader(frame)
    if (!header.cluster.equals(this.mark)) throw new Drop('cluster')
    if (header.protocol < this.protocols.oldest || header.protocol > this.protocols.newest) throw new Drop('protocol')
    if (header.direction !== direction) throw new Drop('direction')
    const sender = readHostId(header.sender)
    const body = frame.subarray(length)
    if (!header.seal) {
      if (!keys.opensPlain) throw new Drop('plain')
      this.usedKeys.set(sender, PLAIN)
      return { header, body }
    }
    const { key, nonce } = header.seal
    const context: SealContext = { header: frame.subarray(0, length), cluster, to: header.bound ? self : undefined, question }
    const opened = unseal(keys, key, nonce, body, context)
    const { process, count } = splitNonce(nonce)
    if (!this.window.accept(sender, header.session, process, count, (this.options.clock ?? performance).now())) throw new Drop('replayed')
    this.usedKeys.set(sender, key)
    return { header, body: opened }
  }

  private counted<T>(open: () => T): T | undefined {
    try {
      return open()
    } catch (thrown) {
      if (!(thrown instanceof Drop)) throw thrown
      this.dropped[thrown.reason]++
      return undefined
    }
  }
}
