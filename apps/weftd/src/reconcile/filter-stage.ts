import { problemOf, type Problem } from '#api'
import { asWeftError, type Log, type Prefix, type WeftError } from '#core'
import type { Firewall, FirewallPort } from '#plan'

/** So many changes are named in an event. */
const NAMED = 5

/** What became of the filter in a pass; `failed` is to be tried again. */
export type FilterOutcome = 'unchanged' | 'changed' | 'failed'

/**
 * The packet filter's part of a pass. It never stops the rest of the pass: a host without a filter still forwards, and says loudly that
 * nobody checks what it receives.
 */
export class FilterStage {
  private current: readonly Problem[]
  private foreign = false
  private unshortened: string | undefined

  /** @param port the filter, or why this host cannot have one */
  constructor(
    private readonly port: FirewallPort | WeftError,
    private readonly log: Log,
  ) {
    this.current = isPort(port) ? [] : [problemOf(port)]
    if (!isPort(port))
      log.error('this host has no packet filter: forged packets are not dropped, nothing is masqueraded', { ...problemOf(port) })
  }

  /** What is wrong with the filter now. */
  get problems(): readonly Problem[] {
    return this.current
  }

  /** Somebody else decides what is forwarded, as the filter last reported; false before the first {@link apply}. */
  get foreignFilter(): boolean {
    return this.foreign
  }

  /** Why packets take no shortcuts on this host, as the filter last reported; undefined where they may. */
  get noShortcuts(): string | undefined {
    return this.unshortened
  }

  /** Brings the filter to what is asked. */
  async apply(firewall: Firewall): Promise<FilterOutcome> {
    if (!isPort(this.port)) return 'unchanged'
    try {
      const { changes, obstacles, foreignFilter, noShortcuts } = await this.port.apply(firewall)
      this.foreign = foreignFilter
      this.unshortened = noShortcuts
      if (changes.length > 0) this.log.info('packet filter changed', { changes: changes.length, first: changes.slice(0, NAMED).join('; ') })
      this.tell(obstacles)
      return changes.length > 0 ? 'changed' : 'unchanged'
    } catch (thrown) {
      this.tell([asWeftError(thrown)])
      return 'failed'
    }
  }

  /** To be called when the kernel has been changed: shortcuts are for devices that are there. */
  async shorten(firewall: Firewall): Promise<void> {
    if (!isPort(this.port)) return
    const changes = await this.port.shorten(firewall)
    if (changes.length > 0) this.log.debug('shortcuts changed', { changes: changes.length, first: changes.slice(0, NAMED).join('; ') })
  }

  /** What the kernel's gate stops now; undefined where that cannot be told, which is a problem of the filter. */
  async gated(): Promise<readonly Prefix[] | undefined> {
    if (!isPort(this.port)) return []
    try {
      return await this.port.gated()
    } catch (thrown) {
      this.tell([asWeftError(thrown)])
      return undefined
    }
  }

  /** What {@link apply} would change, a line each. */
  async inspect(firewall: Firewall): Promise<readonly string[]> {
    return isPort(this.port) ? this.port.inspect(firewall) : []
  }

  /** Has the next pass read the whole filter back. */
  distrust(): void {
    if (isPort(this.port)) this.port.distrust()
  }

  onChange(listener: () => void): () => void {
    return isPort(this.port) ? this.port.onChange(listener) : () => undefined
  }

  /**
   * Ends tracked connections of addresses that are no endpoints of this host any more, or of subnets that moved, so that no stale
   * translation outlives them. To be called when the kernel has been changed: a packet on the old way would be tracked anew. Failing is
   * logged.
   */
  async forget(addresses: readonly Prefix[]): Promise<void> {
    if (!isPort(this.port) || addresses.length === 0) return
    try {
      await this.port.forgetConnections(addresses)
    } catch (thrown) {
      const { code, message } = asWeftError(thrown)
      this.log.warn('tracked connections of addresses that are gone could not be ended', { code, error: message })
    }
  }

  /** Ends tracked UDP flows to ports that are published from now on. */
  async forgetUdp(ports: ReadonlySet<number>): Promise<void> {
    if (!isPort(this.port) || ports.size === 0) return
    try {
      await this.port.forgetUdp(ports)
    } catch (thrown) {
      const { code, message } = asWeftError(thrown)
      this.log.warn('tracked flows to a published port could not be ended: whoever sends already may not get through', {
        code,
        error: message,
      })
    }
  }

  close(): void {
    if (isPort(this.port)) this.port.close()
  }

  private tell(errors: readonly WeftError[]): void {
    const problems = errors.map(problemOf)
    const known = new Set(this.current.map(({ code, message }) => `${code} ${message}`))
    for (const problem of problems) {
      if (!known.has(`${problem.code} ${problem.message}`)) this.log.error('the packet filter is not as it should be', { ...problem })
    }
    if (known.size > 0 && problems.length === 0) this.log.info('the packet filter is as it should be again')
    this.current = problems
  }
}

function isPort(port: FirewallPort | WeftError): port is FirewallPort {
  return 'apply' in port
}
