import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { connects, healthOf, serve, tally, until } from '../lab/liveness.js'
import { story } from './story.js'

/*
 *   h1/c1        h2/c1     a server
 *     |            |
 *    h1           h2       h1's agent starts while h2 is gone, and while only h2's agent is
 *   ==+==== underlay ====== etcd1
 */
story(
  'gossip between two hosts @alone',
  { hosts: 2, network: { name: 'blue', pool: '10.61.0.0/16', failover: 'hold' }, containers: 1 },
  (stage) => {
    const host = (name: string) => stage.lab.host(name)

    it('one is gone while the other’s agent starts: dead after the long timers, and connects to its containers are refused', async () => {
      await serve(stage.container('h2/c1'))
      await until([host('h1')], 'h2', 'alive')
      await host('h1').stopAgent()
      await host('h2').unplug()
      await host('h1').startAgent()
      await until([host('h1')], 'h2', 'dead')
      expect(await healthOf(host('h1'), 'h2')).to.include({ why: 'never-heard', lastHeardMs: null, kernelAsked: false })
      await waitFor('connects to be refused', async () => {
        const [first] = await connects(stage.container('h1/c1'), stage.address('h2/c1'), 1)
        return first?.code === 'ECONNREFUSED'
      })
      expect(tally(await connects(stage.container('h1/c1'), stage.address('h2/c1'), 20))).to.deep.equal({ ECONNREFUSED: 20 })
    })

    it('it is back: alive, and its containers are reached', async () => {
      await host('h2').plugIn()
      await until([host('h1')], 'h2', 'alive')
      await until([host('h2')], 'h1', 'alive')
      await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
      await waitFor('a connect', async () => (await connects(stage.container('h1/c1'), stage.address('h2/c1'), 1))[0]?.code === 'connected')
    })

    it('only its agent is down while the other starts: agent-down, and no packet is lost', async () => {
      await host('h2').killAgent()
      await host('h1').killAgent()
      await host('h1').startAgent()
      await until([host('h1')], 'h2', 'agent-down')
      expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'), { count: 400, interval: 0.01 })).to.include({ lost: 0 })
      expect(await healthOf(host('h1'), 'h2')).to.include({ state: 'agent-down', lastHeardMs: null })
      await host('h2').startAgent()
      await until([host('h1')], 'h2', 'alive')
    })
  },
)
