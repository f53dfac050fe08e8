import type { HostId, Monotonic } from '#core'

/** Which members failed or left, and since when, the longest gone first. */
export class Tombstones {
  private readonly since = new Map<HostId, Monotonic>()

  put(id: HostId, now: Monotonic): void {
    this.since.delete(id)
    this.since.set(id, now)
  }

  remove(id: HostId): void {
    this.since.delete(id)
  }

  get ids(): HostId[] {
    return [...this.since.keys()]
  }

  /** Those that are gone for longer than `time` ms, and as many more as there are above `limit`. */
  expired(now: Monotonic, time: number, limit: number): HostId[] {
    const ids = this.ids
    return ids.filter((id, place) => now - (this.since.get(id) ?? now) >= time || ids.length - place > limit)
  }
}
