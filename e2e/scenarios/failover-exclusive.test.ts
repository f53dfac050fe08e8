import { expect } from 'chai'
import { it } from 'mocha'
import { setTimeout as delay } from 'node:timers/promises'
import type { LeaseView } from '#api'
import { waitFor, type LabHost } from '#lab'
import { watchAnswers, type Answers } from '../lab/answers.js'
import { until } from '../lab/liveness.js'
import { longestGap, probe, type ProbeResult } from '../lab/probe.js'
import { ping, reaches } from '../lab/traffic.js'
import { story } from './story.js'

const FLOATING = '10.61.9.9'
/** F of docs/failover-protocol.md: no proof holds the gate open for longer, in ms. */
const PROOF_TIME = 4_000
const LEASE = `${FLOATING}/32`

/*
 *   h1/c1                     h3/c1    both send 1,000 packets a second to the exclusive address; captures on all hosts show who answers
 *     |                         |
 *    h1           h2           h3      the holder's agent is frozen, its power or cables are cut, its packet filter is flushed
 *   ==+====== underlay ========+======= etcd1
 */
story('failover: an exclusive address @alone', { hosts: 3, network: { name: 'blue', pool: '10.61.0.0/16' }, containers: 1 }, (stage) => {
  const leaseSeenBy = async (host: LabHost): Promise<LeaseView | undefined> =>
    (await host.weftJson<LeaseView[]>(['leases'])).find(({ subnet }) => subnet === LEASE)
  const all = (): LabHost[] => [...stage.lab.hosts.values()]
  /** An agent that runs. */
  const witness = (): LabHost => stage.lab.host('h1')
  const holderIs = (host: string): Promise<boolean> =>
    waitFor(`${host} to hold it, its gate open`, async () => (await leaseSeenBy(stage.lab.host(host)))?.gate === 'open', {
      deadline: 60_000,
    })
  const others = (host: string): string[] => ['h1', 'h2', 'h3'].filter((other) => other !== host)

  /** What two clients and the captures saw while something happened. */
  async function observed(happens: () => Promise<void>): Promise<{ answers: readonly Answers[]; probes: readonly ProbeResult[] }> {
    const watch = await watchAnswers(all(), FLOATING)
    const probes = [await probe(stage.container('h1/c1'), FLOATING), await probe(stage.container('h3/c1'), FLOATING)]
    await happens()
    const results = await Promise.all(probes.map((one) => one.end()))
    return { answers: await watch.end(), probes: results }
  }

  it('is held by one host, whose gate is open', async () => {
    for (const host of others('h1')) await until([witness()], host, 'alive')
    await waitFor('witnesses of all', async () =>
      (await witness().weftJson<LeaseView[]>(['leases'])).every(({ witnesses }) => witnesses?.length === 2),
    )
    await witness().weft(['address', 'add', FLOATING, '--network', 'blue', '--on', 'h2,h3', '--prefer', 'h2', '--failover', 'exclusive'])
    await holderIs('h2')
    for (const from of ['h1/c1', 'h2/c1', 'h3/c1']) await reaches(stage.container(from), FLOATING)
  })

  it('renewing its gate, and etcd out of the holder’s reach for longer than a proof: no packet is lost, nothing moves', async () => {
    const { answers, probes } = await observed(async () => {
      const cut = await stage.lab.faults.cut('h2', 'etcd1')
      await delay(PROOF_TIME + 2_000)
      await cut.heal()
    })
    expect(answers.map(({ host }) => host)).to.deep.equal(['h2'])
    expect(probes.map(({ lost }) => lost)).to.deep.equal([0, 0])
  })

  it('the holder’s agent is frozen: its kernel stops in time, then another host answers; it takes over again when it is proven anew', async () => {
    let frozen = 0
    const { answers } = await observed(async () => {
      frozen = Date.now()
      stage.lab.host('h2').freezeAgent()
      await holderIs('h3')
      await reaches(stage.container('h1/c1'), FLOATING)
      stage.lab.host('h2').thawAgent()
      await holderIs('h2')
      await reaches(stage.container('h1/c1'), FLOATING)
    })
    expect(answers.map(({ host }) => host)).to.deep.equal(['h2', 'h3', 'h2'])
    const [before, during] = answers
    console.log(
      `      h2 stopped ${((before?.last ?? 0) - frozen).toFixed(0)} ms after it was frozen, h3 began after ${((during?.first ?? 0) - frozen).toFixed(0)} ms`,
    )
    expect((before?.last ?? Infinity) - frozen).to.be.at.most(PROOF_TIME)
  })

  it('a packet filter is flushed while the agent is frozen: nothing passes to containers of an exclusive network', async () => {
    await witness().weft(['network', 'create', 'red', '--pool', '10.62.0.0/16', '--failover', 'exclusive'])
    await stage.lab.networkReady('red')
    const target = await stage.addContainer('h2/r1', 'red')
    await stage.addContainer('h3/r1', 'red')
    const client = stage.container('h3/r1')
    await reaches(client, target)
    const host = stage.lab.host('h2')
    host.freezeAgent()
    await host.exec(['nft', 'flush', 'ruleset'])
    expect(await ping(client, target, { count: 5, interval: 0.05 })).to.include({ received: 0 })
    host.thawAgent()
    await reaches(client, target)
    await holderIs('h2')
  })

  it('what the holder says reaches nobody: one answers, then the other', async () => {
    const { answers } = await observed(async () => {
      const cut = await stage.lab.faults.drop({ from: 'h2' })
      await holderIs('h3')
      await reaches(stage.container('h1/c1'), FLOATING)
      await cut.heal()
      await holderIs('h2')
      await reaches(stage.container('h1/c1'), FLOATING)
    })
    expect(answers.map(({ host }) => host)).to.deep.equal(['h2', 'h3', 'h2'])
  })

  it('the holder loses its power: served again by another', async () => {
    let began = 0
    const { answers, probes } = await observed(async () => {
      began = Date.now()
      await stage.lab.host('h2').powerOff()
      await holderIs('h3')
      await reaches(stage.container('h1/c1'), FLOATING)
    })
    console.log(`      served again after ${longestGap(probes[0]?.answers ?? [], began).ms.toFixed(0)} ms`)
    expect(answers.map(({ host }) => host)).to.deep.equal(['h2', 'h3'])
  })
})
