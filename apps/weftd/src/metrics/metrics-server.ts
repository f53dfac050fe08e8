import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { WeftError, type Log } from '#core'
import type { MetricsListen } from '../config/settings.js'
import { CONTENT_TYPE } from './exposition.js'

/** How long a scraper may take to send its request, in ms. */
const REQUEST_DEADLINE = 10_000

/** Serves the agent's metrics at `/metrics`, to whoever reaches the address: they tell figures and states, and change nothing. */
export class MetricsServer {
  private readonly server: Server

  /** @param text what is served, made anew for each scrape */
  constructor(
    private readonly text: () => string,
    private readonly log: Log,
  ) {
    this.server = createServer({ requestTimeout: REQUEST_DEADLINE, headersTimeout: REQUEST_DEADLINE }, (request, response) =>
      this.answer(request, response),
    )
    this.server.on('clientError', (_, socket) => socket.destroy())
  }

  /** @returns the port, which was chosen by the kernel when 0 was given. @throws WeftError WEFT_METRICS_LISTEN */
  async listen({ address, port }: MetricsListen): Promise<number> {
    try {
      await new Promise<void>((resolve, reject) => this.server.once('error', reject).listen({ host: address, port }, resolve))
    } catch (cause) {
      throw new WeftError('WEFT_METRICS_LISTEN', `cannot serve metrics on ${address} port ${port}: ${(cause as Error).message}`, {
        field: 'metrics-listen',
        hint: 'see who listens with `ss -ltnp`, or choose another --metrics-listen',
        cause,
      })
    }
    this.server.removeAllListeners('error')
    this.server.on('error', (error) => this.log.error('the metrics socket failed', { error: error.message }))
    const bound = this.server.address()
    return typeof bound === 'object' && bound ? bound.port : port
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    if (!this.server.listening) return
    this.server.closeAllConnections()
    await new Promise<void>((resolve) => this.server.close(() => resolve()))
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume()
    const known = request.url === '/metrics' || request.url?.startsWith('/metrics?') === true
    if (!known || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(known ? 405 : 404, { 'content-type': 'text/plain' }).end(known ? 'GET it\n' : 'metrics are at /metrics\n')
      return
    }
    response.writeHead(200, { 'content-type': CONTENT_TYPE }).end(this.text())
  }
}
