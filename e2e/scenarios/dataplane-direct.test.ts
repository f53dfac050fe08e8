import { expect } from 'chai'
import { it } from 'mocha'
import type { AgentStatus, LeaseView, PathView } from '#api'
import { waitFor, type LabHost, type Place } from '#lab'
import { longestGap, probe } from '../lab/probe.js'
import { ping, reaches, transfer } from '../lab/traffic.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'

/*
 *   h1/c1      h2/c1      h3/c1     stranger                         h4/c1
 *     |          |          |          |                               |
 *    h1         h2         h3         h5       router 198.18.0.1      h4 198.19.0.4
 *   .1.1 |     .1.2 |     .1.3 |     .1.5 |         |                  |
 *  ======+==========+==========+==========+=========+=== underlay      +=== another link
 *                              198.18.0.0/16, etcd1
 */
story(
  'dataplane: peers on the same link without VXLAN @alone',
  { hosts: 4, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 },
  (stage) => {
    const host = (name: string): LabHost => stage.lab.host(name)
    const c = (number: number): Place => stage.container(`h${number}/c1`)
    const address = (number: number): string => stage.address(`h${number}/c1`)
    const hex = (ip: string): string =>
      `0x${ip
        .split('.')
        .map((part) => Number(part).toString(16).padStart(2, '0'))
        .join('')}`
    /** The hosts that one reaches directly, and why not the others. */
    const ways = async (from: string): Promise<Map<string, string>> => {
      const paths = await host(from).weftJson<PathView[]>(['paths'])
      return new Map(paths.map(({ host: to, networks }) => [to, networks.map(({ by, why }) => (by === 'direct' ? by : why)).join()]))
    }
    const goDirect = async (): Promise<void> => {
      for (const [from, others] of [
        ['h1', ['h2', 'h3']],
        ['h2', ['h1', 'h3']],
        ['h3', ['h1', 'h2']],
      ] as const) {
        await waitFor(`${from} to reach ${others.join(' and ')} directly`, async () => {
          const found = await ways(from)
          return others.every((other) => found.get(other) === 'direct')
        })
      }
    }
    const look = 'add table bridge look; add chain bridge look c { type filter hook prerouting priority 0; }; flush chain bridge look c'
    const onTheLink = async (rules: readonly string[]): Promise<() => Promise<number[]>> => {
      await stage.lab.underlay.exec(['nft', `${look}; ${rules.map((rule) => `add rule bridge look c ${rule} counter`).join('; ')}`])
      return async () => {
        const { stdout } = await stage.lab.underlay.exec(['nft', 'list', 'chain', 'bridge', 'look', 'c'])
        return [...stdout.matchAll(/counter packets (\d+)/g)].map(([, count]) => Number(count))
      }
    }

    it('one of four hosts is behind a router', async () => {
      const { underlay } = stage.lab
      await host('h4').stopAgent()
      await underlay.exec(['sh', '-ec', 'ip link set h4 nomaster; ip address add 198.19.0.1/24 dev h4; sysctl -qw net.ipv4.ip_forward=1'])
      await host('h4').exec([
        'sh',
        '-ec',
        'ip address flush dev eth0; ip address add 198.19.0.4/24 dev eth0; ip route add default via 198.19.0.1',
      ])
      host('h4').writeConfig({ 'underlay-address': '198.19.0.4' })
      await host('h4').startAgent()
      for (const to of [2, 3, 4]) await reaches(c(1), address(to))
      for (const from of [2, 3, 4]) await reaches(c(from), address(1))
    })

    it('the option goes on at 1,000 packets/s: none is lost, those on the link are reached directly', async () => {
      const streams = [await probe(c(1), address(2)), await probe(c(3), address(1)), await probe(c(1), address(4))]
      await host('h1').weft(['network', 'set', 'blue', '--direct', 'auto'])
      await goDirect()
      for (const stream of streams) {
        const { sent, lost } = await stream.end()
        expect(lost, `of ${sent}`).to.equal(0)
      }
      expect((await ways('h1')).get('h4')).to.equal('it is not on this host’s link')
      const networks = (await host('h1').weftJson<AgentStatus>(['status'])).networks
      expect(networks[0]).to.deep.include({ peers: 3, direct: 2 })
      expect((await host('h1').weft(['events'])).stdout).to.match(/peer is reached without VXLAN/)
    })

    it('what containers send goes without VXLAN between the three, and by VXLAN to the fourth; VTEP addresses stay in VXLAN', async () => {
      const tunnelled = `iifname "h1" udp dport 4789 @th,336,32 ${hex(address(1))}`
      const plain = `iifname "h1" ip saddr ${address(1)}`
      const counts = await onTheLink([
        ...[2, 3].flatMap((to) => [`${tunnelled} ip daddr ${host(`h${to}`).address}`, `${plain} ip daddr ${address(to)}`]),
        `${tunnelled} ip daddr 198.19.0.4`,
        `${plain} ip daddr ${address(4)}`,
      ])
      for (const to of [2, 3, 4]) expect(await ping(c(1), address(to), { count: 10, interval: 0.05 })).to.include({ lost: 0 })
      expect(await counts()).to.deep.equal([0, 10, 0, 10, 10, 0])
      for (const to of [2, 3]) expect(await transfer(c(1), c(to), address(to), 4_000_000)).to.include({ intact: true })
      // As large as the overlay takes: the MTU is the same by either way.
      for (const to of [2, 4]) await c(1).exec(['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', '1422', address(to)])
      const { networks } = await host('h2').weftJson<AgentStatus>(['status'])
      expect((await host('h1').exec(['ip', 'route', 'get', networks[0]?.vtep ?? ''])).stdout).to.include('dev weft-blue')
      expect((await host('h1').weft(['plan'])).stdout).to.include('nothing to do')
    })

    it('what a stranger on the link forges never arrives', async () => {
      const stranger = await stage.lab.addHost()
      const vtep = (await host('h2').weftJson<AgentStatus>(['status'])).networks[0]?.vtep ?? ''
      const watch = 'add table ip look; add chain ip look c { type filter hook prerouting priority -400; }; flush chain ip look c'
      await c(1).exec(['nft', `${watch}; add rule ip look c icmp type echo-request counter`])
      await stranger.exec(['ip', 'route', 'add', '10.61.0.0/16', 'via', host('h1').address])
      for (const source of [address(2), vtep, '10.61.250.9', '10.99.9.9']) {
        await stranger.exec(['ip', 'address', 'add', `${source}/32`, 'dev', 'eth0'])
        await stranger.exec(['ping', '-n', '-q', '-c', '20', '-i', '0.01', '-W', '1', '-I', source, address(1)], { check: false })
        await stranger.exec(['ip', 'address', 'del', `${source}/32`, 'dev', 'eth0'])
      }
      // Only what has a source of its own gets in, as without the option.
      expect((await c(1).exec(['nft', 'list', 'chain', 'ip', 'look', 'c'])).stdout).to.include('counter packets 20 ')
      await reaches(c(2), address(1))
    })

    it('a host whose forwarding is shut by iptables is reached directly all the same', async () => {
      await host('h2').exec(['iptables', '-P', 'FORWARD', 'DROP'])
      await waitFor(
        'Weft to have its chain',
        async () => (await host('h2').exec(['iptables', '-S', 'WEFT-FORWARD'], { check: false })).code === 0,
      )
      expect((await ways('h1')).get('h2')).to.equal('direct')
      await reaches(c(1), address(2))
      expect(await transfer(c(1), c(2), address(2), 100_000)).to.include({ intact: true })
      await host('h2').exec(['iptables', '-P', 'FORWARD', 'ACCEPT'])
    })

    it('the agent is killed and comes back: no packet is lost', async () => {
      const stream = await probe(c(1), address(2))
      await host('h1').killAgent()
      await host('h1').startAgent()
      await goDirect()
      const { sent, lost } = await stream.end()
      expect(lost, `of ${sent}`).to.equal(0)
    })

    it('somebody deletes the next hop and the routes: they come back', async () => {
      const shown = async (): Promise<string> => {
        const { stdout } = await host('h1').exec(['ip', 'route', 'show', 'proto', '87'])
        return stdout
          .replace(/nhid \d+ /g, '')
          .split('\n')
          .sort()
          .join('\n')
      }
      const before = await shown()
      const hops = (await host('h1').exec(['ip', 'nexthop', 'show', 'proto', '87'])).stdout
      const id = /^id (\d+) via 198\.18\.1\.2 dev eth0/m.exec(hops)?.[1] ?? ''
      const subnet = address(2).replace(/\d+$/, '0/24')
      for (const damage of [
        ['ip', 'nexthop', 'del', 'id', id],
        ['ip', 'route', 'del', subnet],
        ['ip', 'route', 'del', subnet, 'metric', '87'],
        ['ip', 'nexthop', 'flush', 'proto', '87'],
      ]) {
        await host('h1').exec(damage)
        await waitFor(`h1 to be as before, after ${damage.join(' ')}`, async () => (await shown()) === before)
        await reaches(c(1), address(2))
      }
    })

    it('a cable that is pulled while the agent is dead leaves the way by VXLAN', async () => {
      await host('h1').killAgent()
      await host('h1').unplug()
      await host('h1').plugIn()
      await reaches(c(1), address(2))
      expect((await host('h1').exec(['ip', 'route', 'get', address(2)])).stdout).to.include('dev weft-blue')
      await host('h1').startAgent()
      await goDirect()
    })

    it('a host whose kernel drops what comes by another way than it would take itself is reached by VXLAN, and reaches others so', async () => {
      await host('h3').exec(['sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=1'])
      await waitFor('h3 to reach h1 by VXLAN', async () => (await ways('h3')).get('h1')?.includes('rp_filter of this host is 1') === true)
      await waitFor('h1 to give the way to h3 up', async () => (await ways('h1')).get('h3') !== 'direct')
      for (const [from, to] of [
        [1, 3],
        [3, 1],
      ] as const)
        expect(await ping(c(from), address(to))).to.include({ lost: 0 })
      await host('h3').exec(['sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0'])
    })

    it('a link that drops what has addresses of the overlay sends traffic back to VXLAN by itself, and forward again when it is well', async () => {
      const stream = await probe(c(1), address(2))
      const fault = await stage.lab.faults.drop({ match: 'ip saddr 10.61.0.0/16' })
      for (const [from, to] of [
        ['h1', 'h2'],
        ['h2', 'h1'],
      ] as const)
        await waitFor(
          `${from} to give the way to ${to} up`,
          async () => (await ways(from)).get(to)?.startsWith('it answered by VXLAN') === true,
        )
      await reaches(c(1), address(2))
      const { answers } = await stream.end()
      console.log(`      ${Math.round(longestGap(answers).ms)} ms without an answer`)
      expect((await host('h1').weft(['events'])).stdout).to.match(/peer is reached by VXLAN/)
      expect(
        (await host('h1').weftJson<{ health: { state: string } | null }[]>(['hosts'])).map(({ health }) => health?.state),
      ).not.to.include('dead')
      await fault.heal()
      await goDirect()
    })

    it('a clean-up takes what is on the underlay interface, too', async () => {
      await host('h3').killAgent()
      expect((await host('h3').exec(['ip', 'nexthop', 'show', 'proto', '87'])).stdout).to.include('dev eth0')
      await host('h3').exec(['weftd', '--config', host('h3').config, '--cleanup'])
      for (const what of ['nexthop', 'route']) expect((await host('h3').exec(['ip', what, 'show', 'proto', '87'])).stdout).to.equal('')
      expect((await host('h3').exec(['nft', 'list', 'tables'])).stdout).not.to.include('weft')
    })

    it('a dead host’s subnet is reached at its new host', async () => {
      const subnet = address(3).replace(/\d+$/, '0/24')
      await host('h3').unplug()
      let owner = ''
      await waitFor(`${subnet} to be adopted`, async () => {
        const leases = await host('h1').weftJson<LeaseView[]>(['leases'])
        owner = leases.find((lease) => lease.subnet === subnet)?.host ?? ''
        return owner !== 'h3'
      })
      const other = owner === 'h1' ? 'h2' : 'h1'
      await reaches(stage.container(`${other}/c1`), subnet.replace('0/24', '1'))
      const way = (await host(other).exec(['ip', 'route', 'get', address(3)])).stdout
      expect(way).to.include(owner === 'h4' ? 'dev weft-blue' : `via ${host(owner).address} dev eth0`)
    })

    it('an exclusive network cannot be direct', async () => {
      const asked = ['network', 'create', 'red', '--pool', '10.62.0.0/16', '--failover', 'exclusive', '--direct', 'auto']
      expectRefusal(await host('h1').weft(asked, { check: false }), 1, 'WEFT_VALUE_INVALID', /exclusive/)
    })

    it('the option goes off at 1,000 packets/s: none is lost, and nothing goes directly any more', async () => {
      const streams = [await probe(c(1), address(2)), await probe(c(2), address(1))]
      await host('h2').weft(['network', 'set', 'blue', '--direct', 'off'])
      const routes = async (name: string): Promise<string> => (await host(name).exec(['ip', 'route', 'show', 'proto', '87'])).stdout
      for (const name of ['h1', 'h2']) await waitFor(`${name} to go by VXLAN`, async () => !(await routes(name)).includes('eth0'))
      for (const stream of streams) {
        const { sent, lost } = await stream.end()
        expect(lost, `of ${sent}`).to.equal(0)
      }
    })
  },
)
