import { mkdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import { asWeftError, WeftError, type Log } from '#core'
import type { PluginMethod } from './plugin-methods.js'

/** Docker's own requests are a few KB: the port map of a container is the longest part. In bytes. */
const BODY_LIMIT = 1024 * 1024
/** How long Docker may take to send a request, in ms. */
const REQUEST_DEADLINE = 60_000
/** How long another server may take to show that it is alive, in ms. */
const ANSWER_DEADLINE = 1_000
/** How long requests that are under way may take when the server closes, in ms. */
const CLOSING_DEADLINE = 5_000
/** What both sides say they speak (moby, pkg/plugins/transport). */
const CONTENT_TYPE = 'application/vnd.docker.plugins.v1.1+json'

/** Serves the methods of a plugin on a unix socket, where dockerd finds it by the socket's name. */
export class PluginServer {
  private readonly server: Server
  private path: string | undefined

  constructor(
    private readonly methods: ReadonlyMap<string, PluginMethod>,
    private readonly log: Log,
  ) {
    this.server = createServer(
      { requestTimeout: REQUEST_DEADLINE, headersTimeout: REQUEST_DEADLINE },
      (request, response) => void this.answer(request, response),
    )
    this.server.on('clientError', (_, socket) => socket.destroy())
  }

  /**
   * Listens for root alone. A socket that a killed agent left is replaced; its directory is made, since Docker may be started later.
   * @throws WeftError WEFT_STATE_FILE, also when another program answers there
   */
  async listen(path: string): Promise<void> {
    const before = process.umask()
    try {
      if (await answers(path)) throw new Error('another program answers there')
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
      rmSync(path, { force: true })
      process.umask(0o177)
      await new Promise<void>((resolve, reject) => this.server.once('error', reject).listen(path, resolve))
    } catch (cause) {
      throw new WeftError('WEFT_STATE_FILE', `cannot serve Docker on ${path}: ${(cause as Error).message}`, {
        field: 'docker-plugin-socket',
        hint: 'stop the other agent, or name another path with --docker-plugin-socket',
        cause,
      })
    } finally {
      process.umask(before)
    }
    this.path = path
    this.server.on('error', (error) => this.log.error('the plugin socket failed', { error: error.message }))
  }

  /**
   * Takes no more requests, answers those that are under way, and removes the socket: Docker tries for half a minute to connect, but what
   * was cut off it repeats without its content.
   */
  async close(): Promise<void> {
    if (this.path === undefined) return
    rmSync(this.path, { force: true })
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()))
    this.server.closeIdleConnections()
    const timer = setTimeout(() => this.server.closeAllConnections(), CLOSING_DEADLINE)
    await closed
    clearTimeout(timer)
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = (request.url ?? '').slice(1)
    try {
      const method = this.methods.get(name)
      // Docker takes 404 for "does not have this method", and copes.
      if (!method || request.method !== 'POST') return send(response, 404, { Err: `there is no method ${name}` })
      const body = await readBody(request)
      this.log.debug('Docker asks', { method: name, body: JSON.stringify(body).slice(0, 500) })
      send(response, 200, await method(body))
    } catch (thrown) {
      const error = asWeftError(thrown)
      if (error.code === 'WEFT_INTERNAL')
        this.log.error('defect in the Docker plugin', { method: name, error: error.message, stack: (thrown as Error).stack })
      else this.log.warn('Docker was refused', { method: name, code: error.code, error: error.message })
      const text = `weft: ${error.message} [${error.code}]${error.hint === undefined ? '' : `; ${error.hint}`}`
      // The network driver protocol has `Err`, the IPAM one `Error`, each in an answer that is otherwise well.
      send(response, 200, { Err: text, Error: text })
    }
  }
}

/** True when a server is at work on the socket. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const end = (alive: boolean) => (): void => {
      socket.destroy()
      resolve(alive)
    }
    socket.setTimeout(ANSWER_DEADLINE, end(true))
    socket.once('connect', end(true)).once('error', end(false))
  })
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > BODY_LIMIT) throw new WeftError('WEFT_REQUEST_INVALID', `the request is larger than ${BODY_LIMIT} bytes`)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8').trim()
  if (text === '') return {}
  try {
    return JSON.parse(text) ?? {}
  } catch (cause) {
    throw new WeftError('WEFT_REQUEST_INVALID', `the request is not JSON: ${(cause as Error).message}`, { cause })
  }
}

function send(response: ServerResponse, status: number, value: object): void {
  const body = JSON.stringify(value)
  // One request a connection: where the server closes an idle one just as Docker sends on it, Docker repeats the request without its
  // content.
  response.writeHead(status, { 'content-type': CONTENT_TYPE, 'content-length': Buffer.byteLength(body), connection: 'close' })
  response.end(body)
}
