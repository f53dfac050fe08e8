import { afterEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { readdirSync, readlinkSync } from 'node:fs'
import { parseIp } from '#core'
import { RecordingLog } from '#core/testkit'
import { EchoSocket, sourceOf, type EchoSocketOptions } from './echo-socket.js'
import { echoRequest, MARK_BYTES, repliesOnly } from './icmp-packet.js'
import { until } from './testkit/until.js'

const UNKNOWN_OPTION = { level: 0, option: 9_999, value: Buffer.alloc(4) }
const LOOPBACK = parseIp('127.0.0.1')

/** Sockets that this process has. */
function sockets(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith('socket:')
    } catch {
      // The one of the list itself.
      return false
    }
  }).length
}

describe('EchoSocket', () => {
  const log = new RecordingLog()
  const opened: EchoSocket[] = []
  const open = (options: Partial<EchoSocketOptions>): EchoSocket => {
    const socket = new EchoSocket({
      purpose: 'this test',
      packetLimit: 128,
      begin: (family) => [repliesOnly(family)],
      received: () => undefined,
      log,
      ...options,
    })
    opened.push(socket)
    return socket
  }
  afterEach(() => {
    for (const socket of opened.splice(0)) socket.close()
    log.lines.length = 0
  })

  it('leaves no socket when that does not take an option, at its beginning or later', () => {
    const before = sockets()
    const broken = open({ begin: () => [UNKNOWN_OPTION] })
    for (let time = 0; time < 3; time++) expect(() => broken.open(4)).to.throw()
    expect(() => broken.send(LOOPBACK, Buffer.alloc(8), () => undefined)).to.throw()
    expect(sockets()).to.equal(before)
    const good = open({})
    good.open(4)
    expect(sockets()).to.equal(before + 1)
    expect(() => good.set(4, UNKNOWN_OPTION)).to.throw()
    expect(sockets()).to.equal(before)
  })

  it('closes a socket that fails, says so, and goes on with another', async () => {
    const before = sockets()
    let received = 0
    const socket = open({ received: () => received++ })
    // As the package does when nothing can be read: without closing it.
    socket.open(4).emit('error', new Error('ENOBUFS'))
    expect(sockets()).to.equal(before)
    expect(log.lines.map(({ level, message, fields }) => [level, message, fields])).to.deep.equal([
      ['warn', 'the socket for this test failed', { error: 'ENOBUFS' }],
    ])
    socket.send(LOOPBACK, echoRequest(4, Buffer.alloc(MARK_BYTES), 1), () => undefined)
    await until(() => received > 0)
    expect(sockets()).to.equal(before + 1)
  })

  it('tells the address of a source, without the interface of a link-local one', () => {
    expect(sourceOf('192.0.2.1')).to.equal('192.0.2.1')
    expect(sourceOf('fe80::1%eth0')).to.equal('fe80::1')
  })
})
