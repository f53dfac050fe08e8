import { expect } from 'chai'
import { it } from 'mocha'
import type { AgentStatus, EndpointView, LeaseView, NetworkView, PlanView } from '#api'
import { CniRuntime, waitFor, type LabHost, type Place } from '#lab'
import { probe } from '../lab/probe.js'
import { ping, reaches } from '../lab/traffic.js'
import { dropped, Forgery } from './forgery.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'

/*
 *   h1/c1  h1/c2     h2/c1        h3/c1
 *      \    /          |            |        a /24 of 10.61.0.0/16 and a /64 of fd61::/48 each
 *     wbr-app        wbr-app      wbr-app    one bridge, one VXLAN device, one VNI
 *        h1             h2           h3        h4: a stranger, without an agent
 *   =====+==============+====== underlay ======+===+=== etcd1                     198.18.0.0/16 and 2001:2::/48
 */
const APP = { name: 'app', pool: ['10.61.0.0/16', 'fd61::/48'] }
story('dataplane: dual stack', { hosts: 3, network: APP, containers: 1 }, (stage) => {
  const host = (name: string): LabHost => stage.lab.host(name)
  const leases = async (of: string): Promise<LeaseView[]> =>
    (await host('h1').weftJson<LeaseView[]>(['leases'])).filter(({ network, host: owner }) => network === 'app' && owner === of)
  /** The addresses of a container, IPv4 first. */
  const both = async (label: string): Promise<readonly [string, string]> => {
    const [name = ''] = label.split('/')
    const endpoints = await host(name).weftJson<EndpointView[]>(['endpoints'])
    const { address = '', second = '' } = endpoints.find((each) => each.name === label.replace('/', '-')) ?? {}
    return address.includes(':') ? [second, address] : [address, second]
  }
  const reachesBoth = async (from: Place, label: string): Promise<void> => {
    for (const address of await both(label)) await reaches(from, address)
  }
  const outside = ['198.18.255.1', '2001:2::1'] as const

  it('each host leases a subnet of either pool, and what the pools share is there once', async () => {
    const [network] = await host('h1').weftJson<NetworkView[]>(['network', 'ls'])
    expect(network).to.deep.include({ pool: '10.61.0.0/16', subnetSize: 24, leased: 3 })
    expect(network?.second).to.deep.equal({ pool: 'fd61::/48', subnetSize: 64, leased: 3, leasable: 65_535 })
    for (const name of ['h1', 'h2', 'h3']) {
      expect(
        (await leases(name)).map(({ subnet }) => subnet.includes(':')),
        name,
      ).to.have.members([false, true])
      await waitFor(`${name} to rest`, async () => (await host(name).weftJson<PlanView>(['plan'])).steps.length === 0)
      expect((await host(name).weftJson<AgentStatus>(['status'])).problems, name).to.deep.equal([])
      const { stdout } = await host(name).exec(['sh', '-c', 'ip -o link show type vxlan; ip -o link show type bridge'])
      expect(stdout.match(/weft-|wbr-/g), name).to.deep.equal(['weft-', 'wbr-'])
    }
  })

  it('containers and hosts reach each other by both, and packets as large as the MTU arrive whole', async () => {
    await stage.addContainer('h1/c2', 'app')
    for (const [from, to] of [
      ['h1/c1', 'h1/c2'],
      ['h1/c1', 'h2/c1'],
      ['h2/c1', 'h3/c1'],
    ] as const) {
      for (const address of await both(to))
        expect(await ping(stage.container(from), address, { count: 2 }), `${from} ${address}`).to.include({ lost: 0 })
    }
    await reachesBoth(host('h1'), 'h3/c1')
    const [four, six] = await both('h2/c1')
    for (const [address, headers] of [
      [four, 28],
      [six, 48],
    ] as const)
      await stage.container('h1/c1').exec(['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', String(1500 - 50 - headers), address])
  })

  it('addresses can be asked for, one of each pool', async () => {
    const [four, six] = (await both('h2/c1')).map((address) => address.replace(/[0-9a-f]+$/, '77')) as [string, string]
    await stage.addContainer('h2/c77', 'app', ['--address', six, '--address', four])
    expect(await both('h2/c77')).to.deep.equal([four, six])
    await reachesBoth(stage.container('h3/c1'), 'h2/c77')
    const more = ['--address', four.replace('77', '78'), '--address', four.replace('77', '79')]
    const words = ['attach', '--netns', stage.container('h2/c77').netns, '--network', 'app', '--name', 'wrong', ...more]
    expectRefusal(await host('h2').weft(words, { check: false }), 1, 'WEFT_ADDRESS_OUTSIDE_SUBNET', /of one family[\s\S]*hint: /)
  })

  it('addresses that no host leases are refused at once', async () => {
    for (const nobody of ['10.61.250.7', 'fd61:0:0:ffff::7']) {
      const { code, stdout, stderr } = await stage.container('h1/c1').exec(['ping', '-n', '-c', '1', '-W', '5', nobody], { check: false })
      expect([code, stdout + stderr], nobody).to.satisfy(
        ([exit, text]: [number, string]) => exit === 1 && /[Uu]nreachable|No route/.test(text),
      )
    }
  })

  it('what leaves the network bears the host’s address of its family', async () => {
    const { underlay } = stage.lab
    await underlay.exec(['ip', 'address', 'add', `${outside[0]}/16`, 'dev', 'underlay'])
    await underlay.exec(['ip', 'address', 'add', `${outside[1]}/48`, 'dev', 'underlay', 'nodad'])
    await host('h1').exec(['ip', 'address', 'add', '2001:2::1:1/48', 'dev', 'eth0', 'nodad'])
    await underlay.exec(['nft', '-f', '-'], {
      input: `table inet look { chain c { type filter hook input priority 0; ip saddr ${host('h1').address} icmp type echo-request counter
        ip6 saddr 2001:2::1:1 icmpv6 type echo-request counter; }; }`,
    })
    for (const address of outside) await reaches(stage.container('h1/c1'), address)
    const { stdout } = await underlay.exec(['nft', 'list', 'table', 'inet', 'look'])
    expect(stdout.match(/counter packets [1-9]/g)).to.have.lengthOf(2)
    await underlay.exec(['nft', 'delete', 'table', 'inet', 'look'])
  })

  it('the agent is killed and comes back: no packet of either family is lost', async () => {
    const streams = []
    for (const address of await both('h2/c1')) streams.push(await probe(stage.container('h1/c1'), address, 300))
    await host('h1').killAgent()
    await host('h1').startAgent()
    await stage.lab.networkReady('app')
    for (const stream of streams) {
      const { sent, lost } = await stream.end()
      expect(sent).to.be.greaterThan(100)
      expect(lost, `lost of ${sent}`).to.equal(0)
    }
  })

  it('what somebody takes away comes back, for both', async () => {
    for (const words of [
      ['ip', 'nexthop', 'flush', 'proto', '87'],
      ['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=0'],
      // They may find a route gone already that the kernel took along with another.
      ['sh', '-c', 'ip route flush proto 87; ip -6 route flush proto 87; true'],
      ['ip', 'address', 'flush', 'dev', 'wbr-app'],
      ['ip', 'link', 'del', 'weft-app'],
      ['nft', 'flush', 'ruleset'],
    ]) {
      await host('h1').exec(words)
      await reachesBoth(stage.container('h1/c1'), 'h2/c1')
      await reachesBoth(stage.container('h1/c1'), 'h1/c2')
      await waitFor(`what follows ${words.join(' ')}`, async () => {
        const { steps, filter } = await host('h1').weftJson<PlanView>(['plan'])
        return steps.length + filter.length === 0
      })
    }
  })

  it('forged packets of either family never arrive', async () => {
    const stranger = await stage.lab.addHost()
    for (const [index, target] of (await both('h1/c1')).entries()) {
      const forgery = await Forgery.prepare(stage.container('h1/c1'), host('h1'), target, 'app')
      const source = (await both('h2/c1'))[index] ?? ''
      const reach = async (): Promise<void> => reaches(stage.container('h3/c1'), target)
      expect(await forgery.send(stage.container('h2/c1'), source), 'from a container of the network').to.equal(5)
      const nobody = ['203.0.113.7', '2001:db8::7'][index] ?? ''
      const before = await dropped(host('h1'), 'app')
      for (const from of [source, nobody]) {
        await forgery.tunnel(stranger, from, forgery.vni)
        expect(await forgery.send(stranger, from, reach), from).to.equal(0)
      }
      expect((await dropped(host('h1'), 'app')) - before).to.be.at.least(10)
      await stage.container('h1/c1').exec(['nft', 'delete', 'table', 'inet', 'look'])
    }
  })

  it('container runtimes get an address of each', async () => {
    const container = await host('h1').addContainer('box')
    const plugins = [{ type: 'weft-cni', network: 'app', socket: host('h1').socket }]
    const runtime = new CniRuntime(host('h1'), { cniVersion: '1.0.0', name: 'app', plugins })
    const box = { id: 'box-of-h1', netns: container.netns }
    const result = (await runtime.add(box)) as { ips: { address: string; gateway: string }[]; routes: { dst: string }[] }
    expect(result.routes.map(({ dst }) => dst)).to.deep.equal(['0.0.0.0/0', '::/0'])
    expect(result.ips.map(({ gateway }) => gateway.includes(':'))).to.deep.equal([false, true])
    for (const { address } of result.ips) await reaches(stage.container('h2/c1'), address.split('/')[0] ?? '')
    await runtime.check(box, result)
    await runtime.del(box, result)
  })

  it('a pool is added to a network that is in use', async () => {
    await host('h1').weft(['network', 'create', 'old', '--pool', '10.62.0.0/16'])
    await stage.lab.networkReady('old')
    for (const label of ['h1/o1', 'h2/o1']) await stage.addContainer(label, 'old')
    await reaches(stage.container('h1/o1'), stage.address('h2/o1'))
    const taken = await host('h1').weft(['network', 'set', 'old', '--pool', 'fd61:0:0:5::/64'], { check: false })
    expectRefusal(taken, 1, 'WEFT_POOL_OVERLAP', /fd61::\/48 of network 'app'/)
    await host('h1').weft(['network', 'set', 'old', '--pool', 'fd62::/48'])
    await stage.lab.networkReady('old')
    await stage.addContainer('h3/o1', 'old')
    await stage.addContainer('h1/o2', 'old')
    await reachesBoth(stage.container('h3/o1'), 'h1/o2')
    // One that was there before has the one address that it had.
    expect(await both('h1/o1')).to.deep.equal([stage.address('h1/o1'), ''])
    await reaches(stage.container('h3/o1'), stage.address('h1/o1'))
  })

  it('nonsense written by hand is named, and what was good before stays', async () => {
    const key = '/weft/v1/networks/app/config'
    const { stdout } = await stage.lab.etcdctl(['get', '--print-value-only', key])
    const good = JSON.parse(stdout) as object
    for (const [second, named] of [
      [{ pool: '10.63.0.0/16', subnetSize: 24 }, '10.61.0.0/16 and 10.63.0.0/16 are both of IPv4'],
      [{ pool: 'fd62::/56', subnetSize: 64 }, "pool fd62::/56 overlaps fd62::/48 of network 'old'"],
    ] as const) {
      await stage.lab.etcdctl(['put', key, JSON.stringify({ ...good, second })])
      await waitFor(`the problem: ${named}`, async () =>
        (await host('h1').status()).problems.some(({ message, field }) => field?.includes(key) === true && message.includes(named)),
      )
      await reachesBoth(stage.container('h1/c1'), 'h2/c1')
    }
    await stage.lab.etcdctl(['put', key, JSON.stringify(good)])
    await waitFor('no problem', async () => (await host('h1').status()).problems.length === 0)
  })

  it('a host dies: one other host serves both of its subnets, and its container, started again there, has both addresses', async () => {
    const subnets = (await leases('h3')).map(({ subnet }) => subnet)
    const addresses = await both('h3/c1')
    await host('h3').powerOff()
    const owner = await waitFor('the adoption of both', async () => {
      const all = await host('h1').weftJson<LeaseView[]>(['leases'])
      const now = all.filter(({ network, subnet }) => network === 'app' && subnets.includes(subnet))
      const [first] = now
      return now.length === 2 && now.every(({ adoptedFrom }) => adoptedFrom === 'h3') && first && now.map((lease) => lease.host)
    })
    expect(owner[0]).to.equal(owner[1])
    await stage.addContainer(
      `${owner[0]}/again`,
      'app',
      addresses.flatMap((address) => ['--address', address]),
    )
    for (const from of ['h1/c1', 'h2/c1']) for (const address of addresses) await reaches(stage.container(from), address)
  })

  it('the host is back: both of its subnets are its own again', async () => {
    const adopted = await host('h1').weftJson<LeaseView[]>(['leases'])
    const [owner = ''] = adopted.flatMap((lease) => (lease.network === 'app' && lease.adoptedFrom === 'h3' ? [lease.host] : []))
    await stage.container(`${owner}/again`).detach()
    await host('h3').boot()
    await waitFor('both to be back', async () => {
      const own = await leases('h3')
      return own.length === 2 && own.every(({ adoptedFrom }) => adoptedFrom === undefined)
    })
    await stage.lab.networkReady('app')
    await reachesBoth(stage.container('h1/c1'), 'h3/c1')
  })

  it('nothing is left after the clean-up', async () => {
    await host('h2').stopAgent()
    await host('h2').exec(['weftd', '--cleanup'])
    const { stdout } = await host('h2').exec(['sh', '-c', 'ip -o link; ip route; ip -6 route; ip nexthop; ip -6 rule; nft list tables'])
    expect(stdout).not.to.match(/weft|wbr-|proto 87/)
  })
})
