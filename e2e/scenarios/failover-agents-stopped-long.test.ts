import { expect } from 'chai'
import { it } from 'mocha'
import { setTimeout as delay } from 'node:timers/promises'
import type { LeaseView } from '#api'
import { until } from '../lab/liveness.js'
import { story } from './story.js'
import { unharmed } from './unharmed.js'

/** For how long no agent runs, in ms. */
const STOPPED = 600_000
/** Time enough after their start for a host to be held dead, and for its leases to move, in ms. */
const WATCHED = 20_000

const FLOATING = '10.61.9.9'

/*
 *   h1/c1 ---- 100 packets/s, blue: adopt ---- h2/c1      h3 has a floating address of blue
 *   h1/d1 ---- 100 packets/s, green: hold ---- h2/d1
 *     |                                          |           |
 *    h1                                         h2          h3      no agent runs for ten minutes
 *   ==+================ underlay ================+===========+====== etcd1
 */
// Takes minutes: only with `npm run e2e -- --long`, without which it is not even registered.
if (process.env['WEFT_LONG'] === '1') {
  const setting = { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }
  story('failover: all agents stopped for ten minutes', setting, (stage) => {
    /** Who owns what, by which epoch: changes whenever something has moved. */
    const owners = async (): Promise<string[]> =>
      (await stage.lab.host('h1').weftJson<LeaseView[]>(['leases']))
        .map(({ network, subnet, host, epoch }) => `${network} ${subnet} ${host} ${epoch}`)
        .toSorted()
    let before: string[] = []

    it('two networks, one of which does not fail over, and a floating address', async () => {
      const h1 = stage.lab.host('h1')
      await h1.weft(['network', 'create', 'green', '--pool', '10.63.0.0/16', '--failover', 'hold'])
      await stage.lab.networkReady('green')
      for (const label of ['h1/d1', 'h2/d1']) await stage.addContainer(label, 'green')
      await h1.weft(['address', 'add', FLOATING, '--network', 'blue', '--prefer', 'h3'])
      for (const host of ['h2', 'h3']) await until([h1], host, 'alive')
      before = await owners()
      expect(before).to.have.length(7)
    })

    it('two agents are stopped, the third is killed; ten minutes later they start: no packet is lost, nothing has moved', async () => {
      const { lab } = stage
      const hosts = [...lab.hosts.values()]
      const stoppedAndStarted = async (): Promise<void> => {
        await Promise.all([lab.host('h1').stopAgent(), lab.host('h2').stopAgent(), lab.host('h3').killAgent()])
        await delay(STOPPED)
        await lab.startAgents()
        for (const host of hosts) for (const other of hosts) if (other !== host) await until([host], other.name, 'alive')
        await delay(WATCHED)
      }
      let over: Promise<void> | undefined
      const [blue, green, floating] = await Promise.all([
        unharmed(stage.container('h1/c1'), stage.address('h2/c1'), () => (over ??= stoppedAndStarted())),
        unharmed(stage.container('h1/d1'), stage.address('h2/d1'), () => (over ??= stoppedAndStarted())),
        unharmed(stage.container('h1/c1'), FLOATING, () => (over ??= stoppedAndStarted())),
      ])
      console.log(`      0 packets lost: adopt, of ${blue}; hold, of ${green}; a floating address, of ${floating}`)
      expect(await owners()).to.deep.equal(before)
    })
  })
}
