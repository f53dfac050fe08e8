import { Lineage, type HostId } from '#core'
import type { Sender } from './firewall.js'

/** The senders of a network, of which each host is one: a change of one among 10,000 costs a copy of the list and nothing else. */
export class SenderList {
  private readonly places = new Map<HostId, number>()
  private list: readonly Sender[] = []
  private readonly lineage = new Lineage<Sender>()

  /** In no order. The same list as long as nothing changes. */
  get senders(): readonly Sender[] {
    return this.list
  }

  hosts(): Iterable<HostId> {
    return this.places.keys()
  }

  /** Puts what `senderOf` says of each host in the place of what is there. */
  update(hosts: Iterable<HostId>, senderOf: (host: HostId, known: Sender | undefined) => Sender | undefined): void {
    const list = [...this.list]
    const removed: Sender[] = []
    const added: Sender[] = []
    for (const host of hosts) {
      const place = this.places.get(host)
      const known = place === undefined ? undefined : list[place]
      const sender = senderOf(host, known)
      if (sender === known) continue
      if (known) removed.push(known)
      if (sender) added.push(sender)
      if (sender) {
        this.places.set(host, place ?? list.length)
        list[place ?? list.length] = sender
      } else if (place !== undefined) this.remove(list, host, place)
    }
    if (removed.length + added.length === 0) return
    this.list = list
    this.lineage.goOn(list, { removed, added })
  }

  /** The last one takes its place. */
  private remove(list: Sender[], host: HostId, place: number): void {
    const last = list.pop()
    this.places.delete(host)
    if (!last || last.host === host) return
    list[place] = last
    this.places.set(last.host, place)
  }
}
