import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp, parseNetworkName, parsePrefix, type ClusterView } from '#core'
import { withNetns, type TestNetns } from '#netlink/testkit'
import { createDesiredFirewall, type Firewall } from '#plan'
import { aCluster, BLUE, hostId } from '#plan/testkit'
import type { NftFirewall } from './nft-firewall.js'
import { eventually } from './testkit/eventually.js'
import { filterOf } from './testkit/stage.js'

const { view, local } = ((cluster) => ({ view: cluster.view, local: cluster.local(1) }))(aCluster(3, { ...BLUE, shortcut: 'off' }))
const wanted = createDesiredFirewall()
const THREE = wanted(view, local, new Set())
const NOTHING: Firewall = { networks: [], pools: [], gated: [], gateReady: false, published: [] }

async function withFilter(test: (firewall: NftFirewall, ns: TestNetns) => Promise<void>): Promise<void> {
  await withNetns(async (ns) => {
    const firewall = filterOf(ns)
    try {
      await test(firewall, ns)
    } finally {
      firewall.close()
    }
  })
}

const ruleset = (ns: TestNetns): Promise<string> => ns.exec('nft', '--stateless', 'list', 'ruleset')
const table = (ns: TestNetns): Promise<string> => ns.exec('nft', '--stateless', 'list', 'table', 'inet', 'weft')

