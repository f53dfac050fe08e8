import type { Clock, ClusterView, HostId, Log, Monotonic, WeftError } from '#core'
import type { Store } from '#lease'
import {
  createDesired,
  createDesiredFirewall,
  createReader,
  PlannedMoves,
  type Desired,
  type Firewall,
  type LocalHost,
  type Moving,
  type Observed,
} from '#plan'
import type { DirectRouting } from '../direct/direct-routing.js'
import type { EndpointRegistry } from '../endpoints/endpoint-registry.js'
import type { Reaper } from '../endpoints/reaper.js'
import type { FailoverDriver } from '../failover/failover-driver.js'
import type { HostHealth } from '../health/host-health.js'
import type { Registration } from '../host/registration.js'
import type { UnderlayWatch } from '../host/underlay-watch.js'
import type { NextOwners } from './next-owners.js'
import type { Inputs } from './reconciler.js'

/** The kernel state that follows from the store's view, this host's endpoints and its underlay. */
export class DesiredState implements Inputs {
  /** One reading of the records serves both. */
  private readonly read = createReader()
  private readonly desiredOf = createDesired(this.read)
  private readonly firewallOf = createDesiredFirewall(this.read)
  private readonly moves: PlannedMoves
  private moving: Moving | undefined
  private told = new Set<string>()
  /** Records that were left out, as of the last pass. */
  problems: readonly WeftError[] = []

  constructor(
    private readonly self: HostId,
    private readonly store: Pick<Store, 'health'>,
    private readonly cluster: Pick<FailoverDriver, 'view'>,
    private readonly registry: EndpointRegistry,
    private readonly reaper: Reaper,
    private readonly underlay: UnderlayWatch,
    private readonly registration: Pick<Registration, 'refused'>,
    private readonly health: Pick<HostHealth, 'dead' | 'heard' | 'answers'>,
    private readonly direct: Pick<DirectRouting, 'link' | 'changesAt'>,
    private readonly nextOwners: NextOwners,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.moves = new PlannedMoves(self)
    nextOwners.onServed((lease) => this.moves.served(lease))
  }

  seen(observed: Observed): void {
    this.reaper.reap(observed)
  }

  /**
   * Undefined until the store, or its copy on disk, has said anything, and while another machine goes by this host's name: what was
   * programmed before goes on working.
   */
  desired(): Desired | undefined {
    if (this.store.health.source === undefined || this.registration.refused) return (this.moving = undefined)
    this.moving = this.moves.look(this.cluster.view, this.clock.now(), this.health)
    this.nextOwners.ask(this.moving.waiting)
    const desired = this.desiredOf(this.moving.view, this.local(this.moving.view))
    this.tell(desired.problems)
    return desired
  }

  /** When the desired state is different by itself: leases move in steps. */
  get changesAt(): Monotonic | undefined {
    // Of what is not desired nothing changes: to look again and again would not help.
    if (!this.moving) return undefined
    const times = [this.moving.until, this.direct.changesAt].filter((at) => at !== undefined)
    return times.length === 0 ? undefined : Math.min(...times)
  }

  /** That goes with what {@link desired} said last. */
  firewall(): Firewall {
    const { view, also, sentOn } = this.moving ?? { view: this.cluster.view }
    return this.firewallOf(view, this.local(view), this.health.dead, also, sentOn)
  }

  private local(view: ClusterView): LocalHost {
    const { address, mtu } = this.underlay.current
    const direct = this.direct.link(view)
    const { released } = this.moving ?? {}
    return {
      id: this.self,
      underlay: address,
      underlayMtu: mtu,
      endpoints: this.registry.list(),
      ...(direct && { direct }),
      ...(released && { released }),
    }
  }

  private tell(problems: readonly WeftError[]): void {
    const texts = new Set(problems.map(({ code, message }) => `${code} ${message}`))
    for (const problem of problems) {
      if (!this.told.has(`${problem.code} ${problem.message}`))
        this.log.warn('a record is left out', {
          code: problem.code,
          field: problem.field,
          error: problem.message,
          hint: problem.hint,
        })
    }
    this.told = texts
    this.problems = problems
  }
}
