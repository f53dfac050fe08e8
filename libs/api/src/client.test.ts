import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createRawServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WeftError } from '#core'
import { callAgent } from './client.js'

describe('client of the agent’s API', () => {
  let directory: string
  let socket: string
  let server: Server | undefined
  let connections: Set<Socket>
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weft-client-'))
    socket = join(directory, 'weft.sock')
    connections = new Set()
  })
  afterEach(async () => {
    for (const connection of connections) connection.destroy()
    const running = server
    server = undefined
    if (running?.listening) await new Promise((resolve) => running.close(resolve))
    rmSync(directory, { recursive: true })
  })

  async function listen(made: Server): Promise<void> {
    server = made
    made.on('connection', (connection) => connections.add(connection))
    await new Promise<void>((resolve) => made.listen(socket, resolve))
  }
  const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<void> => listen(createServer(answer))
  /** Answers every connection with these bytes and ends it. */
  const serveBytes = (text: string): Promise<void> =>
    listen(createRawServer((connection) => void connection.once('data', () => connection.end(text)).on('error', () => undefined)))

  const call = <T>(timeout = 20_000): Promise<T> => callAgent<T>({ socket, timeout }, 'GET', '/v1/status')
  async function refusal(action: Promise<unknown>): Promise<WeftError> {
    const thrown: unknown = await action.then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(thrown instanceof WeftError)) throw new Error(`refused with ${String(thrown)}`)
    return thrown
  }

  it('answers with the decoded body', async () => {
    await serve((_, response) => response.end('{"host":"h1"}'))
    expect(await call()).to.deep.equal({ host: 'h1' })
  })

  it('sends method, path and JSON body', async () => {
    await serve((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (text) => (body += text))
      request.on('end', () => response.end(JSON.stringify([request.method, request.url, request.headers['content-type'], body])))
    })
    const sent = await callAgent({ socket, timeout: 20_000 }, 'POST', '/v1/networks', { name: 'blüe' })
    expect(sent).to.deep.equal(['POST', '/v1/networks', 'application/json', '{"name":"blüe"}'])
    expect(await callAgent({ socket, timeout: 20_000 }, 'DELETE', '/v1/networks/a?force=true')).to.deep.equal([
      'DELETE',
      '/v1/networks/a?force=true',
      null,
      '',
    ])
  })

  it('puts an answer together that comes in pieces, also within a character', async () => {
    const bytes = Buffer.from(JSON.stringify({ text: 'ü'.repeat(50_000) }))
    await serve((_, response) => {
      for (let at = 0; at < bytes.length; at += 997) response.write(bytes.subarray(at, at + 997))
      response.end()
    })
    expect(await call()).to.deep.equal({ text: 'ü'.repeat(50_000) })
  })

  it('throws the error that the agent answered with', async () => {
    await serve((_, response) =>
      response.writeHead(409).end('{"error":{"code":"WEFT_NETWORK_EXISTS","message":"there is one","field":"name","hint":"take another"}}'),
    )
    expect(await refusal(call())).to.include({ code: 'WEFT_NETWORK_EXISTS', message: 'there is one', field: 'name', hint: 'take another' })
  })

  it('keeps the code of a newer agent that it does not know', async () => {
    await serve((_, response) => response.writeHead(400).end('{"error":{"code":"WEFT_FROM_THE_FUTURE","message":"too early"}}'))
    const error = await refusal(call())
    expect(error.code).to.equal('WEFT_INTERNAL')
    expect(error.message).to.equal('too early [WEFT_FROM_THE_FUTURE]')
  })

  for (const body of ['null', '{}', '{"error":{}}', '{"error":"no"}', '[]']) {
    it(`has an error also for ${body} with status 500`, async () => {
      await serve((_, response) => response.writeHead(500).end(body))
      expect(await refusal(call())).to.include({
        code: 'WEFT_INTERNAL',
        message: 'the agent answered with an error that it did not explain',
      })
    })
  }

  it('waits no longer than it is told', async () => {
    await serve(() => undefined)
    const error = await refusal(call(100))
    expect(error.code).to.equal('WEFT_API_UNREACHABLE')
    expect(error.message).to.include('no answer within 100 ms')
  })

  it('waits no longer for an answer that has begun', async () => {
    await serve((_, response) => void response.write('{"host":'))
    expect((await refusal(call(200))).message).to.include('no answer within 200 ms')
  })

  const broken: readonly (readonly [what: string, bytes: string, message: string])[] = [
    ['that is no JSON', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', 'is not valid JSON'],
    ['that is cut off', 'HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{"host":', 'aborted'],
    ['that is no HTTP', 'hello\r\n', 'Parse Error'],
    ['that is nothing', '', 'socket hang up'],
  ]
  for (const [what, bytes, message] of broken) {
    it(`says so of an answer ${what}`, async () => {
      await serveBytes(bytes)
      const error = await refusal(call())
      expect(error.code).to.equal('WEFT_API_UNREACHABLE')
      expect(error.message).to.include(socket).and.to.include(message)
    })
  }

  it('refuses an answer that does not end', async () => {
    const piece = Buffer.alloc(1024 * 1024, 0x20)
    await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    })
    expect((await refusal(call())).message).to.include('larger than 67108864 bytes')
  })

  const absent: readonly (readonly [what: string, prepare: () => Promise<void>, hint: string])[] = [
    ['there is no socket', () => Promise.resolve(), 'is weftd running?'],
    [
      'nobody listens any more',
      async () => {
        await listen(createRawServer())
        // A server that is closed removes its socket; this is what a killed one leaves.
        const left = server
        linkSync(socket, `${socket}.left`)
        await new Promise((resolve) => left?.close(resolve))
        socket = `${socket}.left`
      },
      'has died without cleaning up',
    ],
    ['a file stands there', () => Promise.resolve(writeFileSync(socket, '')), 'journalctl -u weftd'],
  ]
  for (const [what, prepare, hint] of absent) {
    it(`says what to do when ${what}`, async () => {
      await prepare()
      const error = await refusal(call())
      expect(error).to.include({ code: 'WEFT_API_UNREACHABLE' })
      expect(error.message).to.include(`no agent at ${socket}`)
      expect(error.hint).to.include(hint)
    })
  }
})
