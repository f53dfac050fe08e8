import { WeftError } from '#core'
import { createHash, timingSafeEqual } from 'node:crypto'

const KEY_BYTES = 32
/** A key is named by so many bytes of its hash. */
export const KEY_ID_BYTES = 4

interface Key {
  readonly secret: Buffer
  readonly id: string
}

/**
 * The keys of a cluster (AES-256): one is used for sealing, all of them for opening. A key is changed without interruption by adding the
 * new one everywhere, then using it everywhere, then removing the old one everywhere.
 */
export class KeyRing {
  private readonly keys = new Map<string, Key>()
  private primaryId: string | undefined

  /** @param secrets keys as {@link add} takes them, the one to seal with first */
  constructor(secrets: readonly string[] = []) {
    for (const secret of secrets) this.add(secret)
  }

  get isEmpty(): boolean {
    return this.keys.size === 0
  }

  /** Names of all keys, in hexadecimal; they say nothing about the keys. */
  get ids(): readonly string[] {
    return [...this.keys.keys()]
  }

  /** The key to seal with: undefined only in an empty ring. */
  get primary(): string | undefined {
    return this.primaryId
  }

  /** The key itself, for the cipher alone. */
  secretOf(id: string): Buffer | undefined {
    return this.keys.get(id)?.secret
  }

  /**
   * Adds a key; the first one is used at once. Adding it again changes nothing.
   * @param secret 32 bytes in base64
   * @returns its name
   * @throws WeftError WEFT_KEY_INVALID
   */
  add(secret: string): string {
    const bytes = Buffer.from(secret, 'base64')
    if (bytes.length !== KEY_BYTES || !/^[A-Za-z0-9+/]{43}=$/.test(secret)) {
      throw new WeftError('WEFT_KEY_INVALID', 'a gossip key is 32 bytes in base64', { hint: 'make one with `openssl rand -base64 32`' })
    }
    const id = createHash('sha256').update('weft gossip key').update(bytes).digest().subarray(0, KEY_ID_BYTES).toString('hex')
    const before = this.keys.get(id)
    if (before && !timingSafeEqual(before.secret, bytes)) {
      throw new WeftError('WEFT_KEY_INVALID', `another key of the ring has the same name ${id}`, { hint: 'make another key' })
    }
    this.keys.set(id, { secret: bytes, id })
    this.primaryId ??= id
    return id
  }

  /** Seals with this key from now on. @throws WeftError WEFT_KEY_UNKNOWN */
  use(id: string): void {
    this.require(id)
    this.primaryId = id
  }

  /** @throws WeftError WEFT_KEY_UNKNOWN; WEFT_KEY_IN_USE for the key that is used for sealing */
  remove(id: string): void {
    this.require(id)
    if (id === this.primaryId) {
      throw new WeftError('WEFT_KEY_IN_USE', `key ${id} is the one that this host seals with`, { hint: 'use another key first' })
    }
    this.keys.delete(id)
  }

  private require(id: string): void {
    if (!this.keys.has(id)) throw new WeftError('WEFT_KEY_UNKNOWN', `the key ring has no key ${id}`)
  }
}
