import { expect } from 'chai'
import { describe, it } from 'mocha'
import { withNetns } from '#netlink/testkit'
import { desiredFirewall, type Firewall } from '#plan'
import { aSegment, hostId, inLan } from '#plan/testkit'
import { filterOf } from '../testkit/stage.js'
import { steeringRuleset } from './steering-ruleset.js'

const cluster = aSegment(3, inLan(2, '10.62.2.9'), inLan(2, '10.62.3.7'), inLan(3, '10.62.3.9'))
const firewall = (...dead: readonly number[]): Firewall =>
  desiredFirewall(cluster.view, cluster.local(1), new Set(dead.map((number) => hostId(number))))

describe('what is for endpoints of dead hosts, in a segment', () => {
  it('is handed to this host, in one small table', () => {
    expect(steeringRuleset(firewall())).to.equal(undefined)
    expect(steeringRuleset(firewall(2))).to.equal(`\
table bridge weft {
  set dead-lan {
    type ipv4_addr
    elements = { 10.62.2.9, 10.62.3.7 }
  }
  chain prerouting {
    type filter hook prerouting priority dstnat; policy accept;
    iifname "wp-*" ip daddr @dead-lan tcp flags & (fin | syn | rst | ack) == syn ether daddr set 26:c1:22:4b:af:6f meta pkttype set host counter
    iifname "wp-*" ip daddr @dead-lan meta l4proto != tcp ether daddr set 26:c1:22:4b:af:6f meta pkttype set host counter
  }
}
`)
  })

  it('the table is there while a host is dead, is put back when somebody changes it, and goes with the rest', () =>
    withNetns(async (ns) => {
      const filter = filterOf(ns)
      const table = (): Promise<string> => ns.exec('nft', 'list', 'table', 'bridge', 'weft')
      const tables = (): Promise<string> => ns.exec('nft', 'list', 'tables')
      try {
        await filter.apply(firewall())
        expect(await tables()).not.to.include('bridge')
        expect(await filter.inspect(firewall(2))).to.include('table bridge weft: to be written')
        expect((await filter.apply(firewall(2))).changes).to.include('table bridge weft: written')
        expect(await table()).to.match(/elements = \{ 10\.62\.2\.9, 10\.62\.3\.7 \}/)
        expect((await filter.apply(firewall(2))).changes).to.deep.equal([])

        for (const harm of [
          'delete table bridge weft',
          'flush chain bridge weft prerouting',
          'delete element bridge weft dead-lan { 10.62.3.7 }',
          'add rule bridge weft prerouting drop',
        ]) {
          await ns.exec('nft', harm)
          filter.distrust()
          expect(await filter.inspect(firewall(2)), harm).to.deep.equal(['table bridge weft: to be written'])
          expect((await filter.apply(firewall(2))).changes, harm).to.deep.equal(['table bridge weft: written'])
          expect(await filter.inspect(firewall(2)), harm).to.deep.equal([])
        }

        expect((await filter.apply(firewall(2, 3))).changes).to.include('table bridge weft: written')
        expect(await table()).to.include('10.62.3.9')
        expect((await filter.apply(firewall())).changes).to.include('table bridge weft: removed')
        expect(await tables()).not.to.include('bridge')

        await filter.apply(firewall(3))
        expect(await filter.cleanup()).to.include('table bridge weft')
        expect(await tables()).to.equal('')
      } finally {
        filter.close()
      }
    }))

  it('of an earlier agent goes when nobody is dead any more', () =>
    withNetns(async (ns) => {
      const first = filterOf(ns)
      await first.apply(firewall(2))
      first.close()
      const next = filterOf(ns)
      try {
        expect((await next.apply(firewall())).changes).to.include('table bridge weft: removed')
      } finally {
        next.close()
      }
    }))
})
