import { describe, it } from 'mocha'
import { expect } from 'chai'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { parseIp } from '#core'
import { tcpCheck } from './tcp-check.js'

const HERE = parseIp('127.0.0.1')

describe('a TCP check', () => {
  it('passes where something listens, and fails where nothing does', async () => {
    const server = createServer((socket) => socket.on('error', () => {}))
    server.listen(0, HERE)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expect(await tcpCheck(HERE, port, 10_000)).to.deep.equal({ passed: true })
    server.close()
    await once(server, 'close')
    expect(await tcpCheck(HERE, port, 10_000)).to.deep.equal({ passed: false, why: `connect ECONNREFUSED 127.0.0.1:${port}` })
  })

  it('fails where nobody answers in time', async () => {
    // TEST-NET-1 (RFC 5737): no host has it. Where there is no route at all it fails at once.
    expect(await tcpCheck(parseIp('192.0.2.1'), 80, 50)).to.deep.include({ passed: false })
  })
})
