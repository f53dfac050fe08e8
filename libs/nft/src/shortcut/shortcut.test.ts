import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseIp } from '#core'
import { hostId } from '#plan/testkit'
import { eventually } from '../testkit/eventually.js'
import { B1, B2, BURST, counter, echoesAt, filterOf, ping, SHORT, withProcess, withStage, type Stage } from '../testkit/stage.js'

const onStage = (test: (stage: Stage) => Promise<void>): Promise<void> => withStage(test, 4, SHORT)

/** Packets that h1 has forwarded on the usual way while something was done. */
async function forwarded({ h1 }: Stage, action: () => Promise<unknown>): Promise<number> {
  const before = await counter(h1, 'Ip', 'ForwDatagrams')
  await action()
  return (await counter(h1, 'Ip', 'ForwDatagrams')) - before
}

const there = ({ b1 }: Stage): Promise<boolean> => ping(b1, B2)
/** What goes there and comes back. */
const BOTH_WAYS = 2 * BURST

async function settled(stage: Stage): Promise<void> {
  await stage.apply()
  expect(await there(stage)).to.equal(true)
}

const tables = async ({ h1 }: Stage): Promise<string> => h1.exec('nft', 'list', 'tables')

describe('shortcuts', function () {
  this.timeout(60_000)

  it('take packets between endpoints past forwarding and connection tracking, both ways', () =>
    onStage(async (stage) => {
      await stage.firewall.apply(stage.wanted())
      expect(await forwarded(stage, () => there(stage))).to.equal(BOTH_WAYS)
      await stage.firewall.forgetConnections(stage.view.leases.map(({ subnet }) => subnet))
      await settled(stage)
      expect(await forwarded(stage, async () => expect(await there(stage)).to.equal(true))).to.equal(0)
      expect(await forwarded(stage, async () => expect(await ping(stage.b2, B1)).to.equal(true))).to.equal(0)
      expect(await stage.h1.exec('conntrack', '-L', '-s', B1)).not.to.include(B2)
      expect(await stage.firewall.inspect(stage.wanted())).to.deep.equal([])
    }))

  it('leave to the usual way what needs an answer: packets at their end, and those that are too large', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { b1, h1 } = stage
      expect(await b1.exec('sh', '-c', `ping -n -c 1 -W 1 -t 1 ${B2}; true`)).to.include('Time to live exceeded')
      const [port = ''] = /wp-[0-9a-f]+/.exec(await h1.exec('nft', 'list', 'table', 'netdev', 'weft-shortcut')) ?? []
      await h1.ip('link', 'set', port, 'mtu', '9000')
      await b1.ip('link', 'set', 'eth0', 'mtu', '9000')
      expect(await b1.exec('sh', '-c', `ping -n -c 1 -W 1 -M do -s 3000 ${B2} 2>&1; true`)).to.match(/Frag needed.*mtu = 1450/)
    }))

  it('end for a dead host’s subnets at once, so that they are refused', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { b1, firewall } = stage
      const firewallOfDead = stage.wanted([hostId(2)])
      await firewall.apply(firewallOfDead)
      expect(await b1.exec('sh', '-c', `ping -n -c 1 -W 1 ${B2}; true`)).to.include('Destination Host Unreachable')
      await firewall.shorten(firewallOfDead)
      expect(await ping(b1, B2)).to.equal(false)
      await stage.apply()
      expect(await forwarded(stage, async () => expect(await there(stage)).to.equal(true))).to.equal(0)
    }))

  it('are not taken where somebody else sees forwarded packets, and are again without', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { h1 } = stage
      let told = 0
      stage.firewall.onChange(() => told++)
      await h1.exec('nft', 'table inet theirs { chain c { type filter hook forward priority 0; counter; }; }')
      await eventually(async () => told > 0)
      expect((await stage.apply()).noShortcuts).to.equal('the chain inet theirs c of somebody else sees forwarded packets')
      expect(await tables(stage)).not.to.include('weft-shortcut')
      expect(await forwarded(stage, async () => expect(await there(stage)).to.equal(true))).to.equal(BOTH_WAYS)
      await h1.exec('nft', 'delete table inet theirs')
      await eventually(async () => told > 1)
      expect((await stage.apply()).noShortcuts).to.equal(undefined)
      expect(await forwarded(stage, async () => expect(await there(stage)).to.equal(true))).to.equal(0)
    }))

  it('are not taken where somebody has a chain at a device of Weft’s', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { h1 } = stage
      for (const device of ['wbr-blue', 'weft-blue']) {
        let told = 0
        const stop = stage.firewall.onChange(() => told++)
        await h1.exec('nft', `table netdev theirs { chain c { type filter hook ingress device ${device} priority 20; counter; }; }`)
        await eventually(async () => told > 0)
        expect((await stage.apply()).noShortcuts, device).to.equal('the chain netdev theirs c of somebody else sees forwarded packets')
        await h1.exec('nft', 'delete table netdev theirs')
        await eventually(async () => told > 1)
        stop()
        expect((await stage.apply()).noShortcuts, device).to.equal(undefined)
      }
    }))

  it('are not taken where somebody leads what is for other addresses to endpoints: the answers come back by there', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { h1, b1, b2, firewall } = stage
      const server = `require('net').createServer((s)=>s.end('served')).listen(7000,'${B2}',()=>console.log('listens'))`
      await withProcess(b2, [process.execPath, '-e', server], async (child) => {
        await new Promise((resolve) => child.stdout.once('data', resolve))
        for (const [rule, end, reason] of [
          [
            `iptables-nft -t nat -A PREROUTING -d 203.0.113.9 -p tcp -j DNAT --to ${B2}`,
            'iptables-nft -t nat -F PREROUTING',
            'iptables (nft) has rules',
          ],
          [
            `nft 'table ip services { chain c { type nat hook prerouting priority dstnat; ip daddr 203.0.113.9 dnat to ${B2}; }; }'`,
            'nft delete table ip services',
            'the chain ip services c',
          ],
        ] as const) {
          let told = 0
          const stop = firewall.onChange(() => told++)
          await h1.exec('sh', '-c', rule)
          await eventually(async () => told > 0)
          expect((await stage.apply()).noShortcuts, rule).to.include(reason)
          expect(await b1.exec('bash', '-c', 'timeout 10 cat < /dev/tcp/203.0.113.9/7000'), rule).to.equal('served')
          told = 0
          await h1.exec('sh', '-c', end)
          await eventually(async () => told > 0)
          stop()
          expect((await stage.apply()).noShortcuts, end).to.equal(undefined)
        }
      })
    }))

  it('leave out endpoints with published ports: answers to who asks another address of the host are translated back', () =>
    onStage(async (stage) => {
      const { b1, b2, firewall } = stage
      await stage.apply()
      const [network, ...others] = stage.wanted().networks
      const { shortcut, ...rest } = network!
      const networks = [{ ...rest, shortcut: { ...shortcut!, endpoints: [] } }, ...others]
      const publication = { protocol: 'tcp', hostPort: 8080, address: parseIp(B1), port: 7000 } as const
      await firewall.apply({ ...stage.wanted(), networks, published: [publication] })
      const server = `require('net').createServer((s)=>s.end('served')).listen(7000,'${B1}',()=>console.log('listens'))`
      await withProcess(b1, [process.execPath, '-e', server], async (child) => {
        await new Promise((resolve) => child.stdout.once('data', resolve))
        for (const asked of ['10.61.0.1/8080', '10.61.1.1/8080', `${B1}/7000`])
          expect(await b2.exec('bash', '-c', `timeout 10 cat < /dev/tcp/${asked}`), asked).to.equal('served')
      })
    }))

  it('leave the hosts’ VXLAN packets untracked, as long as nobody filters what a host receives', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { h1, firewall } = stage
      const tracked = async (): Promise<boolean> => {
        await h1.exec('conntrack', '-F')
        expect(await there(stage)).to.equal(true)
        return (await h1.exec('conntrack', '-L', '-p', 'udp')).includes('dport=4789')
      }
      expect(await tracked()).to.equal(false)
      for (const [filter, end] of [
        ['nft add table inet theirs; nft add chain inet theirs c { type filter hook input priority 0\\; }', 'nft delete table inet theirs'],
        ['iptables-nft -A INPUT -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT', 'iptables-nft -F INPUT'],
      ] as const) {
        let told = 0
        const stop = firewall.onChange(() => told++)
        await h1.exec('sh', '-c', filter)
        await eventually(async () => told > 0)
        expect((await stage.apply()).noShortcuts, filter).to.equal(undefined)
        expect(await tracked(), filter).to.equal(true)
        told = 0
        await h1.exec('sh', '-c', end)
        await eventually(async () => told > 0)
        stop()
        await stage.apply()
        expect(await tracked(), end).to.equal(false)
      }
      expect(await firewall.cleanup()).to.include('table inet weft-untracked')
    }))

  it('are only for an endpoint’s own address: what it sends as the host is dropped on the usual way', () =>
    onStage(async (stage) => {
      const { b1, b2, h1 } = stage
      await settled(stage)
      const gateway = /ether (\S+)/.exec(await h1.exec('ip', 'link', 'show', 'wbr-blue'))?.[1]
      await b1.ip('neigh', 'replace', '10.61.1.1', 'lladdr', String(gateway), 'dev', 'eth0', 'nud', 'permanent')
      for (const forged of ['10.61.0.1', '10.61.1.1']) {
        await b1.ip('addr', 'add', `${forged}/32`, 'dev', 'lo')
        const before = await echoesAt(b2)
        await ping(b1, B2, '-I', forged)
        expect((await echoesAt(b2)) - before, forged).to.equal(0)
      }
    }))

  it('are made anew when a device that they lead to has been', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { h1, firewall } = stage
      for (const device of ['weft-blue', 'wbr-blue']) {
        await h1.ip('link', 'set', device, 'name', 'other')
        expect(await firewall.inspect(stage.wanted()), device).to.include('table netdev weft-shortcut: to be written')
        await h1.ip('link', 'set', 'other', 'name', device)
        expect(await firewall.inspect(stage.wanted()), device).to.deep.equal([])
      }
    }))

  it('that are not wanted any more end even when the rest of the filter cannot be written', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { h1, firewall } = stage
      const gate = firewall.gate as unknown as { guard: () => never }
      gate.guard = () => {
        throw new Error('no room')
      }
      await firewall.apply(stage.wanted([hostId(2)])).catch(() => undefined)
      expect(await h1.exec('nft', 'list', 'map', 'netdev', 'weft-shortcut', 'ways-blue')).not.to.include('10.61.2.0')
    }))

  it('end with the agent, which alone follows who filters packets', () =>
    onStage(async (stage) => {
      const agent = filterOf(stage.h1)
      await agent.apply(stage.wanted())
      await agent.shorten(stage.wanted())
      expect(await tables(stage))
        .to.include('weft-shortcut')
        .and.to.include('weft-untracked')
      agent.close()
      expect((await tables(stage)).trim()).to.equal('table inet weft')
      expect(await there(stage)).to.equal(true)
    }))

  it('are made anew when somebody changes them', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { h1, firewall } = stage
      const harms = [
        'flush ruleset',
        'delete table netdev weft-shortcut',
        'delete table netdev weft-shortcut; delete table inet weft-untracked',
        'flush chain netdev weft-shortcut in-blue',
        'flush map netdev weft-shortcut ways-blue',
        'add element netdev weft-shortcut here-blue { 10.61.1.99 }',
      ]
      for (const harm of harms) {
        let told = 0
        const stop = firewall.onChange(() => told++)
        await h1.exec('nft', harm)
        await eventually(async () => told > 0)
        stop()
        expect(await firewall.inspect(stage.wanted()), harm).to.include('table netdev weft-shortcut: to be written')
        await stage.apply()
        expect(await firewall.inspect(stage.wanted()), harm).to.deep.equal([])
        expect(await forwarded(stage, async () => expect(await there(stage), harm).to.equal(true)), harm).to.equal(0)
      }
    }))

  it('are there without any peer or endpoint, and for those that come', () =>
    onStage(async (stage) => {
      const { h1, firewall, view } = stage
      const alone = {
        ...view,
        leases: view.leases.filter(({ host }) => host === 'h1'),
        vteps: view.vteps.filter(({ host }) => host === 'h1'),
      }
      const [network, ...others] = stage.wanted([], alone).networks
      const nobody = {
        ...stage.wanted([], alone),
        networks: [{ ...network!, shortcut: { ...network!.shortcut!, endpoints: [] } }, ...others],
      }
      await firewall.apply(nobody)
      expect(await firewall.shorten(nobody)).to.deep.equal(['table netdev weft-shortcut: written'])
      await stage.apply([], alone)
      await stage.apply()
      expect(await h1.exec('nft', 'list', 'table', 'netdev', 'weft-shortcut'))
        .to.include('10.61.2.0 : 10.61.0.2')
        .and.to.include(B1)
      expect((await stage.apply()).changes).to.deep.equal([])
      expect(await forwarded(stage, async () => expect(await there(stage)).to.equal(true))).to.equal(0)
    }))

  it('follow a subnet to its new owner, and an endpoint that goes', () =>
    onStage(async (stage) => {
      await settled(stage)
      const { h1, firewall, view } = stage
      const listed = (): Promise<string> => h1.exec('nft', 'list', 'table', 'netdev', 'weft-shortcut')
      expect(await listed())
        .to.include('10.61.2.0 : 10.61.0.2')
        .and.to.include(`elements = { ${B1} }`)
      const moved = view.leases.map((lease) =>
        lease.subnet === '10.61.2.0/24' ? { ...lease, host: hostId(1), epoch: lease.epoch + 1 } : lease,
      )
      await stage.apply([], { ...view, leases: moved })
      expect(await listed()).not.to.include('10.61.2.0')
      await stage.apply()
      expect(await listed()).to.include('10.61.2.0 : 10.61.0.2')
      const [network, ...others] = stage.wanted().networks
      const emptied = { ...stage.wanted(), networks: [{ ...network!, shortcut: { ...network!.shortcut!, endpoints: [] } }, ...others] }
      await firewall.apply(emptied)
      expect(await listed()).not.to.include(B1)
      expect(await firewall.cleanup()).to.include('table netdev weft-shortcut: removed')
      expect(await tables(stage)).to.equal('')
    }))
})
