import { familyOf, parseIp, type Family, type Ip, type Log } from '#core'
import raw, { type RawSocket } from 'raw-socket'
import type { SocketOption } from './icmp-packet.js'

export interface EchoSocketOptions {
  /** What it is for, as the log tells it. */
  readonly purpose: string
  /** More of a packet than this is cut off, in bytes. */
  readonly packetLimit: number
  /** What a socket begins with. */
  readonly begin: (family: Family) => readonly SocketOption[]
  /** Told of each packet that passes the socket's filter; {@link sourceOf} reads the source. */
  readonly received: (family: Family, packet: Buffer, source: string) => void
  readonly log: Log
}

/**
 * A raw socket for ICMP of each family, opened when it is needed first, and again after it has failed. One that fails, or does not take
 * an option, is closed at once: it would wake this process for every ICMP packet of the host. Needs CAP_NET_RAW.
 */
export class EchoSocket {
  private readonly sockets = new Map<Family, RawSocket>()

  constructor(private readonly options: EchoSocketOptions) {}

  /**
   * Opens the socket of a family, unless it is open.
   * @throws what the kernel says: no permission, or no such family
   */
  open(family: Family): RawSocket {
    const { packetLimit, begin, received } = this.options
    const open = this.sockets.get(family)
    if (open) return open
    const socket = raw.createSocket({
      protocol: family === 4 ? raw.Protocol.ICMP : raw.Protocol.ICMPv6,
      addressFamily: family === 4 ? raw.AddressFamily.IPv4 : raw.AddressFamily.IPv6,
      bufferSize: packetLimit,
    })
    socket.on('message', (packet, source) => received(family, packet, source))
    socket.on('error', (error) => this.failed(family, socket, error))
    this.sockets.set(family, socket)
    for (const option of begin(family)) this.set(family, option)
    return socket
  }

  /**
   * Sets an option of the socket of a family, where that is open.
   * @throws what the kernel says; then the socket is closed
   */
  set(family: Family, { level, option, value }: SocketOption): void {
    const socket = this.sockets.get(family)
    try {
      socket?.setOption(level, option, value, value.length)
    } catch (thrown) {
      this.sockets.delete(family)
      socket?.close()
      throw thrown
    }
  }

  /**
   * Sends an ICMP packet whose checksum is 0, and writes that.
   * @param refused called when the kernel does not take it
   * @throws as {@link open}
   */
  send(address: Ip, packet: Buffer, refused: () => void): void {
    const family = familyOf(address)
    const socket = this.open(family)
    // For IPv6 the kernel does it (RFC 3542 §3.1).
    if (family === 4) raw.writeChecksum(packet, 2, raw.createChecksum(packet))
    socket.send(packet, 0, packet.length, address, (error) => {
      if (error) refused()
    })
  }

  close(): void {
    for (const socket of this.sockets.values()) socket.close()
    this.sockets.clear()
  }

  /** The package closes some sockets that fail and others not; closing twice does no harm. */
  private failed(family: Family, socket: RawSocket, error: Error): void {
    if (this.sockets.get(family) === socket) this.sockets.delete(family)
    socket.close()
    this.options.log.warn(`the socket for ${this.options.purpose} failed`, { error: error.message })
  }
}

/** The address that a packet came from; a link-local one without its interface. */
export function sourceOf(source: string): Ip {
  return parseIp(source.replace(/%.*$/, ''))
}
