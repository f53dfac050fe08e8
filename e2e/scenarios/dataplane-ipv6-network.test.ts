import { expect } from 'chai'
import { it } from 'mocha'
import type { AgentStatus, EndpointView, LeaseView, NetworkView, PlanView } from '#api'
import { CniRuntime, waitFor, type LabHost } from '#lab'
import { ping, reaches, transfer } from '../lab/traffic.js'
import { dropped, Forgery } from './forgery.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'

/*
 *   h1/c1  h1/c2     h2/c1        h3/c1
 *      \\    /          |            |        a /64 of fd61::/48 each; h1/c2 is in blue (10.61.0.0/16), too
 *     wbr-six        wbr-six      wbr-six
 *        h1             h2           h3        h4: a stranger, without an agent
 *   =====+==============+====== underlay ======+===+=== etcd1                     198.18.0.0/16 and 2001:2::/48
 */
story('dataplane: IPv6 network', { hosts: 3, network: { name: 'six', pool: 'fd61::/48' }, containers: 1 }, (stage) => {
  const host = (name: string): LabHost => stage.lab.host(name)
  const leases = (of = 'six'): Promise<LeaseView[]> =>
    host('h1')
      .weftJson<LeaseView[]>(['leases'])
      .then((all) => all.filter(({ network }) => network === of))
  const outside = '2001:2::1'
  let floating = ''

  it('each host leases a /64, and the kernel is as the leases say', async () => {
    for (const { subnet } of await leases()) expect(subnet).to.match(/^fd61:0:0:[0-9a-f]+::\/64$/)
    const [network] = await host('h1').weftJson<NetworkView[]>(['network', 'ls'])
    expect(network).to.deep.include({ pool: 'fd61::/48', subnetSize: 64, leased: 3, leasable: 65_535 })
    for (const name of ['h1', 'h2', 'h3']) {
      expect((await host(name).weftJson<PlanView>(['plan'])).steps, name).to.deep.equal([])
      expect((await host(name).weftJson<AgentStatus>(['status'])).problems, name).to.deep.equal([])
    }
  })

  it('containers and hosts reach each other, and packets as large as the MTU arrive whole', async () => {
    await stage.addContainer('h1/c2', 'six')
    for (const [from, to] of [
      ['h1/c1', 'h1/c2'],
      ['h1/c1', 'h2/c1'],
      ['h2/c1', 'h3/c1'],
      ['h3/c1', 'h1/c2'],
    ] as const) {
      expect(await ping(stage.container(from), stage.address(to)), `${from} ${to}`).to.include({ lost: 0 })
    }
    expect(await ping(host('h1'), stage.address('h3/c1'))).to.include({ lost: 0 })
    const whole = ['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', String(1500 - 50 - 48)]
    await stage.container('h1/c1').exec([...whole, stage.address('h2/c1')])
    const { intact } = await transfer(stage.container('h1/c1'), stage.container('h3/c1'), stage.address('h3/c1'), 8 * 1024 * 1024)
    expect(intact).to.equal(true)
  })

  it('an address that no host leases is refused at once', async () => {
    const { code, stdout, stderr } = await stage
      .container('h1/c1')
      .exec(['ping', '-n', '-c', '1', '-W', '5', 'fd61:0:0:ffff::7'], { check: false })
    expect([code, stdout + stderr]).to.satisfy(([exit, text]: [number, string]) => exit === 1 && /[Uu]nreachable|No route/.test(text))
  })

  it('what leaves the network bears the host’s address, and the host keeps its own', async () => {
    await stage.lab.underlay.exec(['ip', 'address', 'add', `${outside}/48`, 'dev', 'underlay', 'nodad'])
    await host('h1').exec(['ip', 'address', 'add', '2001:2::1:1/48', 'dev', 'eth0', 'nodad'])
    await stage.lab.underlay.exec(['nft', '-f', '-'], {
      input: 'table inet look { chain c { type filter hook input priority 0; ip6 saddr 2001:2::1:1 icmpv6 type echo-request counter; }; }',
    })
    await reaches(stage.container('h1/c1'), outside)
    expect((await stage.lab.underlay.exec(['nft', 'list', 'table', 'inet', 'look'])).stdout).to.match(/counter packets [1-9]/)
    await stage.lab.underlay.exec(['nft', 'delete', 'table', 'inet', 'look'])
  })

  it('a container can have both families, each by a network of its own', async () => {
    await host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    await stage.lab.networkReady('blue')
    const both = stage.container('h1/c2')
    const attach = ['attach', '--netns', both.netns, '--network', 'blue', '--name', 'both', '--interface', 'eth1']
    const { address } = await host('h1').weftJson<EndpointView>(attach)
    const other = await (await host('h2').addContainer('b1')).attach('blue')
    await reaches(stage.container('h2/b1'), address)
    await reaches(both, other.address)
    await reaches(both, stage.address('h2/c1'))
  })

  it('forged packets never arrive: wrong outer source, wrong inner source, unknown VNI', async () => {
    const stranger = await stage.lab.addHost()
    const forgery = await Forgery.prepare(stage.container('h1/c1'), host('h1'), stage.address('h1/c1'), 'six')
    const sound = { source: stage.address('h2/c1'), vni: forgery.vni }
    const reach = async (): Promise<void> => reaches(stage.container('h3/c1'), stage.address('h1/c1'))
    expect(await forgery.send(stage.container('h2/c1'), sound.source), 'from a container of the network').to.equal(5)
    for (const [what, { source, vni }] of [
      ['an inner source of h2', sound],
      ['an inner source of nobody', { ...sound, source: '2001:db8::7' }],
      ['another VNI', { ...sound, vni: 4242 }],
    ] as const) {
      await forgery.tunnel(stranger, source, vni)
      expect(await forgery.send(stranger, source, reach), what).to.equal(0)
    }
    expect(await dropped(host('h1'), 'six')).to.be.at.least(10)
    await host('h2').exec(['ip', 'address', 'add', 'fd61:0:0:ffff::9/128', 'dev', 'lo'])
    expect(await forgery.send(host('h2'), 'fd61:0:0:ffff::9', reach), 'a peer under an address that it does not lease').to.equal(0)
    host('h1').freezeAgent()
    try {
      await host('h1').exec(['nft', 'flush', 'chain', 'inet', 'weft', 'input'])
      await forgery.tunnel(stranger, sound.source, sound.vni)
      expect(await forgery.send(stranger, sound.source, reach), 'without the filter').to.equal(5)
    } finally {
      host('h1').thawAgent()
    }
  })

  it('what somebody takes away comes back', async () => {
    for (const words of [
      ['ip', 'nexthop', 'flush', 'proto', '87'],
      ['ip', 'link', 'del', 'weft-six'],
      ['ip', '-6', 'address', 'flush', 'dev', 'wbr-six'],
      ['sysctl', '-qw', 'net.ipv6.conf.all.forwarding=0'],
    ]) {
      await host('h1').exec(words)
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
      await reaches(stage.container('h1/c1'), stage.address('h1/c2'))
    }
  })

  it('container runtimes get addresses of it', async () => {
    const container = await host('h1').addContainer('box')
    const plugins = [{ type: 'weft-cni', network: 'six', socket: host('h1').socket }]
    const runtime = new CniRuntime(host('h1'), { cniVersion: '1.0.0', name: 'six', plugins })
    const box = { id: 'box-of-h1', netns: container.netns }
    const result = (await runtime.add(box)) as { ips: { address: string; gateway: string }[]; routes: { dst: string }[] }
    expect(result.routes.map(({ dst }) => dst)).to.deep.equal(['::/0'])
    const [address = ''] = result.ips[0]?.address.split('/') ?? []
    await reaches(stage.container('h2/c1'), address)
    await runtime.check(box, result)
    await runtime.del(box, result)
  })

  it('what is not built for IPv6 is refused, with what to use instead', async () => {
    for (const words of [['network', 'create', 'red', '--pool', 'fd62::/48', '--direct', 'auto']]) {
      expectRefusal(await host('h1').weft(words, { check: false }), 1, 'WEFT_NOT_BUILT', /IPv6[\s\S]*hint: leave/)
    }
  })

  it('an exclusive network has its gate: a host whose agent is frozen serves nothing of it any more, and everything else', async () => {
    await host('h1').weft(['network', 'create', 'red', '--pool', 'fd62::/48', '--failover', 'exclusive'])
    await stage.lab.networkReady('red')
    for (const label of ['h1/r1', 'h2/r1']) await stage.addContainer(label, 'red')
    await reaches(stage.container('h2/r1'), stage.address('h1/r1'))
    expect((await leases('red')).find((lease) => lease.host === 'h1')?.gate).to.equal('open')
    host('h1').freezeAgent()
    try {
      await waitFor(
        'the gate to shut',
        async () => (await ping(stage.container('h2/r1'), stage.address('h1/r1'), { count: 1 })).received === 0,
      )
      expect(await ping(stage.container('h2/c1'), stage.address('h1/c1'))).to.include({ lost: 0 })
    } finally {
      host('h1').thawAgent()
    }
    await reaches(stage.container('h2/r1'), stage.address('h1/r1'))
  })

  it('a floating address is reached from everywhere, also by containers that look for it on their own bridge', async () => {
    floating = stage.address('h1/c1').replace(/[0-9a-f]+$/, 'f00')
    await host('h1').weft(['address', 'add', floating, '--network', 'six', '--prefer', 'h3'])
    for (const from of ['h1/c1', 'h2/c1', 'h3/c1']) await reaches(stage.container(from), floating)
    expect((await host('h3').exec(['ip', '-6', 'address', 'show', 'dev', 'wbr-six'])).stdout).to.contain(floating)
  })

  it('a host dies: another one serves its subnet and its floating address, and its container, started again there, has its address', async () => {
    const subnet = (await leases()).find((lease) => lease.host === 'h3')?.subnet
    await host('h3').powerOff()
    const adopted = await waitFor('the adoption', async () => {
      const lease = (await leases()).find((each) => each.subnet === subnet)
      return lease?.adoptedFrom === 'h3' && lease
    })
    const address = stage.address('h3/c1')
    // Nobody has it yet: whoever wants to talk to it is told so at once.
    const script = `const s=require('net').connect(7,'${address}');s.on('error',(e)=>{console.log(e.code);process.exit()});setTimeout(()=>process.exit(),9000)`
    await waitFor('a refusal', async () =>
      (await stage.container('h1/c1').exec([process.execPath, '-e', script])).stdout.includes('ECONNREFUSED'),
    )
    await stage.addContainer(`${adopted.host}/again`, 'six', ['--address', address])
    for (const from of ['h1/c1', 'h2/c1']) for (const to of [address, floating]) await reaches(stage.container(from), to)
  })

  it('nothing is left after the clean-up', async () => {
    await host('h2').stopAgent()
    await host('h2').exec(['weftd', '--cleanup'])
    const { stdout } = await host('h2').exec(['sh', '-c', 'ip -o link; ip route; ip -6 route; ip nexthop; ip -6 rule; nft list tables'])
    expect(stdout).not.to.match(/weft|wbr-|proto 87/)
  })
})
