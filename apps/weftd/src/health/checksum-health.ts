import type { Problem } from '#api'
import {
  asWeftError,
  below,
  contains,
  familyOf,
  poolsOf,
  vxlanName,
  type Clock,
  type HostId,
  type Ip,
  type Log,
  type Random,
  type Timer,
} from '#core'
import { CHECKSUM_TRIALS, ChecksumTrials } from '#gossip'
import type { Store } from '#lease'
import { tryChecksums } from '#net'
import type { HostHealth } from './host-health.js'

/** A peer whose kernel can be asked through the overlay, and what leads there. */
interface Target {
  readonly host: HostId
  /** This host's VTEP address in the network. */
  readonly from: Ip
  readonly to: Ip
  readonly device: string
}

/**
 * Looks once a minute, with one other host, whether packets get there whose checksum this host's kernel leaves to the network interface
 * (docs/gossip.md). It changes nothing.
 */
export class ChecksumHealth {
  private readonly trials = new ChecksumTrials()
  private found: Target | undefined
  private timer: Timer | undefined
  private closed = false

  constructor(
    private readonly self: HostId,
    private readonly health: Pick<HostHealth, 'member' | 'membersHealth'>,
    private readonly store: Pick<Store, 'view'>,
    private readonly clock: Clock,
    private readonly random: Random,
    private readonly log: Log,
    private readonly tried: typeof tryChecksums = tryChecksums,
  ) {}

  start(): void {
    this.arm(CHECKSUM_TRIALS.first)
  }

  close(): void {
    this.closed = true
    this.timer?.cancel()
  }

  get problems(): Problem[] {
    return this.found ? [problemWith(this.found)] : []
  }

  private arm(wait: number): void {
    if (!this.closed) this.timer = this.clock.after(wait, () => void this.look())
  }

  /** Never rejects. */
  private async look(): Promise<void> {
    try {
      const target = this.target()
      if (target) {
        const outcome = await this.tried(target.from, target.to, this.clock, this.random)
        this.trials.take(target.host, outcome)
        this.tell(target)
      }
    } catch (error) {
      this.log.warn('whether checksums come out right could not be tried', { error: asWeftError(error).message })
    }
    this.arm(this.trials.wait)
  }

  /** The one who is suspected of not getting them, while it can be asked; otherwise anybody. */
  private target(): Target | undefined {
    const alive = [...this.health.membersHealth()].filter(([, health]) => health === 'alive').map(([host]) => host)
    const { suspect } = this.trials
    if (alive.length === 0) return undefined
    return this.targetOf(suspect !== undefined && alive.includes(suspect) ? suspect : (alive[below(this.random, alive.length)] as HostId))
  }

  private targetOf(host: HostId): Target | undefined {
    const { networks, vteps } = this.store.view
    const to = this.health.member(host)?.facts.overlay
    if (to === undefined || familyOf(to) === 6) return undefined
    for (const network of networks.values()) {
      const { name } = network
      const pool = poolsOf(network).find((one) => contains(one, to))
      if (pool === undefined) continue
      const own = vteps.find((claim) => claim.network === name && claim.host === this.self && contains(pool, claim.address))
      return own && { host, from: own.address, to, device: vxlanName(name) }
    }
    return undefined
  }

  private tell(target: Target): void {
    const before = this.found
    this.found = this.trials.found === undefined ? undefined : this.trials.found === target.host ? target : before
    if (this.found && !before) {
      const { code, message, hint } = problemWith(this.found)
      this.log.warn(message, { code, host: target.host, hint })
    } else if (before && !this.found)
      this.log.info('packets whose checksum is left to the interface come through again', { host: target.host })
  }
}

function problemWith({ host, device }: Target): Problem {
  return {
    code: 'WEFT_CHECKSUM_OFFLOAD',
    field: `paths ${host}`,
    message: `packets through the overlay to host ${host} whose checksum is left to the network interface get lost; with a complete checksum they arrive, so that ping works, and TCP and UDP do not`,
    hint: `the underlay's interface, its driver or the hypervisor gets them wrong. On this host: \`ethtool -K ${device} tx-checksum-ip-generic off\`, once more after each start of the machine; then look for a newer driver`,
  }
}
