import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { TestNetns } from '#netlink/testkit'
import { B1, B2, echoesAt, G1, ping, withStage } from '../testkit/stage.js'
import { eventually } from '../testkit/eventually.js'

/** What Docker sets up, as far as it matters here. */
async function likeDocker(ns: TestNetns, iptables: string): Promise<void> {
  await ns.exec(iptables, '-N', 'DOCKER-USER')
  await ns.exec(iptables, '-A', 'DOCKER-USER', '-j', 'RETURN')
  await ns.exec(iptables, '-A', 'FORWARD', '-j', 'DOCKER-USER')
  await ns.exec(iptables, '-P', 'FORWARD', 'DROP')
}

const rules = (ns: TestNetns, iptables: string): Promise<string> => ns.exec(iptables, '-S')

describe('forwarding beside other filters', function () {
  this.timeout(60_000)

  for (const variant of ['iptables-nft', 'iptables-legacy']) {
    it(`gets traffic of the networks through Docker’s FORWARD DROP (${variant}), and nothing that begins outside`, () =>
      withStage(async ({ apply, firewall, h1, h2, b1, b2, stranger }) => {
        await likeDocker(h1, variant)
        const theirs = await rules(h1, variant)
        expect(await ping(b1, B2)).to.equal(false)
        expect((await apply()).obstacles).to.deep.equal([])
        expect(await ping(b1, B2)).to.equal(true)
        expect(await ping(b2, B1)).to.equal(true)
        expect(await ping(b1, '192.0.2.66')).to.equal(true)
        await stranger.ip('route', 'add', '10.61.1.0/24', 'via', '192.0.2.1')
        const before = await echoesAt(b1)
        expect(await ping(stranger, B1)).to.equal(false)
        expect(await echoesAt(b1)).to.equal(before)
        expect(await rules(h1, variant)).to.match(
          /-A DOCKER-USER -m comment --comment "weft: [^"]*" -j WEFT-FORWARD\n-A DOCKER-USER -j RETURN/,
        )
        expect((await firewall.cleanup()).join('\n')).to.include('WEFT-FORWARD')
        expect(await rules(h1, variant)).to.equal(theirs)
        expect(await ping(h2, B1)).to.equal(false)
      }))
  }

  it('notices that iptables was flushed, and that Docker came later', () =>
    withStage(async ({ apply, firewall, h1, b1 }) => {
      await apply()
      let noticed = 0
      firewall.onChange(() => noticed++)
      await likeDocker(h1, 'iptables-nft')
      await eventually(async () => noticed > 0 && (await apply()).changes.length > 0)
      await eventually(async () => (await apply(), ping(b1, B2)))
      await apply()
      const seen = noticed
      await h1.exec('iptables-nft', '-F')
      await eventually(() => noticed > seen)
      await h1.exec('iptables-nft', '-A', 'FORWARD', '-j', 'DOCKER-USER')
      await eventually(async () => (await apply(), ping(b1, B2)))
    }))

  it('uses FORWARD where it drops and there is no Docker', () =>
    withStage(async ({ apply, h1, b1 }) => {
      await h1.exec('iptables-nft', '-P', 'FORWARD', 'DROP')
      await apply()
      expect(await ping(b1, B2)).to.equal(true)
      expect(await ping(b1, G1)).to.equal(false)
      expect(await rules(h1, 'iptables-nft')).to.match(/-A FORWARD .*-j WEFT-FORWARD/)
    }))

  it('does not touch a filter that forwards everything', () =>
    withStage(async ({ apply, h1 }) => {
      await h1.exec('iptables-nft', '-P', 'FORWARD', 'ACCEPT')
      await h1.exec('iptables-nft', '-A', 'INPUT', '-j', 'ACCEPT')
      const theirs = await rules(h1, 'iptables-nft')
      await apply()
      expect(await rules(h1, 'iptables-nft')).to.equal(theirs)
    }))

  it('names a firewall that it cannot get through, and what to do', () =>
    withStage(async ({ apply, firewall, h1, b1 }) => {
      await apply()
      let noticed = 0
      firewall.onChange(() => noticed++)
      await h1.exec('nft', 'table inet mine { chain forward { type filter hook forward priority 0; policy drop; }; }')
      await eventually(() => noticed > 0)
      const { obstacles } = await apply()
      expect(obstacles.map(({ code, field }) => `${code} ${field}`)).to.deep.equal(['WEFT_FORWARD_BLOCKED nftables inet mine forward'])
      expect((await apply()).obstacles).to.have.length(1)
      expect(await ping(b1, B2)).to.equal(false)
      for (const command of commandsIn(obstacles[0]?.hint ?? '')) await h1.exec('nft', command)
      expect(await ping(b1, B2)).to.equal(true)
      expect(await ping(b1, '192.0.2.66')).to.equal(true)
      await eventually(async () => (await apply()).obstacles.length === 0)
    }))

  it('names firewalld when it has no zone for the bridges', () =>
    withStage(async ({ apply, h1 }) => {
      await h1.exec('nft', 'table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; reject; }; }')
      const { obstacles } = await apply()
      expect(obstacles[0]?.hint).to.match(/firewall-cmd .*--add-interface=wbr-blue --add-interface=wbr-green/)
      const reloading = 'chain filter_forward { type filter hook forward priority 10; policy drop; ct state established,related accept; }'
      await h1.exec('nft', `table inet firewalld_policy_drop { ${reloading}; }`)
      expect((await apply()).obstacles, 'what firewalld has while it reloads is no obstacle').to.have.length(1)
      await h1.exec('nft', 'delete table inet firewalld_policy_drop')
      await h1.exec('nft', 'insert rule inet firewalld filter_FORWARD iifname { "wbr-blue", "wbr-green" } accept')
      await eventually(async () => (await apply()).obstacles.length === 0)
    }))
})

/** The commands of nft within a hint. */
function commandsIn(hint: string): readonly string[] {
  return [...hint.matchAll(/nft (insert rule [^;]+)/g)].map(([, command]) => command as string)
}
