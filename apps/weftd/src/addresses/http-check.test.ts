import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { parseIp } from '#core'
import { httpCheck } from './http-check.js'

const HERE = parseIp('127.0.0.1')
const PATIENCE = 30_000

describe('an HTTP check', () => {
  let server: Server
  let port: number
  let status: number
  let asked: IncomingMessage[]
  beforeEach(async () => {
    status = 200
    asked = []
    server = createServer((request, response) => {
      asked.push(request)
      if (status === 0) return
      response.writeHead(status, status === 302 ? { location: 'http://192.0.2.1/' } : {})
      // The head is what counts: this answer never ends.
      response.flushHeaders()
    })
    server.listen(0, HERE)
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  })
  afterEach(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })

  it('asks for the path, and is content with 2xx and 3xx', async () => {
    for (status of [200, 204, 302, 399])
      expect(await httpCheck(HERE, port, '/health?deep=1', PATIENCE), String(status)).to.deep.equal({ passed: true })
    expect(asked.map(({ method, url }) => `${method} ${url}`)).to.deep.equal(Array<string>(4).fill('GET /health?deep=1'))
    expect(asked[0]?.headers).to.include({ host: `127.0.0.1:${port}` })
  })

  it('fails with any other answer', async () => {
    for (status of [400, 404, 500, 503]) {
      expect(await httpCheck(HERE, port, '/', PATIENCE)).to.deep.equal({ passed: false, why: `answers ${status}` })
    }
  })

  it('fails where no answer comes in time', async () => {
    status = 0
    expect(await httpCheck(HERE, port, '/', 100)).to.deep.equal({ passed: false, why: 'no answer within 100 ms' })
  })

  it('fails where nothing listens, and where something else does', async () => {
    const other = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.resume().end('220 mail\r\n')
    })
    other.listen(0, HERE)
    await once(other, 'listening')
    const { port: mail } = other.address() as AddressInfo
    expect(await httpCheck(HERE, mail, '/', PATIENCE)).to.deep.include({ passed: false })
    other.close()
    await once(other, 'close')
    expect(await httpCheck(HERE, mail, '/', PATIENCE)).to.deep.equal({ passed: false, why: `connect ECONNREFUSED 127.0.0.1:${mail}` })
  })
})
