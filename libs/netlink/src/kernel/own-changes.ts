import type { Ip, Mac } from '#core'
import { isPeerPlan, type Plan } from '#plan'
import { RTM_DELNEIGH, RTM_NEWNEIGH } from '../abi/rtnetlink.js'
import { decodeFdb } from '../codec/fdb.js'
import type { MessageView } from '../codec/messages.js'
import { decodeNeighbour } from '../codec/neighbour.js'

/**
 * Tells the kernel's notifications of what a plan of changes to peers did from those of what others do. The kernel names the port of the
 * socket that caused a change, except for FDB entries (drivers/net/vxlan/vxlan_core.c, vxlan_fdb_notify) and deleted neighbours
 * (net/core/neighbour.c, neigh_cleanup_and_release): these are told by what they say. One that says what was written last hides nothing,
 * because a later change has a notification of its own.
 */
export class OwnChanges {
  private port: number | undefined
  /** Where the FDB entries lead that were written; undefined for one that was deleted. */
  private readonly fdb = new Map<Mac, Ip | undefined>()
  private readonly goneNeighbours = new Set<Ip>()

  /** To be called before a plan is applied by the socket with this port. All that another plan does is taken for somebody else's doing. */
  expect(plan: Plan, port: () => number): void {
    this.port = isPeerPlan(plan) ? port() : undefined
    if (this.port === undefined) return
    for (const { do: what, object } of plan.steps) {
      if (object.kind === 'fdb') this.fdb.set(object.mac, what === 'delete' ? undefined : object.to)
      if (object.kind !== 'neighbour') continue
      if (what === 'delete') this.goneNeighbours.add(object.address)
      else this.goneNeighbours.delete(object.address)
    }
  }

  /** To be called before everything is looked at: what was written until then will be seen. */
  forget(): void {
    this.fdb.clear()
    this.goneNeighbours.clear()
  }

  /** @throws WeftError WEFT_NETLINK for a notification that cannot be read */
  has(message: MessageView): boolean {
    if (this.port === undefined) return false
    if (message.port === this.port) return true
    if (message.type !== RTM_NEWNEIGH && message.type !== RTM_DELNEIGH) return false
    const gone = message.type === RTM_DELNEIGH
    const entry = this.fdb.size > 0 ? decodeFdb(message) : undefined
    if (entry) return this.fdb.has(entry.mac) && this.fdb.get(entry.mac) === (gone ? undefined : entry.to)
    const neighbour = gone && this.goneNeighbours.size > 0 ? decodeNeighbour(message) : undefined
    return neighbour !== undefined && this.goneNeighbours.has(neighbour.address)
  }
}
