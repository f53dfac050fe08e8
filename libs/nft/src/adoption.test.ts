import { describe, it } from 'mocha'
import { expect } from 'chai'
import { addressAt, leasableSubnetAt, parseIp, sleep, type ClusterView, type HostId, type SubnetLease } from '#core'
import { RecordingLog } from '#core/testkit'
import { LinuxKernel } from '#netlink'
import { realClock, withNetns, type TestNetns } from '#netlink/testkit'
import { createDesired, createDesiredFirewall, diff, PlannedMoves, type LocalEndpoint } from '#plan'
import { aCluster, BLUE, hostId } from '#plan/testkit'
import type { NftFirewall } from './nft-firewall.js'
import { eventually } from './testkit/eventually.js'
import { flood } from './testkit/flood.js'
import { counted, filterOf, ping, withProcess } from './testkit/stage.js'

/** An agent's hands: what the records ask of a host, put into its kernel, filter first. */
class Host {
  private readonly desired = createDesired()
  private readonly wanted = createDesiredFirewall()
  private readonly moves: PlannedMoves
  endpoints: readonly LocalEndpoint[] = []

  private constructor(
    readonly number: number,
    readonly ns: TestNetns,
    private readonly kernel: LinuxKernel,
    readonly firewall: NftFirewall,
  ) {
    this.moves = new PlannedMoves(hostId(number))
  }

