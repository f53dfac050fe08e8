import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { WeftError } from '#core'
import type { Enter } from '../enter.js'
import { countLosses, findOpened, lossesOf, NETLINK_NETFILTER, sizeBuffers } from './descriptor.js'

/** Bytes of the longest datagram: the kernel makes none longer for notifications of nfnetlink. */
const RECEIVE_SIZE = 32 * 1024
const SEND_BUFFER = 64 * 1024

export interface EventSocketOptions {
  readonly enter: Enter
  /** Bytes that may wait to be received; what does not fit is lost. */
  readonly receiveBuffer: number
  /** A multicast group of nfnetlink (include/uapi/linux/netfilter/nfnetlink.h). */
  readonly group: number
  /** One call for each datagram of the kernel's. */
  readonly onMessage: (bytes: Uint8Array) => void
  /** Some were lost. Comes before the next message. */
  readonly onLost: () => void
}

/**
 * A socket for notifications of netfilter.
 *
 * An error on such a socket ends the process (netlink 0.3.0 names the failing call by a null pointer), so the kernel is told to count
 * losses instead of reporting them. There is always a message to read when some were lost.
 */
export class EventSocket {
  private readonly socket: RawNetlinkSocket
  private readonly fd: number
  private losses = 0
  private closed = false

  /** @throws WeftError WEFT_KERNEL_MISSING, WEFT_NOT_ROOT, WEFT_FIREWALL, WEFT_NETNS_INVALID */
  constructor(options: EventSocketOptions) {
    const settings = { messagePeeking: false, msgBufferSize: RECEIVE_SIZE, recvBufferSize: 0, sendBufferSize: 0 }
    const { result, opened } = findOpened(() => openIn(options.enter, () => new RawNetlinkSocket(NETLINK_NETFILTER, settings)))
    this.socket = result
    this.fd = opened?.fd ?? -1
    try {
      countLosses(this.fd)
      if (!sizeBuffers(this.fd, SEND_BUFFER, options.receiveBuffer)) {
        throw new WeftError('WEFT_NOT_ROOT', 'the kernel does not let this process follow its rules', {
          hint: 'run as root, or with CAP_NET_ADMIN',
        })
      }
      this.socket.on('error', options.onLost)
      // Anybody in the namespace may send to this socket; only the kernel's port is 0.
      this.socket.on('message', (bytes, from) => from.port === 0 && this.receive(bytes, options))
      this.socket.on('truncatedMessage', (_, from) => from.port === 0 && options.onLost())
      this.socket.addMembership(options.group)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** No callback comes after this. */
  close(): void {
    if (this.closed) return
    this.closed = true
    // Not now: closed from within one of its own callbacks, it frees what the callback returns to.
    setImmediate(() => this.socket.close())
  }

  private receive(bytes: Uint8Array, { onLost, onMessage }: EventSocketOptions): void {
    if (this.closed) return
    const losses = lossesOf(this.fd)
    if (losses !== this.losses) {
      this.losses = losses
      onLost()
    }
    onMessage(bytes)
  }
}

function openIn(enter: Enter, open: () => RawNetlinkSocket): RawNetlinkSocket {
  try {
    return enter(open)
  } catch (error) {
    throw error instanceof WeftError ? error : openError(error as NodeJS.ErrnoException)
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
