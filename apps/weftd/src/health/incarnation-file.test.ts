import { after, describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { IncarnationFile } from './incarnation-file.js'

describe('incarnation file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'weft-incarnation-'))
  after(() => rmSync(directory, { recursive: true }))

  it('gives back what was saved, in a directory that it makes, and leaves nothing else there', () => {
    const folder = join(directory, 'state')
    const file = new IncarnationFile(join(folder, 'incarnation'))
    expect(file.load()).to.equal(undefined)
    file.save(1_800_000_000)
    file.save(1_800_000_001)
    expect(new IncarnationFile(join(folder, 'incarnation')).load()).to.equal(1_800_000_001)
    expect(readdirSync(folder)).to.deep.equal(['incarnation'])
  })

  it('takes nothing that is no incarnation', () => {
    const path = join(directory, 'broken')
    for (const text of ['', 'x', '-5', '0', '1.5', '1e99', 'NaN']) {
      writeFileSync(path, text)
      expect(new IncarnationFile(path).load(), text).to.equal(undefined)
    }
  })

  it('does without a file that cannot be written', () => {
    writeFileSync(join(directory, 'file'), '')
    const file = new IncarnationFile(join(directory, 'file', 'incarnation'))
    file.save(7)
    expect(file.load()).to.equal(undefined)
  })
})
