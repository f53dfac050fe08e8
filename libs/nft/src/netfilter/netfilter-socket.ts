import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { WeftError } from '#core'
import type { Enter } from '../enter.js'

/** include/uapi/linux/netlink.h */
const NETLINK_NETFILTER = 12

/** Bytes of the longest datagram: the kernel makes none longer for dumps and notifications of nfnetlink. */
const RECEIVE_SIZE = 32 * 1024

export interface NetfilterSocketOptions {
  readonly enter: Enter
  /** Bytes that may wait to be received. */
  readonly receiveBuffer: number
  /** One call for each datagram of the kernel's. */
  readonly onMessage: (bytes: Uint8Array) => void
  /** Messages were lost, or the socket broke. */
  readonly onError: (error: Error) => void
}

/** A netlink socket of netfilter (NETLINK_NETFILTER): for notifications of nftables and for connection tracking. */
export class NetfilterSocket {
  private readonly socket: RawNetlinkSocket

  /** @throws WeftError WEFT_KERNEL_MISSING, WEFT_FIREWALL, WEFT_NETNS_INVALID */
  constructor(options: NetfilterSocketOptions) {
    const settings = { messagePeeking: false, msgBufferSize: RECEIVE_SIZE, recvBufferSize: options.receiveBuffer, sendBufferSize: 0 }
    try {
      this.socket = options.enter(() => new RawNetlinkSocket(NETLINK_NETFILTER, settings))
    } catch (error) {
      throw error instanceof WeftError ? error : openError(error as NodeJS.ErrnoException)
    }
    this.socket.on('error', options.onError)
    // Anybody in the namespace may send to this socket; only the kernel's port is 0.
    this.socket.on('message', (bytes, from) => from.port === 0 && options.onMessage(bytes))
    this.socket.on('truncatedMessage', (_, from) => from.port === 0 && options.onError(new Error('a netfilter message was cut short')))
  }

  send(bytes: Uint8Array): void {
    this.socket.send(bytes)
  }

  join(group: number): void {
    this.socket.addMembership(group)
  }

  close(): void {
    this.socket.removeAllListeners()
    // What was on its way may still fail.
    this.socket.on('error', () => undefined)
    this.socket.close()
  }
}

function openError(error: NodeJS.ErrnoException): WeftError {
  if (error.code === 'EPROTONOSUPPORT' || error.code === 'EAFNOSUPPORT') {
    return new WeftError('WEFT_KERNEL_MISSING', 'the kernel has no netfilter netlink (nfnetlink)', {
      hint: 'load the module: `modprobe nf_tables`',
      cause: error,
    })
  }
  return new WeftError('WEFT_FIREWALL', `a netfilter socket cannot be opened: ${error.message}`, { cause: error })
}
