import type { HostId, Monotonic } from '#core'

/** Two processes that fight over an id do so several times within this time, in ms. */
const MEMORY = 60_000

/**
 * Notices two live agents with one id. A restarted agent draws a new nonce and never uses an old one again; so a nonce that comes back
 * after another one was accepted, or that insists after it was refuted, belongs to a second process that is alive as well.
 */
export class CloneWatch {
  private readonly replacedNonces = new Map<HostId, { readonly nonce: number; readonly at: Monotonic }>()
  private readonly contestedNonces = new Map<HostId, number>()

  /** A newer incarnation with another nonce took over. @returns whether its nonce is one that had been replaced before */
  replaced(id: HostId, before: number, after: number, now: Monotonic): boolean {
    const earlier = this.replacedNonces.get(id)
    this.replacedNonces.set(id, { nonce: before, at: now })
    return earlier?.nonce === after && now - earlier.at <= MEMORY
  }

  /** Another nonce claims an incarnation that is taken. @returns whether it does so again */
  contested(id: HostId, nonce: number): boolean {
    const again = this.contestedNonces.get(id) === nonce
    this.contestedNonces.set(id, nonce)
    return again
  }

  forget(id: HostId): void {
    this.replacedNonces.delete(id)
    this.contestedNonces.delete(id)
  }
}
