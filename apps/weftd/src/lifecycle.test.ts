import { expect } from 'chai'
import { describe, it } from 'mocha'
import { WeftError, type LogFields } from '#core'
import type { Config } from './config/settings.js'
import { Lifecycle } from './lifecycle.js'

const CONFIG = { host: 'h1', runDir: '/run/weft', logLevel: 'info', gossipPort: 7788 } as Config

describe('the life of an agent', () => {
  /** A configuration that the test changes, and agents that only say what becomes of them. */
  class Process {
    readonly happened: string[] = []
    readonly lines: string[] = []
    /** What the file says. */
    file: Config | WeftError = CONFIG
    /** With which gossip ports no agent starts. */
    taken: number[] = []
    readonly life = new Lifecycle(
      () => {
        if (this.file instanceof WeftError) throw this.file
        return this.file
      },
      async ({ gossipPort: port }) => {
        if (this.taken.includes(port)) throw new WeftError('WEFT_GOSSIP_PORT', `port ${port} is taken`)
        this.happened.push(`${port} starts`)
        await Promise.resolve()
        const say = (message: string, fields?: LogFields): void => void this.lines.push(`${message} ${JSON.stringify(fields ?? {})}`)
        return { log: { debug: say, info: say, warn: say, error: say }, stop: async () => void this.happened.push(`${port} stops`) }
      },
    )
  }
  const port = (gossipPort: number): Config => ({ ...CONFIG, gossipPort })
  async function started(): Promise<Process> {
    const process = new Process()
    await process.life.start(CONFIG)
    return process
  }

  it('goes on with what the configuration says now, one agent after the other', async () => {
    const process = await started()
    process.file = { ...port(1), zone: 'east' }
    await process.life.reload()
    await process.life.stop()
    expect(process.happened).to.deep.equal(['7788 starts', '7788 stops', '1 starts', '1 stops'])
    expect(process.lines).to.deep.equal(['weftd reloads {"changed":"gossip-port,zone"}'])
  })

  it('begins anew without a change, too: files that settings name may be others', async () => {
    const process = await started()
    await process.life.reload()
    expect(process.happened).to.deep.equal(['7788 starts', '7788 stops', '7788 starts'])
    expect(process.lines).to.deep.equal(['weftd reloads {"changed":"no setting"}'])
  })

  it('does not touch the agent when the configuration is wrong, and says what is', async () => {
    const process = await started()
    process.file = new WeftError('WEFT_CONFIG_VALUE', 'not a port: x', { field: 'gossip-port', hint: 'give a number' })
    await process.life.reload()
    process.file = { ...CONFIG, runDir: '/elsewhere' }
    await process.life.reload()
    expect(process.happened).to.deep.equal(['7788 starts'])
    expect(process.lines[0]).to.match(/^the configuration is not taken.*WEFT_CONFIG_VALUE.*not a port: x.*gossip-port.*give a number/)
    expect(process.lines[1]).to.match(/^the configuration is not taken: run-dir changes with a restart only/)
  })

  it('goes back to what it had when no agent starts with the new one', async () => {
    const process = await started()
    process.file = port(2)
    process.taken = [2]
    await process.life.reload()
    process.taken = []
    await process.life.reload()
    expect(process.happened).to.deep.equal(['7788 starts', '7788 stops', '7788 starts', '7788 stops', '2 starts'])
    expect(process.lines[1]).to.match(/^no agent starts with the new configuration.*port 2 is taken/)
  })

  it('tells when there is no way back either', async () => {
    const process = await started()
    process.taken = [7788]
    const failed = await process.life.reload().then(
      () => 'reloaded',
      (thrown: unknown) => (thrown as WeftError).code,
    )
    expect(failed).to.equal('WEFT_GOSSIP_PORT')
  })

  it('takes orders that come while one is carried out afterwards, and several to reload as one', async () => {
    const process = new Process()
    const all = [process.life.start(CONFIG), process.life.reload(), process.life.reload(), process.life.stop(), process.life.reload()]
    await Promise.all(all)
    expect(process.happened).to.deep.equal(['7788 starts', '7788 stops', '7788 starts', '7788 stops'])
  })
})
