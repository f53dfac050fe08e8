import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'mocha'
import { ROOT, sourcesIn } from './sources.js'

describe('documentation', () => {
  it('that comes from the code is what the code says: npm run generate', function () {
    // It starts a program for each command of `weft`, which takes its time on a machine that has other things to do.
    this.timeout(240_000)
    const { status, stderr } = spawnSync(process.execPath, ['scripts/generate-docs.mjs', '--check'], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 200_000,
    })
    expect(stderr).to.equal('')
    expect(status).to.equal(0)
  })

  it('knows every error code that a source names, and each has its row', () => {
    const documented = new Set(readFileSync(join(ROOT, 'docs/errors.md'), 'utf8').match(/(?<=^\| `)WEFT_\w+/gm))
    const registry = 'libs/core/src/error-codes.ts'
    const used = new Set(
      ['libs', 'apps']
        .flatMap(sourcesIn)
        .filter(({ path }) => path !== registry && !path.endsWith('.test.ts'))
        .flatMap(({ text }) => [...text.matchAll(/(?:WeftError|refuse|fail)\(\s*'(WEFT_[A-Z_]+)'/g)].map((match) => match[1])),
    )
    expect([...used].filter((code) => !documented.has(code ?? ''))).to.deep.equal([])
    expect(used.size).to.be.greaterThan(10)
  })
})
