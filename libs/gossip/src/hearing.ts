import type { HostId, Monotonic } from '#core'
import type { Parts } from './parts.js'

/** A member that was heard within this many beats could have been asked for its opinion. */
const ASKABLE_BEATS = 10
/** How often a member, or the cluster, is reminded of the same thing. */
const REMINDER_INTERVAL = 100

/** When this host heard whom, by any packet of theirs. */
export class Hearing {
  private readonly last = new Map<HostId, Monotonic>()
  private readonly reminded = new Map<HostId, Monotonic>()

  constructor(private readonly parts: Parts) {}

  note(id: HostId): void {
    this.last.set(id, this.parts.now)
  }

  lastOf(id: HostId): Monotonic | undefined {
    return this.last.get(id)
  }

  /** The latest time at which anybody was heard. */
  get latest(): Monotonic {
    let latest = Number.NEGATIVE_INFINITY
    for (const at of this.last.values()) latest = Math.max(latest, at)
    return latest
  }

  /** Whether the member was heard within the time after which its silence would mean something. */
  isFresh(id: HostId): boolean {
    const { now, settings } = this.parts
    return now - (this.last.get(id) ?? Number.NEGATIVE_INFINITY) < settings.silentBeats * settings.beatInterval
  }

  /** Whether there is somebody else who counts and could be asked about this member. */
  hasSecondOpinion(about: HostId, counts: (id: HostId) => boolean): boolean {
    const { now, settings } = this.parts
    for (const [id, at] of this.last) {
      if (now - at <= ASKABLE_BEATS * settings.beatInterval && id !== about && counts(id)) return true
    }
    return false
  }

  /** Whether it is time to say again what was said about this member; notes that it is said. */
  mayRemind(id: HostId): boolean {
    const { now } = this.parts
    if (now - (this.reminded.get(id) ?? Number.NEGATIVE_INFINITY) < REMINDER_INTERVAL) return false
    this.reminded.set(id, now)
    return true
  }

  forget(id: HostId): void {
    this.last.delete(id)
    this.reminded.delete(id)
  }
}
