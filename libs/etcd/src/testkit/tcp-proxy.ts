import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

interface Pair {
  readonly client: Socket
  readonly server: Socket
  /** Bytes of answers that may still pass; undefined: any number. */
  answers: number | undefined
}

/** A TCP relay on the loopback interface that can misbehave on demand, for connections that exist and for new ones. */
export class TcpProxy {
  private readonly pairs = new Set<Pair>()
  private readonly stranded = new WeakSet<Socket>()
  private refusing = false
  private frozen = false
  private delay = 0
  private limit: { readonly bytes: number; left: number } | undefined
  private limited = 0

  private constructor(
    private readonly server: Server,
    private readonly targetPort: number,
  ) {}

  static async start(targetPort: number): Promise<TcpProxy> {
    const server = createServer()
    const proxy = new TcpProxy(server, targetPort)
    server.on('connection', (client) => proxy.accept(client))
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  get connections(): number {
    return this.pairs.size
  }

  /** How many connections {@link truncateAnswers} has cut so far. */
  get truncated(): number {
    return this.limited
  }

  /** Resets every connection; new ones are welcome. */
  reset(): void {
    for (const pair of this.pairs) destroy(pair)
  }

  /** Resets every connection and each new one, until {@link pass}. */
  cut(): void {
    this.refusing = true
    this.reset()
  }

  /** Takes connections and bytes and passes nothing on, like a black hole, until {@link pass}. */
  freeze(): void {
    this.frozen = true
    for (const { client, server } of this.pairs) {
      client.pause()
      server.pause()
    }
  }

  /** Present connections swallow everything for ever, as after a change of routes; new ones are as good as any. */
  strand(): void {
    for (const { client, server } of this.pairs) {
      client.pause()
      server.pause()
      this.stranded.add(client)
    }
  }

  /** Holds each chunk back for a time, both ways. */
  slow(ms: number): void {
    this.delay = ms
  }

  /**
   * The next new connections are cut after exactly so many bytes of answers: within a message, more often than not.
   * @param count how many connections; all, without it
   */
  truncateAnswers(bytes: number, count = Infinity): void {
    this.limit = { bytes, left: count }
  }

  /** Ends all misbehaviour. Connections that were frozen go on where they stood. */
  pass(): void {
    this.refusing = false
    this.frozen = false
    this.delay = 0
    this.limit = undefined
    for (const { client, server } of this.pairs) {
      if (this.stranded.has(client)) continue
      client.resume()
      server.resume()
    }
  }

  async stop(): Promise<void> {
    this.reset()
    await new Promise((resolve) => this.server.close(resolve))
  }

  private accept(client: Socket): void {
    if (this.refusing) return void client.resetAndDestroy()
    const server = connect(this.targetPort, '127.0.0.1')
    const limited = this.limit !== undefined && this.limit.left-- > 0
    const pair: Pair = { client, server, answers: limited ? this.limit?.bytes : undefined }
    this.pairs.add(pair)
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.pairs.delete(pair)
        destroy(pair)
      })
    }
    client.on('data', (chunk) => this.later(() => server.write(chunk)))
    server.on('data', (chunk) => this.later(() => this.answer(pair, chunk)))
    if (this.frozen) {
      client.pause()
      server.pause()
    }
  }

  private answer(pair: Pair, chunk: Buffer): void {
    if (pair.answers === undefined) return void pair.client.write(chunk)
    const part = chunk.subarray(0, pair.answers)
    pair.answers -= part.length
    if (pair.answers > 0) return void pair.client.write(part)
    this.limited++
    // What fits is delivered before the connection ends.
    pair.client.end(part, () => destroy(pair))
  }

  private later(action: () => void): void {
    if (this.delay === 0) action()
    else setTimeout(action, this.delay)
  }
}

function destroy({ client, server }: Pair): void {
  client.destroy()
  server.destroy()
}
