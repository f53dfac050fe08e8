import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor, type Fault } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *    h1/c1 ------------- h2/c1          etcd1   etcd2   etcd3     members are killed, frozen, cut off
 *      |                   |              |       |       |
 *     h1                  h2              |       |       |
 *   ===+=================== underlay =====+=======+=======+===
 */
story(
  'etcd fails in several ways @alone',
  { hosts: 2, etcdMembers: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 },
  (stage) => {
    it('one member of three killed: everything goes on, also a host that joins', async () => {
      const { lab } = stage
      await lab.etcd[0]?.kill()
      const host = await lab.addHost()
      await host.startAgent()
      await lab.networkReady('blue')
      await stage.addContainer('h3/c1', 'blue')
      await reaches(stage.container('h1/c1'), stage.address('h3/c1'))
      lab.etcd[0]?.start()
      await lab.etcd[0]?.healthy()
    })

    it('all members frozen: no packet is lost, containers come and go, an agent restarts', async () => {
      const { lab } = stage
      const stream = ping(stage.container('h1/c1'), stage.address('h2/c1'), { count: 3000, interval: 0.005 })
      for (const member of lab.etcd) member.freeze()
      await stage.addContainer('h1/c2', 'blue')
      expect(await ping(stage.container('h1/c2'), stage.address('h1/c1'))).to.include({ lost: 0 })
      expect(await ping(stage.container('h1/c2'), stage.address('h2/c1'))).to.include({ lost: 0 })
      const host = lab.host('h2')
      await host.killAgent()
      await host.startAgent()
      await waitFor('the restarted agent to work from its copy', async () => (await host.status()).store.cached)
      expect((await host.status()).networks[0]?.state).to.equal('ready')
      expect(await stream).to.include({ sent: 3000, lost: 0 })
      for (const member of lab.etcd) member.thaw()
      await waitFor('h3 to see h1-c2', async () =>
        (await lab.host('h3').weftJson<{ name: string }[]>(['endpoints'])).some(({ name }) => name === 'h1-c2'),
      )
    })

    it('a host cut off from etcd: what the others do reaches it once it is back', async () => {
      const { lab } = stage
      const cuts: Fault[] = []
      for (const member of lab.etcd) cuts.push(await lab.faults.cut('h2', member.name))
      const address = await stage.addContainer('h1/c3', 'blue')
      // The subnet is known: a new address in it needs no etcd.
      await reaches(stage.container('h2/c1'), address)
      for (const cut of cuts) await cut.heal()
      await waitFor(
        'h2 to see h1-c3',
        async () => (await lab.host('h2').weftJson<{ name: string }[]>(['endpoints'])).some(({ name }) => name === 'h1-c3'),
        {
          deadline: 90_000,
        },
      )
    })
  },
)
