import { WeftError, type Log } from '#core'
import type { BridgeLink, PortLink, Step, VxlanLink } from '#plan'
import {
  writeBridgeCreate,
  writeLinkChange,
  writeLinkDelete,
  writeNoLinkLocal,
  writeVxlanChange,
  writeVxlanCreate,
  type LinkInfo,
} from '../codec/link.js'
import { MessageWriter } from '../codec/message-writer.js'
import type { Netns } from '../netns/netns.js'
import type { Connection } from '../socket/connection.js'
import { ERRNO } from '../socket/errno.js'
import { refusalError } from '../socket/refusal.js'
import type { Devices } from './devices.js'
import type { EndpointWiring } from './endpoint-wiring.js'
import { noDevice } from './step-messages.js'
import { ownLink } from './observe.js'
import { operationOf } from './operation-text.js'
import { portHolder } from './port-holder.js'
import type { Tables } from './tables.js'

/** What is done to links: several messages each, and taken back when one of them is refused. */
export class LinkSteps {
  constructor(
    private readonly changes: Connection,
    private readonly tables: Tables,
    private readonly devices: Devices,
    private readonly wiring: EndpointWiring,
    private readonly netns: Netns | undefined,
    private readonly log: Log,
  ) {}

  /** @throws WeftError */
  async run(step: Step): Promise<void> {
    const { object } = step
    if (step.do === 'delete') return this.delete(step, object as VxlanLink | BridgeLink | PortLink)
    switch (object.kind) {
      case 'vxlan':
      case 'bridge':
        return step.do === 'create' ? this.create(step, object) : this.change(step, object)
      case 'port':
        return step.do === 'create' ? this.plugIn(step, object) : this.change(step, object)
      default:
        throw new Error(`${object.kind} is no link`)
    }
  }

  private async create(step: Step, link: VxlanLink | BridgeLink): Promise<void> {
    const writer = new MessageWriter()
    if (link.kind === 'bridge') writeBridgeCreate(writer, link.name, link.mac)
    else writeVxlanCreate(writer, link.name, link.mac, link.mtu, link)
    const [refusal] = await this.changes.execute(writer)
    if (refusal?.errno === ERRNO.EEXIST) return this.takeOver(step, link)
    if (refusal) throw refusalError(operationOf(step), refusal)
    try {
      await this.change(step, link)
    } catch (error) {
      await this.takeBack(link.name)
      throw error
    }
  }

  /** The name, or the VNI, is taken. A link of ours that has come into being meanwhile is made what it should be. */
  private async takeOver(step: Step, link: VxlanLink | BridgeLink | PortLink): Promise<void> {
    const present = await this.devices.refresh(link.name)
    if (present === undefined) {
      if (link.kind === 'vxlan') throw await this.vniInUse(step, link)
      throw new WeftError('WEFT_NETLINK', `${operationOf(step)}: EEXIST, yet there is no device ${link.name}`)
    }
    const own = ownLink(present, '')
    const sameTunnel = link.kind !== 'vxlan' || (present.vxlan?.vni === link.vni && present.vxlan.port === link.port)
    // The far end of another endpoint's port is in that one's namespace.
    const sameEndpoint = link.kind !== 'port' || present.alias === link.alias
    if (own?.kind === link.kind && sameTunnel && sameEndpoint) return this.change(step, link)
    throw occupied(step, present)
  }

  /** Brings a link that exists to what is asked, in place. */
  private async change(step: Step, link: VxlanLink | BridgeLink | PortLink): Promise<void> {
    const present = await this.devices.refresh(link.name)
    if (present === undefined) throw noDevice(step, link.name)
    if (ownLink(present, '') === undefined) throw occupied(step, present)
    const { index } = present
    const writer = new MessageWriter()
    // The order of the messages is that of the refusals below.
    writeNoLinkLocal(writer, index)
    const { alias, mtu } = link
    if (link.kind === 'port') {
      writeLinkChange(writer, index, { alias, mtu, master: await this.bridgeIndex(step, link.master), up: true })
    } else {
      // Setting even the same MAC address makes the kernel drop the device's neighbours (neigh_changeaddr, net/core/neighbour.c).
      writeLinkChange(writer, index, { alias, mtu, ...(present.mac === link.mac ? {} : { mac: link.mac }) })
      if (link.kind === 'vxlan') {
        writeVxlanChange(writer, index, link.local)
        const master = link.master === undefined ? 0 : await this.bridgeIndex(step, link.master)
        if (master !== present.master) writeLinkChange(writer, index, { master })
      }
      writeLinkChange(writer, index, { up: true })
    }
    for (const refusal of await this.changes.execute(writer)) {
      // Without IPv6 there is no link-local address to be kept off.
      if (refusal.index === 0 && refusal.errno === ERRNO.EAFNOSUPPORT) continue
      if (link.kind === 'vxlan' && refusal.errno === ERRNO.EADDRINUSE) throw await this.portInUse(step, link)
      if (link.kind === 'vxlan' && refusal.errno === ERRNO.EEXIST) throw await this.vniInUse(step, link)
      throw refusalError(operationOf(step), refusal)
    }
    if (link.kind === 'port') await this.wiring.changeInside(step, link, mtu)
  }

