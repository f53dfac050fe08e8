import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WeftError } from '#core'
import { SETTINGS, type Setting, type SettingName } from './settings.js'
import { parseYaml, readCommandLine, readEnvironment, readFile, variableOf } from './sources.js'

/** What a call refused, as one line: code, field, message, hint. */
function refusal(action: () => unknown): string {
  try {
    action()
  } catch (thrown) {
    if (thrown instanceof WeftError) return `${thrown.code} ${thrown.field}: ${thrown.message}${thrown.hint ? ` (${thrown.hint})` : ''}`
    throw thrown
  }
  throw new Error('nothing was refused')
}

const yaml = (text: string) => parseYaml('weftd.yaml', text)

describe('settings on the command line', () => {
  for (const setting of SETTINGS as readonly Setting[]) {
    it(`takes --${setting.name}`, () => {
      const { flags } = readCommandLine(setting.value === '' ? [`--${setting.name}`] : [`--${setting.name}`, 'some value'])
      expect(flags).to.deep.equal({
        [setting.name]: { values: [setting.value === '' ? 'true' : 'some value'], source: `--${setting.name}` },
      })
    })
  }

  it('keeps every value of a repeatable flag in order', () => {
    const { flags } = readCommandLine(['--etcd', 'http://a:2379', '--etcd=http://b:2379'])
    expect(flags.etcd?.values).to.deep.equal(['http://a:2379', 'http://b:2379'])
  })

  it('knows what is no setting', () => {
    expect(readCommandLine(['--config', 'a.yaml', '--cleanup', '--help', '--version'])).to.deep.equal({
      file: 'a.yaml',
      help: true,
      version: true,
      cleanup: true,
      flags: {},
    })
    expect(readCommandLine([])).to.deep.equal({ file: undefined, help: false, version: false, cleanup: false, flags: {} })
  })

  const wrong: readonly (readonly [args: string[], message: string])[] = [
    [['--etdc', 'http://a:2379'], "WEFT_USAGE --etdc: Unknown option '--etdc' (did you mean --etcd?)"],
    [['--quite-another'], "WEFT_USAGE --quite-another: Unknown option '--quite-another' (`weftd --help` lists the flags)"],
    [['--etcd'], "WEFT_USAGE undefined: Option '--etcd <value>' argument missing (`weftd --help` lists the flags)"],
    [['--help=yes'], "WEFT_USAGE undefined: Option '--help' does not take an argument (`weftd --help` lists the flags)"],
    [['start'], "WEFT_USAGE undefined: Unexpected argument 'start' (`weftd --help` lists the flags)"],
  ]
  for (const [args, message] of wrong) {
    it(`refuses ${args.join(' ')}`, () => expect(refusal(() => readCommandLine(args))).to.equal(message))
  }
})

describe('settings in the environment', () => {
  for (const setting of SETTINGS as readonly Setting[]) {
    it(`takes ${variableOf(setting.name)}`, () => {
      const given = readEnvironment({ [variableOf(setting.name)]: 'some value' })
      expect(given).to.deep.equal({ [setting.name]: { values: ['some value'], source: variableOf(setting.name) } })
    })
  }

  it('divides repeatable ones at commas, and no others', () => {
    const given = readEnvironment({ WEFT_ETCD: 'http://a:2379, http://b:2379', WEFT_ZONE: 'a,b' })
    expect(given.etcd?.values).to.deep.equal(['http://a:2379', 'http://b:2379'])
    expect(given.zone?.values).to.deep.equal(['a,b'])
  })

  it('takes no notice of empty and of other variables', () => {
    expect(readEnvironment({ WEFT_HOST: '', WEFT_SOCKET: '/run/weft/weft.sock', PATH: '/bin' })).to.deep.equal({})
  })
})

