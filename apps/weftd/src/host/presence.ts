import { mapChanges, type Clock, type ClusterView, type HostId, type Monotonic, type Random, type Timer } from '#core'
import { LAST_HOUR, type Store } from '#lease'

const HOUR = 3_600_000

/** ms by which hosts differ in how soon they write: a thousand of them must not do so at once. */
const SPREAD = 300_000

/** A host writes its hour anew when it is behind by this part of the grace period; by the greater one, at once. */
const BEHIND = { some: 1 / 8, much: 1 / 2 }

/** ms after which is looked again whether the store is back: while it is away there is no hour to write. */
const PATIENCE = 60_000

/**
 * Says in which hour of the cluster this host is there (libs/lease/src/grace.ts), and counts the hours: the first agent that has lived
 * through one since the number last grew makes the next begin. The number is written by the registration, with the host's other facts.
 */
export class Presence {
  private highest = 0
  /** The records that it was taken from. */
  private seen: ClusterView['hosts'] = new Map()
  /** When the number was seen to grow, or this agent started. */
  private grew: Monotonic
  private timer: Timer | undefined
  private readonly spread: number

  constructor(
    private readonly host: HostId,
    private readonly graceHours: number,
    private readonly store: Pick<Store, 'view' | 'health'>,
    private readonly clock: Clock,
    random: Random,
  ) {
    this.grew = clock.now()
    this.spread = SPREAD * random.next()
  }

  /** The hour to write in this host's record now. */
  get hour(): number {
    this.notice()
    return Math.min(LAST_HOUR, this.clock.now() >= this.nextHour() ? this.highest + 1 : this.highest)
  }

  /** To be called with each new view; calls `write` when this host's record is to be written again, once the host has one. */
  look(write: () => void): void {
    this.notice()
    this.timer?.cancel()
    const wait = this.due() - this.clock.now()
    const connected = this.store.health.state === 'connected'
    if (wait <= 0 && connected) write()
    else this.timer = this.clock.after(connected ? wait : Math.max(wait, PATIENCE), () => this.look(write))
  }

  close(): void {
    this.timer?.cancel()
  }

  private due(): Monotonic {
    const own = this.store.view.hosts.get(this.host)?.hour
    const behind = own === undefined ? Infinity : this.highest - own
    if (behind > this.graceHours * BEHIND.much) return this.clock.now()
    return behind > this.graceHours * BEHIND.some ? this.grew + this.spread : this.nextHour()
  }

  private nextHour(): Monotonic {
    return this.grew + this.spread + HOUR
  }

  private notice(): void {
    const { hosts } = this.store.view
    const before = this.highest
    for (const { hour = 0 } of mapChanges(this.seen, hosts).added) if (hour > this.highest) this.highest = hour
    this.seen = hosts
    if (this.highest > before) this.grew = this.clock.now()
  }
}
