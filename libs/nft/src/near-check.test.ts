import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseMac, type ClusterView, type HostId } from '#core'
import type { TestNetns } from '#netlink/testkit'
import { createDesiredFirewall, type Firewall } from '#plan'
import { aCluster, BLUE, hostId } from '#plan/testkit'
import { B1, B2, counted, echoesAt, G1, ping, withStage, type Stage } from './testkit/stage.js'

/** What a host with this stage's records wants when it takes packets of network blue without VXLAN. */
async function wantedDirectly(stage: Stage, tries = true, dead: readonly HostId[] = []): Promise<Firewall> {
  const peer = stage.view.hosts.get(hostId(2))
  if (!peer) throw new Error('the stage has no second host')
  const [{ address = '' } = {}] = (await stage.h2.ipJson('link', 'show', 'eth0')) as { address?: string }[]
  const view: ClusterView = { ...stage.view, hosts: new Map([...stage.view.hosts, [peer.id, { ...peer, mac: parseMac(address) }]]) }
  const takes = new Map([[BLUE.name, tries ? ('all' as const) : ('leaving' as const)]])
  return createDesiredFirewall()(view, { ...aCluster(2).local(1), direct: { dev: 'eth0', peers: new Map(), takes } }, new Set(dead))
}

/** Whoever it is sends what is for network blue to h1, by the link. */
const toH1 = (ns: TestNetns, to = '10.61.0.0/16'): Promise<string> =>
  ns.ip('route', 'replace', to, 'via', '192.0.2.1', 'dev', 'eth0', 'onlink')
const by = (ns: TestNetns, address: string): Promise<string> => ns.ip('address', 'add', `${address}/32`, 'dev', 'lo')

const NOT_LEASED = 'with a source that is not leased to the sender'

