import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp } from '#core'
import { withHost } from '../testkit/test-host.js'

const onLink = ['192.0.2.7', '198.51.100.7', '203.0.113.7', '192.0.2.1', '192.0.2.99', '198.18.5.5', '10.9.9.9'].map(parseIp)

describe('what is on a link', function () {
  this.timeout(30_000)

  it('is what the kernel sends to by it without a gateway, by all its routes and rules', () =>
    withHost(async ({ ns, kernel }) => {
      const found = async (dev = 'under0'): Promise<string[]> => [...(await kernel.onLink(dev, onLink)).addresses.keys()]
      expect(await found()).to.deep.equal(['192.0.2.7', '192.0.2.99'])
      await ns.ip('route', 'add', 'default', 'via', '192.0.2.254')
      await ns.ip('route', 'add', '192.0.2.99', 'via', '192.0.2.254')
      await ns.ip('route', 'add', '198.51.100.0/24', 'dev', 'under0')
      await ns.ip('route', 'add', '203.0.113.0/24', 'dev', 'under1')
      await ns.ip('route', 'add', '198.18.5.5', 'via', 'inet6', 'fe80::1', 'dev', 'under0')
      await ns.ip('route', 'add', 'unreachable', '10.9.9.0/24')
      expect(await found()).to.deep.equal(['192.0.2.7', '198.51.100.7'])
      expect(await found('under1')).to.deep.equal(['203.0.113.7'])
      await ns.ip('rule', 'add', 'to', '192.0.2.7', 'blackhole')
      expect(await found()).to.deep.equal(['198.51.100.7'])
      await ns.ip('link', 'set', 'under0', 'down')
      expect(await kernel.onLink('under0', onLink)).to.deep.include({ index: 0, addresses: new Map() })
      expect(await found('gone')).to.deep.equal([])
    }))

  it('comes with the MAC addresses that the kernel knows', () =>
    withHost(async ({ ns, kernel }) => {
      await ns.ip('neighbour', 'replace', '192.0.2.7', 'lladdr', '02:00:00:00:00:07', 'dev', 'under0', 'nud', 'stale')
      await ns.ip('neighbour', 'replace', '192.0.2.99', 'dev', 'under0', 'nud', 'failed')
      const { addresses } = await kernel.onLink('under0', ['192.0.2.7', '192.0.2.8', '192.0.2.99'].map(parseIp))
      expect([...addresses]).to.deep.equal([
        ['192.0.2.7', '02:00:00:00:00:07'],
        ['192.0.2.8', undefined],
        ['192.0.2.99', undefined],
      ])
    }))

  it('comes with the settings that stop what comes in by it', () =>
    withHost(async ({ ns, kernel }) => {
      const found = async (): Promise<string> => {
        const { forwards, strict } = await kernel.onLink('under0', [])
        return `${forwards} ${strict}`
      }
      const set = (name: string, value: number): Promise<string> => ns.exec('sysctl', '-qw', `net.ipv4.conf.${name}=${value}`)
      for (const name of ['all.forwarding', 'all.rp_filter', 'under0.rp_filter']) await set(name, 0)
      expect(await found()).to.equal('false false')
      await set('under0.forwarding', 1)
      await set('under0.rp_filter', 1)
      expect(await found()).to.equal('true false')
      await set('all.rp_filter', 1)
      expect(await found()).to.equal('true true')
      await set('all.rp_filter', 2)
      expect(await found()).to.equal('true false')
    }))

  it('is at an Ethernet of which the MAC address is told', () =>
    withHost(async ({ ns, kernel }) => {
      const [{ address = '' } = {}] = (await ns.ipJson('link', 'show', 'under0')) as { address?: string }[]
      const { links } = await kernel.hostLinks()
      expect(links.map(({ name, mac }) => `${name} ${mac ?? 'none'}`)).to.include.members(['lo none', `under0 ${address}`])
    }))
})
