import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { ManualClock, RecordingLog } from '#core/testkit'
import { CacheFile, type Cached } from './cache-file.js'

describe('the copy on disk', () => {
  let directory: string
  let path: string
  let clock: ManualClock
  let log: RecordingLog
  let now: Cached | undefined

  const COPY: Cached = {
    prefix: '/weft/v1/',
    clusterId: '14841639068965178418',
    revision: 7,
    alarms: ['revision-regress'],
    entries: [{ key: '/weft/v1/hosts/h1', value: '{}', modRevision: 5, createRevision: 5 }],
  }
  const open = (file = path): CacheFile => new CacheFile(file, () => now, clock, log)

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weft-cache-'))
    path = join(directory, 'state', 'store.json')
    clock = new ManualClock()
    log = new RecordingLog()
    now = COPY
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('comes back as it was, for the same prefix only', async () => {
    const file = open()
    file.touch()
    await file.flush()
    const again = open()
    expect(again.load('/weft/v1/')).to.deep.equal(COPY)
    expect(again.savedAt).to.equal('2026-01-01T00:00:00.000Z')
    expect(open().load('/other/')).to.equal(undefined)
    expect(log.lines).to.deep.equal([])
  })

  it('is read as an earlier version wrote it', () => {
    const { alarms, ...earlier } = COPY
    mkdirSync(join(directory, 'state'))
    writeFileSync(path, JSON.stringify({ format: 1, savedAt: '2026-01-01T00:00:00.000Z', ...earlier }))
    expect(alarms).to.have.length(1)
    expect(open().load('/weft/v1/')).to.deep.equal({ ...COPY, alarms: [] })
  })

  it('is written once for many changes, some time after the first, and not without one', async () => {
    const file = open()
    await file.flush()
    expect(() => statSync(path)).to.throw('ENOENT')
    file.touch()
    clock.advance(1000)
    file.touch()
    expect(clock.pending).to.equal(1)
    clock.advance(1000)
    await file.flush()
    expect(file.savedAt).to.equal('2026-01-01T00:00:02.000Z')
    expect(clock.pending).to.equal(0)
  })

  it('is readable by its owner alone, and leaves nothing else behind', async () => {
    const file = open()
    file.touch()
    await file.flush()
    expect(statSync(path).mode & 0o777).to.equal(0o600)
    expect(readdirSync(join(directory, 'state'))).to.deep.equal(['store.json'])
  })

  it('is not believed when it is broken, and that is said', async () => {
    const file = open()
    file.touch()
    await file.flush()
    const whole = readFileSync(path, 'utf8')
    for (const text of ['', whole.slice(0, -10), '[]', whole.replace('"format":1', '"format":2')]) {
      writeFileSync(path, text)
      log.lines.length = 0
      expect(open().load('/weft/v1/'), text).to.equal(undefined)
      expect(log.lines).to.have.length(1)
    }
  })

  it('says once that it cannot be written', async () => {
    writeFileSync(join(directory, 'state'), 'a file where a directory must be')
    const file = open()
    for (let round = 0; round < 2; round++) {
      file.touch()
      await file.flush()
    }
    expect(log.lines.map(({ level }) => level)).to.deep.equal(['error'])
  })
})
