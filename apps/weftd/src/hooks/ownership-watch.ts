import type { ClusterView, HostId } from '#core'
import type { FailoverDriver } from '../failover/failover-driver.js'
import type { HostHealth } from '../health/host-health.js'
import type { Registration } from '../host/registration.js'
import type { Reconciler } from '../reconcile/reconciler.js'
import { leaseEvents } from './lease-events.js'
import type { OwnershipEvents } from './ownership-events.js'

/**
 * Notices what hooks and followers are told of. What concerns leases is told after the pass over the kernel that follows from it, so that whoever hears
 * that an address is served can use it; but it is told also when that pass failed, or a step of it, which may last and have nothing to do
 * with this lease: a hook that moves a route elsewhere is worth more than one that is never run.
 */
export class OwnershipWatch {
  private started = false
  /** As far as was looked; undefined while nothing is known of the cluster. */
  private last: ClusterView | undefined
  /** Whether a host was dead when it was last looked at, or had been and is not well again. */
  private readonly dead = new Map<HostId, boolean>()
  /** Keeps what waits for the kernel in its order. */
  private turn: Promise<void> = Promise.resolve()

  constructor(
    private readonly self: HostId,
    private readonly cluster: Pick<FailoverDriver, 'view' | 'onStory'>,
    private readonly health: Pick<HostHealth, 'membersHealth' | 'onMembers'>,
    private readonly registration: Pick<Registration, 'refused'>,
    private readonly reconciler: Pick<Reconciler, 'next'>,
    private readonly events: Pick<OwnershipEvents, 'tell'>,
  ) {}

  start(): void {
    this.started = true
    // The view is another one also when others have told that a copy on disk is outdated.
    this.cluster.onStory(() => this.look())
    this.health.onMembers(() => this.lookAtMembers())
    this.look()
  }

  /** To be called with each new view. */
  look(): void {
    const { view } = this.cluster
    // While another machine goes by this host's name, the kernel is left alone as well.
    if (!this.started || view.revision === 0 || view === this.last || this.registration.refused) return
    const members = this.health.membersHealth()
    // Witnesses notice the silence of a host before it is held to be dead: its lease may come in between.
    const isSilent = (host: HostId): boolean => members.get(host) === 'suspect' || members.get(host) === 'dead'
    const events = leaseEvents(this.last, view, this.self, isSilent)
    this.last = view
    if (events.length === 0) return
    // What keeps the kernel from being programmed is told by the loop itself.
    const programmed = this.reconciler.next().catch(() => undefined)
    this.turn = this.turn.then(async () => {
      await programmed
      for (const event of events) this.events.tell(event)
    })
  }

  private lookAtMembers(): void {
    const members = this.health.membersHealth()
    for (const [peer, health] of members) {
      const dead = this.dead.get(peer)
      // One that is dead when it is first heard of died before this agent's time.
      if (dead === undefined) this.dead.set(peer, health === 'dead')
      else if (health === 'dead' && !dead) this.hostIs(peer, true)
      else if (health === 'alive' && dead) this.hostIs(peer, false)
    }
    for (const peer of this.dead.keys()) if (!members.has(peer)) this.dead.delete(peer)
  }

  private hostIs(peer: HostId, dead: boolean): void {
    this.dead.set(peer, dead)
    this.events.tell({ event: dead ? 'host-dead' : 'host-alive', peer })
  }
}
