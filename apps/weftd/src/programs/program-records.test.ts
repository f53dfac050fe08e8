import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { killGroup, ProgramRecords } from './program-records.js'

describe('programs that an earlier agent has left', () => {
  let directory: string
  let records: ProgramRecords
  let program: ChildProcess & { readonly pid: number }
  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), 'weft-records-')), 'programs')
    records = new ProgramRecords(directory)
    program = spawn('sh', ['-c', 'sleep 1000 & wait'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] }) as typeof program
  })
  afterEach(() => {
    killGroup(program.pid)
    rmSync(join(directory, '..'), { recursive: true })
  })

  it('are ended with their children', async () => {
    records.add(program.pid)
    expect(new ProgramRecords(directory).endLeft()).to.deep.equal([program.pid])
    const [, signal] = (await once(program, 'exit')) as [unknown, string]
    expect(signal).to.equal('SIGKILL')
    // Its end closes when the last one that could write to it has gone.
    program.stdout?.resume()
    if (program.stdout?.closed !== true) await once(program.stdout as NonNullable<typeof program.stdout>, 'close')
    expect(new ProgramRecords(directory).endLeft()).to.deep.equal([])
  })

  it('are not those that have ended', () => {
    records.add(program.pid)()
    expect(readdirSync(directory)).to.deep.equal([])
    expect(records.endLeft()).to.deep.equal([])
  })

  it('are not others that have got their numbers since, before or after a boot', () => {
    for (const change of [
      (name: string) => name.replace(/-\d+-/, '-1-'),
      (name: string) => name.replace(/[0-9a-f]{12}$/, '000000000000'),
    ]) {
      records.add(program.pid)
      const [name = ''] = readdirSync(directory)
      renameSync(join(directory, name), join(directory, change(name)))
      expect(records.endLeft()).to.deep.equal([])
      expect(readdirSync(directory)).to.deep.equal([])
    }
    process.kill(program.pid, 0)
  })

  it('are none where nothing was ever run', () => {
    expect(records.endLeft()).to.deep.equal([])
  })
})
