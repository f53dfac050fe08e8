import { createHash } from 'node:crypto'
import { Drop } from './drop.js'
import { KEY_ID_BYTES } from './key-ring.js'

/*
 * A frame, sealed or not:
 *
 *   0      'W'
 *   1      protocol
 *   2      flags: bit 0 sealed, bit 1 bound to its receiver, bits 2-3 direction
 *   3..6   cluster (hash of its name)
 *   7      length n of the sender's id
 *   8..    sender's id, n bytes
 *   +4     session: first incarnation of the sender's process
 *   sealed only:
 *   +4     name of the key
 *   +12    nonce: 8 random bytes of the sender's process, 4 bytes of a count
 *   +…     body, encrypted with AES-256-GCM, and its tag of 16 bytes
 *
 * Everything before the body is authenticated with it, and so is the receiver's id where bit 1 is set, the cluster's whole name, and,
 * in an answer, the nonce of its question.
 */

const MAGIC = 0x57
export const NONCE_BYTES = 12
export const TAG_BYTES = 16
const FIXED_BYTES = 8 + 4
const CLUSTER_BYTES = 4

/** `failover`: a message of docs/failover-protocol.md, by datagram or stream. */
export type Direction = 'datagram' | 'question' | 'answer' | 'failover'
const DIRECTIONS: readonly Direction[] = ['datagram', 'question', 'answer', 'failover']

export interface FrameHeader {
  readonly protocol: number
  readonly direction: Direction
  readonly bound: boolean
  readonly cluster: Buffer
  readonly sender: string
  readonly session: number
  readonly seal: { readonly key: string; readonly nonce: Buffer } | undefined
}

/** What a frame adds to its body at most, with ids of 63 characters, in bytes. */
export const FRAME_OVERHEAD = FIXED_BYTES + 63 + KEY_ID_BYTES + NONCE_BYTES + TAG_BYTES

/** The mark of a cluster in every frame, so that a stranger is told from a forger. */
export function clusterMark(name: string): Buffer {
  return createHash('sha256').update('weft cluster').update(name).digest().subarray(0, CLUSTER_BYTES)
}

/** What a frame is for, from its first bytes alone; whether that is true shows when it is opened. */
export function looksLikeFailover(bytes: Uint8Array): boolean {
  return DIRECTIONS[((bytes[2] ?? 0) >> 2) & 3] === 'failover'
}

export function writeHeader(header: FrameHeader): Buffer {
  const { seal } = header
  const sender = Buffer.from(header.sender, 'latin1')
  const bytes = Buffer.allocUnsafe(FIXED_BYTES + sender.length + (seal ? KEY_ID_BYTES + NONCE_BYTES : 0))
  bytes[0] = MAGIC
  bytes[1] = header.protocol
  bytes[2] = (seal ? 1 : 0) | (header.bound ? 2 : 0) | (DIRECTIONS.indexOf(header.direction) << 2)
  header.cluster.copy(bytes, 3)
  bytes[7] = sender.length
  sender.copy(bytes, 8)
  let at = bytes.writeUInt32BE(header.session, 8 + sender.length)
  if (seal) {
    at += bytes.write(seal.key, at, 'hex')
    seal.nonce.copy(bytes, at)
  }
  return bytes
}

/** Reads a header and says where the body begins. @throws Drop */
export function readHeader(bytes: Buffer): { readonly header: FrameHeader; readonly length: number } {
  if (bytes.length === 0) throw new Drop('truncated')
  if (bytes[0] !== MAGIC) throw new Drop('foreign')
  if (bytes.length < FIXED_BYTES) throw new Drop('truncated')
  const flags = bytes[2] as number
  const direction = DIRECTIONS[(flags >> 2) & 3]
  if (!direction || flags > 0x0f) throw new Drop('malformed')
  const senderLength = bytes[7] as number
  const sealed = (flags & 1) !== 0
  const length = FIXED_BYTES + senderLength + (sealed ? KEY_ID_BYTES + NONCE_BYTES : 0)
  if (bytes.length < length + (sealed ? TAG_BYTES : 0)) throw new Drop('truncated')
  if (senderLength === 0 || senderLength > 63) throw new Drop('field')
  let at = 8 + senderLength
  const session = bytes.readUInt32BE(at)
  at += 4
  const header: FrameHeader = {
    protocol: bytes[1] as number,
    direction,
    bound: (flags & 2) !== 0,
    cluster: bytes.subarray(3, 7),
    sender: bytes.toString('latin1', 8, 8 + senderLength),
    session,
    seal: sealed
      ? { key: bytes.toString('hex', at, at + KEY_ID_BYTES), nonce: bytes.subarray(at + KEY_ID_BYTES, at + KEY_ID_BYTES + NONCE_BYTES) }
      : undefined,
  }
  return { header, length }
}
