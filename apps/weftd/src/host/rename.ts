import { familyOf, WeftError, type ClusterView, type Host, type HostId, type Monotonic, type SubnetLease } from '#core'
import { acquireVtepAddress, nextEpoch, type Acquirer } from '#lease'
import type { HostFile } from './host-file.js'

/** ms for which a host that was renamed and moved at once waits for another to answer under its old name. */
const LISTEN = 10_000

/** ms for which whatever answers there may be this host's own past: the session of its agent, or what the others believe of it. */
const ECHO = 90_000

/**
 * A host that starts under another name than before, with the same state directory, takes along what it had: its leases move to the new
 * name, each in a transaction with a new epoch, and the old name is forgotten. Its containers keep their addresses.
 *
 * The old name's record must be of this machine, by its machine id. A clone has the same id and the same state directory; where the
 * underlay address is another, what tells a clone is that somebody goes on answering under the old name. Then nothing is moved, and an
 * operator decides (`weft host forget`).
 */
export class Rename {
  private before: HostId | undefined
  /** Since when this host, which is not where its record says, has listened for another. */
  private listening: Monotonic | undefined

  /** @throws WeftError WEFT_STATE_FILE */
  constructor(
    private readonly by: Acquirer,
    private readonly file: HostFile,
    /**
     * True while a host's agent is heard. (Kernels do not count: at the old name's VTEP addresses this host's own answers, until it is
     * moved.)
     */
    private readonly heard: (host: HostId) => boolean,
  ) {
    this.before = file.load()
  }

  /** True until what belongs to the old name has been moved: the store shows this host's own subnets as another's until then. */
  get pending(): boolean {
    return this.before !== undefined && this.before !== this.by.host
  }

  /**
   * Moves what the old name has, once this host is registered under the new one, and remembers the new name. Can be repeated after any
   * failure: what is moved already is no longer the old name's.
   * @throws WeftError WEFT_HOST_ALIVE while the session of this host's earlier agent lasts; WEFT_STORE_CONFLICT; what the store throws
   */
  async settle(self: Host): Promise<void> {
    const { store, host, log } = this.by
    const { before } = this
    if (before === host) return
    if (before !== undefined) {
      const view = await store.caughtUp()
      const record = view.hosts.get(before)
      if (record?.machineId === self.machineId && this.isOurs(view, record, self)) {
        const moved = await this.move(view, before)
        log.info('host renamed', { before, host, leases: moved })
      } else if (record) {
        log.warn('this host had another name, under which another machine answers; what it had stays with that name', {
          before,
          host,
          underlay: record.underlay,
          hint: `if '${before}' is gone for good: weft host forget ${before}`,
        })
      }
    }
    this.file.save(host)
    this.before = host
  }

  /** @throws WeftError WEFT_HOST_ALIVE while that cannot be told yet */
  private isOurs(view: ClusterView, record: Host, self: Host): boolean {
    if (record.underlay === self.underlay) return true
    const now = this.by.clock.now()
    this.listening ??= now
    const answered = view.statuses.has(record.id) || this.heard(record.id)
    if (now - this.listening >= (answered ? ECHO : LISTEN)) return !answered
    throw new WeftError(
      'WEFT_HOST_ALIVE',
      `this host was '${record.id}' at ${record.underlay}; waiting to see whether another answers there`,
      {
        field: 'host',
        hint: 'it takes less than two minutes; nothing needs to be done',
      },
    )
  }

  /** @returns how many leases were moved */
  private async move(view: ClusterView, before: HostId): Promise<number> {
    const { store, host, clock } = this.by
    if (view.statuses.has(before)) {
      throw new WeftError('WEFT_HOST_ALIVE', `this host was '${before}', and the session of its agent under that name still lasts`, {
        field: 'host',
        hint: 'it ends some seconds after that agent; nothing needs to be done',
      })
    }
    // The address on the VXLAN device first: a network in which this host has a subnet and no address of its own would not be programmed.
    for (const claim of view.vteps) {
      if (claim.host === before && view.networks.has(claim.network))
        await acquireVtepAddress(this.by, claim.network, familyOf(claim.address))
    }
    const leases = view.leases.filter((lease) => lease.host === before && lease.state === 'held')
    for (const lease of leases) {
      const next: SubnetLease = { ...lease, host, epoch: nextEpoch(lease, view.revision), since: clock.wallTime() }
      const outcome = await store.changeLease(lease, next)
      if (!outcome.won && outcome.current?.host === before) {
        throw new WeftError('WEFT_STORE_CONFLICT', `the lease of ${lease.subnet} was changed while it was moved`, {
          hint: 'it is tried again',
        })
      }
    }
    await store.forgetHost(before)
    // What follows programs the kernel from the view, which must not be older than this.
    await store.caughtUp()
    return leases.length
  }
}
