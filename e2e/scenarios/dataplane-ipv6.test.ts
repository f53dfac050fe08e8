import { expect } from 'chai'
import { it } from 'mocha'
import type { AgentStatus, HostView, LeaseView, PathView, PingView, PlanView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { until } from '../lab/liveness.js'
import { ping, reaches, transfer } from '../lab/traffic.js'
import { dropped, Forgery } from './forgery.js'
import { story } from './story.js'

/*
 *    h1/c1       h2/c1       h3/c1
 *      |           |           |        h4: a stranger,      h5: a host of the cluster that is first given
 *     h1          h2          h3            without an agent     an underlay address of the other family
 *   ===+===========+=== underlay 2001:2::/48 ==+=====================+======= etcd1 (IPv6, too)
 *
 * No IPv4 on the underlay, but for h5's; blue is an IPv4 network all the same.
 */
story('dataplane: IPv6 underlay', { hosts: 3, underlay: 6, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const host = (name: string): LabHost => stage.lab.host(name)
  const overlayMtu = 1500 - 70

  it('the hosts know each other by IPv6 addresses, and no other', async () => {
    const hosts = await host('h1').weftJson<HostView[]>(['hosts'])
    expect(hosts.map(({ host: name, underlay }) => `${name} ${underlay}`).sort()).to.deep.equal([
      'h1 2001:2::1:1',
      'h2 2001:2::1:2',
      'h3 2001:2::1:3',
    ])
    expect((await host('h1').exec(['ip', '-4', 'address', 'show', 'dev', 'eth0'])).stdout).to.equal('')
  })

  it('containers reach each other, and packets as large as the MTU arrive whole', async () => {
    for (const [from, to] of [
      ['h1/c1', 'h2/c1'],
      ['h2/c1', 'h3/c1'],
      ['h3/c1', 'h1/c1'],
    ] as const) {
      expect(await ping(stage.container(from), stage.address(to)), `${from} ${to}`).to.include({ lost: 0 })
    }
    const whole = ['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', String(overlayMtu - 28)]
    await stage.container('h1/c1').exec([...whole, stage.address('h2/c1')])
    const { intact } = await transfer(stage.container('h1/c1'), stage.container('h3/c1'), stage.address('h3/c1'), 8 * 1024 * 1024)
    expect(intact).to.equal(true)
  })

  it('gossip, echoes and measured paths go over IPv6', async () => {
    const { ok, ways } = await host('h1').weftJson<PingView>(['ping', 'h2'])
    expect([ok, ways.map(({ way, address }) => `${way} ${address}`).slice(1)]).to.deep.equal([
      true,
      ['underlay 2001:2::1:2', 'datagram 2001:2::1:2', 'stream 2001:2::1:2'],
    ])
    const [path] = await host('h1').weftJson<PathView[]>(['paths', 'h2', '--now'])
    expect(path?.ways.map(({ way, out, in: back }) => [way, out.passes, back.passes])).to.deep.equal([
      ['overlay', overlayMtu, overlayMtu],
      ['underlay', 1500, 1500],
    ])
  })

  it('the VXLAN packets have UDP checksums', async () => {
    const { stdout } = await host('h1').exec(['ip', '-d', 'link', 'show', 'weft-blue'])
    expect(stdout).to.contain('noudp6zerocsumtx noudp6zerocsumrx')
  })

  it('forged packets never arrive: wrong outer source, wrong inner source, unknown VNI', async () => {
    const stranger = await stage.lab.addHost()
    const forgery = await Forgery.prepare(stage.container('h1/c1'), host('h1'), stage.address('h1/c1'), 'blue')
    const sound = { source: stage.address('h2/c1'), vni: forgery.vni }
    // What the counters would miss shows here: the same packets arrive from where they may come.
    expect(await forgery.send(stage.container('h2/c1'), sound.source), 'from a container of the network').to.equal(5)
    const reach = async (): Promise<void> => reaches(stage.container('h3/c1'), stage.address('h1/c1'))
    const before = await dropped(host('h1'), 'blue')
    for (const [what, { source, vni }] of [
      ['an inner source of h2', sound],
      ['an inner source of nobody', { ...sound, source: '203.0.113.7' }],
      ['another VNI', { ...sound, vni: 4242 }],
    ] as const) {
      await forgery.tunnel(stranger, source, vni)
      expect(await forgery.send(stranger, source, reach), what).to.equal(0)
    }
    expect((await dropped(host('h1'), 'blue')) - before).to.equal(10)
    // A peer under an address that it does not lease.
    await host('h2').exec(['ip', 'address', 'add', '10.61.250.9/32', 'dev', 'lo'])
    expect(await forgery.send(host('h2'), '10.61.250.9', reach)).to.equal(0)
    expect((await dropped(host('h1'), 'blue')) - before).to.equal(15)
    // It is the filter that keeps them out.
    host('h1').freezeAgent()
    try {
      await host('h1').exec(['nft', 'flush', 'chain', 'inet', 'weft', 'input'])
      await forgery.tunnel(stranger, sound.source, sound.vni)
      expect(await forgery.send(stranger, sound.source, reach)).to.equal(5)
    } finally {
      host('h1').thawAgent()
    }
  })

  it('a host with an underlay address of the other family: all are told, with the cure, and nothing else suffers', async () => {
    const odd = await stage.lab.addHost()
    const own = odd.address
    await odd.exec(['ip', 'address', 'add', '198.18.1.5/16', 'dev', 'eth0'])
    odd.writeConfig({ 'underlay-address': '198.18.1.5' })
    await odd.startAgent()
    const problemsOf = async (name: string): Promise<AgentStatus['problems']> =>
      (await host(name).weftJson<AgentStatus>(['status'])).problems
    for (const name of ['h1', 'h2', 'h3']) {
      const [problem] = await waitFor(`${name} to be told`, async () => {
        const problems = (await problemsOf(name)).filter(({ code }) => code === 'WEFT_UNDERLAY_INVALID')
        return problems.length > 0 && problems
      })
      expect(problem?.message, name).to.match(/^h5 has the underlay address 198\.18\.1\.5, this host 2001:2::1:\d/)
      expect(problem?.hint, name).to.contain('set --underlay-address of h5 to an IPv6 address')
    }
    expect((await problemsOf('h5')).map(({ field }) => field)).to.include.members(['hosts/h1 underlay', 'hosts/h2 underlay'])
    // It is not well, so the command fails.
    const { stdout } = await host('h1').weft(['-o', 'json', 'ping', 'h5'], { check: false })
    expect((JSON.parse(stdout) as PingView).meaning.join()).to.contain('gossip and VXLAN need one family')
    // The others go on.
    for (const to of ['h2/c1', 'h3/c1']) expect(await ping(stage.container('h1/c1'), stage.address(to)), to).to.include({ lost: 0 })
    // The cure.
    await odd.stopAgent()
    odd.writeConfig({ 'underlay-address': own })
    await odd.startAgent()
    await stage.lab.networkReady('blue')
    await until([host('h1'), host('h2'), host('h3')], 'h5', 'alive')
    await stage.addContainer('h5/c1', 'blue')
    await reaches(stage.container('h1/c1'), stage.address('h5/c1'))
    for (const name of ['h1', 'h5']) expect(await problemsOf(name), name).to.deep.equal([])
  })

  it('a host dies: another one serves its subnet, and its container, started again there, has its address', async () => {
    const subnet = (await host('h1').weftJson<LeaseView[]>(['leases'])).find((lease) => lease.host === 'h3')?.subnet
    await host('h3').powerOff()
    const adopted = await waitFor('the adoption', async () => {
      const lease = (await host('h1').weftJson<LeaseView[]>(['leases'])).find((each) => each.subnet === subnet)
      return lease?.adoptedFrom === 'h3' && lease
    })
    const address = stage.address('h3/c1')
    await stage.addContainer(`${adopted.host}/again`, 'blue', ['--address', address])
    for (const from of ['h1/c1', 'h2/c1', 'h5/c1']) await reaches(stage.container(from), address)
  })

  it('in the end every kernel is as its agent wants it, and nothing is left after the clean-up', async () => {
    for (const name of ['h1', 'h2', 'h5']) {
      const { steps, obstacles } = await host(name).weftJson<PlanView>(['plan'])
      expect([steps, obstacles], name).to.deep.equal([[], []])
    }
    await host('h2').stopAgent()
    await host('h2').exec(['weftd', '--cleanup'])
    const { stdout } = await host('h2').exec(['sh', '-c', 'ip -o link; ip route; ip -6 route; ip nexthop; nft list tables'])
    expect(stdout).not.to.match(/weft|wbr-|proto 87/)
  })
})
