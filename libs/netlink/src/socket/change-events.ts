import type { Clock, Log, Timer } from '#core'
import type { Touched } from '#plan'
import { RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE } from '../abi/fib-rules.js'
import { NLMSG_OVERRUN } from '../abi/netlink.js'
import * as rt from '../abi/rtnetlink.js'
import { eachMessage, type MessageView } from '../codec/messages.js'
import type { OpenTransport, Transport } from './transport.js'

export interface ChangeEventsOptions {
  readonly open: OpenTransport
  readonly clock: Clock
  readonly log: Log
  /** What a notification is about; undefined for one that nobody needs to hear of. */
  readonly touchedBy: (message: MessageView) => Touched | undefined
}

/** Changes come in swarms: listeners are called this long, in ms, after the first of one. */
const GATHER = 20
/** So many notifications of a swarm are read; a look at everything tells what more of them are about for less. */
const MANY = 256
/** How long to wait, in ms, before a broken socket is opened once more. */
const REOPEN = 500

const GROUPS = [
  rt.RTNLGRP_LINK,
  rt.RTNLGRP_NEIGH,
  rt.RTNLGRP_IPV4_IFADDR,
  rt.RTNLGRP_IPV6_IFADDR,
  rt.RTNLGRP_IPV4_ROUTE,
  rt.RTNLGRP_IPV6_ROUTE,
  rt.RTNLGRP_IPV4_NETCONF,
  rt.RTNLGRP_IPV6_NETCONF,
  rt.RTNLGRP_NEXTHOP,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_RULE,
]

/** Changes that come together, and what they were about. */
interface Swarm {
  touched: Touched
  /** How many notifications there were. */
  size: number
  readonly timer: Timer
}

/**
 * The kernel's notifications, as what they were about. Lost ones count as a change of anything. Holds a socket while there are listeners.
 *
 * Once anything may have changed, the rest of a swarm tells nothing new, so the groups are left until the listeners are called: programming
 * 10,000 peers would otherwise be read back as 40,000 notifications. They are joined again before the call, so that whatever a listener
 * does not see when it looks is announced.
 */
export class ChangeEvents {
  private readonly listeners = new Set<(touched: Touched) => void>()
  private transport: Transport | undefined
  private swarm: Swarm | undefined
  private reopening: Timer | undefined

  constructor(private readonly options: ChangeEventsOptions) {}

  /** See Kernel.onChange. @throws WeftError when the socket cannot be opened */
  listen(listener: (touched: Touched) => void): () => void {
    if (this.transport === undefined && this.reopening === undefined) this.transport = this.connect()
    // Wrapped, so that the same function may listen twice.
    const entry = (touched: Touched): void => listener(touched)
    this.listeners.add(entry)
    return () => {
      this.listeners.delete(entry)
      if (this.listeners.size === 0) this.close()
    }
  }

  close(): void {
    this.listeners.clear()
    this.transport?.close()
    this.transport = undefined
    this.swarm?.timer.cancel()
    this.swarm = undefined
    this.reopening?.cancel()
    this.reopening = undefined
  }

  private connect(): Transport {
    const transport = this.options.open()
    try {
      transport.onMessage((bytes) => this.receive(transport, bytes))
      transport.onBroken((error) => this.recover(error))
      for (const group of GROUPS) transport.join(group)
    } catch (error) {
      transport.close()
      throw error
    }
    return transport
  }

  private receive(transport: Transport, bytes: Uint8Array): void {
    if (this.swarm?.touched === 'anything') return
    if (transport.takeLost()) return this.changed('anything')
    try {
      eachMessage(bytes, (message) => {
        const touched = message.type === NLMSG_OVERRUN ? 'anything' : this.options.touchedBy(message)
        if (touched) this.changed(touched)
      })
    } catch {
      // Long ones, of links, arrive cut short (see SocketOptions.receiveSize): a change all the same.
      this.changed('anything')
    }
  }

  private changed(touched: Touched): void {
    const swarm = (this.swarm ??= { touched: [], size: 0, timer: this.options.clock.after(GATHER, () => this.tell()) })
    if (swarm.touched === 'anything') return
    if (touched !== 'anything' && ++swarm.size <= MANY) {
      if (touched.length > 0) swarm.touched = swarm.touched.concat(touched)
      return
    }
    swarm.touched = 'anything'
    for (const group of GROUPS) this.transport?.leave(group)
  }

  private tell(): void {
    const touched = this.swarm?.touched ?? []
    this.swarm = undefined
    if (touched === 'anything') for (const group of GROUPS) this.transport?.join(group)
    for (const listener of this.listeners) listener(touched)
  }

  private recover(error: Error): void {
    this.options.log.debug('Kernel notifications were lost', { error: error.message })
    this.transport?.close()
    this.transport = undefined
    try {
      this.transport = this.connect()
    } catch (failure) {
      this.options.log.warn('Kernel notifications cannot be had, trying again', { error: String(failure) })
      this.reopening ??= this.options.clock.after(REOPEN, () => {
        this.reopening = undefined
        this.recover(error)
      })
    }
    this.changed('anything')
  }
}
