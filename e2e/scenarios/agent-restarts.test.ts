import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import { it } from 'mocha'
import { waitFor, type LabHost } from '#lab'
import { probe } from '../lab/probe.js'
import { story } from './story.js'

/*
 *    h1/c1 <--- 1,000 packets a second, each way ---> h2/c1
 *      |                                                |
 *     h1  weftd: kill -9, stop and start, SIGHUP       h2  weftd
 *      |                                                |
 *   ===+===================== underlay ================+=== etcd1
 */
const BLUE = { name: 'blue', pool: '10.61.0.0/16' }
story('dataplane: agents restart and reload under load @alone', { hosts: 2, network: BLUE, containers: 1 }, (stage) => {
  const h1 = (): LabHost => stage.lab.host('h1')
  const ready = () => stage.lab.networkReady('blue')

  /** Nothing is lost on either way while it happens. */
  async function losesNothing(happens: () => Promise<void>): Promise<void> {
    const probes = await Promise.all([
      probe(stage.container('h1/c1'), stage.address('h2/c1')),
      probe(stage.container('h2/c1'), stage.address('h1/c1')),
    ])
    const tallies = async () => Promise.all(probes.map((each) => each.end()))
    try {
      await happens()
    } catch (thrown) {
      await tallies()
      throw thrown
    }
    for (const { sent, lost } of await tallies()) {
      expect(sent).to.be.greaterThan(100)
      expect(lost, `lost of ${sent}`).to.equal(0)
    }
  }

  /** Resolves once an agent has begun anew in the process. */
  async function reload(begins = 1): Promise<void> {
    const begun = (): number => h1().readLog().split('weftd starts').length
    const before = begun()
    h1().reloadAgent()
    await waitFor('the agent to begin anew', () => begun() >= before + begins)
    await ready()
  }
  const metrics = async (): Promise<string> => (await h1().exec(['curl', '-sf', '-m', '5', 'http://127.0.0.1:9000/metrics'])).stdout

  it('no packet is lost by kill -9', () =>
    losesNothing(async () => {
      await h1().killAgent()
      await h1().startAgent()
      await ready()
    }))

  it('… nor by a stop and a start, as an upgrade does them', () =>
    losesNothing(async () => {
      await h1().stopAgent()
      await h1().startAgent()
      await ready()
    }))

  it('… nor by SIGHUP, which takes what the configuration says now in the same process', () =>
    losesNothing(async () => {
      const { pid } = await h1().status()
      h1().writeConfig({ 'metrics-listen': '127.0.0.1:9000', 'log-level': 'info' })
      await reload()
      expect((await h1().status()).pid).to.equal(pid)
      expect(h1().readLog()).to.match(/weftd reloads.*changed=log-level,metrics-listen/)
      expect(await metrics()).to.contain('weft_')
    }))

  it('a configuration that is wrong is told, and changes nothing', async () => {
    h1().writeConfig({ 'gossip-port': 'seven' })
    h1().reloadAgent()
    await waitFor('the agent to refuse it', () => h1().readLog().includes('the configuration is not taken'))
    expect(h1().readLog()).to.match(/the configuration is not taken.*WEFT_CONFIG_VALUE.*gossip-port/)
    expect(await metrics()).to.contain('weft_')
  })

  it('one that no agent can start with is gone back from', async () => {
    h1().writeConfig({ 'metrics-listen': '192.0.2.200:9000' })
    await reload(2)
    expect(await metrics()).to.contain('weft_')
    expect(h1().readLog()).to.match(/no agent starts with the new configuration.*192\.0\.2\.200/)
  })

  it('twenty times over, nothing is left open', async () => {
    h1().writeConfig()
    const descriptors = (): number => readdirSync(`/proc/${h1().agentPid}/fd`).length
    await reload()
    const before = descriptors()
    for (let times = 0; times < 20; times++) await reload()
    await waitFor('no more descriptors than before', () => descriptors() <= before + 2, { deadline: 10_000 })
    expect((await h1().weft(['plan'])).code).to.equal(0)
  })
})
