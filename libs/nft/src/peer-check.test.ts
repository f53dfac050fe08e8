import { describe, it } from 'mocha'
import { expect } from 'chai'
import { createRequire } from 'node:module'
import { hostPrefix, ipToBytes, parseIp, parsePrefix } from '#core'
import type { Firewall } from '#plan'
import { DUAL } from '#plan/testkit'
import { eventually } from './testkit/eventually.js'
import { B1, B2, BURST, counted, counter, echoesAt, OUTER, ping, sendUdp, SIX, withStage, type Stage } from './testkit/stage.js'

/**
 * A VXLAN device in the namespace of somebody who wants in: sends to h1 whatever is routed to it.
 * The inner destination MAC is that of h1's device, which is no secret: it follows from names.
 */
async function forge(from: Stage['stranger'], { h1 }: Stage, vni: number, innerSource: string): Promise<void> {
  const [device] = await h1.ipJson('link', 'show', 'weft-blue')
  const mac = String(device?.['address'])
  const name = `forge${vni}`
  await from.ip('link', 'add', name, 'type', 'vxlan', 'id', String(vni), 'remote', '192.0.2.1', 'dstport', '4789', 'nolearning')
  await from.ip('addr', 'add', `${innerSource}/32`, 'dev', name)
  await from.ip('link', 'set', name, 'up')
  await from.ip('neigh', 'add', '10.61.0.1', 'lladdr', mac, 'dev', name, 'nud', 'permanent')
  await from.ip('route', 'add', '10.61.1.0/24', 'via', '10.61.0.1', 'dev', name, 'onlink', 'src', innerSource)
}

interface EchoWish {
  readonly from?: string
  readonly to?: string
  /** In hexadecimal, between the frame's addresses and its type. */
  readonly tag?: string
}

/** VXLAN with VNI 100, an Ethernet frame for the VXLAN device in the namespace, an echo request 10.61.2.7 > b1 unless told otherwise. */
async function echoTo(receiver: Stage['h1'], { from = '10.61.2.7', to = B1, tag = '' }: EchoWish = {}): Promise<Buffer> {
  const [device] = await receiver.ipJson('link', 'show', 'weft-blue')
  const mac = String(device?.['address']).replaceAll(':', '')
  const ip = Buffer.from([...Buffer.from('4500001c0000000040010000', 'hex'), ...ipToBytes(parseIp(from)), ...ipToBytes(parseIp(to))])
  ip.writeUInt16BE(checksum(ip), 10)
  const echo = Buffer.from('0800000000010001', 'hex')
  echo.writeUInt16BE(checksum(echo), 2)
  return Buffer.concat([Buffer.from(`0800000000006400${mac}020000000001${tag}0800`, 'hex'), ip, echo])
}

/** A priority tag (VLAN 0), which the receiver takes off. */
const TAG = '81000000'

/** Gives b1 an address that is not its own, and a way to another by its host, without asking for neighbours. */
async function spoof({ h1, b1 }: Stage, from: string, to: string): Promise<void> {
  const [bridge] = await h1.ipJson('link', 'show', 'wbr-blue')
  await b1.ip('address', 'add', hostPrefix(parseIp(from)), 'dev', 'lo')
  await b1.ip('route', 'add', to, 'dev', 'eth0')
  await b1.ip('neigh', 'add', to, 'lladdr', String(bridge?.['address']), 'dev', 'eth0')
  // IPv4 knows a guard of its own, which not every system sets; IPv6 has none.
  await h1.exec('sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.wbr-blue.rp_filter=0')
}

/** RFC 1071, of an even number of bytes. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** How a datagram can stand in an IPv6 packet (RFC 8200 §4). */
type Shape = 'plain' | 'hop-by-hop' | 'destination' | 'routing' | 'atomic' | 'fragments' | 'tiny'

