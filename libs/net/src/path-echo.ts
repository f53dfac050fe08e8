import { FAMILIES, familyOf, type Family, type Ip, type Log } from '#core'
import type { ProbeMark } from '#gossip'
import { EchoSocket, sourceOf } from './echo-socket.js'
import { echoesOnly, neverFragment, pathMarkOf, pathRequest, receiveBuffer } from './icmp-packet.js'

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
  private readonly socket: EchoSocket
  private listening = false

  constructor(
    private readonly listener: PathEchoListener,
    log: Log,
  ) {
    this.socket = new EchoSocket({
      purpose: 'path probes',
      packetLimit: PACKET_LIMIT,
      begin: (family) => [echoesOnly(family, this.listening), neverFragment(family), receiveBuffer(RECEIVE_BUFFER)],
      received: (family, packet, source) => this.receive(family, packet, source),
      log,
    })
  }

  /** While it is off the kernel keeps every packet to itself. */
  listen(on: boolean): void {
    this.listening = on
    for (const family of FAMILIES) {
      try {
        if (on) this.socket.open(family)
        this.socket.set(family, echoesOnly(family, on))
      } catch {
        // No permission, or a kernel without IPv6: the sockets for kernel echoes have said so where it matters.
      }
    }
  }

  /** @param size of the IP packet in bytes */
  send(address: Ip, size: number, mark: ProbeMark): void {
    const unsent = (): void => this.listener.unsent(mark)
    try {
      this.socket.send(address, pathRequest(familyOf(address), mark, size), unsent)
    } catch {
      unsent()
    }
  }

  close(): void {
    this.socket.close()
  }

  private receive(family: Family, packet: Buffer, source: string): void {
    const found = pathMarkOf(family, packet)
    if (found) this.listener.arrived(found.mark, sourceOf(source), found.isAnswer)
  }
}
