import { readdirSync } from 'node:fs'
import { RawNetlinkSocket } from 'netlink/dist/raw.js'
import { WeftError } from '#core'
import { NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK, NETLINK_NO_ENOBUFS, NETLINK_ROUTE, SOL_NETLINK } from '../abi/netlink.js'
import { SO_RCVBUFFORCE, SO_SNDBUFFORCE, SOL_SOCKET } from '../abi/socket.js'
import { inNetns, type Netns } from '../netns/netns.js'
import { dropsOf, netlinkPortOf, setsockopt } from './libc.js'
import type { Transport } from './transport.js'

export interface SocketOptions {
  /** The namespace that the socket lives in; the agent's own when left out. */
  readonly netns?: Netns | undefined
  /** Bytes of the longest datagram of interest; longer ones are cut. Memory of this size is used for each. */
  readonly receiveSize: number
  /** Bytes that may wait in the kernel to be received; an answer counts with about 1 KiB. Beyond that they are lost. */
  readonly receiveBuffer: number
}

const SEND_BUFFER = 4 * 1024 * 1024

/** Ports that this process uses: unique beyond a namespace, so that a port names a descriptor. */
const portsInUse = new Set<number>()
let nextPort = 0

/**
 * A NETLINK_ROUTE socket of the kernel's, with extended acknowledgements and strict checking of dumps.
 *
 * Two defects of the package's native part (0.3.0) are kept at bay. An error on the socket ends the process (it names the failing call by
 * a null pointer), so the kernel is told not to report losses that way (NETLINK_NO_ENOBUFS); they are read from its counter instead. And
 * a socket that is closed from within its own callback frees what the callback returns to, so it is closed a moment later.
 */
export class NetlinkSocket implements Transport {
  readonly port: number
  private readonly socket: RawNetlinkSocket
  private readonly fd: number
  private drops = 0
  private broken: ((error: Error) => void) | undefined
  private closed = false

  /** @throws WeftError WEFT_NETLINK, WEFT_NOT_ROOT, WEFT_NETNS_INVALID */
  constructor(options: SocketOptions) {
    const { socket, port } = open(options)
    this.socket = socket
    this.port = port
    socket.on('error', (error) => this.broken?.(error))
    try {
      this.fd = descriptorOf(port)
      setOptions(this.fd, options.receiveBuffer)
    } catch (error) {
      this.close()
      throw error
    }
  }

  send(bytes: Uint8Array, acted: () => void): void {
    this.socket.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {}, (error) => {
      if (this.closed) return
      if (error === undefined) acted()
      else this.broken?.(error)
    })
  }

  join(group: number): void {
    this.socket.addMembership(group)
  }

  leave(group: number): void {
    this.socket.dropMembership(group)
  }

  onMessage(listener: (bytes: Uint8Array) => void): void {
    const deliver = (bytes: Uint8Array, from: { readonly port: number }): void => {
      // Anybody in the namespace may send to this port; only the kernel's is 0.
      if (!this.closed && from.port === 0) listener(bytes)
    }
    this.socket.on('message', deliver)
    this.socket.on('truncatedMessage', deliver)
  }

  takeLost(): boolean {
    if (this.closed) return false
    const before = this.drops
    this.drops = dropsOf(this.fd)
    return this.drops !== before
  }

  onBroken(listener: (error: Error) => void): void {
    this.broken = listener
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.broken = undefined
    setImmediate(() => {
      this.socket.close()
      portsInUse.delete(this.port)
    })
  }
}

/** Opens and binds a socket on a port of our own choice: the package's choice is not unique among the namespaces of a process. */
function open(options: SocketOptions): { socket: RawNetlinkSocket; port: number } {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const port = choosePort()
    try {
      const settings = {
        localPort: port,
        messagePeeking: false,
        msgBufferSize: options.receiveSize,
        // The package's types want them. 0: as they are; setOptions goes beyond what is possible here.
        recvBufferSize: 0,
        sendBufferSize: 0,
      }
      const socket = inNetns(options.netns, () => new RawNetlinkSocket(NETLINK_ROUTE, settings))
      portsInUse.add(port)
      return { socket, port }
    } catch (error) {
      if (error instanceof WeftError) throw error
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
        throw new WeftError('WEFT_NETLINK', `a netlink socket cannot be opened: ${(error as Error).message}`, { cause: error })
      }
    }
  }
  throw new WeftError('WEFT_NETLINK', 'a netlink socket cannot be opened: 1,000 ports in a row are taken')
}

/** Above 2^31, out of the way of those who use their process id. */
function choosePort(): number {
  do {
    nextPort = (nextPort + 1) & 0xfff
  } while (portsInUse.has(portAt(nextPort)) && portsInUse.size < 0xfff)
  return portAt(nextPort)
}

function portAt(counter: number): number {
  return (0x80000000 + ((process.pid & 0x7ffff) << 12) + counter) >>> 0
}

/** The package keeps its descriptor to itself. */
function descriptorOf(port: number): number {
  for (const name of readdirSync('/proc/self/fd')) {
    if (netlinkPortOf(Number(name)) === port) return Number(name)
  }
  throw new WeftError('WEFT_NETLINK', 'the netlink socket just opened is not among the descriptors of this process', {
    hint: 'is /proc mounted?',
  })
}

const OPTIONS = [NETLINK_NO_ENOBUFS, NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK]

function setOptions(fd: number, receiveBuffer: number): void {
  // Older kernels lack these and do without: messages are less clear, foreign dumps not filtered by the kernel.
  for (const option of OPTIONS) setsockopt(fd, SOL_NETLINK, option, 1)
  const forced = setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer) && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER)
  if (!forced) {
    throw new WeftError('WEFT_NOT_ROOT', 'the kernel does not let this process program its network', {
      hint: 'run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN',
    })
  }
}
