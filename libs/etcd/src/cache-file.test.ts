import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
  const copied = {
    whole: () => now,
    get revision() {
      return now?.revision ?? 0
    },
    entry: (of: string) => now?.entries.find(({ key }) => key === of),
  }
  const open = (file = path): CacheFile => new CacheFile(file, copied, clock, log)

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

  describe('of a large cluster', () => {
    const journal = (): string => `${path}.journal`
    const key = (number: number): string => `/weft/v1/hosts/h${number}`
    const large = (count = 2_000): Cached => ({
      ...COPY,
      entries: Array.from({ length: count }, (_, number) => ({ key: key(number), value: '{}', modRevision: 5, createRevision: 5 })),
    })
    /** Changes a key, or takes it away, and has it written. */
    const change = async (file: CacheFile, number: number, value: string | undefined): Promise<void> => {
      const { revision, entries } = now ?? COPY
      const others = entries.filter((entry) => entry.key !== key(number))
      const entry = { key: key(number), value: value ?? '', modRevision: revision + 1, createRevision: 5 }
      now = { ...COPY, revision: revision + 1, entries: value === undefined ? others : [...others, entry] }
      clock.advance(1)
      file.touch([key(number)])
      await file.flush()
    }
    const sorted = (cached: Cached | undefined) =>
      cached && { ...cached, entries: cached.entries.toSorted((a, b) => (a.key < b.key ? -1 : 1)) }
    const written = async (): Promise<CacheFile> => {
      now = large()
      const file = open()
      file.touch()
      await file.flush()
      return file
    }

    it('says of a few changes only what they are, and comes back with them', async () => {
      const file = await written()
      const { size, ino } = statSync(path)
      await change(file, 7, '{"version":"2"}')
      await change(file, 3_000, '{}')
      await change(file, 8, undefined)
      expect(statSync(path)).to.include({ size, ino })
      expect(readFileSync(journal(), 'utf8').trimEnd().split('\n')).to.have.length(4)
      expect(statSync(journal()).mode & 0o777).to.equal(0o600)
      const again = open()
      expect(sorted(again.load('/weft/v1/'))).to.deep.equal(sorted(now))
      expect(again.savedAt).to.equal(file.savedAt)
      expect(log.lines).to.deep.equal([])
    })

    it('is written as a whole when more than some keys changed, when many have, and by each process first', async () => {
      let file = await written()
      const whole = async (action: () => Promise<void>): Promise<boolean> => {
        const { ino } = statSync(path)
        await action()
        return statSync(path).ino !== ino
      }
      const all = async (): Promise<void> => {
        file.touch()
        await file.flush()
      }
      expect(await whole(() => change(file, 1, '[]'))).to.equal(false)
      expect(await whole(all)).to.equal(true)
      expect(readdirSync(join(directory, 'state'))).to.deep.equal(['store.json'])
      for (let number = 0; number < 500; number++) await change(file, number, '[1]')
      expect(await whole(() => change(file, 500, '[1]'))).to.equal(true)
      file = open()
      file.load('/weft/v1/')
      expect(await whole(() => change(file, 2, '[]'))).to.equal(true)
    }).timeout(60_000)

    it('comes back without the line that a crash has torn, and without the journal of another copy', async () => {
      const file = await written()
      await change(file, 7, '{"version":"2"}')
      const before = now
      const lines = readFileSync(journal(), 'utf8')
      await change(file, 8, '{"version":"3"}')
      writeFileSync(journal(), readFileSync(journal(), 'utf8').slice(0, -5))
      expect(sorted(open().load('/weft/v1/'))).to.deep.equal(sorted(before))
      await change(file, 9, '[]')
      clock.advance(1)
      now = large(1_500)
      file.touch()
      await file.flush()
      appendFileSync(journal(), lines)
      expect(open().load('/weft/v1/')).to.deep.equal(now)
    })

    it('is written as a whole after a line that could not be', async () => {
      const file = await written()
      mkdirSync(journal())
      await change(file, 7, '[]')
      expect(log.lines.map(({ level }) => level)).to.deep.equal(['error'])
      rmSync(journal(), { recursive: true })
      await change(file, 8, '[]')
      expect(sorted(open().load('/weft/v1/'))).to.deep.equal(sorted(now))
      expect(readdirSync(join(directory, 'state'))).to.deep.equal(['store.json'])
    })
  })
})
