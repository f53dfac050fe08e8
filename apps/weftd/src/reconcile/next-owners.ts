import { ownAddressOf, type Clock, type SubnetLease, type Timer } from '#core'
import type { KernelEcho } from '#net'

/** The same kernel is asked again after this time, in ms. */
const ASK_EVERY = 20

/**
 * Asks the kernels of the hosts to which this one has handed over leases whether they serve: by ICMP echoes to the gateway of the subnet, or
 * to the floating address. There is nobody else to answer, for this host's gate is shut (and stops an echo to itself, too).
 */
export class NextOwners {
  private asked: readonly SubnetLease[] = []
  private timer: Timer | undefined
  private readonly listeners = new Set<(lease: SubnetLease) => void>()

  constructor(
    private readonly echo: Pick<KernelEcho, 'send'>,
    private readonly clock: Clock,
  ) {}

  /** Calls back, once for each, when the next owner of a lease has answered. */
  onServed(listener: (lease: SubnetLease) => void): void {
    this.listeners.add(listener)
  }

  /** Asks for these, and for no others any more. */
  ask(leases: readonly SubnetLease[]): void {
    const idle = this.asked.length === 0
    this.asked = leases
    if (idle) this.send()
  }

  /** Ends asking. */
  close(): void {
    this.ask([])
    this.timer?.cancel()
  }

  private send(): void {
    this.timer?.cancel()
    if (this.asked.length === 0) return
    for (const lease of this.asked) {
      this.echo.send(ownAddressOf(lease), () => this.answered(lease))
    }
    this.timer = this.clock.after(ASK_EVERY, () => this.send())
  }

  private answered(lease: SubnetLease): void {
    if (!this.asked.includes(lease)) return
    this.asked = this.asked.filter((one) => one !== lease)
    for (const listener of this.listeners) listener(lease)
  }
}
