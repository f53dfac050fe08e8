import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, seededRandom, type Clock, type Random } from '#core'
import { tryChecksums } from './checksum-probe.js'

const LOOPBACK = parseIp('127.0.0.1')
const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date().toISOString(),
  after: (delay, action) => {
    const timer = setTimeout(action, delay)
    return { cancel: () => clearTimeout(timer) }
  },
}

describe('tryChecksums', () => {
  it('has both kinds answered by a kernel on the way to which nothing is lost, whichever goes first', async () => {
    for (const seed of [1, 2, 3, 4]) {
      expect(await tryChecksums(LOOPBACK, parseIp('127.1.2.3'), clock, seededRandom(seed))).to.deep.equal({
        ordinary: true,
        complete: true,
      })
    }
  })

  it('has neither answered where somebody listens', async () => {
    const address = '127.9.9.9'
    const listener = createSocket('udp4')
    try {
      const listening = once(listener, 'listening')
      listener.bind(33_434, address)
      await listening
      const first: Random = { next: () => 0 }
      const came: string[] = []
      listener.on('message', (bytes, { port }) => came.push(`${bytes.toString()} ${port}`))
      expect(await tryChecksums(LOOPBACK, parseIp(address), clock, first)).to.deep.equal({ ordinary: false, complete: false })
      expect(came).to.have.length(6)
      expect(new Set(came).size).to.equal(2)
    } finally {
      listener.close()
    }
  })

  it('says nothing where this host has no such address', async () => {
    expect(await tryChecksums(parseIp('192.0.2.77'), LOOPBACK, clock, seededRandom(1))).to.equal(undefined)
  })
})
