import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'mocha'
import { endAll, ended, identify, isAlive, parentOf, signal } from './process-identity.js'

describe('the identity of a process', () => {
  it('is its number and start time', () => {
    expect(identify(process.pid)).to.include({ pid: process.pid })
    expect(identify(process.pid)?.startTicks).to.match(/^\d+$/)
    expect(parentOf(process.pid)).to.equal(process.ppid)
  })

  it('is absent where there is no process', () => {
    expect(identify(2 ** 30)).to.equal(undefined)
    expect(parentOf(2 ** 30)).to.equal(undefined)
  })

  it('is not that of a later process with the same number', () => {
    const other = { pid: process.pid, startTicks: '1' }
    expect(isAlive(other)).to.equal(false)
    expect(signal(other, 'SIGKILL')).to.equal(false)
  })

  it('ends processes that listen, that are stopped, and that ignore SIGTERM', async () => {
    const scripts = ['exec sleep 600', 'kill -STOP $$; exec sleep 600', 'trap "" TERM; echo deaf; while :; do sleep 0.1; done']
    const children = scripts.map((script) => spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] }))
    await once(children[2]?.stdout ?? process.stdout, 'data')
    const identities = children.map((child) => identify(child.pid ?? 0)).filter((found) => found !== undefined)
    expect(identities.map(isAlive)).to.deep.equal([true, true, true])
    expect(await ended(identities[0] ?? { pid: 0, startTicks: '' }, 1)).to.equal(false)
    await endAll(identities, 300)
    expect(identities.map(isAlive)).to.deep.equal([false, false, false])
    await Promise.all(children.filter((child) => child.exitCode === null && child.signalCode === null).map((child) => once(child, 'exit')))
  })
})