  static async make(number: number, ns: TestNetns, lan: TestNetns): Promise<Host> {
    await lan.ip('link', 'add', `p${number}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', ns.name)
    await lan.ip('link', 'set', `p${number}`, 'master', 'lan', 'up')
    await ns.ip('addr', 'add', `192.0.2.${number}/24`, 'dev', 'eth0')
    await ns.ip('link', 'set', 'eth0', 'up')
    const kernel = await LinuxKernel.open({ clock: realClock, log: new RecordingLog(), netns: ns.netns })
    return new Host(number, ns, kernel, filterOf(ns))
  }

  attach(inside: TestNetns, subnetOf: number, last: number): void {
    const address = addressAt(leasableSubnetAt(BLUE, subnetOf - 1), last)
    const mac = `02:00:00:00:0${this.number}:${last}` as LocalEndpoint['mac']
    const endpoint = { network: BLUE.name, name: inside.name, address, mac, netns: inside.path, ifname: 'eth0', defaultRoute: true }
    this.endpoints = [...this.endpoints, endpoint]
  }

  /** Follows the records as an agent does whose peers all live, until nothing is moving any more. */
  async settle(view: ClusterView): Promise<void> {
    for (;;) {
      const now = realClock.now()
      const { view: shown, also, until } = this.moves.look(view, now, { heard: () => true, answers: () => true })
      await this.follow(shown, [], also)
      if (until === undefined) return
      await sleep(realClock, Math.max(1, until - now))
    }
  }

  /** Returns the codes of records that were left out. */
  async follow(view: ClusterView, dead: readonly HostId[] = [], also: readonly SubnetLease[] = []): Promise<readonly string[]> {
    const local = aCluster(3).local(this.number, ...this.endpoints)
    const desired = this.desired(view, local)
    await this.firewall.apply(this.wanted(view, local, new Set(dead), also))
    const failures = await this.kernel.apply(diff(desired, await this.kernel.observe()))
    if (failures[0]) throw failures[0].error
    return desired.problems.map(({ code }) => code)
  }

  close(): void {
    this.kernel.close()
    this.firewall.close()
  }
}

/**
 * ```
 *   b1 10.61.1.10 ── h1 ─┐
 *   web 10.61.2.10 ─ h2 ─┤ lan
 *   b3 10.61.3.10 ── h3 ─┘
 * ```
 */
async function withHosts(
  test: (hosts: [Host, Host, Host], b1: TestNetns, web: TestNetns, fresh: () => Promise<TestNetns>) => Promise<void>,
): Promise<void> {
  const all: TestNetns[] = []
  const more = (count: number, then: () => Promise<void>): Promise<void> =>
    count === 0
      ? then()
      : withNetns((ns) => {
          all.push(ns)
          return more(count - 1, then)
        })
  await more(8, async () => {
    const take = (): TestNetns => all.pop() as TestNetns
    const lan = take()
    await lan.ip('link', 'add', 'lan', 'type', 'bridge')
    await lan.ip('link', 'set', 'lan', 'up')
    const hosts: Host[] = []
    try {
      for (const number of [1, 2, 3]) hosts.push(await Host.make(number, take(), lan))
      const [b1, web] = [take(), take()]
      hosts[0]?.attach(b1, 1, 10)
      hosts[1]?.attach(web, 2, 10)
      for (const host of hosts) await host.follow(aCluster(3).view)
      await test(hosts as [Host, Host, Host], b1, web, async () => take())
    } finally {
      for (const host of hosts) host.close()
    }
  })
}

/** What a connection attempt comes to: `connected` or the name of the error. */
function attempt(from: TestNetns, to: string): Promise<string> {
  const script = `const s=require('net').connect(7,'${to}');s.on('error',e=>{console.log(e.code)});s.on('connect',()=>{console.log('connected')})`
  return withProcess(from, [process.execPath, '-e', script], async (child) => {
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (more: string) => (text += more))
    await eventually(() => text.includes('\n'))
    return text.trim()
  })
}

const addresses = async (host: Host): Promise<string> => host.ns.exec('ip', '-br', 'address', 'show', 'dev', 'wbr-blue')

describe('adoption in the data plane', function () {
  this.timeout(60_000)

  it('serves a dead host’s subnet elsewhere, refuses what nobody has there, fences the old host, and goes back', () =>
    withHosts(async ([h1, h2, h3], b1, web, fresh) => {
      expect(await ping(b1, '10.61.2.10')).to.equal(true)

      // h2 dies. h3 adopts its subnet; nobody has told h2.
      await h2.ns.ip('link', 'set', 'eth0', 'down')
      const adopted = aCluster(3).adopted(2, 3)
      const dead = [hostId(2)]
      await h3.follow(adopted.view, dead)
      await h1.follow(adopted.view, dead)
      expect(await addresses(h3))
        .to.include('10.61.2.1/24')
        .and.include('10.61.3.1/24')
      expect(await ping(b1, '10.61.2.1')).to.equal(true)
      for (const asks of [b1, h1.ns, h3.ns]) expect(await attempt(asks, '10.61.2.10')).to.equal('ECONNREFUSED')

      // Its container is started anew on h3, with the address it had.
      const again = await fresh()
      h3.attach(again, 2, 10)
      await h3.follow(adopted.view, dead)
      expect(await ping(b1, '10.61.2.10')).to.equal(true)
      expect(await ping(h3.ns, '10.61.2.10')).to.equal(true)
      expect(await attempt(b1, '10.61.2.11')).to.equal('ECONNREFUSED')

      // h2 is back and does not know yet: what its container sends is dropped where it arrives.
      await h2.ns.ip('link', 'set', 'eth0', 'up')
      const before = await counted(h1.ns, 'inner source is not leased to the outer source')
      expect(await ping(web, '10.61.1.10')).to.equal(false)
      expect(await counted(h1.ns, 'inner source is not leased to the outer source')).to.be.greaterThan(before)
      expect(await ping(b1, '10.61.2.10')).to.equal(true)

      // It learns of it: its container keeps its port, and reaches nobody; the host stays reachable.
      expect(await h2.follow(adopted.view)).to.deep.equal(['WEFT_ADDRESS_OUTSIDE_SUBNET'])
      expect(await addresses(h2)).not.to.include('10.61.2.1')
      expect(await web.exec('ip', '-br', 'address', 'show', 'dev', 'eth0')).to.include('10.61.2.10/24')
      expect(await ping(web, '10.61.1.10')).to.equal(false)
      expect(await ping(h1.ns, '10.61.0.2')).to.equal(true)

      // The subnet goes back. Nothing of it is left on h3 but the port of the container that was started there.
      const back = aCluster(3)
      for (const host of [h3, h1, h2]) await host.follow(back.view)
      expect(await addresses(h3)).not.to.include('10.61.2.1')
      expect(await ping(b1, '10.61.2.10')).to.equal(true)
      expect(await ping(web, '10.61.1.10')).to.equal(true)
      expect(await ping(again, '10.61.1.10')).to.equal(false)
    }))

  it('a floating address answers on the host that holds it, also to endpoints of the subnet it lies in, and moves', () =>
    withHosts(async ([h1, h2, h3], b1, web) => {
      const floating = '10.61.1.77'
      for (const holder of [2, 3, 1]) {
        const { view } = aCluster(3).floating(holder, floating)
        for (const host of [h1, h2, h3]) await host.follow(view)
        for (const asks of [b1, web, h1.ns, h2.ns, h3.ns]) expect(await ping(asks, floating), `held by h${holder}`).to.equal(true)
        for (const host of [h1, h2, h3]) {
          expect((await addresses(host)).includes(`${parseIp(floating)}/32`)).to.equal(host.number === holder)
        }
        // From a socket that is bound to it, to somebody else's endpoint.
        const here = [h1, h2, h3][holder - 1] as Host
        expect(await ping(here.ns, holder === 2 ? '10.61.1.10' : '10.61.2.10', '-I', floating)).to.equal(true)
      }
    }))

  it('a floating address that passes from one living host to another loses no packet', () =>
    withHosts(async (hosts, b1) => {
      const held = (by: number): ClusterView => aCluster(3).floating(by, '10.61.1.77').view
      for (const host of hosts) await host.settle(held(2))
      const [sent, answered] = await flood(b1, '10.61.1.77', async () => {
        // One host hears of it later than the others, each time another one.
        for (const [late, holder] of [3, 2, 3].entries()) {
          await Promise.all(
            hosts.map(async (host, index) => {
              if (index === late) await sleep(realClock, 50)
              await host.settle(held(holder))
            }),
          )
        }
      })
      expect(sent).to.be.greaterThan(1000)
      expect(answered).to.equal(sent)
    }))
})
