import { familyOf, parseIp, type Family, type Ip, type Log } from '#core'
import type { ProbeMark } from '#gossip'
import raw, { type RawSocket } from 'raw-socket'
import { echoesOnly, neverFragment, pathMarkOf, pathRequest, receiveBuffer, type SocketOption } from './icmp-packet.js'

/** Enough for the marks; the rest of a packet is cut off. */
const PACKET_LIMIT = 128
/** Room for several bouts of full packets while this process is busy, in bytes. */
const RECEIVE_BUFFER = 1024 * 1024

export interface PathEchoListener {
  /** A request of another host arrived at this kernel, or (`isAnswer`) another kernel answered one of this host's. */
  arrived(mark: ProbeMark, source: Ip, isAnswer: boolean): void
  /** The kernel did not take it: no route, or larger than the device takes. */
  unsent(mark: ProbeMark): void
}

/**
 * ICMP echoes that are never fragmented, for the paths between hosts. Kernels answer them, and unlike those of {@link KernelEcho} the agent
 * that they go to sees the requests, too, while it listens. Best effort. Needs CAP_NET_RAW; without it nothing can be sent.
 */
export class PathEcho {
  private readonly sockets = new Map<Family, RawSocket>()
  private listening = false

  constructor(
    private readonly listener: PathEchoListener,
    private readonly log: Log,
  ) {}

  /** While it is off the kernel keeps every packet to itself. */
  listen(on: boolean): void {
    this.listening = on
    for (const family of [4, 6] as const) {
      const socket = on ? this.socket(family) : this.sockets.get(family)
      if (!socket) continue
      try {
        setOption(socket, echoesOnly(family, on))
      } catch {
        // Only a socket that is broken: the next one begins with the right filter.
        this.sockets.delete(family)
        socket.close()
      }
    }
  }

  /** @param size of the IP packet in bytes */
  send(address: Ip, size: number, mark: ProbeMark): void {
    const family = familyOf(address)
    const socket = this.socket(family)
    if (!socket) return this.listener.unsent(mark)
    const packet = pathRequest(family, mark, size)
    // For IPv6 the kernel does it (RFC 3542 §3.1).
    if (family === 4) raw.writeChecksum(packet, 2, raw.createChecksum(packet))
    socket.send(packet, 0, packet.length, address, (error) => {
      if (error) this.listener.unsent(mark)
    })
  }

  close(): void {
    for (const socket of this.sockets.values()) socket.close()
    this.sockets.clear()
  }

  private socket(family: Family): RawSocket | undefined {
    const open = this.sockets.get(family)
    if (open) return open
    try {
      const socket = raw.createSocket({
        protocol: family === 4 ? raw.Protocol.ICMP : raw.Protocol.ICMPv6,
        addressFamily: family === 4 ? raw.AddressFamily.IPv4 : raw.AddressFamily.IPv6,
        bufferSize: PACKET_LIMIT,
      })
      socket.on('message', (packet, source) => this.receive(family, packet, source))
      // The package closes a socket after an error: the next echo opens another.
      socket.on('error', (error) => {
        this.sockets.delete(family)
        this.log.warn('the socket for path probes failed', { error: error.message })
      })
      for (const option of [echoesOnly(family, this.listening), neverFragment(family), receiveBuffer(RECEIVE_BUFFER)])
        setOption(socket, option)
      this.sockets.set(family, socket)
      return socket
    } catch {
      // No permission, or a kernel without IPv6: the sockets for kernel echoes have said so where it matters.
      return undefined
    }
  }

  private receive(family: Family, packet: Buffer, source: string): void {
    const found = pathMarkOf(family, packet)
    if (found) this.listener.arrived(found.mark, parseIp(source.replace(/%.*$/, '')), found.isAnswer)
  }
}

function setOption(socket: RawSocket, { level, option, value }: SocketOption): void {
  socket.setOption(level, option, value, value.length)
}
