import { expect } from 'chai'
import { describe, it } from 'mocha'
import { realClock } from '../testkit/real-clock.js'
import { withNetns } from '../testkit/test-netns.js'
import { lookInside } from './look-inside.js'

describe('lookInside', () => {
  it('reads an interface of another namespace', () =>
    withNetns(async (ns) => {
      await ns.ip('link', 'add', 'eth0', 'address', '02:00:00:00:00:07', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'eth1')
      await ns.ip('address', 'add', '10.61.3.7/24', 'dev', 'eth0')
      const expected = { mac: '02:00:00:00:00:07', mtu: 1400, addresses: [{ address: '10.61.3.7', prefixLength: 24 }] }
      expect(await lookInside(ns.path, 'eth0', realClock)).to.deep.equal({ ...expected, up: false })
      await ns.ip('link', 'set', 'eth0', 'up')
      expect(await lookInside(ns.path, 'eth0', realClock)).to.deep.equal({ ...expected, up: true })
      expect(await lookInside(ns.path, 'eth5', realClock)).to.equal(undefined)
    }))

  it('says which namespace there is not', async () => {
    const refused = await lookInside('/run/netns/weft-no-such', 'eth0', realClock).catch((thrown: unknown) => thrown)
    expect(refused).to.include({ code: 'WEFT_NETNS_INVALID' })
  })
})
