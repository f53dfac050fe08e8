import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parsePrefix, seededRandom } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import type { HostLink } from '#netlink'
import { EventLog } from '../log/event-log.js'
import { UnderlayWatch } from './underlay-watch.js'
import type { UnderlayWish } from './underlay.js'

function eth0(address: string, mtu = 1500): HostLink {
  return { name: 'eth0', mtu, up: true, addresses: [{ address: parseIp(address), prefix: parsePrefix(`${address}/32`) }] }
}

/** A watch over links that the test changes. */
function watching(wish: UnderlayWish, storeUrls: readonly string[] = []) {
  const host = { links: [eth0('192.0.2.7')] }
  const clock = new ManualClock()
  const events = new EventLog(new RecordingLog(), clock)
  const watch = new UnderlayWatch(wish, storeUrls, async () => ({ links: host.links, routes: [] }), clock, seededRandom(1), events)
  return { host, watch, messages: () => events.kept.list().map(({ message, fields }) => `${message} ${String(fields['address'])}`) }
}

describe('watch over the underlay', () => {
  it('tells a change of address and of MTU, and nothing else', async () => {
    const { host, watch, messages } = watching({ interface: 'eth0' })
    expect(await watch.refresh()).to.equal(true)
    expect(await watch.refresh()).to.equal(false)
    host.links = [eth0('192.0.2.8')]
    expect(await watch.refresh()).to.equal(true)
    host.links = [eth0('192.0.2.8', 1400)]
    expect(await watch.refresh()).to.equal(true)
    expect(watch.current).to.deep.equal({ address: '192.0.2.8', interface: 'eth0', mtu: 1400 })
    expect(messages()).to.deep.equal(['underlay chosen 192.0.2.7', 'underlay changed 192.0.2.8', 'underlay changed 192.0.2.8'])
  })

  it('keeps the last choice while the host has no answer', async () => {
    const { host, watch } = watching({ interface: 'eth0' })
    await watch.refresh()
    host.links = []
    const error: unknown = await watch.refresh().catch((thrown: unknown) => thrown)
    expect(error).to.include({ code: 'WEFT_UNDERLAY_INVALID', field: 'underlay-interface' })
    expect(watch.current.address).to.equal('192.0.2.7')
  })

  it('must have chosen before it is asked', () => {
    expect(() => watching({}).watch.current).to.throw('before it was chosen')
  })

  it('says what to do when etcd is reached over loopback alone', async () => {
    const { host, watch } = watching({}, ['http://no-such-host.invalid:2379', 'http://127.0.0.1:2379'])
    host.links = [{ ...eth0('127.0.0.1'), name: 'lo' }, eth0('192.0.2.7')]
    const error: unknown = await watch.refresh().catch((thrown: unknown) => thrown)
    expect(error).to.be.an('error').with.property('message').that.includes('leaves by lo').and.includes('--underlay-interface')
  })
})
