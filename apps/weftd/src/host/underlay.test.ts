import { describe, it } from 'mocha'
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { parseIp, parsePrefix, prefixOf } from '#core'
import type { HostAddress, HostLink } from '#netlink'
import { chooseUnderlay, routedSource } from './underlay.js'

function link(name: string, ...addresses: string[]): HostLink {
  return {
    name,
    mtu: name === 'eth1' ? 9000 : 1500,
    up: true,
    addresses: addresses.map((text) => {
      const [address = '', length] = text.split('/')
      return {
        address: parseIp(address),
        prefix: parsePrefix(`${address}/${length === undefined ? (address.includes(':') ? 128 : 32) : length}`),
      }
    }),
  }
}

const LINKS = [
  link('lo', '127.0.0.1'),
  link('eth0', '2001:db8::7', '192.0.2.7'),
  link('eth1', '198.51.100.7'),
  link('eth2'),
  link('docker0', '172.17.0.1'),
]

describe('choice of the underlay', () => {
  it('is the address that was asked for, on whatever interface', () => {
    expect(chooseUnderlay({ address: parseIp('198.51.100.7') }, LINKS, parseIp('192.0.2.7'))).to.deep.equal({
      address: '198.51.100.7',
      interface: 'eth1',
      mtu: 9000,
    })
    expect(chooseUnderlay({ address: parseIp('172.17.0.1') }, LINKS, undefined).interface).to.equal('docker0')
  })

  it('is the first address of the interface that was asked for, IPv4 before IPv6', () => {
    expect(chooseUnderlay({ interface: 'eth0' }, LINKS, parseIp('198.51.100.7'))).to.deep.equal({
      address: '192.0.2.7',
      interface: 'eth0',
      mtu: 1500,
    })
    expect(chooseUnderlay({ interface: 'eth0' }, [link('eth0', '2001:db8::7')], undefined).address).to.equal('2001:db8::7')
  })

  it('is otherwise the address from which etcd is reached', () => {
    expect(chooseUnderlay({}, LINKS, parseIp('198.51.100.7'))).to.deep.equal({ address: '198.51.100.7', interface: 'eth1', mtu: 9000 })
  })

  it('is an IPv6 address that lasts, where the kernel would send from one made for privacy', () => {
    const held = (address: string, flaw?: HostAddress['flaw']): HostAddress => ({
      address: parseIp(address),
      prefix: prefixOf(parseIp(address), 64),
      ...(flaw && { flaw }),
    })
    const passing = held('2001:db8:1::aaaa', 'passing')
    const eth0 = {
      ...link('eth0'),
      addresses: [passing, held('2001:db8:2::1'), held('2001:db8:1::5', 'unusable'), held('2001:db8:1::7')],
    }
    expect(chooseUnderlay({}, [eth0], passing.address).address).to.equal('2001:db8:1::7')
    expect(chooseUnderlay({ interface: 'eth0' }, [eth0], undefined).address).to.equal('2001:db8:2::1')
    // Asked for by name, or without another one, it is taken.
    expect(chooseUnderlay({ address: passing.address }, [eth0], undefined).address).to.equal(passing.address)
    expect(chooseUnderlay({}, [{ ...eth0, addresses: [passing] }], passing.address).address).to.equal(passing.address)
    const hint = 'this host has: eth0 (2001:db8:1::aaaa (for a while only), 2001:db8:2::1, 2001:db8:1::5 (not usable yet), 2001:db8:1::7)'
    expect(() => chooseUnderlay({ address: parseIp('2001:db8:1::5') }, [eth0], undefined))
      .to.throw('no interface of this host has the address 2001:db8:1::5')
      .with.property('hint', hint)
  })

  const HAS = 'this host has: eth0 (2001:db8::7, 192.0.2.7); eth1 (198.51.100.7); eth2 (no address)'
  const wrong: readonly (readonly [
    what: string,
    wish: { address?: string; interface?: string },
    routed: string | undefined,
    field: string,
    message: string,
  ])[] = [
    [
      'an address that the host lacks',
      { address: '203.0.113.1' },
      undefined,
      'underlay-address',
      'no interface of this host has the address 203.0.113.1',
    ],
    [
      'a link-local address',
      { address: 'fe80::1' },
      undefined,
      'underlay-address',
      'fe80::1 is a link-local address, which means nothing to other hosts',
    ],
    ['an interface that the host lacks', { interface: 'eth9' }, undefined, 'underlay-interface', 'there is no interface eth9'],
    ['an interface without address', { interface: 'eth2' }, undefined, 'underlay-interface', 'interface eth2 has no address'],
    ['no route to etcd', {}, undefined, 'underlay-address', 'no route to etcd tells which address to use'],
    ['etcd on this host only', {}, '127.0.0.1', 'underlay-address', 'the route to etcd leaves by lo, which peers cannot reach'],
    ['etcd in a container', {}, '172.17.0.1', 'underlay-address', 'the route to etcd leaves by docker0, which peers cannot reach'],
  ]
  for (const [what, { address, interface: name }, routed, field, message] of wrong) {
    it(`is refused for ${what}, saying what the host has`, () => {
      const wish = { ...(address && { address: parseIp(address) }), ...(name && { interface: name }) }
      expect(() => chooseUnderlay(wish, LINKS, routed === undefined ? undefined : parseIp(routed)))
        .to.throw(message)
        .that.includes({ code: 'WEFT_UNDERLAY_INVALID', field, hint: HAS })
    })
  }

  it('says so when the host has nothing', () => {
    expect(() => chooseUnderlay({}, [link('lo', '127.0.0.1')], undefined))
      .to.throw()
      .with.property('hint', 'this host has: no usable interface')
  })
})

describe('source address of a route', function () {
  // A name server that does not answer is waited for.
  this.timeout(60_000)

  it('is what the kernel would send from', async () => {
    expect(await routedSource('http://127.0.0.1:2379')).to.equal('127.0.0.1')
    expect(await routedSource('http://127.9.9.9')).to.equal('127.0.0.1')
    expect(await routedSource('https://localhost:2379')).to.equal('127.0.0.1')
  })

  it('is unknown without a route or with a name that nobody knows, and nothing stays open', () => {
    const module = new URL('./underlay.js', import.meta.url).href
    const script = `
      const { routedSource } = await import('${module}')
      for (const url of ['http://192.0.2.1:2379', 'http://[2001:db8::1]:2379', 'http://no-such-host.invalid:2379']) console.log(String(await routedSource(url)))`
    // A network namespace of its own has no routes, and reaches no name server.
    const run = spawnSync('unshare', ['-n', process.execPath, '--input-type=module', '-e', script], { encoding: 'utf8', timeout: 30_000 })
    expect([run.stdout, run.stderr, run.status]).to.deep.equal(['undefined\nundefined\nundefined\n', '', 0])
  })
})
