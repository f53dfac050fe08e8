import { expect } from 'chai'
import { it } from 'mocha'
import type { HostView, LeaseView, PlanView } from '#api'
import { waitFor } from '#lab'
import { ping, reaches, transfer } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *   h1/c1   h1/c2       h2/c1   h2/c2       h3/c1   h3/c2          h4/c1 (later)
 *      \     /             \     /             \     /                |
 *     wbr-blue            wbr-blue            wbr-blue             wbr-blue        a subnet of 10.61.0.0/16 each
 *   h1 weft-blue        h2 weft-blue        h3 weft-blue         h4 weft-blue
 *        |                   |                   |                    |
 *   =====+======= underlay 198.18.0.0/16 ========+====================+======= etcd1
 */
story('three hosts, one network @smoke', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 2 }, (stage) => {
  const containers = ['h1/c1', 'h1/c2', 'h2/c1', 'h2/c2', 'h3/c1', 'h3/c2']

  it('each host leases a subnet of its own, and all hosts agree on which', async () => {
    const views = await Promise.all([...stage.lab.hosts.values()].map((host) => host.weftJson<LeaseView[]>(['leases'])))
    const [first = []] = views
    expect(first.map(({ host }) => host).sort()).to.deep.equal(['h1', 'h2', 'h3'])
    expect(new Set(first.map(({ subnet }) => subnet))).to.have.property('size', 3)
    // How long a proof still lasts, each host knows of itself alone.
    const shared = (view: readonly LeaseView[]): unknown => view.map(({ subnet, host, epoch, since }) => ({ subnet, host, epoch, since }))
    for (const view of views) expect(shared(view)).to.deep.equal(shared(first))
  })

  it('etcdctl shows the leases as one line of JSON each, under a key that says what it is', async () => {
    const { stdout } = await stage.lab.etcdctl(['get', '--prefix', '/weft/v1/networks/blue/leases/'])
    const lines = stdout.trim().split('\n')
    expect(lines).to.have.length(6)
    for (let at = 0; at < lines.length; at += 2) {
      expect(lines[at]).to.match(/^\/weft\/v1\/networks\/blue\/leases\/10\.61\.\d+\.0-24$/)
      expect(JSON.parse(lines[at + 1] ?? '')).to.include({ format: 1, state: 'held' })
    }
  })

  it('every container reaches every other, on its own host and on the others', async () => {
    for (const from of containers) {
      const results = await Promise.all(
        containers
          .filter((to) => to !== from)
          .map(async (to) => ({ to, lost: (await ping(stage.container(from), stage.address(to))).lost })),
      )
      expect(
        results.filter(({ lost }) => lost > 0),
        `lost from ${from}`,
      ).to.deep.equal([])
    }
  })

  it('hosts reach containers of other hosts', async () => {
    expect(await ping(stage.lab.host('h1'), stage.address('h3/c1'))).to.include({ lost: 0 })
    expect(await ping(stage.lab.host('h3'), stage.address('h2/c2'))).to.include({ lost: 0 })
  })

  it('packets as large as the overlay’s MTU arrive unbroken', async () => {
    // 1500 of the underlay, 50 of VXLAN (RFC 7348 §5), 28 of IPv4 and ICMP.
    const whole = ['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', String(1500 - 50 - 28)]
    await stage.container('h1/c1').exec([...whole, stage.address('h2/c1')])
  })

  it('a large transfer arrives as it was sent', async () => {
    const result = await transfer(stage.container('h1/c1'), stage.container('h3/c1'), stage.address('h3/c1'), 32 * 1024 * 1024)
    expect(result.intact).to.equal(true)
  })

  it('an address that no host leases is refused at once, and does not leave by the default route', async () => {
    const { code, stdout, stderr } = await stage
      .container('h1/c1')
      .exec(['ping', '-n', '-c', '1', '-W', '5', '10.61.255.7'], { check: false })
    expect(code).to.equal(1)
    expect(stdout + stderr).to.match(/Unreachable/)
  })

  it('a fourth host joins, and everybody reaches it', async () => {
    const host = await stage.lab.addHost()
    await host.startAgent()
    await stage.lab.networkReady('blue')
    await stage.addContainer('h4/c1', 'blue')
    for (const from of containers) await reaches(stage.container(from), stage.address('h4/c1'))
    expect(await ping(stage.container('h4/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
  })

  it('one leaves for good: nobody keeps an entry for it, and the others do not notice', async () => {
    const { lab } = stage
    const gone = lab.host('h3')
    const stream = ping(stage.container('h1/c1'), stage.address('h2/c1'), { count: 400, interval: 0.01 })
    await gone.stopAgent()
    await gone.exec(['weftd', '--cleanup'])
    for (const kind of [
      ['link', 'show', 'type', 'vxlan'],
      ['route', 'show', 'proto', '87'],
      ['nexthop', 'show', 'proto', '87'],
    ]) {
      expect((await gone.exec(['ip', ...kind])).stdout).to.equal('')
    }
    // Leases are lasting: an operator says that this host will not come back.
    const { stdout } = await lab.etcdctl(['get', '--prefix', '/weft/v1/', '--keys-only'])
    const leases = await lab.host('h1').weftJson<LeaseView[]>(['leases'])
    const subnet = leases.find((lease) => lease.host === 'h3')?.subnet.replace('/', '-')
    const vtep = (await vteps(stage.lab)).find((claim) => claim.host === 'h3')?.key
    for (const key of [`/weft/v1/networks/blue/leases/${subnet}`, vtep ?? '', '/weft/v1/hosts/h3']) {
      expect(stdout.split('\n')).to.contain(key)
      await lab.etcdctl(['del', key])
    }
    for (const host of ['h1', 'h2', 'h4']) {
      await waitFor(`${host} to forget h3`, async () => {
        const kernel = await Promise.all(
          [
            ['bridge', 'fdb'],
            ['ip', 'nexthop'],
            ['ip', 'route'],
            ['ip', 'neighbour'],
          ].map((words) => lab.host(host).exec(words)),
        )
        return !kernel.some(({ stdout: text }) => text.includes(`dst ${gone.address}`) || text.includes(subnet?.replace('-', '/') ?? ''))
      })
      expect((await lab.host(host).weftJson<HostView[]>(['hosts'])).map((view) => view.host)).not.to.contain('h3')
    }
    expect(await stream).to.include({ sent: 400, lost: 0 })
  })

  it('in the end every kernel is as its agent wants it', async () => {
    for (const host of ['h1', 'h2', 'h4']) {
      const plan = await stage.lab.host(host).weftJson<PlanView>(['plan'])
      expect(plan.steps, host).to.deep.equal([])
      expect(plan.obstacles, host).to.deep.equal([])
    }
  })
})

async function vteps(lab: { etcdctl(words: readonly string[]): Promise<{ stdout: string }> }): Promise<{ key: string; host: string }[]> {
  const lines = (await lab.etcdctl(['get', '--prefix', '/weft/v1/networks/blue/vteps/'])).stdout.trim().split('\n')
  return lines.flatMap((key, at) => (at % 2 === 0 ? [{ key, host: (JSON.parse(lines[at + 1] ?? '{}') as { host: string }).host }] : []))
}
