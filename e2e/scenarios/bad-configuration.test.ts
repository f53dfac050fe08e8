import { expect } from 'chai'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'mocha'
import { waitFor } from '#lab'
import { BIN } from '../lab/repository.js'
import type { Outcome } from '../lab/run-command.js'
import { expectRefusal } from './refusal.js'
import { story } from './story.js'

/*
 *     h1   no agent at first; each attempt to start one is refused: with a code, the place of the mistake, and a hint
 *      |
 *   ===+=== underlay ===+=== etcd1
 */
story('an agent that cannot start says why', { hosts: 1, agents: false }, (stage) => {
  const weftd = (words: readonly string[]): Promise<Outcome> =>
    stage.lab.host('h1').exec(['weftd', ...words], { check: false, deadline: 20_000 })
  const withFile = (text: string): Promise<Outcome> => {
    const file = join(stage.lab.directory, 'wrong.yaml')
    writeFileSync(file, text)
    return weftd(['--config', file])
  }
  const directories = (): string[] => ['--state-dir', join(stage.lab.directory, 'x/state'), '--run-dir', join(stage.lab.directory, 'x/run')]

  it('wrong YAML: file and line', async () => {
    expectRefusal(await withFile('host: h1\netcd: [http://198.18.0.11:2379\nstate-dir: /x\n'), 2, 'WEFT_CONFIG_YAML', /wrong\.yaml:\d/)
  })

  it('an unknown key: file, line, and the key that was meant', async () => {
    expectRefusal(
      await withFile('host: h1\nunderlay-adress: 198.18.1.1\n'),
      2,
      'WEFT_CONFIG_UNKNOWN_KEY',
      /wrong\.yaml:2: .*underlay-adress[^]*underlay-address/,
    )
  })

  it('a wrong value: where it was given', async () => {
    expectRefusal(
      await withFile('etcd: http://198.18.0.11:2379\nunderlay-address: 198.18.1.999\n'),
      2,
      'WEFT_CONFIG_VALUE',
      /wrong\.yaml:2: underlay-address/,
    )
    expectRefusal(await weftd(['--etcd', '198.18.0.11:2379']), 2, 'WEFT_CONFIG_VALUE', /--etcd/)
  })

  it('a file that is not there', async () => {
    expectRefusal(await weftd(['--config', '/no/such/file.yaml']), 2, 'WEFT_CONFIG_FILE', /\/no\/such\/file\.yaml/)
  })

  it('an unknown flag', async () => {
    expectRefusal(await weftd(['--etdc', 'http://198.18.0.11:2379']), 2, 'WEFT_USAGE', /--etdc/)
  })

  it('no store: both ways to give one', async () => {
    expectRefusal(await withFile('host: h1\n'), 2, 'WEFT_NO_STORE', /--etcd[^]*--embedded-etcd/)
  })

  it('an option that is not built yet', async () => {
    expectRefusal(await weftd(['--embedded-etcd']), 2, 'WEFT_NOT_BUILT', /embedded-etcd/)
  })

  it('metrics on an address that this host does not have', async () => {
    const outcome = await weftd(['--etcd', 'http://198.18.0.11:2379', '--metrics-listen', '198.18.1.77:9100', ...directories()])
    expectRefusal(outcome, 1, 'WEFT_METRICS_LISTEN', /198\.18\.1\.77 port 9100/)
  })

  it('an underlay address that this host does not have', async () => {
    const outcome = await weftd(['--etcd', 'http://198.18.0.11:2379', '--underlay-address', '198.18.1.77', ...directories()])
    expectRefusal(outcome, 1, 'WEFT_UNDERLAY_INVALID', /198\.18\.1\.77/)
  })

  it('not root: what it needs', async () => {
    // As an ordinary user has it; the user stays root, so that the checkout can be read wherever it is.
    const powerless = ['setpriv', '--bounding-set=-all', '--inh-caps=-all', process.execPath, join(BIN, 'weftd')]
    const words = [...powerless, '--etcd', 'http://198.18.0.11:2379', ...directories()]
    const outcome = await stage.lab.host('h1').exec(words, { check: false, deadline: 20_000 })
    expectRefusal(outcome, 1, 'WEFT_NOT_ROOT', /root/)
  })

  it('etcd out of reach: the agent runs, says so, and needs no restart once etcd is there', async () => {
    const host = stage.lab.host('h1')
    const [etcd] = stage.lab.etcd
    await etcd?.kill()
    await host.startAgent()
    const refused = await host.weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'], { check: false })
    expectRefusal(refused, 1, 'WEFT_STORE_UNREACHABLE', /198\.18\.0\.11:2379/)
    expect((await host.status()).store.state).not.to.equal('connected')
    await waitFor('the log to say it', () => host.readLog().includes('WEFT_STORE_UNREACHABLE'))
    expect(host.readLog()).not.to.match(/^\s+at .*:\d+/m)
    etcd?.start()
    await etcd?.healthy()
    await host.weft(['network', 'create', 'blue', '--pool', '10.61.0.0/16'])
    await stage.lab.networkReady('blue')
  })

  it('a second agent on the same host: who is there already', async () => {
    const host = stage.lab.host('h1')
    const words = ['--config', host.config]
    expectRefusal(await weftd(words), 1, 'WEFT_AGENT_RUNNING', new RegExp(`${host.agentPid}`))
    // Also one with directories of its own would fight over the same kernel tables.
    expectRefusal(await weftd([...words, ...directories()]), 1, 'WEFT_AGENT_RUNNING', new RegExp(`${host.agentPid}`))
    expect((await host.status()).reconcile.state).to.equal('in-sync')
  })

  it('no agent: the CLI says so with exit code 3', async () => {
    const host = stage.lab.host('h1')
    await host.stopAgent()
    expectRefusal(await host.weft(['status'], { check: false }), 3, 'WEFT_API_UNREACHABLE', /weft\.sock/)
  })
})
