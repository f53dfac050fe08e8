import { WeftError, asWeftError, type Clock } from '#core'
import { NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, NLMSG_OVERRUN } from '../abi/netlink.js'
import { decodeAcknowledgement } from '../codec/acknowledgement.js'
import { malformed } from '../codec/attributes.js'
import { MessageWriter } from '../codec/message-writer.js'
import { eachMessage, type MessageView } from '../codec/messages.js'
import { refusalError, type Refusal } from './refusal.js'
import type { OpenTransport, Transport } from './transport.js'

export interface ConnectionOptions {
  readonly open: OpenTransport
  readonly clock: Clock
  /** How long an answer may take, in ms: 5,000 unless told otherwise. */
  readonly deadline?: number
}

/** Sees each message of an answer; see MessageView on what may be kept. */
export type Visitor = (message: MessageView) => void

/** How often a dump is begun before giving up. */
const DUMP_ATTEMPTS = 10

/**
 * The kernel dropped answers, so nobody knows which of the requests succeeded: they may be sent again, a few at a time.
 */
export class AnswersLost extends WeftError {
  constructor(why: string, cause?: unknown) {
    super('WEFT_NETLINK', `answers of the kernel were lost: ${why}`, { cause })
  }
}

/** What is awaited from the kernel. */
interface Exchange {
  readonly first: number
  readonly count: number
  readonly dump: boolean
  readonly visit: Visitor
  readonly refusals: Refusal[]
  interrupted: boolean
  readonly resolve: (refusals: Refusal[]) => void
  readonly reject: (error: Error) => void
}

/**
 * Requests and their answers on one netlink socket: one send after another, each of any number of messages. Errors are told apart by
 * sequence number. A socket that broke or did not answer is replaced before the next send, so that no late answer can be mistaken.
 */
export class Connection {
  private transport: Transport | undefined
  private exchange: Exchange | undefined
  private queue: Promise<unknown> = Promise.resolve()
  private closed = false

  constructor(private readonly options: ConnectionOptions) {}

  /** Address of its socket: what it causes is announced with this port. Opens the socket if need be. @throws WeftError */
  get port(): number {
    return this.transportOf().port
  }

  /**
   * Sends all messages of the writer at once and resolves with those that were refused, in their order, when the kernel has acted on all.
   * The writer may be used again then. `visit` sees what the kernel answers to requests that ask for something.
   * @throws WeftError WEFT_NETLINK after the deadline, AnswersLost
   */
  execute(writer: MessageWriter, visit: Visitor = ignore): Promise<readonly Refusal[]> {
    return this.inTurn(async () => {
      if (writer.count === 0) return []
      writer.acknowledge()
      return (await this.send(writer, visit, false)).refusals
    })
  }

  /**
   * Lists objects. `begin` is called for each attempt and returns who sees the messages of that attempt: an attempt during which the
   * objects changed, or answers were lost, is repeated from the start.
   * @param operation in words, for errors: `list routes`
   * @throws WeftError WEFT_NETLINK
   */
  dump(operation: string, write: (writer: MessageWriter) => void, begin: () => Visitor): Promise<void> {
    return this.inTurn(async () => {
      const writer = new MessageWriter()
      for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
        writer.reset()
        write(writer)
        try {
          const { refusals, interrupted } = await this.send(writer, begin(), true)
          if (refusals[0] !== undefined) throw refusalError(operation, refusals[0])
          if (!interrupted) return
        } catch (error) {
          if (!(error instanceof AnswersLost)) throw error
        }
      }
      throw new WeftError('WEFT_NETLINK', `${operation}: the kernel's tables changed during each of ${DUMP_ATTEMPTS} attempts`, {
        hint: 'something rewrites them without pause: see `ip monitor`',
      })
    })
  }

  /** Ends what is under way with an error. */
  close(): void {
    this.closed = true
    this.drop(new WeftError('WEFT_NETLINK', 'the netlink socket was closed'))
  }

  private inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.queue.then(action)
    this.queue = result.catch(ignore)
    return result
  }

  private send(writer: MessageWriter, visit: Visitor, dump: boolean): Promise<{ refusals: Refusal[]; interrupted: boolean }> {
    const { clock, deadline = 5000 } = this.options
    return new Promise((resolve, reject) => {
      const transport = this.transportOf()
      const timer = clock.after(deadline, () => this.expire(exchange, deadline))
      const exchange: Exchange = {
        first: writer.firstSequence,
        count: writer.count,
        dump,
        visit,
        refusals: [],
        interrupted: false,
        resolve: (refusals) => {
          timer.cancel()
          resolve({ refusals, interrupted: exchange.interrupted })
        },
        reject: (error) => {
          timer.cancel()
          reject(error)
        },
      }
      this.exchange = exchange
      try {
        // By then the kernel has queued its answers, or found no room for them.
        transport.send(writer.finish(), () => this.exchange === exchange && this.dropIfLost(transport))
      } catch (error) {
        this.drop(asWeftError(error))
      }
    })
  }

  /** A process that was stopped meets its deadline before it has read what has long been there: one more turn to read it. */
  private expire(exchange: Exchange, deadline: number): void {
    setImmediate(() => {
      if (this.exchange === exchange) this.drop(new WeftError('WEFT_NETLINK', `the kernel did not answer within ${deadline} ms`))
    })
  }

  private transportOf(): Transport {
    if (this.transport) return this.transport
    if (this.closed) throw new WeftError('WEFT_NETLINK', 'the netlink socket was closed')
    const transport = this.options.open()
    transport.onMessage((bytes) => this.receive(transport, bytes))
    transport.onBroken((error) => {
      if (this.transport === transport) this.drop(new AnswersLost(error.message, error))
    })
    this.transport = transport
    return transport
  }

  private receive(transport: Transport, bytes: Uint8Array): void {
    if (this.transport !== transport) return
    try {
      eachMessage(bytes, (message) => this.take(message))
    } catch (error) {
      this.drop(asWeftError(error))
    }
  }

  private take(message: MessageView): void {
    const exchange = this.exchange
    if (!exchange) return
    const index = message.sequence - exchange.first
    if (index < 0 || index >= exchange.count) throw malformed(`an answer to a request that was not made (${message.sequence})`)
    if ((message.flags & NLM_F_DUMP_INTR) !== 0) exchange.interrupted = true
    if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) this.conclude(exchange, index, message)
    else if (message.type === NLMSG_OVERRUN) this.drop(new AnswersLost('it reports an overrun'))
    else exchange.visit(message)
  }

  private conclude(exchange: Exchange, index: number, message: MessageView): void {
    const { errno, text } = decodeAcknowledgement(message)
    if (errno !== 0) exchange.refusals.push({ index, errno, text })
    if (exchange.dump || (index === exchange.count - 1 && message.type === NLMSG_ERROR)) {
      if (this.transport && this.dropIfLost(this.transport)) return
      this.exchange = undefined
      exchange.resolve(exchange.refusals)
    }
  }

  private dropIfLost(transport: Transport): boolean {
    if (!transport.takeLost()) return false
    this.drop(new AnswersLost('it had no room for them'))
    return true
  }

  /** Gives the socket up and fails what waits for it. */
  private drop(error: Error): void {
    this.transport?.close()
    this.transport = undefined
    const { exchange } = this
    this.exchange = undefined
    exchange?.reject(error)
  }
}

function ignore(): void {
  // An answer that nobody asked for, or an error that its own caller has seen.
}
