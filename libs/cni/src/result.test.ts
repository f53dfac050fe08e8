import { describe, it } from 'mocha'
import { expect } from 'chai'
import { addressesIn, parsePrevious, resultOf, type Attached } from './result.js'
import { CNI_VERSIONS } from './version.js'

const ATTACHED: Attached = {
  port: 'wp-blue-2',
  ifname: 'eth0',
  mac: '02:00:00:00:00:02',
  mtu: 1450,
  sandbox: '/run/netns/c0ffee',
  ips: [{ address: '10.61.3.2/24', gateway: '10.61.3.1' }],
  routes: [{ dst: '0.0.0.0/0', gw: '10.61.3.1' }],
  dns: { nameservers: ['10.61.3.1'] },
}

describe('resultOf', () => {
  for (const version of CNI_VERSIONS) {
    it(`has the shape of ${version}`, () => {
      const mtu = version === '1.1.0' ? { mtu: 1450 } : {}
      const family = version < '1.0.0' ? { version: '4' } : {}
      expect(resultOf(version, ATTACHED)).to.deep.equal({
        cniVersion: version,
        interfaces: [
          { name: 'wp-blue-2', ...mtu },
          { name: 'eth0', mac: '02:00:00:00:00:02', ...mtu, sandbox: '/run/netns/c0ffee' },
        ],
        ips: [{ ...family, address: '10.61.3.2/24', gateway: '10.61.3.1', interface: 1 }],
        routes: [{ dst: '0.0.0.0/0', gw: '10.61.3.1' }],
        dns: { nameservers: ['10.61.3.1'] },
      })
    })
  }

  it('has an address of each family', () => {
    const six = { address: 'fd61:0:0:3::2/64', gateway: 'fd61:0:0:3::1' }
    const [first, second] = resultOf('0.4.0', { ...ATTACHED, ips: [...ATTACHED.ips, six] }).ips
    expect(first).to.deep.include({ version: '4', interface: 1 })
    expect(second).to.deep.equal({ version: '6', ...six, interface: 1 })
  })

  it('keeps what the plugin before it has made, and points at its own interface', () => {
    const previous = {
      cniVersion: '1.0.0',
      interfaces: [{ name: 'eth9', sandbox: '/run/netns/c0ffee', mac: '02:00:00:00:00:99' }],
      ips: [{ address: '192.0.2.9/24', interface: 0 }],
      dns: { search: ['example.org'] },
    }
    const result = resultOf('1.0.0', ATTACHED, previous)
    expect(result.interfaces.map(({ name }) => name)).to.deep.equal(['eth9', 'wp-blue-2', 'eth0'])
    expect(result.ips.map((ip) => [ip.address, ip.interface])).to.deep.equal([
      ['192.0.2.9/24', 0],
      ['10.61.3.2/24', 2],
    ])
    expect(result.dns).to.deep.equal({ search: ['example.org'], nameservers: ['10.61.3.1'] })
  })

  it('refuses a result before it that is none', () => {
    expect(() => parsePrevious({ interfaces: 'eth0' })).to.throw('prevResult: interfaces')
  })

  it('is read back by CHECK', () => {
    const result = parsePrevious(JSON.parse(JSON.stringify(resultOf('1.1.0', ATTACHED))))
    expect(addressesIn(result, 'eth0', '/run/netns/c0ffee')).to.deep.equal(['10.61.3.2/24'])
    expect(addressesIn(result, 'eth1', '/run/netns/c0ffee')).to.deep.equal([])
  })
})
