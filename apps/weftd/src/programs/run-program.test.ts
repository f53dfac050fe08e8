import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { holdOnto } from '../testkit/hold-onto.js'
import { runProgram } from './run-program.js'

const PATIENCE = 60_000

describe('running a program', () => {
  let directory: string
  const never = new AbortController().signal
  const records = { add: () => () => undefined }
  const program = (text: string): string => {
    const path = join(directory, 'program')
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    return path
  }
  /** Waits until a process has gone. */
  const gone = async (pid: number): Promise<void> => {
    while (existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await delay(20)
  }
  /** The process id that a program has written to a file. */
  const written = async (): Promise<number> => {
    while (!existsSync(join(directory, 'pid'))) await delay(10)
    const pid = Number(readFileSync(join(directory, 'pid'), 'utf8'))
    expect(pid).to.be.above(0)
    return pid
  }
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'weft-run-'))))
  afterEach(() => rmSync(directory, { recursive: true }))

  it('tells how it ended, and what it wrote to both outputs', async () => {
    expect(await runProgram(program('echo fine; echo odd >&2'), { deadline: PATIENCE, signal: never, records })).to.deep.include({
      well: true,
      how: 'ends with 0',
    })
    const end = await runProgram(program('echo down >&2; exit 3'), { deadline: PATIENCE, signal: never, records })
    expect(end).to.deep.equal({ well: false, how: 'ends with 3', output: 'down' })
    expect(await runProgram(program('kill -TERM $$'), { deadline: PATIENCE, signal: never, records })).to.deep.include({
      well: false,
      how: 'is killed by SIGTERM',
    })
  })

  it('gives it its input, its words without a shell, and an environment of its own', async () => {
    const path = program('cat; echo "$1|$WEFT_ADDRESS|$HOME|$(pwd)"')
    const end = await runProgram(path, {
      args: ['$(id)'],
      env: { WEFT_ADDRESS: '10.61.9.9' },
      input: '{"a":1}\n',
      records,
      deadline: PATIENCE,
      signal: never,
    })
    expect(end.output).to.equal('{"a":1}\n$(id)|10.61.9.9||/')
  })

  it('does not mind one that does not read', async () => {
    const end = await runProgram(program('exit 0'), { input: 'x'.repeat(1_000_000), deadline: PATIENCE, signal: never, records })
    expect(end.well).to.equal(true)
  })

  it('kills one that does not end in time, with its children', async () => {
    const path = program(`sleep 1000 & echo $! > ${directory}/new; mv ${directory}/new ${directory}/pid; wait`)
    // However slow the machine is, the child has to be there before the time is over.
    for (let deadline = 500; !existsSync(join(directory, 'pid')); deadline *= 2) {
      const end = await runProgram(path, { deadline, signal: never, records })
      expect(end).to.deep.include({ well: false, how: `does not end within ${deadline / 1_000} s` })
    }
    await gone(await written())
  })

  it('kills one when the agent stops', async () => {
    const controller = new AbortController()
    const running = runProgram(program(`sleep 1000 & echo $! > ${directory}/new; mv ${directory}/new ${directory}/pid; wait`), {
      deadline: PATIENCE,
      signal: controller.signal,
      records,
    })
    const left = await written()
    controller.abort()
    expect(await running).to.deep.include({ well: false, how: 'is stopped with the agent' })
    await gone(left)
    expect(await runProgram(program('exit 0'), { deadline: PATIENCE, signal: controller.signal, records })).to.deep.include({ well: false })
  })

  it('keeps the beginning of what it writes, however much that is', async () => {
    const end = await runProgram(program('head -c 3000000 /dev/zero | tr "\\0" x'), { deadline: PATIENCE, signal: never, records })
    expect(end.well).to.equal(true)
    expect(end.output).to.equal('x'.repeat(4_096))
  })

  it('does not wait for what it has left in the background', async () => {
    const end = await runProgram(program('sleep 1000 & echo $!'), { deadline: PATIENCE, signal: never, records })
    expect(end.well).to.equal(true)
    expect(Number(end.output)).to.be.above(0)
    process.kill(Number(end.output), 'SIGKILL')
  })

  it('tells of one that cannot be run', async () => {
    expect(await runProgram(join(directory, 'nothing'), { deadline: PATIENCE, signal: never, records })).to.deep.include({
      well: false,
      output: '',
    })
    writeFileSync(join(directory, 'odd'), 'neither', { mode: 0o755 })
    const { how } = await runProgram(join(directory, 'odd'), { deadline: PATIENCE, signal: never, records })
    expect(how).to.match(/^cannot be run: |^ends with /)
  })

  it('tells of one that is just being written', async () => {
    const path = program('exit 0')
    const file = openSync(path, 'r+')
    const { well, how } = await runProgram(path, { deadline: PATIENCE, signal: never, records })
    closeSync(file)
    expect([well, how]).to.deep.equal([false, 'cannot be run: spawn ETXTBSY'])
  })

  it('tells that there are no descriptors left', async () => {
    const script = `
      import { openSync, closeSync } from 'node:fs'
      const { runProgram } = await import(${JSON.stringify(new URL('run-program.js', import.meta.url).href)})
      // What the event loop itself opens late is there before they are used up.
      await runProgram('/bin/true', { deadline: 60000, signal: new AbortController().signal, records: { add: () => () => {} } })
      const held = []
      try { for (;;) held.push(openSync('/dev/null')) } catch {}
      const end = await runProgram('/bin/true', { deadline: 60000, signal: new AbortController().signal, records: { add: () => () => {} } })
      held.forEach((fd) => closeSync(fd))
      console.log(end.how)`
    const words = ['-c', 'ulimit -n 64; exec "$@"', 'sh', process.execPath, '--input-type=module', '-e', script]
    const { stdout } = await promisify(execFile)('sh', words)
    expect(stdout).to.equal('cannot be run: spawn /bin/true EMFILE\n')
  })

  it('gives up one that does not even end when it is killed, and tells when it has', async () => {
    let letGo = (): void => undefined
    const held = { add: (pid: number) => ((letGo = holdOnto(pid)), () => undefined) }
    const end = await runProgram(program('while :; do sleep 0.05; done'), { deadline: 100, signal: never, records: held })
    const { well, how, lingers } = end
    expect([well, how]).to.deep.equal([false, 'does not end within 0.1 s, and cannot be killed'])
    let ended = false
    void lingers?.then(() => (ended = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).to.equal(false)
    letGo()
    await lingers
  })
})
