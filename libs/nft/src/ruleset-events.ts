import type { Clock, Timer } from '#core'
import type { Enter } from './enter.js'
import { EventSocket } from './socket/event-socket.js'
import { attributesOf, messagesOf, textOf, type NetfilterMessage } from './socket/messages.js'

/** include/uapi/linux/netfilter/nfnetlink.h, nf_tables.h */
const NFNLGRP_NFTABLES = 7
const NFNL_SUBSYS_NFTABLES = 10
const NFT_MSG_NEWTABLE = 0
const NFT_MSG_DELTABLE = 2
const NFT_MSG_NEWCHAIN = 3
const NFT_MSG_DELCHAIN = 5
const NFT_MSG_NEWGEN = 15
/** Name of a table in its own messages, name of the table in all others (NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE …). */
const ATTRIBUTE_TABLE = 1
const NFTA_RULE_CHAIN = 2
const NFTA_CHAIN_NAME = 3
const NFTA_CHAIN_HOOK = 4

/** A change that somebody made. */
export interface RulesetChange {
  readonly table: string
  /** Name of the chain that was changed, or whose rules were; undefined for tables, sets and their elements. */
  readonly chain: string | undefined
  /** True when a table, or a chain that packets enter by themselves, came, went or changed. */
  readonly structural: boolean
}

export interface RulesetEventsOptions {
  readonly enter: Enter
  readonly clock: Clock
  /** Ports of the sockets with which this process itself changes rules: its own doings are passed over. */
  readonly ownPorts: () => readonly number[]
  /** Sees each change; undefined when some were lost, and anything may have changed. True when it matters. */
  readonly concerns: (change: RulesetChange | undefined) => boolean
}

/** Changes come in swarms: listeners are called this long, in ms, after the first of one. */
const GATHER = 20
const RECEIVE_BUFFER = 1024 * 1024

/** Notifications of nftables: whatever program changes a ruleset, iptables-nft too, the kernel tells it. Not that of iptables-legacy. */
export class RulesetEvents {
  private readonly listeners = new Set<() => void>()
  private readonly socket: EventSocket
  private gathering: Timer | undefined

  /** Follows the changes from now on. @throws WeftError WEFT_KERNEL_MISSING, WEFT_NOT_ROOT, WEFT_FIREWALL */
  constructor(private readonly options: RulesetEventsOptions) {
    this.socket = new EventSocket({
      enter: options.enter,
      receiveBuffer: RECEIVE_BUFFER,
      group: NFNLGRP_NFTABLES,
      onMessage: (bytes) => this.receive(bytes),
      onLost: () => this.options.concerns(undefined) && this.announce(),
    })
  }

  listen(listener: () => void): () => void {
    // Wrapped, so that the same function may listen twice.
    const entry = (): void => listener()
    this.listeners.add(entry)
    return () => void this.listeners.delete(entry)
  }

  close(): void {
    this.listeners.clear()
    this.socket.close()
    this.gathering?.cancel()
  }

  private receive(bytes: Uint8Array): void {
    const own = this.options.ownPorts()
    for (const message of messagesOf(bytes)) {
      if (own.includes(message.port)) continue
      const change = changeOf(message)
      if (change && this.options.concerns(change)) this.announce()
    }
  }

  private announce(): void {
    this.gathering ??= this.options.clock.after(GATHER, () => {
      this.gathering = undefined
      for (const listener of this.listeners) listener()
    })
  }
}

function changeOf({ type, payload }: NetfilterMessage): RulesetChange | undefined {
  if (type >> 8 !== NFNL_SUBSYS_NFTABLES) return undefined
  const what = type & 0xff
  if (what === NFT_MSG_NEWGEN) return undefined
  const attributes = attributesOf(payload)
  const isTable = what >= NFT_MSG_NEWTABLE && what <= NFT_MSG_DELTABLE
  const isChain = what >= NFT_MSG_NEWCHAIN && what <= NFT_MSG_DELCHAIN
  const isRule = what > NFT_MSG_DELCHAIN && what <= NFT_MSG_DELCHAIN + 3
  const name = isChain ? attributes.get(NFTA_CHAIN_NAME) : isRule ? attributes.get(NFTA_RULE_CHAIN) : undefined
  return {
    table: textOf(attributes.get(ATTRIBUTE_TABLE)),
    chain: name && textOf(name),
    structural: isTable || (isChain && attributes.has(NFTA_CHAIN_HOOK)),
  }
}
