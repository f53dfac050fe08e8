import { WeftError, type HostId, type Log } from '#core'
import { KeyRing } from '#wire'
import type { KeyFile } from './key-file.js'

/** What another live host says of its keys, and does with them. */
export interface KeyHolder {
  readonly host: HostId
  /** Names of the keys that it opens; undefined where it does not say. */
  readonly holds: readonly string[] | undefined
}

export interface KeyUser extends KeyHolder {
  /** Name of the key that it sealed its last packet with; undefined when none came yet. */
  readonly uses: string | undefined
}

/**
 * The keys that this host's gossip is sealed with, changed while it runs. What is changed is on disk before it is done: an agent that
 * starts anew speaks as it did before.
 */
export class Keyring {
  readonly ring: KeyRing
  private readonly listeners = new Set<() => void>()

  /** @throws WeftError WEFT_CONFIG_FILE, WEFT_KEY_INVALID */
  constructor(
    private readonly file: KeyFile,
    private readonly log: Log,
  ) {
    this.ring = new KeyRing(file.load())
    if (file.isExposed) log.warn('the file with the gossip keys can be read by others than its owner', { file: file.path })
  }

  get path(): string {
    return this.file.path
  }

  /** Calls back when keys were added or removed. */
  onChange(listener: () => void): void {
    this.listeners.add(listener)
  }

  /** Adds a key, for opening only. @returns its name @throws WeftError WEFT_KEY_INVALID, WEFT_STATE_FILE */
  add(key: string): string {
    const id = this.change((ring) => ring.add(key))
    this.log.info('gossip key added', { key: id })
    return id
  }

  /**
   * Seals with this key from now on.
   * @throws WeftError WEFT_KEY_UNKNOWN; WEFT_KEY_NOT_EVERYWHERE when a host could not open what is sealed with it, unless `force`
   */
  use(id: string, others: readonly KeyHolder[], force: boolean): void {
    const lacking = others.filter(({ holds }) => !holds?.includes(id)).map(({ host }) => host)
    if (this.ring.ids.includes(id) && lacking.length > 0 && !force) {
      throw new WeftError('WEFT_KEY_NOT_EVERYWHERE', `${lacking.join(', ')} could not open what is sealed with key ${id}`, {
        field: 'id',
        hint: 'add it there first: `weft keyring add`; with --force those hosts hear nobody until they have it',
      })
    }
    this.change((ring) => ring.use(id))
    this.log.info('gossip is sealed with another key', { key: id })
  }

  /**
   * Opens nothing that is sealed with this key any more.
   * @throws WeftError WEFT_KEY_UNKNOWN, WEFT_KEY_IN_USE for the key that this host, or (unless `force`) another one, seals with
   */
  remove(id: string, others: readonly KeyUser[], force: boolean): void {
    const users = others.filter(({ uses }) => uses === id).map(({ host }) => host)
    if (this.ring.ids.includes(id) && users.length > 0 && !force) {
      throw new WeftError('WEFT_KEY_IN_USE', `${users.join(', ')} still seals with key ${id}`, {
        field: 'id',
        hint: 'use another key there first: `weft keyring use`; with --force nothing of those hosts is heard until they do',
      })
    }
    this.change((ring) => ring.remove(id))
    this.log.info('gossip key removed', { key: id })
  }

  /** On disk first, and only then in the ring that is in use. */
  private change<T>(make: (ring: KeyRing) => T): T {
    const draft = new KeyRing(this.ring.keys)
    make(draft)
    this.file.save(draft.keys)
    const result = make(this.ring)
    for (const listener of this.listeners) listener()
    return result
  }
}
