import { chownSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { asWeftError, WeftError, type Log } from '#core'
import type { ErrorBody } from './contract.js'
import { httpStatus } from './http-status.js'
import { Lines, sendLines } from './lines.js'
import { problemOf } from './problem.js'

/** One request, taken apart. */
export interface Call {
  /** What stands in the path where the route has `:name`. */
  readonly parameters: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Decoded JSON, unchecked; undefined without a body. */
  readonly body: unknown
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** An answer in a form of its own, for those who speak another protocol than this API. */
export class Reply {
  /** @param body sent as JSON; undefined for none */
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {}
}

/**
 * A method and path, such as `GET /v1/networks/:name`, and what answers it: the value, or that of a {@link Reply}, is sent as JSON; what
 * {@link Lines} tell, as it comes.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  /** Largest body in bytes; 64 KiB unless given. */
  readonly bodyLimit?: number
  handle(call: Call): unknown
  /** Tells an error in the form that its callers expect; {@link ErrorBody} unless given. */
  refuse?(error: WeftError): Reply
}

/** No request needs more: an attach request has five short fields. In bytes. */
const BODY_LIMIT = 64 * 1024

/** sun_path of unix(7) without the closing NUL, in bytes. */
const PATH_LIMIT = 107

/** How long a client may take to send a request, in ms. */
const REQUEST_DEADLINE = 10_000

/**
 * Serves routes as HTTP with JSON on a unix socket. Whatever goes wrong is answered as {@link ErrorBody}; only defects leave a stack, in
 * the log. Node's own server alone: the usual frameworks cost a third of the agent's start-up time.
 */
export class ApiServer {
  private readonly server: Server
  private path: string | undefined

  constructor(
    private readonly routes: readonly Route[],
    private readonly log: Log,
  ) {
    this.server = createServer(
      { requestTimeout: REQUEST_DEADLINE, headersTimeout: REQUEST_DEADLINE },
      (request, response) => void this.answer(request, response),
    )
    this.server.on('clientError', (_, socket) => socket.destroy())
  }

  /**
   * Listens with mode 0660, group `weft` where there is one: whoever may use the socket may attach, which is root's power.
   * A socket left by a killed agent is replaced; the caller holds the lock that shows that no other agent uses it.
   * @throws WeftError WEFT_STATE_FILE
   */
  async listen(path: string): Promise<void> {
    const before = process.umask(0o117)
    try {
      // A longer one is cut off without a word by the library below Node.
      if (Buffer.byteLength(path) > PATH_LIMIT) throw new Error(`a socket's path has at most ${PATH_LIMIT} bytes`)
      rmSync(path, { force: true })
      await new Promise<void>((resolve, reject) => this.server.once('error', reject).listen(path, resolve))
    } catch (cause) {
      throw new WeftError('WEFT_STATE_FILE', `cannot listen on ${path}: ${(cause as Error).message}`, {
        field: 'run-dir',
        hint: 'name another directory with --run-dir',
        cause,
      })
    } finally {
      process.umask(before)
    }
    this.path = path
    this.server.on('error', (error) => this.log.error('the API socket failed', { error: error.message }))
    const group = /^weft:[^:]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8'))?.[1]
    if (group !== undefined) chownSync(path, 0, Number(group))
  }

  /** Ends all connections and removes the socket. */
  async close(): Promise<void> {
    if (this.path === undefined) return
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    this.server.closeAllConnections()
    await closed
    rmSync(this.path, { force: true })
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let route: Route | undefined
    try {
      const [path = '', query] = (request.url ?? '').split('?', 2)
      const found = this.routeOf(request.method ?? '', path)
      if (!found) return send(response, 404, { error: problemOf(noSuchRoute(request)) } satisfies ErrorBody)
      route = found.route
      const body = await readBody(request, route.bodyLimit ?? BODY_LIMIT)
      const { headers } = request
      const value = await route.handle({ parameters: found.parameters, query: new URLSearchParams(query), body, headers })
      if (value instanceof Lines) sendLines(response, value)
      else if (value instanceof Reply) send(response, value.status, value.body)
      else send(response, 200, value ?? null)
    } catch (thrown) {
      const error = asWeftError(thrown)
      if (error.code === 'WEFT_INTERNAL') this.log.error('defect in the API', { error: error.message, stack: (thrown as Error).stack })
      const refused = route?.refuse?.(error)
      if (refused) send(response, refused.status, refused.body)
      else send(response, httpStatus(error.code), { error: problemOf(error) } satisfies ErrorBody)
    }
  }

  private routeOf(method: string, path: string): { route: Route; parameters: Record<string, string> } | undefined {
    for (const route of this.routes) {
      const parameters = route.method === method ? match(route.path, path) : undefined
      if (parameters) return { route, parameters }
    }
    return undefined
  }
}

function noSuchRoute({ method, url }: IncomingMessage): WeftError {
  return new WeftError('WEFT_REQUEST_INVALID', `there is no ${method} ${url}`, { hint: 'docs/api.md lists the requests' })
}

/** The parameters of a path that fits a pattern, segment by segment. */
function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [index, segment] of wanted.entries()) {
    const text = given[index] ?? ''
    if (!segment.startsWith(':')) {
      if (segment !== text) return undefined
    } else {
      try {
        parameters[segment.slice(1)] = decodeURIComponent(text)
      } catch {
        throw new WeftError('WEFT_REQUEST_INVALID', `'${text}' is not a well-formed part of a path`)
      }
    }
  }
  return parameters
}

/** The request's body; bounded in size here and in time by the server. */
async function readBody(request: IncomingMessage, limit: number): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    // Not destroyed when it is too long: the answer goes over the same connection.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > limit) break
      chunks.push(chunk)
    }
  } catch (thrown) {
    throw new WeftError('WEFT_REQUEST_INVALID', `the request broke off: ${(thrown as Error).message}`, { cause: thrown })
  }
  if (size > limit) throw new WeftError('WEFT_REQUEST_INVALID', `the request is larger than ${limit} bytes`)
  if (size === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (thrown) {
    throw new WeftError('WEFT_REQUEST_INVALID', `the request is not JSON: ${(thrown as Error).message}`, { cause: thrown })
  }
}

function send(response: ServerResponse, status: number, value: unknown): void {
  const body = value === undefined ? '' : `${JSON.stringify(value)}\n`
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
