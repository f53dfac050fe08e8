import { describe, it } from 'mocha'
import { expect } from 'chai'
import { eventually } from './testkit/eventually.js'
import { B1, BURST, counted, counter, echoesAt, ping, sendUdp, withStage, type Stage } from './testkit/stage.js'

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

/** VXLAN with VNI 100, an Ethernet frame with a priority tag (VLAN 0, which the receiver takes off), an echo request 10.61.2.7 > b1. */
async function taggedEcho({ h1 }: Stage): Promise<Uint8Array> {
  const [device] = await h1.ipJson('link', 'show', 'weft-blue')
  const mac = String(device?.['address']).replaceAll(':', '')
  const ip = Buffer.from('4500001c000000004001' + '0000' + '0a3d0207' + '0a3d010a', 'hex')
  ip.writeUInt16BE(checksum(ip), 10)
  const echo = Buffer.from('0800000000010001', 'hex')
  echo.writeUInt16BE(checksum(echo), 2)
  return Buffer.concat([Buffer.from(`0800000000006400${mac}020000000001` + '81000000' + '0800', 'hex'), ip, echo])
}

/** RFC 1071, of an even number of bytes. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
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

  it('drops inner frames that are not IPv4, tagged ones too, which would hide their source', () =>
    withStage(async (stage) => {
      const packet = await taggedEcho(stage)
      await sendUdp(stage.stranger, '192.0.2.1', 4789, packet)
      await eventually(async () => (await echoesAt(stage.b1)) === 1)
      await stage.apply()
      await sendUdp(stage.stranger, '192.0.2.1', 4789, packet)
      await eventually(async () => (await counted(stage.h1, 'inner frame is not IPv4')) === 1)
      expect(await echoesAt(stage.b1)).to.equal(1)
    }))

  it('drops VXLAN that an endpoint sends to a peer, which would bear its host’s address, and lets other VXLAN of its pass', () =>
    withStage(async (stage) => {
      // h1 filters for h2: the packet is one that h2 takes for h1's.
      const [device] = await stage.h2.ipJson('link', 'show', 'weft-blue')
      const packet = await taggedEcho(stage)
      packet.set(Buffer.from(String(device?.['address']).replaceAll(':', ''), 'hex'), 8)
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
})
