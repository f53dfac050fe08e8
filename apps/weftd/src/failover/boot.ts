import { readFileSync } from 'node:fs'
import { uptime as systemUptime } from 'node:os'

/** Names the boot of the machine (random(4)): a chain of proofs ends with it. */
export function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
}

/** /proc/uptime counts hundredths of a second; less than this is no sleep. */
const NOTICED = 100

/**
 * Notices that the machine was suspended: CLOCK_BOOTTIME, which /proc/uptime shows (fs/proc/uptime.c), goes on meanwhile, and
 * CLOCK_MONOTONIC stands still.
 */
export class SuspendWatch {
  private ahead: number

  /** @param monotonic ms of CLOCK_MONOTONIC @param uptime ms of CLOCK_BOOTTIME */
  constructor(
    private readonly monotonic: () => number,
    private readonly uptime: () => number = () => systemUptime() * 1000,
  ) {
    this.ahead = this.measure()
  }

  /** For how long the machine slept since the last call, in ms; 0 when it did not. */
  slept(): number {
    const ahead = this.measure()
    const by = ahead - this.ahead
    if (by < NOTICED) return 0
    this.ahead = ahead
    return by
  }

  private measure(): number {
    return this.uptime() - this.monotonic()
  }
}
