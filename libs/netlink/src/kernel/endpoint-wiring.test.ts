import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parseMac, parsePrefix, type WeftError } from '#core'
import { BRIDGE_LINK_LOCAL, type BridgeLink, type InsideAddress, type InsideEnd, type LinkAddress, type PortLink, type Step } from '#plan'
import { withHost, type TestHost } from '../testkit/test-host.js'
import { withNetns, type TestNetns } from '../testkit/test-netns.js'

const BRIDGE: BridgeLink = { kind: 'bridge', name: 'wbr-a', mac: parseMac('02:00:00:00:00:02'), mtu: 1450, alias: 'weft:a' }
const GATEWAY: LinkAddress = { kind: 'address', dev: 'wbr-a', address: parseIp('10.61.1.1'), prefixLength: 24 }
const MAC = parseMac('02:00:00:00:00:05')

const INSIDE: InsideAddress = { address: parseIp('10.61.1.5'), prefixLength: 24, gateway: parseIp('10.61.1.1') }

function port(container: TestNetns, inside: Partial<InsideEnd> = {}): PortLink {
  const end = {
    netns: container.path,
    ifname: 'eth0',
    mac: MAC,
    addresses: [INSIDE],
  }
  return { kind: 'port', name: 'wp-12345678', master: 'wbr-a', mtu: 1450, alias: 'weft:a:web', inside: { ...end, ...inside } }
}

interface Bridged extends TestHost {
  readonly container: TestNetns
}

/** A host with a bridge, and a container's namespace. */
function withBridge<T>(test: (parts: Bridged) => Promise<T>): Promise<T> {
  return withHost((host) =>
    withNetns(async (container) => {
      await container.ip('link', 'set', 'lo', 'down')
      const steps: Step[] = [BRIDGE, GATEWAY].map((object) => ({ do: 'create', object }))
      expect(await host.kernel.apply({ steps, obstacles: [] })).to.deep.equal([])
      return test({ ...host, container })
    }),
  )
}

async function attempt({ kernel }: TestHost, step: Step): Promise<WeftError | undefined> {
  return (await kernel.apply({ steps: [step], obstacles: [] }))[0]?.error
}

const names = async (ns: TestNetns): Promise<unknown[]> => (await ns.ipJson('link')).map(({ ifname }) => ifname)

