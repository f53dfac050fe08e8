import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { it } from 'mocha'
import { waitFor, type LabHost } from '#lab'
import { Daemon } from '../lab/daemon.js'
import { reaches } from '../lab/traffic.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'
import { unharmed } from './unharmed.js'

/*
 *    h1/c1               h2/c1
 *      |                   |
 *     h1: weft init       h2: weft join       h3: was not invited
 *     and its etcd         |                   |
 *   ===+===================+=== underlay ======+===
 */
story('store: weft init', { hosts: 3, etcdMembers: 0, agents: false }, (stage) => {
  let etcd: Daemon

  it('the first host makes an authority, an etcd behind TLS and its own configuration', async () => {
    const { lab } = stage
    const h1 = lab.host('h1')
    rmSync(h1.config)
    const { stdout } = await h1.weft([
      'init',
      '--address',
      h1.address,
      '--host',
      'h1',
      '--dir',
      h1.directory,
      '--data-dir',
      join(h1.directory, 'etcd'),
    ])
    expect(stdout).to.include('weft invite NAME').and.include('weft join NAME.invitation')
    expectRefusal(await h1.weft(['init', '--address', h1.address, '--dir', h1.directory], { check: false }), 1, 'WEFT_SETUP', /already/)
    etcd = new Daemon({
      label: 'h1.etcd',
      lab: lab.id,
      namespace: h1.namespace,
      words: ['etcd', '--config-file', join(h1.directory, 'etcd.yaml')],
      // Debian's etcd 3.4 refuses arm64 unless told that one knows.
      env: process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {},
      log: join(h1.directory, 'etcd.log'),
    })
    etcd.start()
    await startAgent(h1)
    await waitFor('h1 to be connected', async () => (await h1.status()).store.state === 'connected')
    await h1.weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    await stage.addContainer('h1/c1', 'blue')
  })

  it('an invited host joins, and their containers reach each other', async () => {
    const { lab } = stage
    const [h1, h2] = [lab.host('h1'), lab.host('h2')]
    const invitation = join(h2.directory, 'h2.invitation')
    await h1.weft(['invite', 'h2', '--dir', h1.directory, '--to', invitation])
    rmSync(h2.config)
    await h2.weft(['join', invitation, '--dir', h2.directory])
    await startAgent(h2)
    await lab.networkReady('blue')
    await stage.addContainer('h2/c1', 'blue')
    await reaches(stage.container('h1/c1'), stage.address('h2/c1'))
    // One etcd on one of the hosts: that is told, and nothing else.
    expect((await h2.status()).problems.map(({ code }) => code)).to.deep.equal(['WEFT_FAILOVER_STORE'])
  })

  it('who was not invited gets no answer', async () => {
    const { lab } = stage
    const [h1, h3] = [lab.host('h1'), lab.host('h3')]
    for (const url of [`https://${h1.address}:2379/health`, `http://${h1.address}:2379/health`, `https://${h1.address}:2380/members`]) {
      const answer = await h3.exec(['curl', '-sk', '-m', '5', url], { check: false })
      expect(answer.code, url).not.to.equal(0)
      expect(answer.stdout).not.to.include('health')
    }
  })

  it('certificates are renewed under running agents', async () => {
    const { lab } = stage
    const [h1, h2] = [lab.host('h1'), lab.host('h2')]
    await unharmed(stage.container('h1/c1'), stage.address('h2/c1'), async () => {
      await h1.weft(['init', '--renew', '--dir', h1.directory])
      const invitation = join(h2.directory, 'again.invitation')
      await h1.weft(['invite', 'h2', '--dir', h1.directory, '--to', invitation])
      await h2.weft(['join', invitation, '--replace', '--dir', h2.directory])
      await etcd.stop('SIGTERM', 15_000)
      for (const host of [h1, h2]) {
        await waitFor(`${host.name} to miss etcd`, async () => (await host.status()).store.state === 'unreachable')
      }
      etcd.start()
      for (const host of [h1, h2]) {
        await waitFor(`${host.name} to be connected`, async () => (await host.status()).store.state === 'connected')
      }
    })
  })

  /** Starts the agent with the configuration that was made for it, in the lab's directories. */
  async function startAgent(host: LabHost): Promise<void> {
    appendFileSync(host.config, `state-dir: ${host.stateDir}\nrun-dir: ${host.runDir}\nlog-level: debug\n`)
    await host.startAgent()
  }
})
