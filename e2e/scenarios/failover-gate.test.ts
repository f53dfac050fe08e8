import { expect } from 'chai'
import { it } from 'mocha'
import type { LeaseView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { probe } from '../lab/probe.js'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

/*
 *   h1/r1        h2/r1        h3/r1     network red is exclusive: what its hosts forward passes their gates
 *     |            |            |
 *   [gate]       [gate]       [gate]
 *    h1           h2           h3
 *   ==+====== underlay ========+======= etcd1
 */
story('failover: the gate of an exclusive network @alone', { hosts: 3 }, (stage) => {
  const host = (name: string): LabHost => stage.lab.host(name)
  const leases = (seenBy: string): Promise<LeaseView[]> => host(seenBy).weftJson<LeaseView[]>(['leases'])
  const own = async (name: string): Promise<LeaseView | undefined> => (await leases(name)).find((lease) => lease.host === name)
  const silent = async (from: string, to: string): Promise<boolean> =>
    (await ping(stage.container(from), stage.address(to), { count: 3 })).received === 0
  let subnet = ''

  it('opens on every host once its witnesses have answered', async () => {
    await host('h1').weft(['network', 'create', 'red', '--pool', '10.62.0.0/16', '--failover', 'exclusive'])
    await stage.lab.networkReady('red')
    for (const name of ['h1', 'h2', 'h3']) {
      await waitFor(`the gate of ${name}`, async () => (await own(name))?.gate === 'open')
      await stage.addContainer(`${name}/r1`, 'red')
    }
    await reaches(stage.container('h2/r1'), stage.address('h1/r1'))
    await reaches(stage.container('h1/r1'), stage.address('h3/r1'))
    subnet = (await own('h1'))?.subnet ?? ''
    expect(await own('h1')).to.include({ policy: 'exclusive', gate: 'open' })
  })

  it('loses no packet while it is renewed, nor when the agent is killed and started again', async () => {
    const stream = await probe(stage.container('h2/r1'), stage.address('h1/r1'))
    const renewed = async (): Promise<void> => {
      const before = (await own('h1'))?.proofMs ?? 0
      await waitFor('another proof', async () => ((await own('h1'))?.proofMs ?? 0) > before)
    }
    await renewed()
    await host('h1').killAgent()
    await host('h1').startAgent()
    await waitFor('the gate of h1', async () => (await own('h1'))?.gate === 'open')
    await renewed()
    const { sent, lost } = await stream.end()
    expect(sent).to.be.greaterThan(500)
    expect(lost).to.equal(0)
  })

  it('shuts by itself when the agent is frozen, before another host takes over', async () => {
    const stream = await probe(stage.container('h2/r1'), stage.address('h1/r1'))
    host('h1').freezeAgent()
    const moved = await waitFor('another host to take over', async () => {
      const lease = (await leases('h3')).find((each) => each.subnet === subnet)
      return lease?.host !== 'h1' && lease
    })
    expect(moved).to.deep.include({ adoptedFrom: 'h1', state: 'held' })
    expect(await silent('h2/r1', 'h1/r1')).to.equal(true)
    const { answers } = await stream.end()
    expect(answers.at(-1)).to.be.lessThan(Date.parse(moved.since))
    console.log(`      shut ${((Date.parse(moved.since) - (answers.at(-1) ?? 0)) / 1000).toFixed(2)} s before the lease moved`)
  })

  it('stays shut when the agent goes on, until it has learnt that the lease went and has registered anew; then the lease comes home', async () => {
    const away = (await leases('h3')).find((each) => each.subnet === subnet)
    host('h1').thawAgent()
    await waitFor('h1 to register anew', () => host('h1').readLog().includes('why=lease-lost'))
    const home = await waitFor('the lease to come home', async () => {
      const lease = (await leases('h1')).find((each) => each.subnet === subnet)
      return lease?.host === 'h1' && lease.gate === 'open' && lease
    })
    expect(home.epoch).to.be.greaterThan(away?.epoch ?? Infinity)
    await reaches(stage.container('h2/r1'), stage.address('h1/r1'))
  })

  it('forwards nothing without its ruleset, whoever has flushed it, and is mended', async () => {
    host('h2').freezeAgent()
    await host('h2').exec(['nft', 'flush', 'ruleset'])
    expect(await silent('h3/r1', 'h2/r1')).to.equal(true)
    host('h2').thawAgent()
    await waitFor('the gate of h2', async () => (await host('h2').exec(['nft', 'list', 'tables'])).stdout.includes('weft-gate'))
    await waitFor('a lease of h2 that is open', async () => (await own('h2'))?.gate === 'open')
  })
})