describe('wiring an endpoint', () => {
  it('gives it interface, address, routes and lo', () =>
    withBridge(async (host) => {
      const { container, kernel } = host
      expect(await attempt(host, { do: 'create', object: port(container) })).to.equal(undefined)
      const [eth0] = await container.ipJson('address', 'show', 'dev', 'eth0')
      expect(eth0).to.deep.include({ address: MAC, mtu: 1450, operstate: 'UP' })
      const held = eth0?.['addr_info'] as Record<string, unknown>[]
      expect(held.map(({ local, prefixlen }) => [local, prefixlen])).to.deep.equal([['10.61.1.5', 24]])
      expect((await container.ipJson('route', 'show', 'default'))[0]).to.deep.include({ gateway: '10.61.1.1', dev: 'eth0' })
      expect((await container.ipJson('link', 'show', 'lo'))[0]?.['flags']).to.include('UP')
      expect(await container.exec('ping', '-c', '1', '-W', '5', '10.61.1.1')).to.contain('1 received')
      const seen = (await kernel.observe()).objects.get('link wp-12345678')
      expect(seen).to.deep.include({ ours: true, up: true })
      expect(seen?.object).to.deep.include({ kind: 'port', master: 'wbr-a', mtu: 1450, alias: 'weft:a:web' })
    }))

  it('gives it an IPv6 address that is usable at once, where its namespace has IPv6 off, too', () =>
    withBridge(async (host) => {
      const { container, kernel, ns } = host
      await container.exec('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1', 'net.ipv6.conf.all.disable_ipv6=1')
      const gateway: LinkAddress = { kind: 'address', dev: 'wbr-a', address: parseIp('fd61:0:0:1::1'), prefixLength: 64 }
      const linkLocal: LinkAddress = { ...gateway, address: BRIDGE_LINK_LOCAL }
      const object = port(container, { addresses: [{ address: parseIp('fd61:0:0:1::5'), prefixLength: 64, gateway: gateway.address }] })
      const steps: Step[] = [gateway, linkLocal, object].map((each) => ({ do: 'create', object: each }))
      expect(await kernel.apply({ steps, obstacles: [] })).to.deep.equal([])
      expect((await container.ipJson('-6', 'route', 'show', 'default'))[0]).to.deep.include({ gateway: 'fd61:0:0:1::1', dev: 'eth0' })
      expect(await container.exec('ping', '-c', '1', '-W', '5', 'fd61:0:0:1::1')).to.contain('1 received')
      // As when the host forwards for somebody: it asks for the MAC address from its link-local address.
      await ns.ip('neigh', 'flush', 'dev', 'wbr-a')
      await ns.ip('address', 'add', '2001:db8::9/128', 'dev', 'lo')
      expect(await ns.exec('ping', '-c', '1', '-W', '5', '-I', '2001:db8::9', 'fd61:0:0:1::5')).to.contain('1 received')
    }))

  it('has it take no advertisements of routers: whoever is on the bridge could send them', () =>
    withBridge(async (host) => {
      const { container } = host
      expect(await attempt(host, { do: 'create', object: port(container) })).to.equal(undefined)
      expect(await container.exec('sysctl', '-n', 'net.ipv6.conf.eth0.accept_ra')).to.equal('0\n')
    }))

  it('leaves a loose end beside the near one, for a container engine to take', () =>
    withBridge(async (host) => {
      const { container } = host
      const object = port(container, { ifname: 'wd-12345678', loose: true })
      expect(await attempt(host, { do: 'create', object })).to.equal(undefined)
      const [end] = await host.ns.ipJson('address', 'show', 'dev', 'wd-12345678')
      expect(end).to.deep.include({ address: MAC, mtu: 1450, operstate: 'DOWN' })
      expect([end?.['addr_info'], await names(container)]).to.deep.equal([[], ['lo']])

      // Taken and renamed, it is nobody's business here; the port goes on being what it was.
      await host.ns.ip('link', 'set', 'wd-12345678', 'netns', container.name, 'name', 'eth0')
      expect((await host.kernel.observe()).objects.get('link wp-12345678')?.object).to.deep.include({ kind: 'port', master: 'wbr-a' })
      expect(await attempt(host, { do: 'replace', object: { ...object, mtu: 1400 }, was: object })).to.equal(undefined)
      expect(await attempt(host, { do: 'delete', object })).to.equal(undefined)
      expect(await names(container)).to.deep.equal(['lo'])
    }))

  it('says which interface is in the way of a loose end', () =>
    withBridge(async (host) => {
      await host.ns.ip('link', 'add', 'wd-12345678', 'type', 'bridge')
      const error = await attempt(host, { do: 'create', object: port(host.container, { ifname: 'wd-12345678', loose: true }) })
      expect(error).to.include({ code: 'WEFT_ENDPOINT_EXISTS' })
      expect(error?.message).to.contain('the host has an interface wd-12345678 already')
    }))

  it('without a default gateway gives it a route to the pool', () =>
    withBridge(async (host) => {
      const { gateway: via, ...address } = INSIDE
      const object = port(host.container, { addresses: [address], routes: [{ to: parsePrefix('10.61.0.0/16'), via: via as never }] })
      expect(await attempt(host, { do: 'create', object })).to.equal(undefined)
      expect((await host.container.ipJson('route')).map(({ dst, gateway }) => [dst, gateway])).to.deep.equal([
        ['10.61.0.0/16', '10.61.1.1'],
        ['10.61.1.0/24', undefined],
      ])
    }))

  it('works with IPv6, usable at once', () =>
    withBridge(async (host) => {
      const { container } = host
      const bridgeAddress: LinkAddress = { ...GATEWAY, address: parseIp('fd00:61:1::1'), prefixLength: 64 }
      expect(await attempt(host, { do: 'create', object: bridgeAddress })).to.equal(undefined)
      const inside = { addresses: [{ address: parseIp('fd00:61:1::5'), prefixLength: 64, gateway: parseIp('fd00:61:1::1') }] }
      expect(await attempt(host, { do: 'create', object: port(container, inside) })).to.equal(undefined)
      expect(await container.exec('ping', '-c', '1', '-W', '5', 'fd00:61:1::1')).to.contain('1 received')
    }))

  it('gives it an address of each family, and a default route of each', () =>
    withBridge(async (host) => {
      const { container } = host
      const gateway: LinkAddress = { ...GATEWAY, address: parseIp('fd61:0:0:1::1'), prefixLength: 64 }
      expect(await attempt(host, { do: 'create', object: gateway })).to.equal(undefined)
      const six = { address: parseIp('fd61:0:0:1::5'), prefixLength: 64, gateway: gateway.address }
      expect(await attempt(host, { do: 'create', object: port(container, { addresses: [INSIDE, six] }) })).to.equal(undefined)
      for (const family of ['-4', '-6']) expect(await container.ipJson(family, 'route', 'show', 'default')).to.have.lengthOf(1)
      for (const target of ['10.61.1.1', 'fd61:0:0:1::1'])
        expect(await container.exec('ping', '-c', '1', '-W', '5', target)).to.contain('1 received')
    }))

  it('leaves nothing behind when a part fails', () =>
    withBridge(async (host) => {
      const { ns, container } = host
      // A gateway that no address of the interface reaches.
      const error = await attempt(host, {
        do: 'create',
        object: port(container, { addresses: [{ ...INSIDE, gateway: parseIp('10.99.0.1') }] }),
      })
      expect(error?.message).to.match(/^create port wp-12345678: ENETUNREACH \(Nexthop has invalid gateway\)$/)
      expect(await names(ns)).to.not.include('wp-12345678')
      expect(await names(container)).to.deep.equal(['lo'])
      expect((await container.ipJson('link', 'show', 'lo'))[0]?.['flags']).to.not.include('UP')
    }))

  it('refuses an interface name or default route that is taken', () =>
    withBridge(async (host) => {
      const { ns, container } = host
      await container.ip('link', 'add', 'eth0', 'type', 'bridge')
      const taken = await attempt(host, { do: 'create', object: port(container) })
      expect(taken).to.include({ code: 'WEFT_ENDPOINT_EXISTS', field: 'ifname' })
      expect(taken?.message).to.equal(`create port wp-12345678: ${container.path} has an interface eth0 already`)
      await container.ip('link', 'add', 'eth1', 'up', 'type', 'bridge')
      await container.ip('route', 'add', 'default', 'dev', 'eth1')
      const routed = await attempt(host, { do: 'create', object: port(container, { ifname: 'eth2' }) })
      expect(routed).to.include({ code: 'WEFT_ENDPOINT_EXISTS', field: 'gateway' })
      expect(await names(container)).to.have.members(['lo', 'eth0', 'eth1'])
      expect(await names(ns)).to.not.include('wp-12345678')
    }))

  it('refuses a namespace that is gone, or the host’s own', () =>
    withBridge(async (host) => {
      const { ns, container } = host
      expect(await attempt(host, { do: 'create', object: port(container, { netns: '/run/netns/absent' }) })).to.include({
        code: 'WEFT_NETNS_INVALID',
      })
      const own = await attempt(host, { do: 'create', object: port(container, { netns: ns.path }) })
      expect(own).to.include({ code: 'WEFT_NETNS_INVALID' })
      expect(own?.message).to.contain("is the host's own network namespace")
      expect(await names(ns)).to.not.include('eth0')
    }))

  it('refuses a port name that another endpoint has, and leaves an interface alone that is not the far end', () =>
    withBridge(async (host) => {
      const { container } = host
      const object = port(container)
      expect(await attempt(host, { do: 'create', object })).to.equal(undefined)
      expect(await attempt(host, { do: 'create', object: { ...object, alias: 'weft:a:other' } })).to.include({
        code: 'WEFT_KERNEL_OCCUPIED',
      })
      await container.ip('link', 'set', 'eth0', 'address', '02:00:00:00:00:77', 'mtu', '1300')
      expect(await attempt(host, { do: 'replace', object, was: object })).to.equal(undefined)
      expect((await container.ipJson('link', 'show', 'eth0'))[0]).to.deep.include({ mtu: 1300 })
    }))

  it('refuses a bridge that is not there', () =>
    withBridge(async (host) => {
      const error = await attempt(host, { do: 'create', object: { ...port(host.container), master: 'wbr-b' } })
      expect(error?.message).to.equal('create port wp-12345678: there is no device wbr-b')
      expect(await names(host.container)).to.deep.equal(['lo'])
    }))

  it('plugs a port in again, with its MTU at both ends, and is content with one that is there', () =>
    withBridge(async (host) => {
      const { ns, container } = host
      const object = port(container)
      expect(await attempt(host, { do: 'create', object })).to.equal(undefined)
      expect(await attempt(host, { do: 'create', object })).to.equal(undefined)
      await ns.ip('link', 'set', 'wp-12345678', 'nomaster', 'down', 'mtu', '1280')
      await container.ip('link', 'set', 'eth0', 'mtu', '1280')
      expect(await attempt(host, { do: 'replace', object, was: object })).to.equal(undefined)
      expect((await ns.ipJson('link', 'show', 'wp-12345678'))[0]).to.deep.include({ mtu: 1450, master: 'wbr-a' })
      expect((await container.ipJson('link', 'show', 'eth0'))[0]).to.deep.include({ mtu: 1450 })
      expect(await container.exec('ping', '-c', '1', '-W', '5', '10.61.1.1')).to.contain('1 received')
      expect(await attempt(host, { do: 'delete', object })).to.equal(undefined)
      expect(await names(container)).to.deep.equal(['lo'])
      expect(await attempt(host, { do: 'delete', object })).to.equal(undefined)
    }))
})