describe('settings in a file', () => {
  for (const setting of SETTINGS as readonly Setting[]) {
    it(`takes ${setting.name}:`, () => {
      const given = yaml(`# a comment\n${setting.name}: ${setting.value === '' ? 'true' : 'some value'}\n`)
      expect(given).to.deep.equal({ [setting.name]: { values: [setting.value === '' ? 'true' : 'some value'], source: 'weftd.yaml:2' } })
    })
  }

  it('takes a list where a setting is repeatable', () => {
    expect(yaml('etcd:\n  - http://a:2379\n  - http://b:2379\n').etcd).to.deep.equal({
      values: ['http://a:2379', 'http://b:2379'],
      source: 'weftd.yaml:1',
    })
  })

  it('takes values as they are written, also those that YAML reads as numbers', () => {
    const given = yaml(
      'host: 1.10\nzone: 0x10\netcd: ["http://a:2379", \'http://b:2379\']\nstate-dir: >-\n  /var/lib\nlog-level: "de\\x62ug"\n',
    )
    expect(Object.values(given).flatMap(({ values }) => values)).to.deep.equal([
      '1.10',
      '0x10',
      'http://a:2379',
      'http://b:2379',
      '/var/lib',
      'debug',
    ])
  })

  it('takes a switch that is off for one that was not given', () => expect(yaml('embedded-etcd: false\n')).to.deep.equal({}))

  it('takes an empty file, and one of comments', () => {
    expect(yaml('')).to.deep.equal({})
    expect(yaml('# nothing\n')).to.deep.equal({})
  })

  const wrong: readonly (readonly [text: string, start: string])[] = [
    ['etcd: http://a:2379\nhots: h1\n', "WEFT_CONFIG_UNKNOWN_KEY hots: weftd.yaml:2: unknown key 'hots' (did you mean 'host'?)"],
    [
      'colour-of-bike-shed: red\n',
      "WEFT_CONFIG_UNKNOWN_KEY colour-of-bike-shed: weftd.yaml:1: unknown key 'colour-of-bike-shed' (`weftd --help` lists the keys)",
    ],
    ['etcd: http://a:2379\nhost: [h1, h2]\n', 'WEFT_CONFIG_VALUE host: weftd.yaml:2: host: takes one value, not a list'],
    ['\n\nhost:\n', 'WEFT_CONFIG_VALUE host: weftd.yaml:3: host: a text is expected'],
    ['host: {name: h1}\n', 'WEFT_CONFIG_VALUE host: weftd.yaml:1: host: a text is expected'],
    ['etcd: [[http://a:2379]]\n', 'WEFT_CONFIG_VALUE etcd: weftd.yaml:1: etcd: a text is expected'],
    ['- etcd\n', 'WEFT_CONFIG_YAML config: weftd.yaml:1: a list of `key: value` lines is expected'],
    ['just words\n', 'WEFT_CONFIG_YAML config: weftd.yaml:1: a list of `key: value` lines is expected'],
    ['etcd: http://a:2379\nhost: "h1\n', 'WEFT_CONFIG_YAML config: weftd.yaml:'],
    ['host: h1\nzone: a\nhost: h2\n', 'WEFT_CONFIG_YAML config: weftd.yaml:3: '],
    ['host: h1\n\tzone: a\n', 'WEFT_CONFIG_YAML config: weftd.yaml:2: '],
  ]
  for (const [text, start] of wrong) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(refusal(() => yaml(text)).slice(0, start.length)).to.equal(start))
  }

  describe('on disk', () => {
    let directory: string
    beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'weft-config-'))))
    afterEach(() => rmSync(directory, { recursive: true }))

    it('is read with the path that was given', () => {
      const path = join(directory, 'weftd.yaml')
      writeFileSync(path, 'host: h1\n')
      expect(readFile(path)).to.deep.equal({ host: { values: ['h1'], source: `${path}:1` } })
    })

    it('must be there when it was asked for', () => {
      const path = join(directory, 'missing.yaml')
      expect(refusal(() => readFile(path))).to.match(/^WEFT_CONFIG_FILE config: cannot read .*missing\.yaml: ENOENT/)
    })

    it('must be a file', () => expect(refusal(() => readFile(directory))).to.match(/^WEFT_CONFIG_FILE config: .*EISDIR/))

    it('must not be huge', () => {
      const path = join(directory, 'weftd.yaml')
      writeFileSync(path, `# ${'x'.repeat(1024 * 1024)}\n`)
      expect(refusal(() => readFile(path))).to.match(/^WEFT_CONFIG_FILE config: .* is larger than 1048576 bytes/)
    })
  })
})

describe('names of settings', () => {
  it('are unique, and the variable follows from the name', () => {
    const names = SETTINGS.map(({ name }): SettingName => name)
    expect(new Set(names).size).to.equal(names.length)
    expect(variableOf('etcd-password-file')).to.equal('WEFT_ETCD_PASSWORD_FILE')
  })
})
