import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig, loadRunDir, usage } from './load-config.js'
import { SETTINGS } from './settings.js'
import { readCommandLine } from './sources.js'

describe('loading the configuration', () => {
  let file: string
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weft-config-'))
    file = join(directory, 'weftd.yaml')
    writeFileSync(file, 'etcd: http://file:2379\nhost: from-file\nzone: from-file\nrun-dir: relative\n')
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const load = (args: string[], environment: NodeJS.ProcessEnv) => loadConfig(readCommandLine(['--config', file, ...args]), environment)

  it('prefers flags to variables and variables to the file', () => {
    const config = load(['--host', 'from-flag', '--run-dir', '/run/x'], { WEFT_HOST: 'from-variable', WEFT_ZONE: 'from-variable' })
    expect([config.host, config.zone, config.etcd, config.runDir]).to.deep.equal([
      'from-flag',
      'from-variable',
      ['http://file:2379'],
      '/run/x',
    ])
  })

  it('replaces a list as a whole', () => {
    expect(load(['--run-dir', '/run/x', '--etcd', 'http://flag:2379'], { WEFT_ETCD: 'http://a:2379,http://b:2379' }).etcd).to.deep.equal([
      'http://flag:2379',
    ])
    expect(load(['--run-dir', '/run/x'], { WEFT_ETCD: 'http://a:2379,http://b:2379' }).etcd).to.deep.equal([
      'http://a:2379',
      'http://b:2379',
    ])
  })

  it('names the source of a wrong value: file and line, variable, or flag', () => {
    expect(() => load([], {})).to.throw(`${file}:4: run-dir: 'relative' is not an absolute path`)
    expect(() => load([], { WEFT_RUN_DIR: 'variable' })).to.throw("WEFT_RUN_DIR: run-dir: 'variable' is not an absolute path")
    expect(() => load(['--run-dir', 'flag'], { WEFT_RUN_DIR: 'variable' })).to.throw("--run-dir: run-dir: 'flag' is not an absolute path")
  })

  it('knows the run directory without knowing a store', () => {
    expect(loadRunDir(readCommandLine(['--config', file]), {})).to.equal('relative')
    expect(loadRunDir(readCommandLine(['--config', file, '--run-dir', '/run/y']), { WEFT_RUN_DIR: '/run/x' })).to.equal('/run/y')
    writeFileSync(file, '')
    expect(loadRunDir(readCommandLine(['--config', file]), {})).to.equal('/run/weft')
  })

  it('takes a store and a host from their defaults only when no source has them', () => {
    writeFileSync(file, '')
    expect(() => load([], {})).to.throw('no store')
    expect(load(['--etcd', 'http://flag:2379', '--host', 'h1'], {}).host).to.equal('h1')
  })
})

describe('weftd --help', () => {
  it('has a line for every setting, and says what is not built', () => {
    const lines = usage().split('\n')
    for (const setting of SETTINGS) {
      const line = lines.find((text) => text.startsWith(`  --${setting.name} `))
      expect(line, setting.name).to.include(setting.doc)
      expect(line?.includes('not built yet'), setting.name).to.equal('notBuilt' in setting)
    }
  })

  it('fits no escape codes in, and ends with a newline', () => expect(usage()).to.match(/^[^\u001b]*\n$/))
})