  private async plugIn(step: Step, port: PortLink): Promise<void> {
    const master = await this.bridgeIndex(step, port.master)
    const outcome = await this.wiring.wire(step, port, master)
    if (outcome === 'name taken') return this.takeOver(step, port)
    await this.devices.refresh(port.name)
  }

  private async bridgeIndex(step: Step, bridge: string): Promise<number> {
    if (!this.devices.knows(bridge)) await this.devices.refresh(bridge)
    const index = this.devices.indexOf(bridge)
    if (index === 0) throw noDevice(step, bridge)
    return index
  }

  /** Deletes a link of ours; one of another owner that has taken the name since is left alone. */
  private async delete(step: Step, link: VxlanLink | BridgeLink | PortLink): Promise<void> {
    const present = await this.devices.refresh(link.name)
    if (present === undefined || ownLink(present, '') === undefined) return
    const writer = new MessageWriter()
    writeLinkDelete(writer, present.index)
    for (const refusal of await this.changes.execute(writer)) {
      if (refusal.errno !== ERRNO.ENODEV) throw refusalError(operationOf(step), refusal)
    }
    await this.devices.refresh(link.name)
  }

  /** Its own failure would only hide the one that is on its way; what is left bears Weft's mark, and the next round removes it. */
  private async takeBack(name: string): Promise<void> {
    try {
      const present = await this.devices.refresh(name)
      if (present === undefined) return
      const writer = new MessageWriter()
      writeLinkDelete(writer, present.index)
      await this.changes.execute(writer)
      await this.devices.refresh(name)
    } catch (error) {
      this.log.warn('A half-made device could not be taken back', { device: name, error: String(error) })
    }
  }

  private async portInUse(step: Step, link: VxlanLink): Promise<WeftError> {
    const holder = portHolder(this.netns, link.port, await this.tables.links(), link.name)
    return new WeftError(
      'WEFT_PORT_IN_USE',
      `${operationOf(step)}: UDP port ${link.port} is held by ${holder ?? 'something that is not to be seen from here'}`,
      {
        field: 'port',
        hint: holder === undefined ? `look for it with \`ss -ulpn 'sport = ${link.port}'\`` : 'stop it, or give the network another port',
      },
    )
  }

  private async vniInUse(step: Step, link: VxlanLink): Promise<WeftError> {
    const holder = (await this.tables.links()).find(
      ({ vxlan, name }) => vxlan?.vni === link.vni && vxlan.port === link.port && name !== link.name,
    )
    const who = holder === undefined ? 'a device that was moved to another namespace' : `the VXLAN device ${holder.name}`
    return new WeftError('WEFT_VNI_IN_USE', `${operationOf(step)}: VNI ${link.vni} on port ${link.port} belongs to ${who}`, {
      field: 'vni',
      hint:
        holder === undefined
          ? 'look for it with `ip -d link show type vxlan` in each namespace'
          : `delete it with \`ip link del ${holder.name}\`, or give the network another VNI or port`,
    })
  }
}

function occupied(step: Step, { kind, name }: LinkInfo): WeftError {
  const what = `the ${kind === '' ? '' : `${kind} `}device ${name}`
  return new WeftError('WEFT_KERNEL_OCCUPIED', `${operationOf(step)}: ${what} is in the way, and Weft did not make it`, {
    hint: `rename or delete it: \`ip link del ${name}\``,
  })
}
