import { expect } from 'chai'
import { it } from 'mocha'
import type { EndpointView, LeaseView, PlanView } from '#api'
import { needProgram, waitFor, type LabHost, type Place } from '#lab'
import { listen, say } from '../lab/listener.js'
import { longestGap, probe } from '../lab/probe.js'
import { ping, reaches, transfer } from '../lab/traffic.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'

/*
 *    h1/c1        h2/c1        h3/c1         one Ethernet segment, 10.62.0.0/16: each may have any address
 *      |            |            |
 *   wbr-lan      wbr-lan      wbr-lan        a VXLAN device as a port of each bridge
 *      |            |            |
 *   ===+============+============+=== underlay === etcd1
 */
story(
  'dataplane: one segment over all hosts (mode l2)',
  { hosts: 3, network: { name: 'lan', pool: '10.62.0.0/16', mode: 'l2' }, containers: 1 },
  (stage) => {
    const hosts = ['h1', 'h2', 'h3']
    const host = (name: string): LabHost => stage.lab.host(name)
    const c = (name: string): Place => stage.container(`${name}/c1`)
    const address = (name: string): string => stage.address(`${name}/c1`)
    const inSync = async (name: string): Promise<boolean> => (await host(name).weftJson<PlanView>(['plan'])).steps.length === 0
    const endpoints = (): Promise<EndpointView[]> => host('h1').weftJson<EndpointView[]>(['endpoints'])
    const shell = async (name: string, script: string): Promise<string> => (await host(name).exec(['sh', '-ec', script])).stdout

    it('containers of three hosts reach each other as neighbours: one hop, the whole pool on the link', async () => {
      for (const from of hosts) for (const to of hosts) if (from !== to) await reaches(c(from), address(to))
      expect((await c('h1').exec(['ip', 'route', 'get', address('h3')])).stdout).not.to.include('via')
      expect((await c('h1').exec(['ping', '-n', '-c', '1', '-t', '1', '-W', '2', address('h3')])).code).to.equal(0)
      expect(await transfer(c('h1'), c('h2'), address('h2'), 4_000_000)).to.include({ intact: true })
      // As large as the overlay takes.
      await c('h3').exec(['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', '1422', address('h1')])
      // Hosts are in the segment, too.
      await reaches(host('h1'), address('h2'))
      for (const name of hosts) await waitFor(`${name} to have nothing to do`, () => inSync(name))
    })

    it('broadcast and multicast arrive everywhere, once', async () => {
      const listeners = []
      for (const name of hosts) listeners.push(await listen(c(name), address(name), 7700, '239.1.2.3'))
      const texts = Array.from({ length: 20 }, (_, number) => String(number))
      const all = ['10.62.255.255', '255.255.255.255', '239.1.2.3']
      for (const to of all)
        await say(
          c('h1'),
          address('h1'),
          to,
          7700,
          texts.map((text) => `${to} ${text}`),
        )
      const sent = all.flatMap((to) => texts.map((text) => `${to} ${text}`)).toSorted()
      for (const listener of listeners.slice(1)) {
        await waitFor('the last one to arrive', async () => (await listener.heard()).length >= sent.length)
      }
      // A second copy would have come by now: what is sent next passes on the same way.
      await say(c('h1'), address('h1'), '239.1.2.3', 7700, ['last'])
      for (const listener of listeners.slice(1)) {
        await waitFor('the last one', async () => (await listener.heard()).includes('last'))
        expect((await listener.heard()).filter((text) => text !== 'last').toSorted()).to.deep.equal(sent)
      }
      for (const listener of listeners) await listener.end()
    })

    it('who looks for a DHCP server is heard by all, before it has an address', async () => {
      await needProgram('busybox', 'busybox-static')
      const listeners = [await listen(c('h1'), address('h1'), 67, '239.1.2.3'), await listen(c('h3'), address('h3'), 67, '239.1.2.3')]
      await c('h2').exec(['busybox', 'udhcpc', '-i', 'eth0', '-n', '-q', '-t', '2', '-T', '1', '-s', '/bin/true'], { check: false })
      for (const listener of listeners) {
        await waitFor('its question to arrive', async () => (await listener.heard()).length > 0)
        await listener.end()
      }
    })

    it('an address of anybody’s range can be attached; it goes to another host with its MAC address, in less than a second', async () => {
      const before = await stage.addContainer('h1/m1', 'lan', ['--name', 'mover', '--address', '10.62.99.7'])
      await host('h3').addContainer('m2')
      const mac = (await endpoints()).find(({ name }) => name === 'mover')?.mac
      await reaches(c('h2'), before)
      const attach = ['attach', '--netns', stage.container('h3/m2').netns, '--network', 'lan', '--name', 'mover', '--address', before]
      const taken = await host('h3').weft(attach, { check: false })
      expectRefusal(taken, 1, 'WEFT_ENDPOINT_EXISTS', /endpoint 'mover' of host 'h1' has 10\.62\.99\.7/)
      const stream = await probe(c('h2'), before, 500)
      // Whoever wants an address waits a moment for it: the commands overlap, and what is measured is how long the move takes.
      const attaching = host('h3').weft(attach, { check: false })
      await host('h1').weft(['detach', 'mover'])
      if ((await attaching).code !== 0) await host('h3').weft(attach)
      await waitFor('the new place to answer', async () => (await ping(c('h2'), before, { count: 1 })).received === 1)
      const { sent, lost, answers } = await stream.end()
      const gap = longestGap(answers)
      console.log(`      moved: ${lost} of ${sent} packets lost, ${Math.round(gap.ms)} ms without an answer`)
      expect((await endpoints()).find(({ name }) => name === 'mover')).to.include({ host: 'h3', mac, address: before })
      // Whoever knows its MAC address from before need not ask anew.
      await reaches(c('h1'), before)
      await reaches(c('h2'), before)
      await host('h3').weft(['detach', 'mover'])
    })

    it('what somebody deletes or changes is back, one kind after another', async () => {
      const peer = host('h2').address
      const [far] = (await endpoints()).filter(({ host: at }) => at === 'h2')
      const [near] = (await endpoints()).filter(({ host: at }) => at === 'h1')
      const port = (await shell('h1', `bridge fdb show br wbr-lan | sed -n 's/^${near?.mac} dev \\([^ ]*\\) master.*/\\1/p'`)).trim()
      const state =
        'bridge fdb show br wbr-lan | grep -e static -e dst | sort; ip neigh show dev wbr-lan nud permanent | sort; bridge -d link show; nft list chain inet weft arp-lan | grep accept || true'
      await waitFor('the endpoint that went to be forgotten', async () => !(await shell('h1', state)).includes('10.62.99.7'))
      const sound = await shell('h1', state)
      const damages = [
        `bridge fdb del 00:00:00:00:00:00 dev weft-lan dst ${peer}`,
        `bridge fdb append 00:00:00:00:00:00 dev weft-lan dst 198.18.99.9`,
        `bridge fdb del ${far?.mac} dev weft-lan master`,
        `bridge fdb del ${far?.mac} dev weft-lan dst ${peer}`,
        `bridge fdb replace ${far?.mac} dev weft-lan dst 198.18.99.9`,
        `bridge fdb replace ${far?.mac} dev ${port} master static`,
        `bridge fdb del ${near?.mac} dev ${port} master`,
        `bridge fdb add 02:00:00:00:00:77 dev weft-lan master static`,
        `ip neigh del ${far?.address} dev wbr-lan`,
        `ip neigh replace ${far?.address} lladdr 02:00:00:00:00:77 dev wbr-lan nud permanent protocol 87`,
        `ip link set dev weft-lan type bridge_slave learning on flood on neigh_suppress off`,
        `ip link set dev ${port} type bridge_slave learning on`,
        `ip link set weft-lan nomaster`,
        `ip address flush dev wbr-lan`,
        `nft delete chain inet weft arp-lan || nft flush chain inet weft arp-lan`,
        // New devices have new numbers.
        `ip link del weft-lan`,
        `ip link del wbr-lan`,
      ]
      let slowest = 0
      for (const damage of damages) {
        await shell('h1', damage)
        const began = performance.now()
        if (!damage.startsWith('ip link del')) await waitFor(`repair after: ${damage}`, async () => (await shell('h1', state)) === sound)
        await waitFor(`nothing to be left after: ${damage}`, () => inSync('h1'))
        slowest = Math.max(slowest, performance.now() - began)
      }
      console.log(`      ${damages.length} damages, each repaired and seen to be so within ${Math.round(slowest)} ms`)
      await reaches(c('h1'), address('h2'))
      await reaches(c('h3'), address('h1'))
    })

    it('the agent is killed with -9 and comes back: no packet is lost', async () => {
      const stream = ping(c('h1'), address('h2'), { count: 2000, interval: 0.005 })
      for (const name of ['h1', 'h2']) {
        await host(name).killAgent()
        await host(name).startAgent()
        await stage.lab.networkReady('lan')
      }
      expect(await stream).to.include({ sent: 2000, received: 2000, lost: 0 })
    })

    it('a host is drained, and takes its range again: where its endpoints are does not change, and no packet is lost', async () => {
      const stream = ping(c('h1'), address('h2'), { count: 1000, interval: 0.005 })
      await host('h2').weft(['drain'])
      const range = address('h2').replace(/\.\d+$/, '.0/24')
      const holder = async (): Promise<string | undefined> =>
        (await host('h1').weftJson<LeaseView[]>(['leases'])).find(({ subnet }) => subnet === range)?.host
      await waitFor('another host to have the range', async () => (await holder()) !== 'h2')
      await host('h2').weft(['undrain'])
      await waitFor('the range to be back', async () => (await holder()) === 'h2')
      expect(await stream).to.include({ sent: 1000, lost: 0 })
    })

    it('what a segment cannot be is refused', async () => {
      for (const [more, code] of [
        [['--pool', 'fd62::/48'], 'WEFT_NOT_BUILT'],
        [['--pool', '10.63.0.0/16', '--failover', 'exclusive'], 'WEFT_NOT_BUILT'],
        [['--pool', '10.63.0.0/16', '--direct', 'auto'], 'WEFT_VALUE_INVALID'],
      ] as const) {
        expectRefusal(await host('h1').weft(['network', 'create', 'no', '--mode', 'l2', ...more], { check: false }), 1, code, /l2/)
      }
      expectRefusal(
        await host('h1').weft(['address', 'add', '10.62.99.9', '--network', 'lan'], { check: false }),
        1,
        'WEFT_NOT_BUILT',
        /mode l2/,
      )
    })
  },
)
