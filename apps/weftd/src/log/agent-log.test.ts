import { describe, it } from 'mocha'
import { expect } from 'chai'
import { spawn, spawnSync } from 'node:child_process'

const MODULE = new URL('./agent-log.js', import.meta.url).href

/** What a process that logs writes, with standard output in a pipe. */
function output(level: string, environment: Record<string, string>): string[] {
  const script = `
    const { createLog } = await import('${MODULE}')
    const log = createLog('${level}')
    log.debug('looked', { steps: 0 })
    log.info('registered', { host: 'h1', pid: 7 })
    log.warn('late')
    log.error('broken', { error: new Error('why').message })`
  const { JOURNAL_STREAM: _journal, ...inherited } = process.env
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...inherited, ...environment },
    timeout: 30_000,
  })
  expect(run.stderr).to.equal('')
  return run.stdout.split('\n').slice(0, -1)
}

describe('the agent’s log', () => {
  it('has a time in each line of a pipe or file', () => {
    const lines = output('info', {})
    expect(lines).to.have.length(3)
    expect(lines[0]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  registered host=h1 pid=7$/)
  })

  it('leaves the time to the journal', () => {
    expect(output('debug', { JOURNAL_STREAM: '8:1' })).to.deep.equal([
      '<7>looked steps=0',
      '<6>registered host=h1 pid=7',
      '<4>late',
      '<3>broken error=why',
    ])
  })

  it('leaves out what is less important than its level', () => {
    expect(output('error', { JOURNAL_STREAM: '8:1' })).to.deep.equal(['<3>broken error=why'])
  })

  it('outlives its reader', async () => {
    const script = `
      const { createLog } = await import('${MODULE}')
      const log = createLog('info')
      let lines = 0
      const more = setInterval(() => {
        log.info('still here')
        if (++lines < 50) return
        clearInterval(more)
        process.stderr.write('wrote all')
      }, 2)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 })
    let told = ''
    child.stderr.setEncoding('utf8').on('data', (text) => (told += String(text)))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([code, told]).to.deep.equal([0, 'wrote all'])
  })
})