describe('NftFirewall', function () {
  this.timeout(60_000)

  it('writes the table once, and then only what differs', () =>
    withFilter(async (firewall, ns) => {
      expect((await firewall.apply(THREE)).changes).to.deep.equal(['table inet weft: written'])
      expect((await firewall.apply(THREE)).changes).to.deep.equal([])
      expect(await firewall.inspect(THREE)).to.deep.equal([])
      const dead = wanted(view, local, new Set([hostId(2)]))
      expect(await firewall.inspect(dead)).to.deep.equal(['set dead-blue: +10.61.2.0'])
      expect((await firewall.apply(dead)).changes).to.deep.equal(['set dead-blue: +10.61.2.0'])
      expect(await ns.exec('nft', 'list', 'set', 'inet', 'weft', 'dead-blue')).to.include('elements = { 10.61.2.0 }')
      const adopted = wanted(aCluster(3, { ...BLUE, shortcut: 'off' }).adopted(2, 3).view, local, new Set([hostId(2)]))
      expect((await firewall.apply(adopted)).changes).to.have.members([
        'set dead-blue: -10.61.2.0',
        'set leases-blue: +192.0.2.3 . 10.61.2.0, -192.0.2.2 . 10.61.2.0',
      ])
    }))

  it('has rules about dead subnets only while there are some', () =>
    withFilter(async (firewall, ns) => {
      await firewall.apply(THREE)
      const calm = await table(ns)
      expect(calm).not.to.match(/refuse|hook output/)
      await firewall.apply(wanted(view, local, new Set([hostId(2)])))
      expect(await table(ns)).to.match(/hook output[^}]*@dead-blue goto refuse/)
      firewall.distrust()
      expect((await firewall.apply(THREE)).changes).to.deep.equal(['set dead-blue: -10.61.2.0'])
      expect(await table(ns)).to.equal(calm)
      firewall.distrust()
      expect((await firewall.apply(THREE)).changes).to.deep.equal([])
    }))

  it('leads published ports on, and forgets them without a trace', () =>
    withFilter(async (firewall, ns) => {
      await firewall.apply(THREE)
      const before = await table(ns)
      const address = parseIp('10.61.1.9')
      const one: Firewall = { ...THREE, published: [{ protocol: 'tcp', hostPort: 8080, address, port: 80 }] }
      expect((await firewall.apply(one)).changes).to.deep.equal(['table inet weft: written'])
      expect(await ns.exec('nft', 'list', 'map', 'inet', 'weft', 'published-any')).to.include('elements = { tcp . 8080 : 10.61.1.9 . 80 }')
      const other: Firewall = {
        ...THREE,
        published: [{ protocol: 'udp', hostAddress: parseIp('192.0.2.1'), hostPort: 53, address, port: 53 }],
      }
      await firewall.apply(other)
      expect(await ns.exec('nft', 'list', 'map', 'inet', 'weft', 'published-any')).not.to.include('8080')
      await ns.exec('nft', 'flush', 'map', 'inet', 'weft', 'published')
      await eventually(async () => (await firewall.apply(other)).changes.join().includes('written anew'))
      expect(await ns.exec('nft', 'list', 'map', 'inet', 'weft', 'published')).to.include('192.0.2.1 . udp . 53 : 10.61.1.9 . 53')
      await firewall.apply(THREE)
      expect(await table(ns)).to.equal(before)
    }))

  it('gives the same table whether it was written at once or grew', () =>
    withFilter(async (firewall, ns) => {
      await firewall.apply(wanted(aCluster(1).view, local, new Set()))
      await firewall.apply(THREE)
      const grown = await table(ns)
      await firewall.cleanup()
      expect(await ruleset(ns)).to.equal('')
      await firewall.apply(THREE)
      expect(await table(ns)).to.equal(grown)
    }))

  it('takes over a table that an earlier agent left, old elements, rules, chains and sets included', () =>
    withFilter(async (firewall, ns) => {
      await firewall.apply(THREE)
      const clean = await table(ns)
      await ns.exec(
        'nft',
        'add element inet weft leases-blue { 192.0.2.77 . 1 }; add chain inet weft old; add set inet weft gone { type mark; }',
      )
      await ns.exec('nft', 'add rule inet weft forward jump old; add rule inet weft old accept')
      const second = filterOf(ns)
      try {
        await second.apply(THREE)
        expect(await table(ns)).to.equal(clean)
      } finally {
        second.close()
      }
    }))

  it('takes over a table that is as it should be: nothing is written, counters stay', () =>
    withFilter(async (firewall, ns) => {
      for (const firewalls of [THREE, wanted(view, local, new Set([hostId(2)]))]) {
        await firewall.apply(firewalls)
        const handles = await ns.exec('nft', '--handle', 'list', 'ruleset')
        const second = filterOf(ns)
        try {
          expect((await second.apply(firewalls)).changes).to.deep.equal([])
          expect(await ns.exec('nft', '--handle', 'list', 'ruleset')).to.equal(handles)
          await ns.exec('nft', 'delete element inet weft vteps-blue { 192.0.2.3 . 0x0a3d0003 }')
        } finally {
          second.close()
        }
        const third = filterOf(ns)
        try {
          expect((await third.apply(firewalls)).changes).to.deep.equal(['repaired set vteps-blue: +192.0.2.3 . 10.61.0.3'])
        } finally {
          third.close()
        }
      }
    }))

  it('does not take over a table that sleeps, and leaves no draft of one', () =>
    withFilter(async (firewall, ns) => {
      await firewall.apply(THREE)
      const clean = await table(ns)
      await ns.exec('nft', 'add table inet weft { flags dormant; }; add table inet weft-draft; add chain inet weft-draft left')
      expect(await table(ns)).to.include('dormant')
      const second = filterOf(ns)
      try {
        expect((await second.apply(THREE)).changes).to.deep.equal(['table inet weft: written'])
        expect(await ruleset(ns)).to.equal(clean)
      } finally {
        second.close()
      }
    }))

  it('replaces a table that cannot become what it should be', () =>
    withFilter(async (firewall, ns) => {
      await ns.exec('nft', 'add table inet weft; add set inet weft leases-blue { type mark; }; add chain inet weft forward')
      await ns.exec('nft', 'add chain inet weft input { type filter hook output priority 5; policy drop; }')
      await firewall.apply(THREE)
      const replaced = await table(ns)
      await firewall.cleanup()
      await firewall.apply(THREE)
      expect(await table(ns)).to.equal(replaced)
    }))

  it('removes the table when this host takes part in no network any more', () =>
    withFilter(async (firewall, ns) => {
      expect((await firewall.apply(NOTHING)).changes).to.deep.equal([])
      await firewall.apply(THREE)
      expect((await firewall.apply(NOTHING)).changes).to.deep.equal(['table inet weft: removed'])
      expect(await ruleset(ns)).to.equal('')
    }))

  it('follows changes of a network: port, VNI, subnets, a second one', () =>
    withFilter(async (firewall, ns) => {
      await firewall.apply(THREE)
      const other = aCluster(3, { ...BLUE, port: 8472, vni: 101, subnetSize: 20 })
      await firewall.apply(wanted(other.view, local, new Set()))
      expect(await table(ns)).to.match(/8472 \. 0x65 : goto peers-blue/)
      const green = aCluster(2, { ...BLUE, name: 'green' as never, pool: parsePrefix('10.62.0.0/16'), vni: 200 }).view
      const both: ClusterView = {
        ...other.view,
        networks: new Map([...other.view.networks, ...green.networks]),
        leases: [...other.view.leases, ...green.leases],
        vteps: [...other.view.vteps, ...green.vteps],
      }
      await firewall.apply(wanted(both, local, new Set()))
      expect(await table(ns)).to.match(/4789 \. 0xc8 : goto peers-green/)
      await firewall.apply(THREE)
      const text = await table(ns)
      expect(text).not.to.include('green')
      await firewall.cleanup()
      await firewall.apply(THREE)
      expect(await table(ns)).to.equal(text)
    }))

  it('bears the longest name of a network', () =>
    withFilter(async (firewall, ns) => {
      const name = parseNetworkName('a-name-of-thirty-two-characters0')
      const cluster = aCluster(2, { ...BLUE, name })
      await firewall.apply(wanted(cluster.view, local, new Set([hostId(2)])))
      expect(await table(ns)).to.include(`set leases-${name} {`)
    }))

  it('checks peers with IPv6 underlay addresses', () =>
    withFilter(async (firewall, ns) => {
      const cluster = aCluster(3).moved(1, '2001:db8::1').moved(2, '2001:db8::2').moved(3, '2001:db8::3')
      const six = { ...local, underlay: parseIp('2001:db8::1') }
      await firewall.apply(THREE)
      await firewall.apply(wanted(cluster.view, six, new Set()))
      await firewall.apply(wanted(cluster.adopted(2, 3).view, six, new Set()))
      expect(await ns.exec('nft', 'list', 'set', 'inet', 'weft', 'leases-blue')).to.match(
        /2001:db8::3 \. 0xa3d0200,\s+2001:db8::3 \. 0xa3d0300/,
      )
      firewall.distrust()
      expect((await firewall.apply(wanted(cluster.adopted(2, 3).view, six, new Set()))).changes).to.deep.equal([])
    }))

  it('applies 1,000 peers as elements, without writing a rule', () =>
    withFilter(async (firewall, ns) => {
      const big = aCluster(1000, { ...BLUE, pool: parsePrefix('10.60.0.0/14') })
      const alone = { ...big.view, leases: big.view.leases.slice(0, 1), vteps: big.view.vteps.slice(0, 1) }
      await firewall.apply(wanted(alone, local, new Set()))
      const handles = async (): Promise<string[]> =>
        (await ns.exec('nft', '-a', '-t', 'list', 'table', 'inet', 'weft')).match(/# handle \d+/g) ?? []
      const before = await handles()
      await firewall.apply(wanted(big.view, local, new Set()))
      expect(await handles()).to.deep.equal(before)
      const listed = await ns.exec('nft', 'list', 'set', 'inet', 'weft', 'leases-blue')
      expect(listed.match(/ \. 0x/g)).to.have.length(999)
      firewall.distrust()
      expect((await firewall.apply(wanted(big.view, local, new Set()))).changes).to.deep.equal([])
    }))
})

