import type { PathView, Problem } from '#api'
import { contains, poolsOf, familyOf, sleep, WeftError, type Clock, type HostId, type Ip, type Log, type Random, type Timer } from '#core'
import type { EchoPath, PathEffect, PathFinding, PathQuality } from '#gossip'
import type { Store } from '#lease'
import { PathDriver, type PathDriverOptions } from '#net'
import { overlayMtu } from '#plan'
import type { DirectRouting } from '../direct/direct-routing.js'
import type { UnderlayWatch } from '../host/underlay-watch.js'
import type { HostHealth } from './host-health.js'
import { pathProblem, pathProblems, SHOWN } from './path-problems.js'
import { pathView } from './path-view.js'

/** Members come and go in groups: they are looked at once, this long after the first, in ms. */
const LOOK_AFTER = 200

/** A wish is waited for so long, and looked after so often, in ms. */
const MEASURE_DEADLINE = 10_000
const MEASURE_LOOK = 100

/** What is needed of {@link PathDriver}. */
export type PathMeter = Pick<
  PathDriver,
  'setPeers' | 'keepOnly' | 'wish' | 'measures' | 'receive' | 'qualityOf' | 'partners' | 'findings' | 'counts' | 'close'
>

/** What metrics tell of paths: some, whatever the number of hosts. */
export interface PathFigures {
  readonly counts: PathMeter['counts']
  /** Findings in force, by host. */
  readonly findings: ReturnType<PathMeter['findings']>
  /** Of the partners, and of the first {@link SHOWN} hosts about which there are findings. */
  readonly paths: readonly { readonly host: HostId; readonly quality: PathQuality }[]
}

/**
 * What the paths to other hosts carry (docs/gossip.md): round trip, loss of each direction, and the largest packets. It changes nothing.
 */
export class PathHealth {
  private readonly meter: PathMeter
  private look: Timer | undefined
  private closed = false

  constructor(
    private readonly self: HostId,
    private readonly health: Pick<HostHealth, 'member' | 'membersHealth' | 'onMembers' | 'onPath' | 'sendPath'>,
    private readonly store: Pick<Store, 'view'>,
    private readonly underlay: Pick<UnderlayWatch, 'current'>,
    private readonly direct: Pick<DirectRouting, 'waysTo'>,
    private readonly clock: Clock,
    random: Random,
    private readonly log: Log,
    open: (options: PathDriverOptions) => PathMeter = (options) => new PathDriver(options),
  ) {
    this.meter = open({
      self,
      directory: { addressOf: (id, way) => this.addressOf(id, way), mtuOf: (id, way) => this.mtuOf(id, way) },
      clock,
      random,
      log,
      send: (to, message) => health.sendPath(to, message),
      onFinding: (finding) => this.told(finding),
    })
  }

  /** Begins to measure. */
  start(): void {
    this.health.onPath((from, message) => this.meter.receive(from, message))
    this.health.onMembers(() => this.membersChanged())
    this.membersChanged()
  }

  close(): void {
    this.closed = true
    this.look?.cancel()
    this.meter.close()
  }

  get problems(): Problem[] {
    return pathProblems(this.meter.findings())
  }

  /**
   * Every other host that gossip knows, or one of them.
   * @throws WeftError WEFT_HOST_UNKNOWN, WEFT_REQUEST_INVALID for this host itself
   */
  views(host?: HostId): PathView[] {
    if (host === this.self)
      throw new WeftError('WEFT_REQUEST_INVALID', 'this is the host itself', { field: 'host', hint: 'name another one: see `weft hosts`' })
    const members = this.health.membersHealth()
    if (host !== undefined && !members.has(host))
      throw new WeftError('WEFT_HOST_UNKNOWN', `gossip knows no host '${host}'`, { field: 'host', hint: 'see `weft hosts`' })
    const findings = this.meter.findings()
    return (host === undefined ? [...members.keys()].sort() : [host]).map((id) =>
      pathView(
        {
          host: id,
          state: members.get(id),
          addresses: { overlay: this.addressOf(id, 'overlay'), underlay: this.addressOf(id, 'underlay') },
          quality: this.meter.qualityOf(id),
          networks: this.direct.waysTo(id),
          problems: findings.filter((found) => found.id === id).map(({ finding }) => pathProblem(id, finding)),
        },
        this.clock.now(),
      ),
    )
  }

  /**
   * The same for one host, measured anew. Takes some seconds.
   * @throws WeftError as {@link views}, WEFT_PATH_UNMEASURED when its agent does not answer
   */
  async measure(host: HostId): Promise<PathView[]> {
    const [known] = this.views(host)
    const before = this.meter.qualityOf(host)?.measuredAt
    this.meter.wish(host)
    const deadline = this.clock.now() + MEASURE_DEADLINE
    while (!this.closed && this.meter.measures(host) && this.clock.now() < deadline) await sleep(this.clock, MEASURE_LOOK)
    if (this.meter.qualityOf(host)?.measuredAt === before) throw unmeasured(host, known?.state)
    return this.views(host)
  }

  get figures(): PathFigures {
    const findings = this.meter.findings()
    const faulty = [...new Set(findings.map(({ id }) => id))].slice(0, SHOWN)
    const hosts = new Set([...this.meter.partners, ...faulty])
    const paths = [...hosts].flatMap((host) => {
      const quality = this.meter.qualityOf(host)
      return quality ? [{ host, quality }] : []
    })
    return { counts: this.meter.counts, findings, paths }
  }

  private membersChanged(): void {
    if (this.closed) return
    this.look ??= this.clock.after(LOOK_AFTER, () => {
      this.look = undefined
      const members = this.health.membersHealth()
      this.meter.keepOnly((id) => members.has(id))
      // Others could not answer; what was found of them is neither true nor false until they can.
      this.meter.setPeers([...members].filter(([, health]) => health === 'alive' || health === 'path-broken').map(([id]) => id))
    })
  }

  private addressOf(id: HostId, way: EchoPath): Ip | undefined {
    const facts = this.health.member(id)?.facts
    return way === 'overlay' ? facts?.overlay : facts?.address
  }

  /** Of the device that leads to a host: that of the network in which its VTEP address lies. */
  private mtuOf(id: HostId, way: EchoPath): number | undefined {
    const { mtu, address: own } = this.underlay.current
    if (way === 'underlay') return mtu
    const address = this.addressOf(id, 'overlay')
    if (address === undefined) return undefined
    for (const network of this.store.view.networks.values())
      if (poolsOf(network).some((pool) => contains(pool, address))) return network.mtu ?? overlayMtu(mtu, familyOf(own))
    return undefined
  }

  private told({ id, finding, over }: Extract<PathEffect, { kind: 'finding' }>): void {
    const problem = pathProblem(id, finding)
    const fields = { host: id, direction: finding.direction, ways: finding.ways.join(' and ') }
    if (over) this.log.info(OVER[finding.kind], fields)
    else this.log.warn(problem.message, { ...fields, code: problem.code, hint: problem.hint })
  }
}

function unmeasured(host: HostId, state: PathView['state'] | undefined): WeftError {
  const cause = state === 'dead' || state === 'left' ? `it is ${state}` : 'its agent did not answer'
  return new WeftError('WEFT_PATH_UNMEASURED', `the paths to host ${host} could not be measured anew: ${cause}`, {
    field: 'host',
    hint: `\`weft ping ${host}\` tells what of it answers, \`weft paths ${host}\` what was measured before; an older agent cannot be asked`,
  })
}

const OVER: Readonly<Record<PathFinding['kind'], string>> = {
  mtu: 'large packets come through again',
  loss: 'packets no longer get lost',
}
