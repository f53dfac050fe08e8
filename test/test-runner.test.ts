import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'mocha'

interface FileResult {
  readonly passed: readonly string[]
  readonly failures: readonly { readonly title: string; readonly text: string }[]
  readonly output: string
}

type RunFile = (
  test: { source: string; compiled: string },
  options: { deadline: number; timeout: number; grep?: string },
) => Promise<FileResult>

/** The runner decides whether `npm test` is green: what it must not miss is tried on files that go wrong in each way. */
describe('the test runner', () => {
  let directory: string
  let runFile: RunFile
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weft-runner-'))
    ;({ runFile } = (await import(new URL('../../scripts/test-run.mjs', import.meta.url).href)) as { runFile: RunFile })
  })
  after(() => rmSync(directory, { recursive: true }))

  async function outcomeOf(code: string, options: { deadline?: number; timeout?: number; grep?: string } = {}): Promise<FileResult> {
    const compiled = join(directory, `case-${Math.random().toString(36).slice(2)}.test.mjs`)
    writeFileSync(compiled, code)
    return runFile({ source: 'case.test.ts', compiled }, { deadline: 60_000, timeout: 30_000, ...options })
  }

  it('counts what passes and what fails, and shows the difference', async () => {
    const { passed, failures } = await outcomeOf(`
      describe('a', () => {
        it('b', () => {})
        it('c', () => { throw Object.assign(new Error('wrong'), { actual: 'blau', expected: 'blue' }) })
      })`)
    expect(passed).to.deep.equal(['a b'])
    expect(failures.map((failure) => failure.title)).to.deep.equal(['a c'])
    expect(failures[0]?.text).to.contain('wrong').and.to.contain('-blau').and.to.contain('+blue')
  })

  const broken: readonly [what: string, code: string, complaint: RegExp, options?: { deadline?: number; timeout?: number }][] = [
    ['cannot be loaded', `import 'nowhere'`, /cannot be loaded: .*nowhere/],
    ['has no tests', `describe('a', () => {})`, /has no tests/],
    ['skips a test', `it.skip('a', () => {})`, /is skipped/],
    ['crashes', `it('a', () => process.kill(process.pid, 'SIGKILL'))`, /ended \(SIGKILL\) before its tests did in: a/],
    ['ends the process', `it('a', () => process.exit(0))`, /ended \(exit code 0\) before its tests did in: a/],
    ['fails in a hook', `describe('a', () => { before(() => { throw new Error('no lab') }); it('b', () => {}) })`, /no lab/],
    ['leaves something open', `it('a', () => { setInterval(() => {}, 1000) })`, /does not end by itself; open: .*Timeout/],
    [
      'fails after its tests',
      `it('a', () => { process.on('exit', () => { process.exitCode = 7 }) })`,
      /ended with exit code 7 after its tests/,
    ],
    [
      'hangs in a test',
      `it('a', () => new Promise(() => setInterval(() => {}, 1000)))`,
      /did not end within 1 s in: a/,
      { deadline: 1_000 },
    ],
    ['blocks the process', `it('a', () => { for (;;); })`, /did not end within 1 s in: a/, { deadline: 1_000 }],
    [
      'is slower than a test may be',
      `it('a', () => new Promise(() => setInterval(() => {}, 1000)))`,
      /Timeout of 20ms exceeded/,
      { timeout: 20 },
    ],
  ]
  for (const [what, code, complaint, options] of broken) {
    it(`fails a file that ${what}`, async () => {
      const { failures } = await outcomeOf(code, options)
      expect(failures.map((failure) => failure.text).join('\n')).to.match(complaint)
    })
  }

  it('fails a file that was not compiled', async () => {
    const { failures } = await runFile({ source: 'a.test.ts', compiled: join(directory, 'absent.js') }, { deadline: 1_000, timeout: 1_000 })
    expect(failures).to.deep.equal([{ title: 'a.test.ts', text: 'it is not compiled: `npm run build`' }])
  })

  it('chooses tests by title', async () => {
    const code = `it('blue', () => {}); it('red', () => { throw new Error() })`
    expect(await outcomeOf(code, { grep: 'blue' })).to.deep.include({ passed: ['blue'], failures: [] })
    expect(await outcomeOf(code, { grep: 'green' })).to.deep.include({ passed: [], failures: [] })
  })

  it('keeps what a test prints', async () => {
    expect((await outcomeOf(`it('a', () => { console.log('seen') })`)).output).to.equal('seen\n')
  })
})
