import { createRequire } from 'node:module'
import { describe, it } from 'mocha'
import { expect } from 'chai'
import { hostPrefix, parseIp, type Family } from '#core'
import { hostId } from '#plan/testkit'
import type { TestNetns } from '#netlink/testkit'
import { eventually } from './testkit/eventually.js'
import { BLUE6, BURST, counted, OUTER, ping, SIX, withStage, type Stage } from './testkit/stage.js'

const { B1, B2 } = SIX
const FORGED = 'inner source is not leased to the outer source'

const onStage = (test: (stage: Stage) => Promise<void>, underlay: Family = 4): (() => Promise<void>) => {
  return () => withStage(test, underlay, BLUE6)
}

/** How many ICMPv6 echo requests have arrived in the namespace. */
async function echoesAt(ns: TestNetns): Promise<number> {
  const line = (await ns.exec('cat', '/proc/net/snmp6')).split('\n').find((text) => text.startsWith('Icmp6InEchos '))
  return Number(line?.split(/\s+/)[1])
}

/** How a TCP connect ends: `refused` at once, `unreachable`, or `silence`. */
async function connect(ns: TestNetns, to: string): Promise<string> {
  const script = `const s=require('net').connect(7,'${to}');s.setTimeout(2000,()=>{console.log('silence');s.destroy()});s.on('error',(e)=>console.log(e.code))`
  return (await ns.exec(process.execPath, '-e', script)).trim()
}

/** Gives the stranger's namespace VXLAN to h1 under an inner address. */
async function forge({ h1, stranger }: Stage, underlay: Family, source: string): Promise<void> {
  const [device] = await h1.ipJson('link', 'show', 'weft-blue')
  await stranger.exec(
    'sh',
    '-ec',
    `ip link del forged 2>/dev/null || true
    ip link add forged mtu 1400 type vxlan id 100 remote ${OUTER[underlay](1)} local ${OUTER[underlay](66)} dstport 4789 nolearning
    ip link set forged up; ip address add ${source}/128 dev forged nodad
    ip neigh add fe80::99 lladdr ${String(device?.['address'])} dev forged nud permanent
    ip route add fd61:0:0:1::/64 via fe80::99 dev forged src ${source}`,
  )
}

/** Sends an advertisement of a router (RFC 4861 §4.2) to all nodes. */
async function advertise(ns: TestNetns, dev: string): Promise<void> {
  const script = `const s = require('${RAW_SOCKET}').createSocket({ protocol: 58, addressFamily: 2 })
    for (const option of [16, 18]) s.setOption(41, option, Buffer.from([255, 0, 0, 0]), 4)
    const b = Buffer.from('86000000400007080000000000000000', 'hex')
    s.send(b, 0, b.length, 'ff02::1%${dev}', (error) => { if (error) throw error; s.close() })`
  await ns.exec(process.execPath, '-e', script)
}

const RAW_SOCKET = createRequire(import.meta.url).resolve('raw-socket')

