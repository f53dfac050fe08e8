import { WeftError, type Log } from '#core'
import type { StoreAlarm } from '#lease'
import type { Head } from './kv.js'

/**
 * Notices that etcd is not the etcd it was: another cluster, or one whose revision went back, as after a restore from a backup. Such
 * a store may have forgotten leases that are in use, so nothing is taken from it or written to it until a person accepts it; the
 * data plane goes on with the last good view.
 */
export class RestoreGuard {
  private known: Head | undefined
  private accepted = false
  private active: StoreAlarm[] = []

  constructor(private readonly log: Log) {}

  get clusterId(): string | undefined {
    return this.known?.clusterId
  }

  get alarms(): readonly StoreAlarm[] {
    return this.active
  }

  /** What was seen before this agent started. */
  remember(head: Head): void {
    this.known = { clusterId: head.clusterId, revision: head.revision }
  }

  /** A later revision of the same store was seen. */
  advance(revision: number): void {
    if (this.known && revision > this.known.revision) this.known = { ...this.known, revision }
  }

  /** True when what was listed may be believed. */
  admits(head: Head): boolean {
    const alarms: StoreAlarm[] = []
    if (this.known && !this.accepted) {
      if (this.known.clusterId !== head.clusterId) alarms.push('cluster-changed')
      // Once it went back it stays so: sessions and other people's writes soon bring its revision past the known one.
      else if (head.revision < this.known.revision || this.active.includes('revision-regress')) alarms.push('revision-regress')
    }
    if (alarms.length > 0 && this.active.length === 0) {
      this.log.error('etcd was restored from a backup or replaced; keeping the last good view until this is accepted', {
        alarms,
        known: this.known,
        found: { clusterId: head.clusterId, revision: head.revision },
        hint: HINT,
      })
    }
    this.active = alarms
    if (alarms.length > 0) return false
    this.accepted = false
    this.remember(head)
    return true
  }

  /** The next listing is believed, whatever it says. */
  accept(): void {
    this.accepted = true
  }

  /** @throws WeftError WEFT_STORE_RESTORED while an alarm is on */
  check(): void {
    if (this.active.length === 0) return
    throw new WeftError('WEFT_STORE_RESTORED', `etcd is not the store that this agent knew (${this.active.join(', ')})`, { hint: HINT })
  }
}

const HINT = 'when the present content of etcd is right: weft store accept-restore'
