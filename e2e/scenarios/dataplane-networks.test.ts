import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor, type LabHost, type Place } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *    h1/c1 (blue)   h1/r1 (red)     h2/c1 (blue)   h2/r1 (red)
 *         \          /                   \          /
 *          h1                             h2
 *   ===+==================== underlay =====+=== etcd1
 */
story(
  'dataplane: networks, their way out, and what the underlay does to them',
  { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 },
  (stage) => {
    const host = (): LabHost => stage.lab.host('h1')
    it('two networks at once: each by itself, neither reaches the other', async () => {
      await host().weft(['network', 'create', 'red', '--pool', '10.62.0.0/16'])
      await stage.lab.networkReady('red')
      for (const label of ['h1/r1', 'h2/r1']) await stage.addContainer(label, 'red')
      await reaches(stage.container('h1/r1'), stage.address('h2/r1'))
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
      for (const to of ['h1/r1', 'h2/r1']) {
        expect(await ping(stage.container('h1/c1'), stage.address(to), { count: 2 }), to).to.include({ received: 0 })
        expect(await ping(stage.container(to), stage.address('h1/c1'), { count: 2 }), to).to.include({ received: 0 })
      }
    })

    it('what a container sends elsewhere leaves with its host’s address', async () => {
      // etcd's namespace has no route to the overlay: without masquerade no answer would come back.
      const etcd = stage.lab.place('etcd1')
      await etcd.exec(['nft', '-f', '-'], {
        input: `table inet look { chain c { type filter hook input priority 0; icmp type echo-request ip saddr ${host().address} counter; }; }`,
      })
      expect(await ping(stage.container('h1/c1'), '198.18.0.11')).to.include({ lost: 0 })
      expect(await arrived(etcd)).to.equal(3)
    })

    it('the MTU of the underlay changes: devices and containers’ interfaces follow, jumbo frames too', async () => {
      for (const mtu of [1400, 9000, 1500]) {
        for (const name of ['h1', 'h2']) {
          await stage.lab.underlay.exec(['ip', 'link', 'set', name, 'mtu', String(mtu)])
          await stage.lab.host(name).exec(['ip', 'link', 'set', 'eth0', 'mtu', String(mtu)])
        }
        await stage.lab.underlay.exec(['ip', 'link', 'set', 'underlay', 'mtu', String(mtu)])
        const inside = mtu - 50
        for (const name of ['h1', 'h2']) {
          await waitFor(`${name} to follow to ${mtu}`, async () => {
            const links = (place: Place, words: string[]): Promise<{ stdout: string }> => place.exec(['ip', '-o', 'link', 'show', ...words])
            const shown = [
              await links(stage.lab.host(name), ['weft-blue']),
              await links(stage.lab.host(name), ['wbr-blue']),
              await links(stage.lab.host(name), ['master', 'wbr-blue']),
              await links(stage.container(`${name}/c1`), ['eth0']),
            ]
            for (const { stdout } of shown) expect(stdout).to.contain(` mtu ${inside} `)
            return true
          })
        }
        const whole = ['ping', '-n', '-c', '1', '-W', '2', '-M', 'do', '-s', String(inside - 28)]
        await stage.container('h1/c1').exec([...whole, stage.address('h2/c1')])
      }
    })

    it('options of a network change while it is in use: MTU, port and VNI', async () => {
      const key = '/weft/v1/networks/red/config'
      const record = JSON.parse((await stage.lab.etcdctl(['get', '--print-value-only', key])).stdout) as Record<string, unknown>
      for (const change of [{ mtu: 1300 }, { port: 8472 }, { vni: 424242 }]) {
        Object.assign(record, change)
        await stage.lab.etcdctl(['put', key], JSON.stringify(record))
        for (const name of ['h1', 'h2']) {
          await waitFor(`${name} to follow ${JSON.stringify(change)}`, async () => {
            const device = (await stage.lab.host(name).exec(['ip', '-d', 'link', 'show', 'weft-red'])).stdout
            expect(device).to.match(
              new RegExp(`mtu ${String(record['mtu'])} .* id ${String(record['vni'])} .* dstport ${String(record['port'])} `, 's'),
            )
            expect((await stage.container(`${name}/r1`).exec(['ip', '-o', 'link', 'show', 'eth0'])).stdout).to.contain(' mtu 1300 ')
            return true
          })
        }
        await reaches(stage.container('h1/r1'), stage.address('h2/r1'))
        await reaches(stage.container('h2/r1'), stage.address('h1/r1'))
      }
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    })

    it('the underlay address moves to another interface, with another MTU', async () => {
      const second = stage.lab.underlay
      await host().exec(['ip', 'link', 'add', 'eth1', 'mtu', '1400', 'type', 'veth', 'peer', 'name', 'h1b', 'netns', second.namespace])
      await second.exec(['ip', 'link', 'set', 'h1b', 'mtu', '1400', 'master', 'underlay', 'up'])
      const move = (from: string, to: string): string =>
        `ip link set ${to} up; ip address del ${host().address}/16 dev ${from}; ip address add ${host().address}/16 dev ${to}; ip route replace default via 198.18.0.1`
      for (const [from, to, mtu] of [
        ['eth0', 'eth1', 1350],
        ['eth1', 'eth0', 1450],
      ] as const) {
        await host().exec(['sh', '-ec', move(from, to)])
        await waitFor(`h1 to go by ${to}`, async () => {
          expect((await host().exec(['ip', '-o', 'link', 'show', 'weft-blue'])).stdout).to.contain(` mtu ${mtu} `)
          return (await host().status()).reconcile.state === 'in-sync'
        })
        await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
        await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
      }
      await host().exec(['ip', 'link', 'del', 'eth1'])
    })

    it('an underlay address changes: the agent sees it, and the peers follow', async () => {
      const moved = stage.lab.host('h2')
      moved.writeConfig({ 'underlay-address': undefined })
      await moved.stopAgent()
      await moved.startAgent()
      await stage.lab.networkReady('blue')
      const next = '198.18.9.9'
      await moved.exec([
        'sh',
        '-ec',
        `ip address add ${next}/16 dev eth0; ip address del ${moved.address}/16 dev eth0
      ip address show dev eth0 | grep -q ${next} || ip address add ${next}/16 dev eth0; ip route replace default via 198.18.0.1`,
      ])
      await waitFor(
        'h1 to send to the new address',
        async () => (await host().exec(['bridge', 'fdb', 'show', 'dev', 'weft-blue'])).stdout.includes(`dst ${next} `),
        { deadline: 60_000 },
      )
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
      await reaches(stage.container('h2/c1'), stage.address('h1/c1'))
    })
  },
)

/** What the counter of the table `look` in a namespace shows. */
async function arrived(place: Place): Promise<number> {
  return Number(/counter packets (\d+)/.exec((await place.exec(['nft', 'list', 'table', 'inet', 'look'])).stdout)?.[1])
}
