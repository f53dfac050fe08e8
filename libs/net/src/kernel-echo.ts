import { familyOf, parseIp, WeftError, type Family, type Ip, type Log } from '#core'
import { randomBytes } from 'node:crypto'
import raw, { type RawSocket } from 'raw-socket'
import { echoRequest, MARK_BYTES, nonceOfReply, repliesOnly } from './icmp-packet.js'

/** Echoes under way at most: as many as gossip waits for; the oldest is given up. */
const UNDER_WAY = 4_096
const PACKET_LIMIT = 512

/** Told of every answer, with the nonce that the echo was sent with. */
export type EchoAnswered = (nonce: number) => void

/**
 * Asks kernels for echoes (ICMP, RFC 792 and RFC 4443), both families, from the network namespace in which it was made. Best effort:
 * what cannot be sent is like what is not answered. An answer counts only from the address that was asked, with the payload that was
 * sent, once. Needs CAP_NET_RAW.
 */
export class KernelEcho {
  private readonly mark = randomBytes(MARK_BYTES)
  private readonly sockets = new Map<Family, RawSocket>()
  private readonly underWay = new Map<number, Ip>()
  private closed = false
  /** Echoes that the kernel refused to send (no route, no permission), since the start. */
  failed = 0

  constructor(
    private readonly answered: EchoAnswered,
    private readonly log: Log,
  ) {}

  /** Sends one echo; `nonce` must not be under way already. */
  send(address: Ip, nonce: number): void {
    if (this.closed) return
    const family = familyOf(address)
    const socket = this.socket(family)
    if (!socket) return
    const packet = echoRequest(family, this.mark, nonce)
    // For IPv6 the kernel does it (RFC 3542 §3.1).
    if (family === 4) raw.writeChecksum(packet, 2, raw.createChecksum(packet))
    this.underWay.set(nonce, address)
    if (this.underWay.size > UNDER_WAY) this.underWay.delete(this.underWay.keys().next().value as number)
    socket.send(packet, 0, packet.length, address, (error) => {
      if (!error) return
      this.failed++
      this.underWay.delete(nonce)
    })
  }

  close(): void {
    this.closed = true
    for (const socket of this.sockets.values()) socket.close()
    this.sockets.clear()
    this.underWay.clear()
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
        this.log.warn('the socket for kernel echoes failed', { error: error.message })
      })
      const { level, option, value } = repliesOnly(family)
      socket.setOption(level, option, value, value.length)
      this.sockets.set(family, socket)
      return socket
    } catch (thrown) {
      this.failed++
      this.closed = true
      const error = new WeftError('WEFT_KERNEL_MISSING', 'no raw socket for kernel echoes', {
        hint: 'the agent needs CAP_NET_RAW; without it dead hosts are found by the long timers only',
        cause: thrown,
      })
      this.log.error(error.message, { code: error.code, hint: error.hint, error: String(thrown) })
      return undefined
    }
  }

  private receive(family: Family, packet: Buffer, source: string): void {
    const nonce = nonceOfReply(family, this.mark, packet)
    if (nonce === undefined || !this.isFrom(source, this.underWay.get(nonce))) return
    this.underWay.delete(nonce)
    this.answered(nonce)
  }

  private isFrom(source: string, asked: Ip | undefined): boolean {
    if (asked === undefined) return false
    return source === asked || parseIp(source.replace(/%.*$/, '')) === asked
  }
}
