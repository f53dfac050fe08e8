import { WeftError, type Log } from '#core'
import type { StoreAlarm } from '#lease'
import type { Head } from './kv.js'

/** What an operator must look at before etcd is believed again. */
export type RestoreAlarm = Extract<StoreAlarm, 'revision-regress' | 'cluster-changed'>

/**
 * Notices that etcd is not the etcd it was: another cluster, or one whose revision went back, as after a restore from a backup. Such
 * a store may have forgotten leases that are in use, so nothing is taken from it or written to it until a person accepts it; the
 * data plane goes on with the last good view.
 */
export class RestoreGuard {
  private known: Head | undefined
  private accepted = false
  private active: readonly RestoreAlarm[] = []
  private told = false

  constructor(private readonly log: Log) {}

  get clusterId(): string | undefined {
    return this.known?.clusterId
  }

  get alarms(): readonly RestoreAlarm[] {
    return this.active
  }

  /** What was seen before this agent started, and the alarms that were on when it ended: a restart is nobody's word that all is well. */
  remember(head: Head, alarms: readonly RestoreAlarm[] = []): void {
    this.known = { clusterId: head.clusterId, revision: head.revision }
    this.active = alarms
  }

  /** A later revision of the same store was seen. */
  advance(revision: number): void {
    if (this.known && revision > this.known.revision) this.known = { ...this.known, revision }
  }

  /** True when what was listed may be believed. */
  admits(head: Head): boolean {
    const alarms: RestoreAlarm[] = []
    if (this.known && !this.accepted) {
      if (this.known.clusterId !== head.clusterId) alarms.push('cluster-changed')
      // Once it went back it stays so: sessions and other people's writes soon bring its revision past the known one.
      else if (head.revision < this.known.revision || this.active.includes('revision-regress')) alarms.push('revision-regress')
    }
    if (alarms.length > 0 && !this.told) {
      this.log.error('etcd was restored from a backup or replaced; keeping the last good view until this is accepted', {
        alarms,
        known: this.known,
        found: { clusterId: head.clusterId, revision: head.revision },
        hint: HINT,
      })
    }
    this.active = alarms
    this.told = alarms.length > 0
    if (this.told) return false
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
