import { familyOf, parseIp, WeftError, type Ip } from '#core'
import type { Contact } from '#gossip'
import { createSocket, type Socket } from 'node:dgram'

/** Room for the beats of many members while this process is busy, in bytes; the kernel allows as much as net.core.rmem_max. */
const RECEIVE_BUFFER = 2 * 1024 * 1024

export type DatagramListener = (bytes: Uint8Array, from: Contact) => void

/** Unicast datagrams. Sending is best effort and never waits: what the kernel does not take is lost and counted. */
export class Datagrams {
  /** Counts since the start. */
  readonly traffic = { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0, failed: 0 }

  private readonly sent: (error: Error | null) => void

  private constructor(
    private readonly socket: Socket,
    private readonly listener: DatagramListener,
  ) {
    this.sent = (error) => {
      if (error) this.traffic.failed++
    }
    socket.on('message', (bytes, { address, port }) => this.receive(bytes, address, port))
    // Errors of single sends come to their callbacks; nothing else is expected here, and nothing can be done about it.
    socket.on('error', () => void this.traffic.failed++)
  }

  /**
   * Binds to an address of this host.
   * @param port 0 for any
   * @throws WeftError WEFT_GOSSIP_PORT
   */
  static open(address: Ip, port: number, listener: DatagramListener): Promise<Datagrams> {
    const family = familyOf(address)
    // Addresses are never names: without this, Node asks its resolver about each one that is sent to.
    const socket = createSocket({ type: family === 4 ? 'udp4' : 'udp6', lookup: (ip, _, found) => found(null, ip, family) })
    return new Promise((resolve, reject) => {
      socket.once('error', (error) => {
        socket.close()
        reject(portProblem(address, port, error))
      })
      socket.bind({ address, port, exclusive: true }, () => {
        socket.removeAllListeners('error')
        try {
          socket.setRecvBufferSize(RECEIVE_BUFFER)
        } catch {
          // The kernel's own size will do.
        }
        resolve(new Datagrams(socket, listener))
      })
    })
  }

  get port(): number {
    return this.socket.address().port
  }

  send(bytes: Uint8Array, to: Contact): void {
    this.traffic.sent++
    this.traffic.sentBytes += bytes.length
    this.socket.send(bytes, to.port, to.address, this.sent)
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.socket.close(() => resolve()))
  }

  private receive(bytes: Uint8Array, address: string, port: number): void {
    this.traffic.received++
    this.traffic.receivedBytes += bytes.length
    this.listener(bytes, { address: parseIp(address.replace(/%.*$/, '')), port })
  }
}

export function portProblem(address: Ip, port: number, cause: Error): WeftError {
  return new WeftError('WEFT_GOSSIP_PORT', `cannot listen for gossip on ${address} port ${port}: ${cause.message}`, {
    field: 'gossip-port',
    hint: 'see who listens with `ss -lunpt`, or choose another --gossip-port on all hosts',
    cause,
  })
}