/** Sends the datagram from the stranger to h1's VXLAN port as a packet, or several, of this shape. */
async function sendShape(stranger: Stage['stranger'], shape: Shape, payload: Buffer): Promise<void> {
  const udp = udpOverIpv6(OUTER[6](66), OUTER[6](1), payload)
  const fragment = (offset: number, more: boolean, bytes: Buffer): Buffer => {
    const header = Buffer.from('1100000000000000', 'hex')
    header.writeUInt16BE(offset | (more ? 1 : 0), 2)
    header.writeUInt32BE(FRAGMENTS[shape] ?? 0, 4)
    return Buffer.concat([header, bytes])
  }
  const cut = (at: number): Buffer[] => [fragment(0, true, udp.subarray(0, at)), fragment(at, false, udp.subarray(at))]
  const extended = (header: string): Buffer[] => [Buffer.concat([Buffer.from(header, 'hex'), udp])]
  const [next, packets] = {
    plain: [17, [udp]],
    'hop-by-hop': [17, [udp]],
    destination: [60, extended('1100010400000000')],
    routing: [43, extended('1100fd0000000000')],
    atomic: [44, [fragment(0, false, udp)]],
    fragments: [44, cut(56)],
    tiny: [44, cut(8)],
  }[shape] as [number, Buffer[]]
  // IPPROTO_IPV6, IPV6_HOPOPTS: the kernel puts the header in (RFC 3542 §9).
  const option = shape === 'hop-by-hop' ? `s.setOption(41, 54, Buffer.from('0000010400000000', 'hex'), 8);` : ''
  const script = `const s = require('${RAW_SOCKET}').createSocket({ protocol: ${next}, addressFamily: 2 }); ${option}
    const packets = ${JSON.stringify(packets.map((packet) => packet.toString('hex')))}
    const send = () => { const p = packets.shift(); if (!p) return s.close(); const b = Buffer.from(p, 'hex')
      s.send(b, 0, b.length, '${OUTER[6](1)}', (error) => { if (error) throw error; send() }) }
    send()`
  await stranger.exec(process.execPath, '-e', script)
}

const RAW_SOCKET = createRequire(import.meta.url).resolve('raw-socket')
/** Identification, which tells the fragments of one packet from those of another. */
const FRAGMENTS: Readonly<Partial<Record<Shape, number>>> = { atomic: 1, fragments: 2, tiny: 3 }

/** With its checksum, which IPv6 wants (RFC 8200 §8.1). */
function udpOverIpv6(from: string, to: string, payload: Buffer): Buffer {
  const udp = Buffer.concat([Buffer.alloc(8), payload])
  udp.writeUInt16BE(4242, 0)
  udp.writeUInt16BE(4789, 2)
  udp.writeUInt16BE(udp.length, 4)
  const length = Buffer.from([0, 0, udp.length >> 8, udp.length & 0xff, 0, 0, 0, 17])
  udp.writeUInt16BE(checksum(Buffer.concat([ipToBytes(parseIp(from)), ipToBytes(parseIp(to)), length, udp])) || 0xffff, 6)
  return udp
}

const FORGED = 'inner source is not leased to the outer source'