describe('NftFirewall when others change its table', function () {
  this.timeout(60_000)

  const harms: readonly (readonly [what: string, command: string, told: RegExp])[] = [
    ['the ruleset is flushed', 'flush ruleset', /- table inet weft/],
    ['the table is flushed', 'flush table inet weft', /- rule 1 of chain forward/],
    ['the table is deleted', 'delete table inet weft', /- table inet weft/],
    ['a rule is put in', 'insert rule inet weft peers-blue accept', /\+ rule 8 of chain peers-blue/],
    ['a set is emptied', 'flush set inet weft leases-blue', /repaired set leases-blue: \+192\.0\.2\.2 \. 10\.61\.2\.0/],
    [
      'an element is put in',
      'add element inet weft vteps-blue { 192.0.2.66 . 0xa3d0002 }',
      /repaired set vteps-blue: -192\.0\.2\.66 \. 10\.61\.0\.2/,
    ],
    ['an element of a fixed set goes', 'delete element inet weft links { "wbr-blue" }', /~ elements of set links/],
    ['a policy is changed', 'add chain inet weft forward { policy drop; }', /~ chain forward/],
    ['a chain is put in', 'add chain inet weft mine', /\+ chain mine/],
    ['the table is set dormant', 'add table inet weft { flags dormant; }', /~ table/],
  ]
  for (const [what, command, told] of harms) {
    it(`notices at once and repairs: ${what}`, () =>
      withFilter(async (firewall, ns) => {
        await firewall.apply(THREE)
        const clean = await ruleset(ns)
        let noticed = 0
        firewall.onChange(() => noticed++)
        await ns.exec('nft', command)
        await eventually(() => noticed > 0)
        expect((await firewall.inspect(THREE)).join('\n')).to.match(told)
        expect((await firewall.apply(THREE)).changes.join('\n')).to.match(told)
        expect(await ruleset(ns)).to.equal(clean)
        expect((await firewall.apply(THREE)).changes).to.deep.equal([])
      }))
  }

  it('does not call back for its own changes, nor for those that do not concern it', () =>
    withFilter(async (firewall, ns) => {
      let noticed = 0
      firewall.onChange(() => noticed++)
      await firewall.apply(THREE)
      await firewall.apply(wanted(view, local, new Set([hostId(2)])))
      await ns.exec('nft', 'add table ip other; add chain ip other c')
      await eventually(() => noticed > 0)
      const before = noticed
      await ns.exec('nft', 'add rule ip other c accept')
      await firewall.apply(THREE)
      // What is announced last shows that all before has been heard.
      await ns.exec('nft', 'add table ip last')
      await eventually(() => noticed > before)
      expect([before, noticed]).to.deep.equal([1, 2])
    }))

  it('notices after so many changes at once that notifications are lost', () =>
    withFilter(async (firewall, ns) => {
      await firewall.apply(THREE)
      let noticed = 0
      firewall.onChange(() => noticed++)
      const elements = Array.from({ length: 20_000 }, (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`)
      // All in one go, while this thread does nothing else: the kernel has room for some of them only.
      const { execFileSync } = await import('node:child_process')
      execFileSync('nsenter', [`--net=${ns.path}`, 'nft', '-f', '-'], {
        input: `table ip other { set s { type ipv4_addr; elements = { ${elements.join(', ')} }; }; }\nflush table inet weft\n`,
      })
      await eventually(() => noticed > 0)
      expect((await firewall.apply(THREE)).changes[0]).to.match(/written anew/)
    }))

  it('leaves tables of others as they are, whatever it does', () =>
    withFilter(async (firewall, ns) => {
      await ns.exec(
        'nft',
        'table inet theirs { set weft { type ipv4_addr; elements = { 10.61.2.0 }; }; chain c { type filter hook forward priority 0; ip saddr @weft accept; }; }',
      )
      await ns.exec('nft', 'table ip weft { chain forward { type filter hook forward priority 0; }; }')
      const theirs = await ruleset(ns)
      await firewall.apply(THREE)
      await firewall.apply(wanted(aCluster(2).view, local, new Set([hostId(2)])))
      await ns.exec('nft', 'delete', 'table', 'inet', 'weft')
      await firewall.apply(THREE)
      expect(await firewall.cleanup()).to.deep.equal(['table inet weft'])
      expect(await ruleset(ns)).to.equal(theirs)
      expect(await firewall.cleanup()).to.deep.equal([])
    }))
})
