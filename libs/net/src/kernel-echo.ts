import { familyOf, WeftError, type Family, type Ip, type Log } from '#core'
import { randomBytes } from 'node:crypto'
import { EchoSocket, sourceOf } from './echo-socket.js'
import { ipv4Echo } from './ipv4-packet.js'
import { echoRequest, MARK_BYTES, numberOfReply, repliesOnly } from './icmp-packet.js'

/** Echoes under way at most; the oldest is given up. */
const UNDER_WAY = 4_096
const PACKET_LIMIT = 512

interface Echo {
  readonly address: Ip
  readonly answered: () => void
}

/**
 * Asks kernels for echoes (ICMP, RFC 792 and RFC 4443), both families, from the network namespace in which it was made. Best effort:
 * what cannot be sent is like what is not answered. An answer counts only from the address that was asked, with the payload that was
 * sent, once. One is enough for all of an agent: every reply that a host gets wakes each of them. Needs CAP_NET_RAW.
 */
export class KernelEcho {
  private readonly mark = randomBytes(MARK_BYTES)
  private readonly socket: EchoSocket
  /** By the number, of 32 bits, that goes out with them. */
  private readonly underWay = new Map<number, Echo>()
  private last = 0
  private closed = false
  private told = false
  /** Echoes that the kernel refused to send (no route, no permission), since the start. */
  failed = 0

  constructor(private readonly log: Log) {
    this.socket = new EchoSocket({
      purpose: 'kernel echoes',
      packetLimit: PACKET_LIMIT,
      begin: (family) => [repliesOnly(family)],
      received: (family, packet, source) => this.receive(family, packet, source),
      log,
    })
  }

  /**
   * An echo as an IPv4 packet, for whoever sends it by another way than the kernel would. Its answer counts like one to {@link send}.
   * Undefined where no answer could be received.
   * @param from an address of this host, to which the answer comes
   */
  packet(from: Ip, address: Ip, answered: () => void): Buffer | undefined {
    if (this.closed) return undefined
    try {
      this.socket.open(4)
    } catch (thrown) {
      this.tell(thrown)
      return undefined
    }
    return ipv4Echo(from, address, echoRequest(4, this.mark, this.note(address, answered)))
  }

  /** Sends one echo. @param answered called at most once, never before this returns; must not throw */
  send(address: Ip, answered: () => void): void {
    if (this.closed) return
    const number = this.note(address, answered)
    const refused = (): void => {
      this.failed++
      this.underWay.delete(number)
    }
    try {
      this.socket.send(address, echoRequest(familyOf(address), this.mark, number), refused)
    } catch (thrown) {
      refused()
      this.tell(thrown)
    }
  }

  close(): void {
    this.closed = true
    this.socket.close()
    this.underWay.clear()
  }

  private note(address: Ip, answered: () => void): number {
    const number = (this.last = (this.last + 1) >>> 0)
    this.underWay.set(number, { address, answered })
    if (this.underWay.size > UNDER_WAY) this.underWay.delete(this.underWay.keys().next().value as number)
    return number
  }

  private receive(family: Family, packet: Buffer, source: string): void {
    const number = numberOfReply(family, this.mark, packet)
    const echo = number === undefined ? undefined : this.underWay.get(number)
    if (number === undefined || !echo || sourceOf(source) !== echo.address) return
    this.underWay.delete(number)
    echo.answered()
  }

  private tell(thrown: unknown): void {
    if (this.told) return
    this.told = true
    const error = new WeftError('WEFT_KERNEL_MISSING', 'no raw socket for kernel echoes', {
      hint: 'the agent needs CAP_NET_RAW; without it dead hosts are found by the long timers only',
      cause: thrown,
    })
    this.log.error(error.message, { code: error.code, hint: error.hint, error: String(thrown) })
  }
}