describe('the peer check', function () {
  this.timeout(60_000)

  it('lets peers through: their endpoints, and what their hosts send from VTEP addresses', () =>
    withStage(async (stage) => {
      await stage.apply()
      expect(await ping(stage.b2, B1)).to.equal(true)
      expect(await ping(stage.b1, '10.61.2.10')).to.equal(true)
      expect(await ping(stage.h2, '10.61.0.1')).to.equal(true)
      expect(await ping(stage.h2, B1)).to.equal(true)
      expect(await counted(stage.h1, FORGED)).to.equal(0)
    }))

  it('drops what a stranger sends under a peer’s inner address', () =>
    withStage(async (stage) => {
      await forge(stage.stranger, stage, 100, '10.61.2.7')
      // Without the filter it gets in: what follows is the filter's doing.
      await ping(stage.stranger, B1)
      expect(await echoesAt(stage.b1)).to.equal(BURST)
      await stage.apply()
      await ping(stage.stranger, B1)
      expect(await echoesAt(stage.b1)).to.equal(BURST)
      expect(await counted(stage.h1, FORGED)).to.equal(BURST)
      expect(await ping(stage.b2, B1)).to.equal(true)
    }))

  it('drops what a stranger sends under its VTEP address, or the receiver’s own', () =>
    withStage(async (stage) => {
      await stage.apply()
      await forge(stage.stranger, stage, 100, '10.61.0.2')
      await ping(stage.stranger, B1)
      await stage.stranger.ip('addr', 'add', '10.61.0.1/32', 'dev', 'forge100')
      await ping(stage.stranger, B1, '-I', '10.61.0.1')
      expect(await echoesAt(stage.b1)).to.equal(0)
      expect(await counted(stage.h1, FORGED)).to.equal(2 * BURST)
    }))

  it('drops what a peer sends under addresses that it does not lease', () =>
    withStage(async (stage) => {
      await stage.apply()
      for (const source of ['10.61.3.9', '10.61.1.77', '10.61.0.3', '203.0.113.5']) {
        await stage.h2.ip('addr', 'add', `${source}/32`, 'dev', 'lo')
        await ping(stage.h2, B1, '-I', source)
      }
      expect(await echoesAt(stage.b1)).to.equal(0)
      expect(await counted(stage.h1, FORGED)).to.equal(4 * BURST)
    }))

  it('drops what a former owner sends once another host has the lease', () =>
    withStage(async (stage) => {
      await stage.apply()
      const moved = stage.view.leases.map((lease) => (lease.subnet === '10.61.2.0/24' ? { ...lease, state: 'released' as const } : lease))
      await stage.apply([], { ...stage.view, leases: moved })
      await ping(stage.b2, B1)
      expect(await echoesAt(stage.b1)).to.equal(0)
    }))

  it('takes what the former owner of a lease sends on for it, under addresses of the network, and nothing else from there', () =>
    withStage(async (stage) => {
      const sources = ['10.61.3.9', '203.0.113.5']
      for (const source of sources) await stage.h2.ip('addr', 'add', `${source}/32`, 'dev', 'lo')
      const burst = async (): Promise<void> => {
        for (const source of sources) await ping(stage.h2, B1, '-I', source)
      }
      const firewall = stage.wanted()
      const sending = (...sendsOn: string[]): Firewall => ({
        ...firewall,
        networks: firewall.networks.map((network) => ({
          ...network,
          senders: network.senders.map((sender) => ({ ...sender, sendsOn: sendsOn.map((lease) => parsePrefix(lease)) })),
        })),
      })
      let arrived = 0
      for (const lease of ['10.61.1.0/24', `${B1}/32`]) {
        await stage.firewall.apply(sending(lease))
        await burst()
        arrived += BURST
        expect(await echoesAt(stage.b1), lease).to.equal(arrived)
      }
      for (const lease of [['10.61.2.0/24'], ['10.61.1.11/32'], []]) {
        await stage.firewall.apply(sending(...lease))
        await burst()
        expect(await echoesAt(stage.b1), lease.join()).to.equal(arrived)
      }
    }))

  it('drops inner frames that are not IPv4, tagged ones too, which would hide their source', () =>
    withStage(async (stage) => {
      const packet = await echoTo(stage.h1, { tag: TAG })
      await sendUdp(stage.stranger, '192.0.2.1', 4789, packet)
      await eventually(async () => (await echoesAt(stage.b1)) === 1)
      await stage.apply()
      await sendUdp(stage.stranger, '192.0.2.1', 4789, packet)
      await eventually(async () => (await counted(stage.h1, 'inner frame is not IPv4')) === 1)
      expect(await echoesAt(stage.b1)).to.equal(1)
    }))

  it('checks each family of a network with two pools against its own leases', () =>
    withStage(
      async (stage) => {
        const { h1, h2, b1, b2, stranger } = stage
        const refused = async (): Promise<number> => (await counted(h1, FORGED)) + (await counted(h1, 'inner frame is not IPv4 or IPv6'))
        await stage.apply()
        for (const [from, to] of [
          [b2, B1],
          [b2, SIX.B1],
          [b1, B2],
          [b1, SIX.B2],
          [h2, B1],
          [h2, SIX.B1],
        ] as const)
          expect(await ping(from, to), to).to.equal(true)
        expect(await refused()).to.equal(0)
        // Subnets of nobody, of the receiver, and VTEP addresses of others.
        const sources = ['10.61.3.9', '10.61.1.77', '10.61.0.3', 'fd61:0:0:3::9', 'fd61:0:0:1::77', 'fd61::3']
        for (const source of sources) {
          await h2.ip('addr', 'add', hostPrefix(parseIp(source)), 'dev', 'lo', ...(source.includes(':') ? ['nodad'] : []))
          expect(await ping(h2, source.includes(':') ? SIX.B1 : B1, '-I', source), source).to.equal(false)
        }
        expect(await refused()).to.equal(sources.length * BURST)
        await sendUdp(stranger, '192.0.2.1', 4789, await echoTo(h1, { tag: TAG }))
        await eventually(async () => (await counted(h1, 'inner frame is not IPv4 or IPv6')) === 1)
        // One family's lease goes: the other's endpoints are reached as before.
        const gone = stage.view.leases.map((lease) =>
          lease.subnet === 'fd61:0:0:2::/64' ? { ...lease, state: 'released' as const } : lease,
        )
        await stage.apply([], { ...stage.view, leases: gone })
        expect([await ping(b2, B1), await ping(b2, SIX.B1)]).to.deep.equal([true, false])
      },
      4,
      DUAL,
    ))

  it('drops VXLAN that an endpoint sends to a peer, which would bear its host’s address, and lets other VXLAN of its pass', () =>
    withStage(async (stage) => {
      // h1 filters for h2: the packet is one that h2 takes for h1's.
      const packet = await echoTo(stage.h2, { tag: TAG })
      await stage.apply()
      const refused = 'VXLAN of the networks, sent by an endpoint'
      await sendUdp(stage.b1, '192.0.2.2', 4789, packet)
      await eventually(async () => (await counted(stage.h1, refused)) === 1)
      packet[6] = 99
      await sendUdp(stage.b1, '192.0.2.2', 4789, packet)
      await eventually(async () => (await counted(stage.h1, 'masquerade')) === 1)
      expect(await counted(stage.h1, refused)).to.equal(1)
    }))

  it('drops forged packets that come in fragments', () =>
    withStage(async (stage) => {
      await stage.apply()
      await forge(stage.stranger, stage, 100, '10.61.2.7')
      await stage.stranger.ip('link', 'set', 'forge100', 'mtu', '3000')
      await ping(stage.stranger, B1, '-s', '2500')
      expect(await counter(stage.h1, 'Ip', 'ReasmOKs')).to.be.at.least(1)
      expect(await echoesAt(stage.b1)).to.equal(0)
      // The sender's kernel learns to make smaller packets, so there can be more.
      expect(await counted(stage.h1, FORGED)).to.be.at.least(BURST)
    }))

  it('leaves VNIs of others on the same port alone, and no unknown VNI reaches an endpoint', () =>
    withStage(async (stage) => {
      await stage.apply()
      await forge(stage.stranger, stage, 777, '10.61.2.7')
      await ping(stage.stranger, B1)
      expect(await echoesAt(stage.b1)).to.equal(0)
      // A device of somebody else's on h1, with the stranger as its peer.
      await stage.h1.ip('link', 'add', 'other', 'type', 'vxlan', 'id', '777', 'remote', '192.0.2.66', 'dstport', '4789', 'nolearning')
      await stage.h1.ip('addr', 'add', '172.31.0.1/24', 'dev', 'other')
      await stage.h1.ip('link', 'set', 'other', 'up')
      await stage.stranger.ip('addr', 'add', '172.31.0.2/24', 'dev', 'forge777')
      expect(await ping(stage.stranger, '172.31.0.1')).to.equal(true)
    }))

  it('drops what comes to the pool without VXLAN under an inner address', () =>
    withStage(async (stage) => {
      await stage.stranger.ip('route', 'add', '10.61.0.0/16', 'via', '192.0.2.1')
      await stage.stranger.ip('addr', 'add', '10.61.2.7/32', 'dev', 'lo')
      await stage.apply()
      await ping(stage.stranger, B1, '-I', '10.61.2.7')
      expect(await echoesAt(stage.b1)).to.equal(0)
      expect(await counted(stage.h1, 'from outside with a source of the networks')).to.equal(BURST)
    }))

  for (const family of [4, 6] as const) {
    const [own, peers] = [OUTER[family](1), OUTER[family](2)]

    it(`drops VXLAN that an endpoint sends to its own host in the name of a peer (IPv${family} underlay)`, () =>
      withStage(async (stage) => {
        const { h1, b1 } = stage
        const packet = await echoTo(h1)
        await spoof(stage, peers, own)
        const send = (): Promise<void> => sendUdp(b1, own, 4789, packet, peers)
        // Without the filter it is unpacked: what follows is the filter's doing.
        await send()
        await eventually(async () => (await echoesAt(b1)) === 1)
        await stage.apply()
        await send()
        await eventually(async () => (await counted(h1, 'VXLAN sent by an endpoint of this host')) === 1)
        expect(await echoesAt(b1)).to.equal(1)
      }, family))
  }

  it('drops what strangers and peers forge over IPv6, with extension headers and in fragments too, and lets peers through', () =>
    withStage(async (stage) => {
      const { h1, h2, b1, b2, stranger } = stage
      const packet = await echoTo(h1)
      const shapes: readonly Shape[] = ['plain', 'hop-by-hop', 'destination', 'routing', 'atomic', 'fragments', 'tiny']
      for (const [index, shape] of shapes.entries()) {
        await sendShape(stranger, shape, packet)
        await eventually(async () => (await echoesAt(b1)) === index + 1)
      }
      await stage.apply()
      for (const [index, shape] of shapes.entries()) {
        await sendShape(stranger, shape, packet)
        await eventually(async () => (await counted(h1, FORGED)) === index + 1)
      }
      expect(await echoesAt(b1)).to.equal(shapes.length)
      expect(await ping(b2, B1)).to.equal(true)
      await h2.ip('addr', 'add', '10.61.3.9/32', 'dev', 'lo')
      expect(await ping(h2, B1, '-I', '10.61.3.9')).to.equal(false)
      expect(await counted(h1, FORGED)).to.equal(shapes.length + BURST)
    }, 6))

  it('drops IPv6 fragments also where somebody keeps them from being tracked, and so from being put together before the check', () =>
    withStage(async (stage) => {
      const { h1, b1, stranger } = stage
      const packet = await echoTo(h1)
      await h1.exec(
        'nft',
        'table ip6 raw { chain c { type filter hook prerouting priority -450; udp dport 4789 notrack; exthdr frag exists notrack; }; }',
      )
      await stage.apply()
      for (const shape of ['fragments', 'tiny'] as const) await sendShape(stranger, shape, packet)
      await eventually(async () => (await counted(h1, FORGED)) === 1 && (await counted(h1, 'in pieces too small')) === 1)
      // What came before has arrived, or never will, when this has.
      expect(await ping(stage.b2, B1)).to.equal(true)
      expect(await echoesAt(b1)).to.equal(BURST)
    }, 6))

  it('drops VXLAN over IPv6 that an endpoint sends to a peer under its host’s address, which its host forwards', () =>
    withStage(async (stage) => {
      const { h1, h2, b1, b2 } = stage
      await h1.exec('sysctl', '-qw', 'net.ipv6.conf.all.forwarding=1')
      const packet = await echoTo(h2, { from: '10.61.1.7', to: B2 })
      await spoof(stage, OUTER[6](1), OUTER[6](2))
      const send = (): Promise<void> => sendUdp(b1, OUTER[6](2), 4789, packet, OUTER[6](1))
      await send()
      await eventually(async () => (await echoesAt(b2)) === 1)
      await stage.apply()
      await send()
      await eventually(async () => (await counted(h1, 'VXLAN of the networks, sent by an endpoint')) === 1)
      expect(await echoesAt(b2)).to.equal(1)
    }, 6))
})
