import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { parseHostId } from '#core'
import { HostFile } from './host-file.js'

describe('the file with the host’s name', () => {
  let directory: string
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'weft-host-'))))
  afterEach(() => rmSync(directory, { recursive: true }))
  const file = (): HostFile => new HostFile(join(directory, 'state/host.json'))

  it('does not have to be there', () => expect(file().load()).to.equal(undefined))

  it('remembers the name, in a directory that it makes, and leaves nothing else', () => {
    file().save(parseHostId('h1'))
    file().save(parseHostId('h2'))
    expect(file().load()).to.equal('h2')
    expect(readdirSync(join(directory, 'state'))).to.deep.equal(['host.json'])
    expect(readFileSync(join(directory, 'state/host.json'), 'utf8')).to.equal('{"format":1,"host":"h2"}\n')
  })

  for (const text of ['', 'h1', '{}', '{"host":7}', '{"host":"a/b"}', 'null']) {
    it(`is an error when it says ${JSON.stringify(text)}`, () => {
      file().save(parseHostId('h1'))
      writeFileSync(join(directory, 'state/host.json'), text)
      expect(() => file().load())
        .to.throw(/host\.json is damaged/)
        .with.property('code', 'WEFT_STATE_FILE')
    })
  }
})
