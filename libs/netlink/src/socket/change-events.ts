import type { Clock, Log, Timer } from '#core'
import { RTNLGRP_IPV4_RULE } from '../abi/fib-rules.js'
import { NLMSG_OVERRUN } from '../abi/netlink.js'
import * as rt from '../abi/rtnetlink.js'
import { eachMessage, type MessageView } from '../codec/messages.js'
import { neighbourIndex } from '../codec/neighbour.js'
import type { OpenTransport, Transport } from './transport.js'

export interface ChangeEventsOptions {
  readonly open: OpenTransport
  readonly clock: Clock
  readonly log: Log
  /** True for an interface whose neighbours and forwarding entries are of interest; those of others change all the time. */
  readonly concerns: (index: number) => boolean
  /** True for a change that is known already. */
  readonly isKnown: (message: MessageView) => boolean
}

/** Changes come in swarms: listeners are called this long, in ms, after the first of one. */
const GATHER = 20
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
  rt.RTNLGRP_NEXTHOP,
  RTNLGRP_IPV4_RULE,
]

/**
 * The kernel's notifications, as "something changed". Lost ones count as a change. Holds a socket while there are listeners.
 *
 * What follows the first change of a swarm tells nothing new, so the groups are left until the listeners are called: programming
 * 10,000 peers would otherwise be read back as 40,000 notifications. They are joined again before the call, so that whatever a listener
 * does not see when it looks is announced.
 */
export class ChangeEvents {
  private readonly listeners = new Set<() => void>()
  private transport: Transport | undefined
  private gathering: Timer | undefined
  private reopening: Timer | undefined

  constructor(private readonly options: ChangeEventsOptions) {}

  /** See Kernel.onChange. @throws WeftError when the socket cannot be opened */
  listen(listener: () => void): () => void {
    if (this.transport === undefined && this.reopening === undefined) this.transport = this.connect()
    // Wrapped, so that the same function may listen twice.
    const entry = (): void => listener()
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
    this.gathering?.cancel()
    this.gathering = undefined
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
    if (this.gathering) return
    if (transport.takeLost() || this.anyMatters(bytes)) this.changed()
  }

  private anyMatters(bytes: Uint8Array): boolean {
    let any = false
    try {
      eachMessage(bytes, (message) => {
        any ||= this.matters(message)
      })
    } catch {
      // Long ones, of links, arrive cut short (see SocketOptions.receiveSize): a change all the same.
      return true
    }
    return any
  }

  private matters(message: MessageView): boolean {
    if (message.type === NLMSG_OVERRUN) return true
    if (this.options.isKnown(message)) return false
    if (message.type !== rt.RTM_NEWNEIGH && message.type !== rt.RTM_DELNEIGH) return true
    return this.options.concerns(neighbourIndex(message))
  }

  private changed(): void {
    if (this.gathering) return
    for (const group of GROUPS) this.transport?.leave(group)
    this.gathering = this.options.clock.after(GATHER, () => {
      this.gathering = undefined
      for (const group of GROUPS) this.transport?.join(group)
      for (const listener of this.listeners) listener()
    })
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
    this.changed()
  }
}
