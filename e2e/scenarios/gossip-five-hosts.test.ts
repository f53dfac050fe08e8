import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor, type LabHost } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { connects, storyOf, tally, until } from '../lab/liveness.js'
import { story } from './story.js'

/*
 *   h1/c1     h2/c1     h3/c1     h4/c1     h5/c1
 *     |         |         |         |         |      h5 loses packets one way; etcd is killed;
 *    h1        h2        h3        h4        h5      then h4 and h5 are cut off at the same time
 *   ==+===== underlay ====+=========+=========+==== etcd1
 */
story(
  'gossip among five hosts @alone',
  { hosts: 5, network: { name: 'blue', pool: '10.61.0.0/16', failover: 'hold' }, containers: 1 },
  (stage) => {
    const hosts = (...names: string[]): LabHost[] => names.map((name) => stage.lab.host(name))
    const staying = ['h1', 'h2', 'h3']

    it('a host that loses 30 % of what it sends, or of what it is sent, is not taken for dead', async () => {
      await until(hosts(...staying, 'h4'), 'h5', 'alive')
      for (const direction of [{ from: 'h5' }, { to: 'h5' }]) {
        const loss = await stage.lab.faults.drop({ ...direction, match: 'numgen random mod 100 < 30' })
        // The stream is the clock here: for five seconds beats, probes and echoes get lost like its packets.
        const { lost } = await ping(stage.container('h1/c1'), stage.address('h5/c1'), { count: 250, interval: 0.02 })
        expect(lost).to.be.within(25, 150)
        await loss.heal()
      }
      await until(hosts(...staying, 'h4'), 'h5', 'alive')
      for (const name of [...staying, 'h4']) expect(await storyOf(stage.lab.host(name), 'h5'), name).not.to.include('dead')
    })

    it('etcd is killed: hosts that are cut off then are dead for the others all the same', async () => {
      const [etcd] = stage.lab.etcd
      await etcd?.kill()
      await Promise.all(hosts('h4', 'h5').map((host) => host.unplug()))
      for (const gone of ['h4', 'h5']) await until(hosts(...staying), gone, 'dead')
      for (const from of staying) {
        for (const to of ['h4/c1', 'h5/c1']) {
          await refused(`${from}/c1`, to)
          expect(tally(await connects(stage.container(`${from}/c1`), stage.address(to), 20))).to.deep.equal({ ECONNREFUSED: 20 })
        }
      }
      expect(await ping(stage.container('h1/c1'), stage.address('h3/c1'))).to.include({ lost: 0 })
    })

    it('an agent that starts anew meanwhile hears from the others who is dead', async () => {
      const host = stage.lab.host('h2')
      await host.killAgent()
      await host.startAgent()
      for (const gone of ['h4', 'h5']) await until([host], gone, 'dead')
      for (const other of ['h1', 'h3']) await until([host], other, 'alive')
      await refused('h2/c1', 'h4/c1')
    })

    it('they are back while etcd is still down: alive for all, and traffic flows', async () => {
      await Promise.all(hosts('h4', 'h5').map((host) => host.plugIn()))
      for (const back of ['h4', 'h5']) await until(hosts(...staying), back, 'alive')
      await until(hosts('h5'), 'h4', 'alive')
      for (const to of ['h4/c1', 'h5/c1']) await reaches(stage.container('h1/c1'), stage.address(to))
      await reaches(stage.container('h5/c1'), stage.address('h4/c1'))
    })

    it('etcd is back: everything is as it was', async () => {
      const [etcd] = stage.lab.etcd
      etcd?.start()
      await etcd?.healthy()
      await stage.lab.networkReady('blue')
      for (const name of staying) expect((await storyOf(stage.lab.host(name), 'h1')).includes('dead'), name).to.equal(false)
    })

    /** The verdict is there a moment before the kernel has been told. */
    async function refused(from: string, to: string): Promise<void> {
      await waitFor(`${from} to be refused`, async () => {
        const [first] = await connects(stage.container(from), stage.address(to), 1)
        return first?.code === 'ECONNREFUSED'
      })
    }
  },
)
