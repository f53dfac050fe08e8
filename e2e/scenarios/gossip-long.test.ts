import { expect } from 'chai'
import { it } from 'mocha'
import type { LabHost } from '#lab'
import { connects, serve, storyOf, tally, until } from '../lab/liveness.js'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *   h1/c1   …   h19/c1   h20/c1       twenty hosts on one underlay, with one etcd
 *     |           |         |
 *    h1    …     h19       h20        h20: cable pulled; agent frozen for a minute; whole host gone and back
 *   ==+===========+=========+=== etcd1
 */
if (process.env['WEFT_LONG']) {
  story('gossip among twenty hosts', { hosts: 20, agents: false }, (stage) => {
    const others = (): LabHost[] => [...stage.lab.hosts.values()].filter(({ name }) => name !== 'h20')

    it('all hold each other to be alive', async () => {
      for (const host of stage.lab.hosts.values()) {
        host.writeConfig({ 'log-level': 'info' })
        await host.startAgent()
      }
      await stage.lab.host('h1').weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16', '--failover', 'hold'])
      await stage.lab.networkReady('blue')
      for (const name of ['h1', 'h19', 'h20']) await stage.addContainer(`${name}/c1`, 'blue')
      await until(others(), 'h20', 'alive')
      await until([stage.lab.host('h20')], 'h1', 'alive')
      await serve(stage.container('h20/c1'))
    })

    it('a cable is pulled: dead for all nineteen, and connects are refused', async () => {
      await stage.lab.host('h20').unplug()
      await until(others(), 'h20', 'dead')
      expect(tally((await connects(stage.container('h1/c1'), stage.address('h20/c1'), 120)).slice(-100))).to.deep.equal({
        ECONNREFUSED: 100,
      })
      await stage.lab.host('h20').plugIn()
      await until(others(), 'h20', 'alive')
      for (const from of ['h1/c1', 'h19/c1']) await reaches(stage.container(from), stage.address('h20/c1'))
    })

    it('an agent is frozen for a minute: agent-down, and not one packet of 12,000 is lost', async () => {
      const host = stage.lab.host('h20')
      const before = (await storyOf(stage.lab.host('h1'), 'h20')).length
      const stream = ping(stage.container('h1/c1'), stage.address('h20/c1'), { count: 12_000, interval: 0.005 })
      host.freezeAgent()
      await until(others(), 'h20', 'agent-down')
      expect(await stream).to.include({ sent: 12_000, lost: 0 })
      host.thawAgent()
      await until(others(), 'h20', 'alive')
      expect((await storyOf(stage.lab.host('h1'), 'h20')).slice(before)).not.to.include('dead')
    })

    it('a whole host goes, agent and all, and comes back with a new one', async () => {
      const host = stage.lab.host('h20')
      await host.unplug()
      await host.killAgent()
      await until(others(), 'h20', 'dead')
      await host.plugIn()
      await host.startAgent()
      await until(others(), 'h20', 'alive')
      await reaches(stage.container('h1/c1'), stage.address('h20/c1'))
    })

    it('no other host was ever taken for dead', async () => {
      for (const host of others()) {
        for (const other of others()) expect(await storyOf(host, other.name), `${other.name} by ${host.name}`).not.to.include('dead')
      }
    })
  })
}