describe('packets without VXLAN', function () {
  this.timeout(120_000)

  it('pass when they come from the peer whose source they have, and not without the option', () =>
    withStage(async (stage) => {
      const { h2, b1, b2, firewall } = stage
      await stage.apply()
      await h2.ip('route', 'replace', '10.61.1.0/24', 'via', '192.0.2.1', 'dev', 'eth0', 'onlink')
      expect(await ping(b2, B1)).to.equal(false)
      expect(await echoesAt(b1)).to.equal(0)
      await firewall.apply(await wantedDirectly(stage))
      expect(await firewall.inspect(await wantedDirectly(stage))).to.deep.equal([])
      expect(await ping(b2, B1)).to.equal(true)
      expect(await ping(h2, B1, '-I', '10.61.0.2')).to.equal(true)
      // A source beside the subnet and VTEP address of the peer.
      await by(h2, '10.61.2.77')
      expect(await ping(h2, B1, '-I', '10.61.2.77')).to.equal(true)
      const before = await echoesAt(b1)
      await by(h2, '10.61.3.77')
      expect(await ping(h2, B1, '-I', '10.61.3.77')).to.equal(false)
      expect(await echoesAt(b1)).to.equal(before)
      expect(await counted(stage.h1, NOT_LEASED)).to.be.greaterThan(0)
    }))

  it('of strangers on the link are dropped, whatever source of the networks they have', () =>
    withStage(async (stage) => {
      const { h1, stranger, b1, firewall } = stage
      await firewall.apply(await wantedDirectly(stage))
      await toH1(stranger)
      for (const source of [B2, '10.61.0.2', '10.61.1.1', '10.62.2.10', '10.61.9.9']) {
        await by(stranger, source)
        for (const to of [B1, '10.61.1.1', '10.61.0.1'].filter((each) => each !== source))
          expect(await ping(stranger, to, '-I', source), `${source} to ${to}`).to.equal(false)
        await stranger.ip('address', 'del', `${source}/32`, 'dev', 'lo')
      }
      expect(await echoesAt(b1)).to.equal(0)
      expect(await echoesAt(h1)).to.equal(0)
    }))

  it('go to the network they come from and nowhere else', () =>
    withStage(async (stage) => {
      const { h1, h2, g1, firewall } = stage
      await firewall.apply(await wantedDirectly(stage))
      await h2.ip('route', 'replace', '10.62.1.0/24', 'via', '192.0.2.1', 'dev', 'eth0', 'onlink')
      await by(h2, '10.61.2.77')
      expect(await ping(h2, G1, '-I', '10.61.2.77')).to.equal(false)
      expect(await ping(h2, '192.0.2.1', '-I', '10.61.2.77')).to.equal(false)
      // Of a network that is not direct.
      await by(h2, '10.62.2.77')
      expect(await ping(h2, G1, '-I', '10.62.2.77')).to.equal(false)
      expect([await echoesAt(g1), await echoesAt(h1)]).to.deep.equal([0, 0])
    }))

  it('are still taken while the way is given up, but tries are not', () =>
    withStage(async (stage) => {
      const { h2, b2, firewall } = stage
      await firewall.apply(await wantedDirectly(stage))
      await toH1(h2, '10.61.1.0/24')
      await toH1(h2, '10.61.0.1')
      expect(await ping(h2, '10.61.0.1', '-I', '10.61.0.2')).to.equal(true)
      await firewall.apply(await wantedDirectly(stage, false))
      expect(await ping(h2, '10.61.0.1', '-I', '10.61.0.2')).to.equal(false)
      expect(await ping(b2, B1)).to.equal(true)
      // Also when that is over, which peers that are cut off from etcd do not know.
      await firewall.apply(stage.wanted())
      expect(await ping(h2, '10.61.0.1', '-I', '10.61.0.2')).to.equal(false)
    }))

  it('of an endpoint with a source of elsewhere do not leave for a peer', () =>
    withStage(async (stage) => {
      const { h1, b1, b2, firewall } = stage
      await firewall.apply(await wantedDirectly(stage))
      await h1.ip('route', 'replace', '10.61.2.0/24', 'via', '192.0.2.2', 'dev', 'eth0', 'onlink')
      expect(await ping(b1, B2)).to.equal(true)
      const before = await echoesAt(b2)
      await by(b1, '198.51.100.7')
      expect(await ping(b1, B2, '-I', '198.51.100.7')).to.equal(false)
      expect(await echoesAt(b2)).to.equal(before)
    }))

  it('keep their source where somebody masquerades all that leaves by the underlay interface', () =>
    withStage(async (stage) => {
      const { h1, h2, b1, b2, firewall } = stage
      await h1.ip('route', 'replace', '10.61.2.0/24', 'via', '192.0.2.2', 'dev', 'eth0', 'onlink')
      const look =
        'add table ip look; add chain ip look c { type filter hook input priority 0; }; add rule ip look c icmp type echo-request'
      await b2.exec('nft', `${look} ip saddr ${B1} counter comment "own"`)
      const theirs = 'add table ip theirs; add chain ip theirs c { type nat hook postrouting priority srcnat; }'
      await h1.exec('nft', `${theirs}; add rule ip theirs c oifname "eth0" counter masquerade`)
      await firewall.apply(await wantedDirectly(stage))
      expect(await firewall.inspect(await wantedDirectly(stage))).to.deep.equal([])
      expect(await ping(b1, B2)).to.equal(true)
      expect(await b2.exec('nft', 'list', 'ruleset')).to.include('counter packets 5 ')
      // The rest leaves as they want it.
      await h2.ip('address', 'add', '198.51.100.1/32', 'dev', 'lo')
      await h1.ip('route', 'add', '198.51.100.1', 'via', '192.0.2.2')
      expect(await ping(b1, '198.51.100.1')).to.equal(true)
    }))

  it('meet the same refusals of dead subnets', () =>
    withStage(async (stage) => {
      const { h1, b1, b2, firewall } = stage
      await h1.ip('route', 'replace', '10.61.2.0/24', 'via', '192.0.2.2', 'dev', 'eth0', 'onlink')
      await firewall.apply(await wantedDirectly(stage, true, [hostId(2)]))
      expect(await ping(b1, B2)).to.equal(false)
      expect(await echoesAt(b2)).to.equal(0)
      await firewall.apply(await wantedDirectly(stage))
      expect(await ping(b1, B2)).to.equal(true)
    }))
})
