import { WeftError } from '#core'
import { createHash, timingSafeEqual } from 'node:crypto'

const KEY_BYTES = 32
/** A key is named by so many bytes of its hash. */
export const KEY_ID_BYTES = 4

/** Stands for "not sealed" in a ring, as if it were a key: a first key comes into a plain cluster as any other key does. */
export const PLAIN = 'plain'
/** More are never needed: a ring has two while a key is changed. All of them travel with what a member says of itself. */
export const KEYS_LIMIT = 8

/**
 * The keys of a cluster (AES-256): one is used for sealing, all of them for opening. A key is changed without interruption by adding the
 * new one everywhere, then using it everywhere, then removing the old one everywhere. An empty ring is one that only knows {@link PLAIN}.
 */
export class KeyRing {
  /** By name; undefined for PLAIN. */
  private readonly secrets = new Map<string, Buffer | undefined>()
  private primaryId = PLAIN

  /** @param keys as {@link add} takes them, the one to seal with first */
  constructor(keys: readonly string[] = []) {
    const [first = PLAIN, ...others] = keys
    this.primaryId = this.add(first)
    for (const key of others) this.add(key)
  }

  /** Names of all keys, in hexadecimal, {@link PLAIN} among them; they say nothing about the keys. */
  get ids(): readonly string[] {
    return [...this.secrets.keys()]
  }

  /** The key to seal with. */
  get primary(): string {
    return this.primaryId
  }

  /** Whether frames that are not sealed are taken. */
  get opensPlain(): boolean {
    return this.secrets.has(PLAIN)
  }

  /** The keys as {@link add} takes them, the one to seal with first: to be kept secret. */
  get keys(): readonly string[] {
    const ids = [this.primaryId, ...this.ids.filter((id) => id !== this.primaryId)]
    return ids.map((id) => this.secrets.get(id)?.toString('base64') ?? PLAIN)
  }

  /** The key itself, for the cipher alone. */
  secretOf(id: string): Buffer | undefined {
    return this.secrets.get(id)
  }

  /**
   * Adds a key, for opening only. Adding it again changes nothing.
   * @param key 32 bytes in base64, or {@link PLAIN}
   * @returns its name
   * @throws WeftError WEFT_KEY_INVALID
   */
  add(key: string): string {
    if (key === PLAIN) {
      this.secrets.set(PLAIN, undefined)
      return PLAIN
    }
    const bytes = Buffer.from(key, 'base64')
    if (bytes.length !== KEY_BYTES || !/^[A-Za-z0-9+/]{43}=$/.test(key)) {
      throw new WeftError('WEFT_KEY_INVALID', 'a gossip key is 32 bytes in base64', { hint: 'make one with `weft keyring generate`' })
    }
    const id = createHash('sha256').update('weft gossip key').update(bytes).digest().subarray(0, KEY_ID_BYTES).toString('hex')
    const before = this.secrets.get(id)
    if (before && !timingSafeEqual(before, bytes)) {
      throw new WeftError('WEFT_KEY_INVALID', `another key of the ring has the same name ${id}`, { hint: 'make another key' })
    }
    if (!before && this.secrets.size >= KEYS_LIMIT) {
      throw new WeftError('WEFT_KEY_INVALID', `a key ring holds at most ${KEYS_LIMIT} keys`, {
        hint: 'remove old ones: `weft keyring status`',
      })
    }
    this.secrets.set(id, bytes)
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
    this.secrets.delete(id)
  }

  private require(id: string): void {
    if (this.secrets.has(id)) return
    throw new WeftError('WEFT_KEY_UNKNOWN', `the key ring has no key '${id}'`, { field: 'id', hint: 'see `weft keyring status`' })
  }
}
