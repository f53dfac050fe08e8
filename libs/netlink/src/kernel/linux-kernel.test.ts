import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseIp, parsePrefix } from '#core'
import { desired, diff, renderPlan, type Desired, type Kernel, type StepFailure } from '#plan'
import { aCluster, BLUE, type TestCluster } from '#plan/testkit'
import { withHost } from '../testkit/test-host.js'
import { withNetns } from '../testkit/test-netns.js'

/** Brings the kernel to the wish; the failures of the last plan. */
async function reconcile(kernel: Kernel, wish: Pick<Desired, 'objects'>): Promise<readonly StepFailure[]> {
  return kernel.apply(diff(wish, await kernel.observe()))
}

const NOTHING = { objects: new Map() }

/** What is left to do, as text: empty when the kernel is as wished. */
async function leftToDo(kernel: Kernel, wish: Pick<Desired, 'objects'>): Promise<string> {
  const plan = diff(wish, await kernel.observe())
  return plan.steps.length + plan.obstacles.length === 0 ? '' : renderPlan(plan)
}

const wishOf = (cluster: TestCluster): Desired => desired(cluster.view, cluster.local(1))

describe('LinuxKernel', () => {
  it('makes a whole host, finds it as wished, and takes it away again', () =>
    withHost(({ ns, kernel }) =>
      withNetns(async (container) => {
        const cluster = aCluster(4)
        const endpoint = { ...cluster.endpoint(1, 'web', 5), netns: container.path }
        const wish = desired(cluster.view, cluster.local(1, endpoint))
        expect(await reconcile(kernel, wish)).to.deep.equal([])
        expect(await leftToDo(kernel, wish)).to.equal('')
        expect(await container.exec('ping', '-c', '1', '-W', '5', '10.61.1.1')).to.contain('1 received')
        expect(await ns.exec('ping', '-c', '1', '-W', '5', '10.61.1.5')).to.contain('1 received')
        const before = (await ns.ipJson('link')).map(({ ifname }) => ifname)
        expect(before).to.include.members(['weft-blue', 'wbr-blue'])

        expect(await reconcile(kernel, NOTHING)).to.deep.equal([])
        expect(await leftToDo(kernel, NOTHING)).to.equal('')
        expect((await ns.ipJson('link')).map(({ ifname }) => ifname)).to.have.members(['lo', 'under0', 'under1'])
        expect(await ns.ipJson('nexthop')).to.deep.equal([])
        expect((await ns.ipJson('route')).map(({ dst }) => dst)).to.deep.equal(['192.0.2.0/24'])
        expect((await container.ipJson('link')).map(({ ifname }) => ifname)).to.deep.equal(['lo'])
      }),
    ))

  it('makes a host on an IPv6 underlay with an IPv6 pool', () =>
    withHost(async ({ ns, kernel }) => {
      await ns.ip('address', 'add', '2001:db8::1/64', 'dev', 'under0', 'nodad')
      const network = { ...BLUE, pool: parsePrefix('fd00:61::/112'), subnetSize: 120 }
      const cluster = [1, 2, 3].reduce((made, number) => made.moved(number, `2001:db8::${number}`), aCluster(3, network))
      const wish = wishOf(cluster)
      expect(await reconcile(kernel, wish)).to.deep.equal([])
      expect(await leftToDo(kernel, wish)).to.equal('')
    }))

  it('mends whatever others do to a network of IPv6', () =>
    withHost(async ({ ns, kernel }) => {
      await ns.exec('sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1')
      const cluster = aCluster(3, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 })
      const wish = wishOf(cluster)
      expect(await reconcile(kernel, wish)).to.deep.equal([])
      const meddling = [
        ['link', 'set', 'weft-blue', 'down'],
        ['link', 'set', 'wbr-blue', 'down'],
        ['link', 'del', 'weft-blue'],
        ['link', 'del', 'wbr-blue'],
        ['-6', 'address', 'flush', 'dev', 'weft-blue'],
        ['-6', 'address', 'flush', 'dev', 'wbr-blue'],
        ['address', 'del', 'fe80::1/64', 'dev', 'wbr-blue'],
        ['-6', 'neigh', 'flush', 'dev', 'weft-blue', 'nud', 'permanent'],
        ['nexthop', 'flush', 'proto', '87'],
        ['-6', 'route', 'del', 'fd61:0:0:2::/64'],
        ['-6', 'route', 'del', 'fd61:0:0:1::/64', 'dev', 'wbr-blue'],
        ['-6', 'route', 'del', 'fd61::/48'],
      ]
      for (const command of meddling) {
        await ns.ip(...command)
        expect(await leftToDo(kernel, wish), command.join(' ')).to.not.equal('')
        expect(await reconcile(kernel, wish), command.join(' ')).to.deep.equal([])
        expect(await leftToDo(kernel, wish), command.join(' ')).to.equal('')
      }
      for (const setting of ['all.forwarding=0', 'wbr-blue.accept_ra=2', 'wbr-blue.disable_ipv6=1', 'weft-blue.disable_ipv6=1']) {
        await ns.exec('sysctl', '-qw', `net.ipv6.conf.${setting}`)
        expect(await leftToDo(kernel, wish), setting).to.not.equal('')
        expect(await reconcile(kernel, wish), setting).to.deep.equal([])
        expect(await leftToDo(kernel, wish), setting).to.equal('')
      }
      // A link-local address that somebody else gives is none of Weft's; a subnet that has moved is not on the link any more.
      await ns.ip('address', 'add', 'fe80::77/64', 'dev', 'wbr-blue', 'nodad')
      expect(await leftToDo(kernel, wish)).to.equal('')
      const both = (state: TestCluster): TestCluster => state.with({ leases: [...state.view.leases, cluster.leaseRecord(1, 9)] })
      expect(await reconcile(kernel, wishOf(both(cluster.adopted(1, 2))))).to.deep.equal([])
      expect(await leftToDo(kernel, wishOf(both(cluster.adopted(1, 2))))).to.equal('')
      const [route] = await ns.ipJson('-6', 'route', 'show', 'fd61:0:0:1::/64')
      expect(route).to.deep.include({ gateway: 'fd61::2', protocol: '87' })
      expect(await reconcile(kernel, NOTHING)).to.deep.equal([])
      expect(await ns.exec('ip', '-6', 'route')).to.not.contain('fd61')
    }))

  it('answers for a floating IPv6 address that is elsewhere, and stops when it comes', () =>
    withHost(({ ns, kernel }) =>
      withNetns(async (container) => {
        const cluster = aCluster(2, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 })
        const endpoint = { ...cluster.endpoint(1, 'web', 5), netns: container.path }
        const floating = (at: number): Desired => {
          const { view } = cluster.floating(at, 'fd61:0:0:1::200')
          return desired(view, cluster.local(1, endpoint))
        }
        const macAsked = async (): Promise<unknown> => {
          await container.ip('neigh', 'flush', 'dev', 'eth0')
          await container.exec('sh', '-c', 'ping -c 1 -W 1 fd61:0:0:1::200 || true')
          return (await container.ipJson('neigh', 'show', 'fd61:0:0:1::200'))[0]?.['lladdr']
        }
        const [wish, here] = [floating(2), floating(1)]
        expect(await reconcile(kernel, wish)).to.deep.equal([])
        expect(await leftToDo(kernel, wish)).to.equal('')
        const bridge = (await ns.ipJson('link', 'show', 'wbr-blue'))[0]?.['address']
        expect(await macAsked(), 'from the host').to.equal(bridge)
        await ns.ip('-6', 'neigh', 'del', 'proxy', 'fd61:0:0:1::200', 'dev', 'wbr-blue')
        expect(await macAsked(), 'without the entry').to.equal(undefined)
        await ns.ip('-6', 'neigh', 'add', 'proxy', 'fd61:0:0:1::99', 'dev', 'wbr-blue')
        expect(await leftToDo(kernel, wish)).to.contain('neigh proxy fd61:0:0:1::200')
        expect(await reconcile(kernel, wish)).to.deep.equal([])
        expect(await leftToDo(kernel, wish)).to.equal('')
        expect(await reconcile(kernel, here)).to.deep.equal([])
        expect(await leftToDo(kernel, here)).to.equal('')
        expect(await ns.exec('ip', '-6', 'neigh', 'show', 'proxy'))
          .to.contain('fd61:0:0:1::99')
          .and.not.contain('::200')
        expect(await macAsked(), 'it is here').to.equal(bridge)
      }),
    ))

  it('follows peers that leave, come back and move', () =>
    withHost(async ({ kernel }) => {
      const cluster = aCluster(5)
      for (const state of [
        cluster,
        cluster.without(3),
        cluster,
        cluster.moved(2, '192.0.2.200'),
        cluster.adopted(4, 5),
        cluster.adopted(2, 1),
      ]) {
        expect(await reconcile(kernel, wishOf(state))).to.deep.equal([])
        expect(await leftToDo(kernel, wishOf(state))).to.equal('')
      }
    }))

  it('hands a subnet of its own to a peer, past the kernel’s own route to it', () =>
    withHost(async ({ ns, kernel }) => {
      const cluster = aCluster(3)
      const given = cluster.adopted(1, 2)
      // The host keeps a subnet, so that the network stays.
      const both = (state: TestCluster): TestCluster => state.with({ leases: [...state.view.leases, cluster.leaseRecord(1, 9)] })
      expect(await reconcile(kernel, wishOf(both(cluster)))).to.deep.equal([])
      expect(await reconcile(kernel, wishOf(both(given)))).to.deep.equal([])
      expect(await leftToDo(kernel, wishOf(both(given)))).to.equal('')
      const [route] = await ns.ipJson('route', 'show', '10.61.1.0/24')
      expect(route).to.deep.include({ gateway: '10.61.0.2', protocol: '87' })
    }))

  it('mends whatever others do to it', () =>
    withHost(async ({ ns, kernel }) => {
      const wish = wishOf(aCluster(3))
      expect(await reconcile(kernel, wish)).to.deep.equal([])
      const meddling = [
        ['link', 'set', 'weft-blue', 'down'],
        ['link', 'set', 'wbr-blue', 'down'],
        ['link', 'del', 'weft-blue'],
        ['link', 'del', 'wbr-blue'],
        ['link', 'set', 'weft-blue', 'mtu', '1300'],
        ['link', 'set', 'wbr-blue', 'mtu', '1300'],
        ['link', 'set', 'weft-blue', 'address', '02:00:00:00:00:99'],
        ['link', 'set', 'weft-blue', 'type', 'vxlan', 'id', '100', 'local', '192.0.2.77'],
        ['address', 'flush', 'dev', 'weft-blue'],
        ['address', 'add', '10.61.77.1/24', 'dev', 'wbr-blue'],
        ['neigh', 'flush', 'dev', 'weft-blue', 'nud', 'permanent'],
        ['nexthop', 'flush', 'proto', '87'],
        ['route', 'del', '10.61.2.0/24'],
        ['route', 'del', '10.61.1.0/24', 'dev', 'wbr-blue'],
        ['route', 'del', '10.61.0.0/16'],
        ['route', 'replace', '10.61.2.0/24', 'dev', 'under0', 'proto', '87'],
      ]
      for (const command of meddling) {
        await ns.ip(...command)
        expect(await leftToDo(kernel, wish), command.join(' ')).to.not.equal('')
        expect(await reconcile(kernel, wish), command.join(' ')).to.deep.equal([])
        expect(await leftToDo(kernel, wish), command.join(' ')).to.equal('')
      }
      const [{ id } = {}] = (await ns.ipJson('nexthop')) as { id?: number }[]
      await ns.ip('nexthop', 'replace', 'id', String(id), 'blackhole', 'proto', '87')
      expect(await reconcile(kernel, wish)).to.deep.equal([])
      expect(await ns.ipJson('nexthop')).to.have.length(2)
      await ns.exec('sysctl', '-qw', 'net.ipv4.ip_forward=0')
      await ns.exec('sysctl', '-qw', 'net.ipv4.conf.weft-blue.rp_filter=1')
      expect(await reconcile(kernel, wish)).to.deep.equal([])
      expect(await leftToDo(kernel, wish)).to.equal('')
    }))

  it('mends the rules of exclusive leases and a floating address', () =>
    withHost(async ({ ns, kernel }) => {
      const foreign = await ns.exec('ip', 'rule', 'show')
      const wish = wishOf(
        aCluster(3, { ...BLUE, failover: 'exclusive' })
          .floating(1, '10.61.2.7')
          .floating(3, '10.61.1.7'),
      )
      expect(await reconcile(kernel, wish)).to.deep.equal([])
      expect(await leftToDo(kernel, wish)).to.equal('')
      const meddling = [
        ['rule', 'del', 'pref', '88', 'to', '10.61.1.0/24'],
        ['rule', 'del', 'pref', '88', 'from', '10.61.1.0/24'],
        ['rule', 'del', 'pref', '87', 'iif', 'lo'],
        ['rule', 'del', 'pref', '89'],
        ['rule', 'add', 'pref', '88', 'to', '10.99.0.0/16', 'blackhole', 'protocol', '87'],
        ['rule', 'add', 'pref', '50', 'to', '10.61.1.0/24', 'lookup', 'main', 'protocol', '87'],
        ['address', 'del', '10.61.2.7/32', 'dev', 'wbr-blue'],
      ]
      for (const command of meddling) {
        await ns.ip(...command)
        expect(await leftToDo(kernel, wish), command.join(' ')).to.not.equal('')
        expect(await reconcile(kernel, wish), command.join(' ')).to.deep.equal([])
        expect(await leftToDo(kernel, wish), command.join(' ')).to.equal('')
      }
      await ns.exec('sysctl', '-qw', 'net.ipv4.conf.wbr-blue.proxy_arp=0')
      expect(await reconcile(kernel, wish)).to.deep.equal([])
      expect(await ns.exec('sysctl', '-n', 'net.ipv4.conf.wbr-blue.proxy_arp', 'net.ipv4.neigh.wbr-blue.proxy_delay')).to.equal('1\n0\n')
      expect(await reconcile(kernel, NOTHING)).to.deep.equal([])
      expect(await ns.exec('ip', 'rule', 'show')).to.equal(foreign)
    }))

  it('knows its own from before, and removes only that', () =>
    withHost(async ({ ns, kernel }) => {
      const wish = wishOf(aCluster(3, { ...BLUE, failover: 'exclusive' }))
      await reconcile(kernel, wish)
      await ns.ip('rule', 'add', 'pref', '88', 'to', '10.61.1.0/24', 'lookup', 'main')
      await ns.ip('link', 'add', 'weft-other', 'type', 'vxlan', 'id', '9', 'local', '192.0.2.1', 'dstport', '4789')
      await ns.ip('route', 'add', '10.99.0.0/16', 'dev', 'under0')
      await ns.ip('nexthop', 'add', 'id', '5', 'dev', 'under0')
      expect(await leftToDo(kernel, wish)).to.equal('')
      expect(await reconcile(kernel, NOTHING)).to.deep.equal([])
      expect((await ns.ipJson('link')).map(({ ifname }) => ifname)).to.have.members(['lo', 'under0', 'under1', 'weft-other'])
      expect((await ns.ipJson('route')).map(({ dst }) => dst)).to.have.members(['192.0.2.0/24', '10.99.0.0/16'])
      expect((await ns.ipJson('nexthop')).map(({ id }) => id)).to.deep.equal([5])
      expect(await ns.exec('ip', 'rule', 'show', 'pref', '88')).to.include('lookup main')
    }))

  it('announces what others change, and its own changes', () =>
    withHost(async ({ ns, kernel }) => {
      const wish = wishOf(aCluster(3, { ...BLUE, failover: 'exclusive' }))
      let calls = 0
      let wake = (): void => undefined
      const stop = kernel.onChange(() => {
        calls++
        wake()
      })
      const next = async (action: () => Promise<unknown>): Promise<void> => {
        const before = calls
        await action()
        while (calls === before) await new Promise<void>((resolve) => (wake = resolve))
      }
      await next(() => reconcile(kernel, wish))
      await kernel.observe()
      await next(() => ns.ip('nexthop', 'flush', 'proto', '87'))
      await next(() => ns.ip('link', 'set', 'weft-blue', 'down'))
      await next(() => ns.ip('address', 'del', '10.61.1.1/24', 'dev', 'wbr-blue'))
      await next(() => ns.ip('route', 'del', '10.61.0.0/16'))
      await next(() => ns.ip('rule', 'del', 'pref', '88', 'to', '10.61.1.0/24'))
      await next(() => ns.exec('sysctl', '-qw', 'net.ipv4.conf.weft-blue.rp_filter=1'))
      stop()
    }))

  it('sees the host beside Weft', () =>
    withHost(async ({ ns, kernel }) => {
      await reconcile(kernel, wishOf(aCluster(3)))
      await ns.ip('route', 'add', '10.99.0.0/16', 'via', '192.0.2.9')
      await ns.ip('route', 'add', 'default', 'via', '192.0.2.254')
      const { links, routes } = await kernel.hostNetwork()
      expect(links.map(({ name }) => name)).to.have.members(['lo', 'under0', 'under1'])
      const address = { address: parseIp('192.0.2.1'), prefix: parsePrefix('192.0.2.0/24') }
      expect(links.find(({ name }) => name === 'under0')).to.deep.include({ name: 'under0', mtu: 1500, up: true, addresses: [address] })
      expect(routes).to.have.members(['192.0.2.0/24', '10.99.0.0/16'])
    }))

  it('does a plan of thousands of steps in few sends, and finds it done', () =>
    withHost(async ({ kernel }) => {
      const network = { ...BLUE, pool: parsePrefix('10.0.0.0/8') }
      const wish = wishOf(aCluster(3000, network))
      expect(await reconcile(kernel, wish)).to.deep.equal([])
      expect(await leftToDo(kernel, wish)).to.equal('')
    }))

  it('says that it takes root', async () => {
    // Root without CAP_NET_ADMIN, as in a container.
    const program = `
      import { LinuxKernel } from '#netlink'
      import { realClock } from '#netlink/testkit'
      import { RecordingLog } from '#core/testkit'
      try {
        await LinuxKernel.open({ clock: realClock, log: new RecordingLog() })
      } catch (error) {
        console.log(error.code)
      }`
    const without = ['--bounding-set=-net_admin', '--inh-caps=-net_admin', process.execPath, '--input-type=module', '-e', program]
    const { stdout } = await promisify(execFile)('setpriv', without, { cwd: import.meta.dirname })
    expect(stdout).to.equal('WEFT_NOT_ROOT\n')
  })

  it('answers nothing after it is closed', () =>
    withHost(async ({ kernel }) => {
      kernel.close()
      let failure: unknown
      await kernel.observe().catch((error: unknown) => (failure = error))
      expect(failure).to.include({ code: 'WEFT_NETLINK' })
    }))
})
