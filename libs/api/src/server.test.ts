import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { existsSync, linkSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ERROR_CODES, WeftError, type ErrorCode } from '#core'
import { RecordingLog } from '#core/testkit'
import { callAgent } from './client.js'
import { httpStatus } from './http-status.js'
import { ApiServer, Reply, type Call, type Route } from './server.js'

describe('server of the agent’s API', () => {
  let directory: string
  let socket: string
  let log: RecordingLog
  let server: ApiServer
  let calls: Call[]
  let thrown: unknown
  let held: (() => void) | undefined
  const connections: Socket[] = []

  const routes: Route[] = [
    { method: 'GET', path: '/v1/things', handle: () => ['a', 'b'] },
    { method: 'GET', path: '/v1/nothing', handle: () => undefined },
    {
      method: 'GET',
      path: '/v1/failing',
      handle: () => {
        throw thrown
      },
    },
    { method: 'GET', path: '/v1/slow', handle: () => new Promise<void>((resolve) => (held = resolve)) },
    { method: 'POST', path: '/v1/things', handle: (call) => (calls.push(call), { made: call.body }) },
    {
      method: 'POST',
      path: '/v1/odd',
      bodyLimit: 10,
      handle: ({ headers }) => new Reply(418, headers['x-odd']),
      refuse: ({ code }) => new Reply(400, { odd: code }),
    },
    { method: 'GET', path: '/v1/silent', handle: () => new Reply(200, undefined) },
    { method: 'DELETE', path: '/v1/things/:name', handle: (call) => (calls.push(call), call.parameters) },
  ]

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weft-api-'))
    socket = join(directory, 'weft.sock')
    log = new RecordingLog()
    calls = []
    server = new ApiServer(routes, log)
    await server.listen(socket)
  })
  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.destroy()
    held?.()
    await server.close()
    rmSync(directory, { recursive: true })
  })

  const call = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) =>
    callAgent({ socket, timeout: 20_000 }, method, path, body)
  /** What the server answers to these bytes, as text, when the connection has ended. */
  function raw(bytes: string, end = true): Promise<string> {
    return new Promise((resolve, reject) => {
      const connection = connect(socket)
      connections.push(connection)
      let text = ''
      connection.setEncoding('utf8').on('data', (piece) => (text += String(piece)))
      connection.on('error', reject).on('close', () => resolve(text))
      if (end) connection.end(bytes)
      else connection.write(bytes)
    })
  }
  const statusOf = async (bytes: string): Promise<number> => Number(/^HTTP\/1.1 (\d+)/.exec(await raw(bytes))?.[1])
  const request = (line: string, body = ''): string =>
    `${line} HTTP/1.1\r\nhost: weft\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`

  it('answers with JSON that ends in a newline, for curl’s sake', async () => {
    const text = await raw(request('GET /v1/things'))
    expect(text).to.match(/^HTTP\/1.1 200 OK\r\n/)
    expect(text).to.include('content-type: application/json\r\n')
    expect(text.endsWith('\r\n\r\n["a","b"]\n')).to.equal(true)
    expect((await raw(request('GET /v1/nothing'))).endsWith('\r\n\r\nnull\n')).to.equal(true)
  })

  it('hands on body, query and the parts of the path, decoded', async () => {
    expect(await call('POST', '/v1/things?a=1&b=x%20y', { name: 'ü' })).to.deep.equal({ made: { name: 'ü' } })
    expect(calls[0]?.query.get('b')).to.equal('x y')
    expect(await call('DELETE', '/v1/things/a%2Fb%20c')).to.deep.equal({ name: 'a/b c' })
  })

  const unknown = [
    'GET /v1/other',
    'GET /v1/things/',
    'GET /v1/things/a',
    'DELETE /v1/things',
    'PUT /v1/things',
    'HEAD /v1/things',
    'GET /',
    'GET //',
    'GET http://weft/v1/things',
    'OPTIONS *',
  ]
  for (const line of unknown) {
    it(`has no ${line}`, async () => {
      expect(await statusOf(request(line))).to.equal(404)
      expect(log.lines).to.deep.equal([])
    })
  }

  it('refuses a path that is wrongly encoded', async () => {
    const error: unknown = await call('DELETE', '/v1/things/%zz').catch((caught: unknown) => caught)
    expect(error).to.include({ code: 'WEFT_REQUEST_INVALID' })
  })

  for (const body of ['{', 'name=a', '{"a":1}}']) {
    it(`refuses a body that is no JSON: ${body}`, async () => {
      const text = await raw(request('POST /v1/things', body))
      expect(text).to.match(/^HTTP\/1.1 400 /)
      expect(text).to.include('"code":"WEFT_REQUEST_INVALID","message":"the request is not JSON: ')
      expect(calls).to.deep.equal([])
    })
  }

  it('refuses a body beyond its limit, and answers so', async () => {
    const text = await raw(request('POST /v1/things', JSON.stringify('x'.repeat(70_000))))
    expect(text).to.match(/^HTTP\/1.1 400 /)
    expect(text).to.include('the request is larger than 65536 bytes')
    expect(calls).to.deep.equal([])
    expect(await call('POST', '/v1/things', 'x'.repeat(65_000))).to.deep.equal({ made: 'x'.repeat(65_000) })
  })

  it('answers that a body is too long without waiting for its end', async () => {
    const connection = connect(socket)
    connections.push(connection)
    connection.write(`POST /v1/things HTTP/1.1\r\nhost: weft\r\ncontent-length: 10000000\r\n\r\n${'x'.repeat(200_000)}`)
    const answer = await new Promise((resolve) =>
      connection.setEncoding('utf8').on('data', resolve).on('close', resolve).on('error', resolve),
    )
    expect(answer)
      .to.be.a('string')
      .that.matches(/^HTTP\/1.1 400 /)
    expect(calls).to.deep.equal([])
    const error: unknown = await call('POST', '/v1/things', 'x'.repeat(5_000_000)).catch((caught: unknown) => caught)
    expect(error).to.include({ code: 'WEFT_REQUEST_INVALID' })
  })

  it('takes no harm from clients that go away in the middle, and calls that no defect', async () => {
    const half = 'POST /v1/things HTTP/1.1\r\nhost: weft\r\ncontent-length: 1000\r\n\r\n{"name":'
    for (const bytes of [half, 'GET /v1/sl', '', '\u0000\u0001 nonsense\r\n\r\n']) {
      const connection = connect(socket)
      await new Promise((resolve) => connection.write(bytes || '\r', resolve))
      connection.destroy()
    }
    expect(await call('GET', '/v1/things')).to.deep.equal(['a', 'b'])
    expect(calls).to.deep.equal([])
    expect(log.lines).to.deep.equal([])
  })

  it('answers each error with its code, field, hint and status', async () => {
    thrown = new WeftError('WEFT_NETWORK_UNKNOWN', "there is no network 'x'", { field: 'network', hint: 'make one' })
    const text = await raw(request('GET /v1/failing'))
    expect(text).to.match(/^HTTP\/1.1 404 /)
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).to.deep.equal({
      error: { code: 'WEFT_NETWORK_UNKNOWN', message: "there is no network 'x'", field: 'network', hint: 'make one' },
    })
    expect(log.lines).to.deep.equal([])
  })

  it('logs the stack of a defect, and does not send it', async () => {
    thrown = new TypeError('undefined is not a function')
    const text = await raw(request('GET /v1/failing'))
    expect(text).to.match(/^HTTP\/1.1 500 /)
    expect(text).to.not.include('server.test')
    expect(log.lines).to.have.length(1)
    expect(String(log.lines[0]?.fields['stack'])).to.include('TypeError')
  })

  it('has a status for every code: the asker’s fault, a conflict, or the agent’s trouble', () => {
    const statuses = Object.fromEntries((Object.keys(ERROR_CODES) as ErrorCode[]).map((code) => [code, httpStatus(code)]))
    expect(statuses).to.include({
      WEFT_REQUEST_INVALID: 400,
      WEFT_ENDPOINT_UNKNOWN: 404,
      WEFT_NETWORK_EXISTS: 409,
      WEFT_INTERNAL: 500,
      WEFT_NOT_BUILT: 501,
      WEFT_STORE_UNREACHABLE: 503,
    })
    expect(Object.values(statuses).every((status) => status >= 400 && status < 600)).to.equal(true)
  })

  describe('its socket', () => {
    it('is for the owner and the group only', () => expect(statSync(socket).mode & 0o7777).to.equal(0o660))

    it('leaves the process’s umask as it was', async () => {
      const before = process.umask(0o022)
      const second = new ApiServer(routes, log)
      await second.listen(join(directory, 'second.sock'))
      expect(process.umask(before)).to.equal(0o022)
      await second.close()
    })

    it('replaces one that a killed agent left', async () => {
      linkSync(socket, `${socket}.left`)
      const second = new ApiServer(routes, log)
      await second.listen(`${socket}.left`)
      expect(await callAgent({ socket: `${socket}.left`, timeout: 20_000 }, 'GET', '/v1/things')).to.deep.equal(['a', 'b'])
      await second.close()
    })

    it('goes with the server, and so do connections that wait for an answer', async () => {
      const waiting = call('GET', '/v1/slow').catch((caught: unknown) => caught)
      while (!held) await new Promise((resolve) => setImmediate(resolve))
      await server.close()
      expect(await waiting).to.include({ code: 'WEFT_API_UNREACHABLE' })
      expect(existsSync(socket)).to.equal(false)
      await server.close()
    })

    const impossible: readonly (readonly [what: string, path: () => string])[] = [
      ['in a directory that is not there', () => join(directory, 'missing', 'weft.sock')],
      ['at a path longer than the kernel takes', () => join(directory, 'x'.repeat(120))],
      [
        'below a file',
        () => {
          writeFileSync(join(directory, 'file'), '')
          return join(directory, 'file', 'weft.sock')
        },
      ],
    ]
    for (const [what, path] of impossible) {
      it(`cannot be ${what}`, async () => {
        const second = new ApiServer(routes, log)
        const error: unknown = await second.listen(path()).catch((caught: unknown) => caught)
        expect(error).to.be.instanceOf(WeftError).and.to.include({ code: 'WEFT_STATE_FILE', field: 'run-dir' })
        await second.close()
      })
    }
  })

  it('answers in another form where a route has one', async () => {
    const post = (body: string): string =>
      `POST /v1/odd HTTP/1.1\r\nhost: weft\r\nx-odd: yes\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    expect(await raw(post('{}'))).to.match(/^HTTP\/1.1 418 [^]*\r\n\r\n"yes"\n$/)
    expect(await raw(post('{'))).to.match(/^HTTP\/1.1 400 [^]*\r\n\r\n\{"odd":"WEFT_REQUEST_INVALID"\}\n$/)
    expect(await raw(post('"01234567890"'))).to.match(/\{"odd":"WEFT_REQUEST_INVALID"\}\n$/)
    expect(await raw('GET /v1/silent HTTP/1.1\r\nhost: weft\r\nconnection: close\r\n\r\n')).to.match(/content-length: 0\r\n[^]*\r\n\r\n$/)
  })
})
