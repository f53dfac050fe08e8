import { expect } from 'chai'
import { it } from 'mocha'
import type { Outcome } from '../lab/run-command.js'
import { waitFor, type LabHost } from '#lab'
import { ping, reaches } from '../lab/traffic.js'
import { connects, conversation, healthOf, serve, storyOf, tally, until } from '../lab/liveness.js'
import { story } from './story.js'

/*
 *   h1/c1        h2/c1        h3/c1     a server; one connection from h1/c1 stays open all the time
 *     |            |            |
 *    h1           h2           h3       its cable is pulled, its agent frozen and killed, its VXLAN port blocked
 *   ==+====== underlay ========+======= etcd1
 *
 * The network is on hold: where its subnet goes otherwise is the story of failover, and what it takes to come home that of gossip-return.
 */
story(
  'gossip among three hosts @alone',
  { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16', failover: 'hold' }, containers: 1 },
  (stage) => {
    const others = (): LabHost[] => [stage.lab.host('h1'), stage.lab.host('h2')]
    const clients = ['h1/c1', 'h2/c1']
    let open: Promise<Outcome>[] = []

    it('all know of each other, and have asked the kernels', async () => {
      for (const [observer, host] of [
        ['h1', 'h2'],
        ['h1', 'h3'],
        ['h2', 'h1'],
        ['h2', 'h3'],
        ['h3', 'h1'],
        ['h3', 'h2'],
      ] as const) {
        await until([stage.lab.host(observer)], host, 'alive')
        // Before a kernel has answered, its silence means nothing, and death takes the long timers.
        const health = () => healthOf(stage.lab.host(observer), host)
        await waitFor(`the kernel of ${host} to answer ${observer}`, async () => (await health())?.kernelAsked || undefined)
      }
      const { stdout } = await stage.lab.host('h1').weft(['hosts'])
      expect(stdout).to.match(/h3 .*alive/)
      await serve(stage.container('h3/c1'))
      expect(tally(await connects(stage.container('h1/c1'), stage.address('h3/c1'), 3))).to.deep.equal({ connected: 3 })
      const asked = await stage.lab.host('h1').weft(['ping', 'h3'])
      expect(asked.stdout).to.match(
        /kernel, overlay .* 3 of 3 .*\n.*kernel, underlay .* 3 of 3 .*\n.*agent, UDP .* 3 of 3 .*\n.*agent, TCP .* 3 of 3 /,
      )
      expect(asked.stdout).to.match(/host and paths are well/)
    })

    it('a cable is pulled: the host is dead for all others, and connects to its containers fail at once', async () => {
      open = await conversation(stage.container('h1/c1'), stage.address('h3/c1'))
      await until(others(), 'h3', 'alive')
      await stage.lab.host('h3').unplug()
      await until(others(), 'h3', 'dead')
      for (const client of clients) {
        await waitForRefusal(client)
        const results = await connects(stage.container(client), stage.address('h3/c1'), 100)
        const slowest = Math.max(...results.map(({ ms }) => ms))
        console.log(`      ${client}: 100 connects refused, the slowest after ${slowest.toFixed(1)} ms`)
        expect(tally(results)).to.deep.equal({ ECONNREFUSED: 100 })
      }
      expect(await healthOf(stage.lab.host('h1'), 'h3')).to.include({ state: 'dead', why: 'kernels-silent' })
      const asked = await stage.lab.host('h1').weft(['ping', 'h3'], { check: false })
      expect(asked.stdout).to.match(/^h3 is dead\n(?:.*\n)*nothing answers/)
      expect(asked.code).to.equal(1)
      expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
    })

    it('the cut-off host takes itself for cut off', async () => {
      await until([stage.lab.host('h3')], 'h1', 'dead')
      // It may find the others dead first: they are watched one by one, and it takes two seconds of silence from everybody.
      await waitFor('h3 to say so', () => /nobody is heard/.test(stage.lab.host('h3').readLog()))
    })

    it('the cable is back: alive, traffic flows, and the connection that was open goes on', async () => {
      await stage.lab.host('h3').plugIn()
      await until(others(), 'h3', 'alive')
      for (const client of clients) await reaches(stage.container(client), stage.address('h3/c1'))
      expect(tally(await connects(stage.container('h1/c1'), stage.address('h3/c1'), 3))).to.deep.equal({ connected: 3 })
      const outcomes = await Promise.all(open)
      expect(outcomes.map(({ stdout }) => stdout.trim())).to.deep.equal(['went on after a silence'])
    })

    it('an agent is frozen: agent-down, and no packet is lost; thawed, it is alive', async () => {
      const host = stage.lab.host('h3')
      const stream = ping(stage.container('h1/c1'), stage.address('h3/c1'), { count: 1600, interval: 0.005 })
      const before = (await storyOf(stage.lab.host('h1'), 'h3')).length
      const own = (await storyOf(host, 'h1')).length
      host.freezeAgent()
      await until(others(), 'h3', 'agent-down')
      expect(await stream).to.include({ sent: 1600, lost: 0 })
      host.thawAgent()
      await until(others(), 'h3', 'alive')
      expect((await storyOf(stage.lab.host('h1'), 'h3')).slice(before)).to.deep.equal(['agent-down', 'alive'])
      // To the thawed agent all others were silent; it knows that it was the deaf one.
      expect((await storyOf(host, 'h1')).slice(own)).not.to.include('dead')
    })

    it('an agent is killed with -9 and restarted: never dead, no packet lost', async () => {
      const host = stage.lab.host('h3')
      const stream = ping(stage.container('h1/c1'), stage.address('h3/c1'), { count: 1200, interval: 0.005 })
      const before = (await storyOf(stage.lab.host('h1'), 'h3')).length
      await host.killAgent()
      await until(others(), 'h3', 'agent-down')
      await host.startAgent()
      await until(others(), 'h3', 'alive')
      expect(await stream).to.include({ sent: 1200, lost: 0 })
      expect((await storyOf(stage.lab.host('h1'), 'h3')).slice(before)).not.to.include('dead')
    })

    it('only VXLAN is blocked: path-broken, which is no death, until it is unblocked', async () => {
      const { faults } = stage.lab
      await until([stage.lab.host('h3')], 'h1', 'alive')
      const before = (await storyOf(stage.lab.host('h1'), 'h3')).length
      const match = 'udp dport 4789'
      const losses = [await faults.drop({ from: 'h3', match }), await faults.drop({ to: 'h3', match })]
      const blocked = performance.now()
      await until(others(), 'h3', 'path-broken')
      console.log(`      path-broken for both others after ${(performance.now() - blocked).toFixed(0)} ms`)
      const asked = await stage.lab.host('h1').weft(['ping', 'h3'], { check: false })
      expect(asked.stdout).to.match(/kernel, overlay .* 0 of 3 (?:.*\n)*the overlay is broken/)
      for (const loss of losses) await loss.heal()
      await until(others(), 'h3', 'alive')
      expect((await storyOf(stage.lab.host('h1'), 'h3')).slice(before)).to.deep.equal(['path-broken', 'alive'])
      await reaches(stage.container('h1/c1'), stage.address('h3/c1'))
    })

    for (const [what, loss] of [
      ['it hears the others and is not heard', { from: 'h3' }],
      ['it is heard and hears nobody', { to: 'h3' }],
    ] as const) {
      it(`a host is cut off one way, ${what}: dead for the others, and connects are refused; then all is as before`, async () => {
        const began = performance.now()
        const cut = await stage.lab.faults.drop(loss)
        await until(others(), 'h3', 'dead')
        console.log(`      dead for both others after ${(performance.now() - began).toFixed(0)} ms`)
        await waitForRefusal('h1/c1')
        expect(await healthOf(stage.lab.host('h1'), 'h2')).to.include({ state: 'alive' })
        expect(await ping(stage.container('h1/c1'), stage.address('h2/c1'))).to.include({ lost: 0 })
        await cut.heal()
        await until(others(), 'h3', 'alive')
        await until([stage.lab.host('h3')], 'h1', 'alive')
        await until([stage.lab.host('h3')], 'h2', 'alive')
        await reaches(stage.container('h1/c1'), stage.address('h3/c1'))
      })
    }

    /** The verdict is there a moment before the kernel has been told. */
    async function waitForRefusal(client: string): Promise<void> {
      await waitFor(`${client} to be refused`, async () => {
        const [first] = await connects(stage.container(client), stage.address('h3/c1'), 1)
        return first?.code === 'ECONNREFUSED'
      })
    }
  },
)
