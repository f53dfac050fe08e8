import type { HostId, Monotonic } from '#core'
import type { EchoPath } from '../event.js'
import type { SizeCount } from './direction-quality.js'
import { PROBE_LIMIT, SLOT_LIMIT, type PathSlot } from './path-message.js'
import type { BoutResult } from './path-quality.js'
import { SMALL_SIZE } from './path-settings.js'

/** One echo of a bout; both kernels and both agents know it by this. */
export interface ProbeMark {
  readonly bout: number
  /** Whether the side that opened the bout sent it. */
  readonly byOpener: boolean
  readonly slot: number
  /** Within its slot, from 0. */
  readonly index: number
}

interface SentSlot {
  readonly way: EchoPath
  readonly size: number
  count: number
  readonly sentAt: Monotonic
}

/** What one side of a bout has sent and received. */
export class Bout {
  private readonly sent: SentSlot[] = []
  private readonly arrived: Set<number>[] = []
  private readonly roundTrips: Partial<Record<EchoPath, number>> = {}

  constructor(
    readonly id: number,
    readonly peer: HostId,
    readonly isOpener: boolean,
  ) {}

  /**
   * Notes what is sent now and returns each echo with its size. Of what is wished, as much as is allowed, and what this host's device
   * takes.
   * @param largest the sizes of full packets; nothing for a way that is not to be had
   */
  send(
    wishes: readonly PathSlot[],
    largest: (way: EchoPath) => number | undefined,
    now: Monotonic,
  ): { readonly mark: ProbeMark; readonly way: EchoPath; readonly size: number }[] {
    let left = PROBE_LIMIT
    for (const { way, size, count } of wishes.slice(0, SLOT_LIMIT)) {
      const full = largest(way)
      if (full === undefined || full < SMALL_SIZE || size > full || (size !== 0 && size < SMALL_SIZE)) continue
      const number = Math.min(count, left)
      left -= number
      this.sent.push({ way, size: size === 0 ? full : size, count: number, sentAt: now })
    }
    return this.sent.flatMap(({ way, size, count }, slot) =>
      Array.from({ length: count }, (_, index) => ({ mark: { bout: this.id, byOpener: this.isOpener, slot, index }, way, size })),
    )
  }

  /** An echo could not be sent after all. */
  unsent(slot: number): void {
    const sent = this.sent[slot]
    if (sent && sent.count > 0) sent.count--
  }

  /** The peer's kernel answered an echo of this side. */
  answered(slot: number, now: Monotonic): void {
    const sent = this.sent[slot]
    if (sent) this.roundTrips[sent.way] = Math.min(this.roundTrips[sent.way] ?? Infinity, now - sent.sentAt)
  }

  /** An echo of the other side came; a second copy of it is none. */
  came(slot: number, index: number): void {
    if (slot >= SLOT_LIMIT || index >= PROBE_LIMIT) return
    while (this.arrived.length <= slot) this.arrived.push(new Set())
    this.arrived[slot]?.add(index)
  }

  /** For the other side: what was sent, and how many of its echoes came. */
  get count(): { readonly slots: readonly PathSlot[]; readonly got: readonly number[] } {
    const slots = this.sent.map(({ way, size, count }) => ({ way, size, count }))
    return { slots, got: this.arrived.map((indexes) => indexes.size) }
  }

  /** @param theirs what the other side has sent, and how many of this side's echoes came there */
  result(theirs: { readonly slots: readonly PathSlot[]; readonly got: readonly number[] }): BoutResult {
    const own = this.count
    return {
      out: { overlay: compare(own.slots, theirs.got, 'overlay'), underlay: compare(own.slots, theirs.got, 'underlay') },
      in: { overlay: compare(theirs.slots, own.got, 'overlay'), underlay: compare(theirs.slots, own.got, 'underlay') },
      roundTrip: this.roundTrips,
    }
  }
}

function compare(slots: readonly PathSlot[], got: readonly number[], way: EchoPath): SizeCount[] {
  return slots.flatMap((slot, at) =>
    slot.way === way ? [{ size: slot.size, sent: slot.count, got: Math.min(got[at] ?? 0, slot.count) }] : [],
  )
}
