import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, seededRandom, type Clock, type HostId } from '#core'
import { RecordingLog } from '#core/testkit'
import type { PathDirectory } from '#gossip'
import { PathDriver } from './path-driver.js'
import { until } from './testkit/until.js'

const clock: Clock = {
  now: () => performance.now(),
  wallTime: () => new Date().toISOString(),
  after(delay, action) {
    const timer = setTimeout(action, delay)
    return { cancel: () => clearTimeout(timer) }
  },
}

describe('PathDriver', () => {
  it('measures real paths: two of them, each with a kernel that answers', async () => {
    const [a, b] = ['a', 'b'].map((name) => name as HostId) as [HostId, HostId]
    // Of IPv4 and IPv6 one each, in place of an overlay and an underlay.
    const addresses = { overlay: parseIp('127.0.0.1'), underlay: parseIp('::1') }
    const directory: PathDirectory = { addressOf: (_, way) => addresses[way], mtuOf: (_, way) => (way === 'overlay' ? 1450 : 1500) }
    const drivers = new Map<HostId, PathDriver>()
    const open = (self: HostId): PathDriver => {
      const driver: PathDriver = new PathDriver({
        self,
        directory,
        clock,
        random: seededRandom(self.length),
        log: new RecordingLog(),
        send: (to, message) => void setImmediate(() => drivers.get(to)?.receive(self, message)),
        onFinding: () => expect.fail('nothing is wrong'),
      })
      drivers.set(self, driver)
      return driver
    }
    const [one, other] = [open(a), open(b)]
    try {
      // Only one of them has anybody to ask.
      one.setPeers([b])
      await until(() => one.counts.finished > 0)
      expect(other.counts).to.include({ opened: 0, served: one.counts.finished })
      for (const driver of [one, other]) {
        const quality = driver.qualityOf(driver === one ? b : a)
        for (const direction of ['out', 'in'] as const) {
          expect(quality?.overlay[direction]).to.include({ heard: true, full: 1450, passes: 1450 })
          expect(quality?.underlay[direction]).to.include({ heard: true, full: 1500, passes: 1500 })
        }
        expect(quality?.underlay.roundTrip).to.be.above(0)
      }
      expect(one.partners).to.deep.equal([b])
      expect(one.findings()).to.deep.equal([])
    } finally {
      for (const driver of drivers.values()) driver.close()
    }
    const { opened } = one.counts
    one.setPeers([b])
    expect(one.counts.opened, 'nothing goes on once it is closed').to.equal(opened)
  })
})
