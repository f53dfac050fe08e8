import { leaseKey } from '../../failover/lease-index.js'
import type { LeaseRef } from '../../failover/message.js'

/** True time in ms: that of the world, which no host can read. */
export type TrueTime = number

interface Grant {
  readonly nonce: number
  readonly until: TrueTime
}

/**
 * The kernel's gate: two buffers whose grants the kernel lets run out by itself, whatever becomes of the agent, and the set of leases. It
 * is lost with the kernel, and shut when it is new.
 */
export class ModelGate {
  private readonly buffers: [Grant | undefined, Grant | undefined] = [undefined, undefined]
  private selected: 0 | 1 = 0
  private granted: ReadonlySet<string> = new Set()

  arm(nonce: number, until: TrueTime): void {
    this.buffers[1 - this.selected] = { nonce, until }
  }

  flip(nonce: number): void {
    const idle = (1 - this.selected) as 0 | 1
    if (this.buffers[idle]?.nonce === nonce) this.selected = idle
  }

  grant(leases: readonly LeaseRef[]): void {
    this.granted = new Set(leases.map(leaseKey))
  }

  get leases(): ReadonlySet<string> {
    return this.granted
  }

  isOpen(lease: string, now: TrueTime): boolean {
    return (this.buffers[this.selected]?.until ?? 0) > now && this.granted.has(lease)
  }

  /** Until when it is open for what it grants, if nobody touches it. */
  get until(): TrueTime {
    return this.buffers[this.selected]?.until ?? 0
  }
}
