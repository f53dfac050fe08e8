import { parseIp, type Ip } from '#core'
import type { Contact } from '#gossip'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { portProblem } from './datagrams.js'
import { FrameReader, withLength } from './stream-frame.js'

/** A peer has so long for a question and the reading of its answer, in ms. */
const SERVE_DEADLINE = 10_000
/** Questions that are served at a time; more are turned away, and peers ask again. */
const SERVED_AT_ONCE = 64

/** Answers a question; nothing when it is not worth an answer. */
export type StreamListener = (frame: Buffer, from: Ip) => Buffer | undefined

/** Streams for what is too large for datagrams, or needs to arrive: one question and one answer per connection (TCP). */
export class Streams {
  private readonly connections = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    private readonly limit: number,
  ) {}

  /**
   * Listens on an address of this host.
   * @param limit largest frame, in bytes
   * @throws WeftError WEFT_GOSSIP_PORT
   */
  static open(address: Ip, port: number, limit: number, listener: StreamListener): Promise<Streams> {
    const server = createServer()
    const streams = new Streams(server, limit)
    server.maxConnections = SERVED_AT_ONCE
    server.on('connection', (socket) => streams.serve(socket, listener))
    return new Promise((resolve, reject) => {
      server.once('error', (error) => reject(portProblem(address, port, error)))
      server.listen({ host: address, port, exclusive: true }, () => {
        server.removeAllListeners('error')
        // A failed accept (too many files) loses that connection; the peer asks again.
        server.on('error', () => {})
        resolve(streams)
      })
    })
  }

  /**
   * Asks a peer. @returns the answer, or nothing: not reachable, too late, too large, or not answered
   * @param deadline ms for everything
   */
  ask(to: Contact, question: Buffer, deadline: number): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      const socket = createConnection({ host: to.address, port: to.port, noDelay: true })
      this.keep(socket, deadline)
      const reader = new FrameReader(this.limit)
      socket.on('connect', () => socket.end(withLength(question)))
      socket.on('data', (bytes) => {
        const frame = reader.add(bytes)
        if (frame === 'too large') socket.destroy()
        else if (frame) {
          resolve(frame)
          socket.destroy()
        }
      })
      socket.on('close', () => resolve(undefined))
    })
  }

  /** Stops listening and drops every connection. */
  close(): Promise<void> {
    for (const socket of this.connections) socket.destroy()
    return new Promise((resolve) => this.server.close(() => resolve()))
  }

  private serve(socket: Socket, listener: StreamListener): void {
    this.keep(socket, SERVE_DEADLINE)
    const reader = new FrameReader(this.limit)
    const from = parseIp((socket.remoteAddress ?? '::').replace(/%.*$/, ''))
    socket.on('data', (bytes) => {
      const frame = reader.add(bytes)
      if (!frame) return
      const answer = frame === 'too large' ? undefined : listener(frame, from)
      if (answer) socket.end(withLength(answer))
      else socket.destroy()
    })
  }

  private keep(socket: Socket, deadline: number): void {
    this.connections.add(socket)
    const timer = setTimeout(() => socket.destroy(), deadline)
    // An error is followed by `close`, which says all that is to be said.
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      this.connections.delete(socket)
    })
  }
}
