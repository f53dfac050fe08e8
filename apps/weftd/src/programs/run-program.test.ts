import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { runProgram } from './run-program.js'

const PATIENCE = 60_000

describe('running a program', () => {
  let directory: string
  const never = new AbortController().signal
  const program = (text: string): string => {
    const path = join(directory, 'program')
    writeFileSync(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    return path
  }
  /** Waits until a process has gone. */
  const gone = async (pid: number): Promise<void> => {
    while (existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await delay(20)
  }
  beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'weft-run-'))))
  afterEach(() => rmSync(directory, { recursive: true }))

  it('tells how it ended, and what it wrote to both outputs', async () => {
    expect(await runProgram(program('echo fine; echo odd >&2'), { deadline: PATIENCE, signal: never })).to.deep.include({
      well: true,
      how: 'ends with 0',
    })
    const end = await runProgram(program('echo down >&2; exit 3'), { deadline: PATIENCE, signal: never })
    expect(end).to.deep.equal({ well: false, how: 'ends with 3', output: 'down' })
    expect(await runProgram(program('kill -TERM $$'), { deadline: PATIENCE, signal: never })).to.deep.include({
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
      deadline: PATIENCE,
      signal: never,
    })
    expect(end.output).to.equal('{"a":1}\n$(id)|10.61.9.9||/')
  })

  it('does not mind one that does not read', async () => {
    const end = await runProgram(program('exit 0'), { input: 'x'.repeat(1_000_000), deadline: PATIENCE, signal: never })
    expect(end.well).to.equal(true)
  })

  it('kills one that does not end in time, with its children', async () => {
    const path = program('sleep 1000 & echo $!; wait')
    const end = await runProgram(path, { deadline: 500, signal: never })
    expect(end).to.deep.include({ well: false, how: 'does not end within 0.5 s' })
    await gone(Number(end.output))
  })

  it('kills one when the agent stops', async () => {
    const controller = new AbortController()
    const running = runProgram(program('sleep 1000 & echo $!; wait'), { deadline: PATIENCE, signal: controller.signal })
    setTimeout(() => controller.abort(), 300)
    const end = await running
    expect(end).to.deep.include({ well: false, how: 'is stopped with the agent' })
    await gone(Number(end.output))
    expect(await runProgram(program('exit 0'), { deadline: PATIENCE, signal: controller.signal })).to.deep.include({ well: false })
  })

  it('keeps the beginning of what it writes, however much that is', async () => {
    const end = await runProgram(program('head -c 3000000 /dev/zero | tr "\\0" x'), { deadline: PATIENCE, signal: never })
    expect(end.well).to.equal(true)
    expect(end.output).to.equal('x'.repeat(4_096))
  })

  it('does not wait for what it has left in the background', async () => {
    const end = await runProgram(program('sleep 1000 & echo $!'), { deadline: PATIENCE, signal: never })
    expect(end.well).to.equal(true)
    process.kill(Number(end.output), 'SIGKILL')
  })

  it('tells of one that cannot be run', async () => {
    expect(await runProgram(join(directory, 'nothing'), { deadline: PATIENCE, signal: never })).to.deep.include({ well: false, output: '' })
    writeFileSync(join(directory, 'odd'), 'neither', { mode: 0o755 })
    const { how } = await runProgram(join(directory, 'odd'), { deadline: PATIENCE, signal: never })
    expect(how).to.match(/^cannot be run: |^ends with /)
  })
})