describe('a network of IPv6 in the filter', function () {
  this.timeout(60_000)

  for (const underlay of [4, 6] as const) {
    it(
      `lets peers through and drops what is forged (IPv${underlay} underlay)`,
      onStage(async (stage) => {
        const { h1, h2, b1, b2, stranger } = stage
        expect(await ping(b2, B1)).to.equal(true)
        await forge(stage, underlay, 'fd61:0:0:2::7')
        await ping(stranger, B1)
        expect(await echoesAt(b1), 'without the filter it gets in').to.equal(2 * BURST)
        await stranger.ip('link', 'del', 'forged')
        await stage.apply()
        expect(await ping(b2, B1)).to.equal(true)
        expect(await ping(b1, B2)).to.equal(true)
        expect(await ping(h2, B1)).to.equal(true)
        expect(await ping(h2, 'fd61::1')).to.equal(true)
        expect(await counted(h1, FORGED)).to.equal(0)
        const seen = await echoesAt(b1)
        const dropped = async (what: string, send: () => Promise<unknown>): Promise<void> => {
          const before = await counted(h1, FORGED)
          await send()
          // A device of IPv6 has things to say of its own.
          expect(await counted(h1, FORGED), what).to.be.at.least(before + BURST)
        }
        for (const source of ['fd61:0:0:2::7', 'fd61::2', 'fd61:0:0:1::77', '2001:db8:9::1']) {
          await forge(stage, underlay, source)
          await dropped(`a stranger as ${source}`, () => ping(stranger, B1, '-I', source))
        }
        for (const source of ['fd61:0:0:3::9', 'fd61:0:0:1::77', '2001:db8:9::1']) {
          await h2.ip('address', 'add', `${source}/128`, 'dev', 'lo')
          await dropped(`a peer as ${source}`, () => ping(h2, B1, '-I', source))
        }
        expect(await echoesAt(b1)).to.equal(seen)
      }, underlay),
    )
  }

  it(
    'keeps it apart from a network of IPv4, and hides its addresses outside',
    onStage(async ({ apply, h1, g1, b1, stranger }) => {
      await apply()
      await stranger.ip('address', 'add', '2001:db8::66/64', 'dev', 'eth0', 'nodad')
      await h1.ip('address', 'add', '2001:db8::1/64', 'dev', 'eth0', 'nodad')
      expect(await ping(b1, '2001:db8::66')).to.equal(true)
      expect(await counted(h1, 'ip6 saddr @pools6 ip6 daddr != @pools6')).to.equal(1)
      // g1 has a way to it, by its own gateway, and an address that nobody leased.
      const [bridge] = await h1.ipJson('link', 'show', 'wbr-green')
      await g1.exec('sysctl', '-qw', 'net.ipv6.conf.eth0.disable_ipv6=0')
      await g1.ip('address', 'add', '2001:db8:7::1/128', 'dev', 'eth0', 'nodad')
      await g1.ip('neigh', 'add', 'fe80::1', 'lladdr', String(bridge?.['address']), 'dev', 'eth0', 'nud', 'permanent')
      await g1.ip('-6', 'route', 'add', 'default', 'via', 'fe80::1', 'dev', 'eth0')
      const before = await echoesAt(b1)
      await ping(g1, B1, '-I', '2001:db8:7::1')
      expect(await h1.exec('nft', 'list', 'chain', 'inet', 'weft', 'from-green')).to.match(/packets 5 .*"into another network"/)
      expect(await echoesAt(b1)).to.equal(before)
      // And from outside under an address of the network.
      await stranger.ip('address', 'add', 'fd61:0:0:2::7/128', 'dev', 'lo')
      await stranger.ip('-6', 'route', 'add', 'fd61:0:0:1::/64', 'via', '2001:db8::1')
      await ping(stranger, B1, '-I', 'fd61:0:0:2::7')
      expect(await echoesAt(b1)).to.equal(before)
      expect(await counted(h1, 'ip6 saddr @pools6 counter')).to.equal(BURST)
    }),
  )

  it(
    'lets no endpoint make itself the router of others on its bridge, where bridges ask the filter',
    onStage(async ({ apply, h1, b1, stranger }) => {
      await h1.exec('sysctl', '-qw', 'net.bridge.bridge-nf-call-ip6tables=1')
      await h1.ip('link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'inside', 'netns', stranger.name)
      await h1.ip('link', 'set', 'near', 'master', 'wbr-blue', 'up')
      await stranger.exec('sysctl', '-qw', 'net.ipv6.conf.inside.accept_dad=0')
      await stranger.ip('link', 'set', 'inside', 'up')
      const heard = async (): Promise<number> =>
        Number(/^Icmp6InRouterAdvertisements\s+(\d+)/m.exec(await b1.exec('cat', '/proc/net/snmp6'))?.[1])
      await eventually(async () => {
        await advertise(stranger, 'inside')
        return (await heard()) > 0
      })
      await apply()
      const before = await heard()
      await advertise(stranger, 'inside')
      await eventually(async () => (await counted(h1, 'advertisement of a router')) >= 1)
      await stranger.ip('address', 'add', 'fd61:0:0:1::99/64', 'dev', 'inside', 'nodad')
      expect(await ping(stranger, B1), 'what else is bridged').to.equal(true)
      expect(await heard()).to.equal(before)
    }),
  )

  it(
    'refuses what begins with a dead host’s subnet at once, and leaves the rest',
    onStage(async ({ apply, b1, h1 }) => {
      await apply()
      expect(await connect(b1, B2)).to.equal('ECONNREFUSED')
      await h1.ip('link', 'set', 'eth0', 'down')
      await h1.ip('link', 'set', 'eth0', 'up')
      await apply([hostId(2)])
      expect(await connect(b1, B2)).to.equal('ECONNREFUSED')
      expect(await counted(h1, 'reject with tcp reset')).to.equal(1)
      expect(await ping(b1, B2)).to.equal(false)
      expect(await counted(h1, 'reject with icmpx')).to.be.at.least(1)
      expect(await ping(b1, 'fd61::2')).to.equal(true)
      await apply([])
      expect(await ping(b1, B2)).to.equal(true)
    }),
  )

  it(
    'gets through Docker’s FORWARD DROP of ip6tables',
    onStage(async ({ apply, firewall, h1, b1 }) => {
      await h1.exec('ip6tables-nft', '-P', 'FORWARD', 'DROP')
      expect(await ping(b1, B2)).to.equal(false)
      expect((await apply()).obstacles).to.deep.equal([])
      expect(await ping(b1, B2)).to.equal(true)
      expect(await h1.exec('ip6tables-nft', '-S', 'WEFT-FORWARD')).to.contain('-A WEFT-FORWARD -i wbr-blue -o weft-blue -j ACCEPT')
      await firewall.cleanup()
      expect(await h1.exec('ip6tables-nft', '-S')).not.to.contain('WEFT')
    }),
  )

  it(
    'forgets tracked connections of its addresses',
    onStage(async ({ apply, firewall, b1 }) => {
      await apply()
      await ping(b1, B2)
      expect(await firewall.forgetConnections([hostPrefix(parseIp(B2))])).to.equal(1)
      expect(await firewall.forgetConnections([hostPrefix(parseIp(B2))])).to.equal(0)
    }),
  )
})
