import type { HostId } from '#core'
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Drop } from './drop.js'
import { NONCE_BYTES, TAG_BYTES } from './frame.js'
import type { KeyRing } from './key-ring.js'

const CIPHER = 'aes-256-gcm'
const COUNT_LIMIT = 0xffff_ffff
/** Random bytes of a nonce, drawn once per process: the count makes the rest (NIST SP 800-38D §8.2.1). */
const PROCESS_BYTES = 8

/** What a seal vouches for beside the body. */
export interface SealContext {
  readonly header: Buffer
  readonly cluster: string
  /** Whom it is bound to. */
  readonly to: HostId | undefined
  /** The nonce of the question, in an answer. */
  readonly question: Buffer | undefined
}

/** Draws nonces that this process never uses twice. */
export class NonceSource {
  private process = randomBytes(PROCESS_BYTES)
  private count = 0

  next(): Buffer {
    if (this.count === COUNT_LIMIT) {
      this.process = randomBytes(PROCESS_BYTES)
      this.count = 0
    }
    const nonce = Buffer.allocUnsafe(NONCE_BYTES)
    this.process.copy(nonce)
    nonce.writeUInt32BE(++this.count, PROCESS_BYTES)
    return nonce
  }
}

/** The two parts of a nonce, for the replay window. */
export function splitNonce(nonce: Buffer): { readonly process: string; readonly count: number } {
  return { process: nonce.toString('latin1', 0, PROCESS_BYTES), count: nonce.readUInt32BE(PROCESS_BYTES) }
}

export function seal(secret: Buffer, nonce: Buffer, body: Uint8Array, context: SealContext): Buffer {
  const cipher = createCipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(vouchedFor(context))
  return Buffer.concat([context.header, cipher.update(body), cipher.final(), cipher.getAuthTag()])
}

/** @throws Drop when the key is not in the ring or the seal does not fit */
export function unseal(keys: KeyRing, key: string, nonce: Buffer, sealed: Buffer, context: SealContext): Buffer {
  const secret = keys.secretOf(key)
  if (!secret) throw new Drop('unknown-key')
  const body = sealed.subarray(0, sealed.length - TAG_BYTES)
  const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(vouchedFor(context))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  const opened = decipher.update(body)
  try {
    decipher.final()
  } catch {
    throw new Drop('unauthentic')
  }
  return opened
}

function vouchedFor({ header, cluster, to, question }: SealContext): Buffer {
  // Each part with its length, so that no two contexts read the same.
  const parts = [header, Buffer.from(cluster), Buffer.from(to ?? ''), question ?? Buffer.alloc(0)]
  return Buffer.concat(parts.flatMap((part) => [Buffer.from([part.length >> 8, part.length & 0xff]), part]))
}
