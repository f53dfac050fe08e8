import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor, type LabHost, type Place } from '#lab'
import { reaches } from '../lab/traffic.js'
import { datagramWithin } from './forged-datagram.js'
import { dropped, Forgery } from './forgery.js'
import { story } from './story.js'

/*
 *    h1/c1 (blue): the target    h1/r1 (red)     h2/c1 (blue)     h2/r1 (red)
 *         \                       /                   \            /
 *          h1 -------------------'                     h2 --------'        h3: a stranger, without an agent
 *   ======+========================= underlay ==========+====================+=== etcd1
 *
 * Packets are sent by VXLAN devices made for it, and byte by byte in UDP datagrams. A counter in the target's namespace tells what
 * arrives; that it would is shown by the same packets with the rules taken away.
 */
story('dataplane: forged packets', { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const host = (): LabHost => stage.lab.host('h1')
  const target = (): Place => stage.container('h1/c1')
  let stranger: LabHost
  let forgery: Forgery

  /** What was sent before has arrived, or never will, when this has: one path, in order. */
  const settled = (): Promise<void> => reaches(stage.container('h2/c1'), stage.address('h1/c1'))
  const sentFrom = (from: Place, source: string): Promise<number> => forgery.send(from, source, settled)
  const forged = async (source: string, vni = forgery.vni): Promise<number> => {
    await forgery.tunnel(stranger, source, vni)
    return sentFrom(stranger, source)
  }
  /** How many packets the check drops while something is done. */
  const droppedBy = async (action: () => Promise<unknown>): Promise<number> => {
    const before = await dropped(host(), 'blue')
    await action()
    return (await dropped(host(), 'blue')) - before
  }

  /** Sends a VXLAN packet of five bytes of payload from anywhere to h1's VXLAN port, as a plain UDP datagram; says how many arrived. */
  const byHand = async (from: Place, packet: Parameters<typeof datagramWithin>[0], source?: string): Promise<number> => {
    const before = await forgery.arrived()
    const bytes = datagramWithin(packet).toString('hex')
    const bind = source === undefined ? '' : `, '${source}'`
    const words = `socket.bind(0${bind}, () => socket.send(Buffer.from('${bytes}', 'hex'), 4789, '${host().address}', () => socket.close()))`
    await from.exec([process.execPath, '-e', `const socket = require('node:dgram').createSocket('udp4'); ${words}`])
    await settled()
    return (await forgery.arrived()) - before
  }
  const sound = (): Parameters<typeof datagramWithin>[0] => ({
    vni: forgery.vni,
    mac: forgery.mac,
    from: stage.address('h2/c1'),
    to: stage.address('h1/c1'),
    port: 7777,
  })

  it('a stranger joins the underlay', async () => {
    stranger = await stage.lab.addHost()
    forgery = await Forgery.prepare(target(), host(), stage.address('h1/c1'), 'blue')
    expect(await sentFrom(stage.container('h2/c1'), stage.address('h2/c1')), 'from a container of the network').to.equal(5)
  })

  it('wrong outer source: a stranger sends in the name of a container of h2', async () => {
    const count = await droppedBy(async () => expect(await forged(stage.address('h2/c1'))).to.equal(0))
    expect(count).to.equal(5)
  })

  it('… and it is the filter that keeps it out: without the rules it would arrive', async () => {
    host().freezeAgent()
    try {
      await host().exec(['nft', 'flush', 'chain', 'inet', 'weft', 'input'])
      expect(await sentFrom(stranger, stage.address('h2/c1'))).to.equal(5)
    } finally {
      host().thawAgent()
    }
    await waitFor('the rules', async () => (await sentFrom(stranger, stage.address('h2/c1'))) === 0)
  })

  it('wrong inner source: a stranger in its own name, in that of h1, of nobody', async () => {
    for (const source of ['10.61.250.9', stage.address('h1/c1').replace(/\d+$/, '77'), '203.0.113.7']) {
      const count = await droppedBy(async () => expect(await forged(source), source).to.equal(0))
      expect(count, source).to.equal(5)
    }
  })

  it('wrong inner source: a host of the network with an address that it does not lease', async () => {
    const peer = stage.lab.host('h2')
    await peer.exec(['ip', 'address', 'add', '10.61.250.9/32', 'dev', 'lo'])
    const count = await droppedBy(async () => expect(await sentFrom(peer, '10.61.250.9')).to.equal(0))
    expect(count).to.equal(5)
    await peer.exec(['ip', 'address', 'del', '10.61.250.9/32', 'dev', 'lo'])
  })

  it('unknown VNI', async () => {
    expect(await forged(stage.address('h2/c1'), 4242)).to.equal(0)
  })

  it('byte by byte in a datagram: an inner source of h2, of nobody, another VNI, ARP, a VLAN tag, half a packet', async () => {
    const count = await droppedBy(async () => {
      expect(await byHand(stranger, sound())).to.equal(0)
      expect(await byHand(stranger, { ...sound(), from: '203.0.113.7' })).to.equal(0)
      expect(await byHand(stranger, { ...sound(), etherType: 0x0806 })).to.equal(0)
      expect(await byHand(stranger, { ...sound(), tagged: true })).to.equal(0)
      expect(await byHand(stranger, { ...sound(), length: 30 })).to.equal(0)
    })
    expect(count).to.be.at.least(4)
    expect(await byHand(stranger, { ...sound(), vni: 4242 })).to.equal(0)
    // From a host that may send, the very same bytes arrive: it is the outer source that was wrong.
    expect(await byHand(stage.lab.host('h2'), sound())).to.equal(1)
  })

  it('a container speaks VXLAN itself, to a peer: it would bear its host’s address, so its host drops it', async () => {
    await host().weft(['network', 'create', 'red', '--pool', '10.62.0.0/16'])
    await stage.lab.networkReady('red')
    await stage.addContainer('h2/r1', 'red')
    const refused = 'VXLAN of the networks, sent by an endpoint'
    for (const label of ['h2/r1', 'h2/c1']) {
      expect(await byHand(stage.container(label), sound()), label).to.equal(0)
      const chain = `from-${label === 'h2/c1' ? 'blue' : 'red'}`
      const { stdout } = await stage.lab.host('h2').exec(['nft', 'list', 'chain', 'inet', 'weft', chain])
      expect(stdout, label).to.match(new RegExp(String.raw`counter packets 1 bytes \d+ drop comment "${refused}"`))
    }
  })

  it('… without that rule it would arrive, as if h2 had sent it', async () => {
    const peer = stage.lab.host('h2')
    peer.freezeAgent()
    try {
      await peer.exec(['nft', 'flush', 'chain', 'inet', 'weft', 'from-blue'])
      expect(await byHand(stage.container('h2/c1'), sound())).to.equal(1)
    } finally {
      peer.thawAgent()
    }
    await waitFor('the rule', async () => (await byHand(stage.container('h2/c1'), sound())) === 0)
  })

  it('… also when it makes up the address of another host, or of its own', async () => {
    const container = stage.container('h2/c1')
    for (const source of [stranger.address, stage.lab.host('h2').address]) {
      await container.exec(['ip', 'address', 'add', `${source}/32`, 'dev', 'eth0'])
      expect(await byHand(container, sound(), source), source).to.equal(0)
      await container.exec(['ip', 'address', 'del', `${source}/32`, 'dev', 'eth0'])
    }
  })

  it('a container speaks VXLAN to its own host: nothing is unpacked', async () => {
    expect(await byHand(target(), sound())).to.equal(0)
    expect(await byHand(target(), { ...sound(), from: stage.address('h1/c1') })).to.equal(0)
  })
})
