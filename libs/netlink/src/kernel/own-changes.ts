import { isPeerPlan, keyOf, type KernelObject, type ObjectKey, type Plan } from '#plan'
import { RTM_DELNEIGH, RTM_NEWNEIGH } from '../abi/rtnetlink.js'
import { decodeFdb } from '../codec/fdb.js'
import type { MessageView } from '../codec/messages.js'
import { decodeNeighbour } from '../codec/neighbour.js'
import { decodeStation } from '../codec/station.js'
import { entryOf, type SeenLinks } from './observe.js'

/**
 * Tells the kernel's notifications of what a plan of changes to peers did from those of what others do. The kernel names the port of the
 * socket that caused a change, except for FDB entries (drivers/net/vxlan/vxlan_core.c, vxlan_fdb_notify; net/bridge/br_fdb.c, fdb_notify) and
 * deleted neighbours (net/core/neighbour.c, neigh_cleanup_and_release): these are told by what they say. One that says what was written last
 * hides nothing, because a later change has a notification of its own.
 */
export class OwnChanges {
  private port: number | undefined
  /** Where what was written leads, by its key; undefined for what was deleted. Of neighbours only those. */
  private readonly written = new Map<ObjectKey, string | undefined>()

  /** To be called before a plan is applied by the socket with this port. All that another plan does is taken for somebody else's doing. */
  expect(plan: Plan, port: () => number): void {
    this.port = isPeerPlan(plan) ? port() : undefined
    if (this.port === undefined) return
    for (const { do: what, object } of plan.steps) {
      if (object.kind === 'neighbour' && what !== 'delete') this.written.delete(keyOf(object))
      else if (isTold(object)) this.written.set(keyOf(object), what === 'delete' ? undefined : targetOf(object))
    }
  }

  /** To be called before everything is looked at: what was written until then will be seen. */
  forget(): void {
    this.written.clear()
  }

  /** @param names of the links by index @throws WeftError WEFT_NETLINK for a notification that cannot be read */
  has(message: MessageView, names: SeenLinks['names']): boolean {
    if (this.port === undefined) return false
    if (message.port === this.port) return true
    if (this.written.size === 0 || (message.type !== RTM_NEWNEIGH && message.type !== RTM_DELNEIGH)) return false
    const object = entryIn(message, names)
    if (!object) return false
    const gone = message.type === RTM_DELNEIGH
    if (object.kind === 'neighbour' && !gone) return false
    const key = keyOf(object)
    return this.written.has(key) && this.written.get(key) === (gone ? undefined : targetOf(object))
  }
}

/** What the notification is about, as the object that it would be of Weft's. */
function entryIn(message: MessageView, names: SeenLinks['names']): KernelObject | undefined {
  const nameOf = (index: number): string => names.get(index) ?? ''
  const station = decodeStation(message)
  if (station) return { kind: 'station', bridge: nameOf(station.master), mac: station.mac, dev: nameOf(station.index) }
  const entry = decodeFdb(message)
  if (entry) return entryOf(nameOf(entry.index), entry)
  const neighbour = decodeNeighbour(message)
  return neighbour && { kind: 'neighbour', dev: nameOf(neighbour.index), address: neighbour.address, mac: neighbour.mac }
}

function isTold({ kind }: KernelObject): boolean {
  return kind === 'neighbour' || kind === 'fdb' || kind === 'flood' || kind === 'station'
}

function targetOf(object: KernelObject): string {
  return object.kind === 'station' ? object.dev : 'to' in object ? object.to : ''
}
