import { expect } from 'chai'
import { it } from 'mocha'
import { setTimeout as delay } from 'node:timers/promises'
import type { LeaseView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { until } from '../lab/liveness.js'
import { probe } from '../lab/probe.js'
import { story } from './story.js'

/** How long the outages last, in s. */
const OUTAGES = process.env['WEFT_LONG'] ? [6, 20, 60] : [6]

/*
 *   h1/c1 (blue), h1/c2 (red)  200 echo requests a second to h3/c1 and h3/c2; their times tell when it was out of reach
 *     |
 *    h1           h2           h3     its cable is pulled and plugged in; blue fails over meanwhile and comes home, red is on hold
 *   ==+====== underlay ========+======= etcd1
 */
story('gossip: a host returns', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const others = (): LabHost[] => [stage.lab.host('h1'), stage.lab.host('h2')]
  const leaseOf = async (subnet: string): Promise<LeaseView | undefined> =>
    (await stage.lab.host('h1').weftJson<LeaseView[]>(['leases'])).find((lease) => lease.subnet === subnet)

  it('one network fails over, another one is on hold', async () => {
    await stage.lab.host('h1').weft(['network', 'create', 'red', '--pool', '10.62.0.0/16', '--failover', 'hold'])
    await stage.lab.networkReady('red')
    for (const label of ['h1/c2', 'h3/c2']) await stage.addContainer(label, 'red')
    await until(others(), 'h3', 'alive')
  })

  for (const seconds of OUTAGES) {
    it(`after ${seconds} s without its cable: traffic flows again, and its subnet is its own`, async () => {
      const host = stage.lab.host('h3')
      const subnet = stage.address('h3/c1').replace(/\.\d+$/, '.0/24')
      await waitFor('the subnet to be at home', async () => (await leaseOf(subnet))?.host === 'h3')
      await host.unplug()
      const outage = delay(seconds * 1_000)
      await until(others(), 'h3', 'dead')
      await waitFor('the adoption', async () => (await leaseOf(subnet))?.adoptedFrom === 'h3')
      await outage
      const plugged = Date.now()
      await host.plugIn()
      const streams = await Promise.all([
        probe(stage.container('h1/c1'), stage.address('h3/c1'), 200),
        probe(stage.container('h1/c2'), stage.address('h3/c2'), 200),
      ])
      await until(others(), 'h3', 'alive')
      await waitFor('the subnet to go home', async () => (await leaseOf(subnet))?.host === 'h3')
      const [blue, red] = await Promise.all(streams.map((stream) => stream.end()))
      const after = (answers: readonly number[] = []): string => `${((answers[0] ?? Number.NaN) - plugged).toFixed(0)} ms`
      console.log(`      outage of ${seconds} s: answers after ${after(blue?.answers)} (adopt), ${after(red?.answers)} (hold)`)
      expect(await leaseOf(subnet)).not.to.have.property('adoptedFrom')
    })
  }
})
