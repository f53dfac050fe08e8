import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WeftError, type HostId } from '#core'
import { RecordingLog } from '#core/testkit'
import { KeyFile } from './key-file.js'
import { Keyring } from './keyring.js'

const [ONE, TWO] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string]
const h2 = 'h2' as HostId

describe('Keyring', () => {
  let directory: string
  let path: string
  let log: RecordingLog
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weft-keyring-'))
    path = join(directory, 'state/gossip.keys')
    log = new RecordingLog()
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const open = (): Keyring => new Keyring(new KeyFile(path, false), log)
  const code = (action: () => void): string | undefined => {
    try {
      action()
    } catch (thrown) {
      return thrown instanceof WeftError ? thrown.code : String(thrown)
    }
    return undefined
  }

  it('keeps what it is told on disk, for its owner alone, and starts with it', () => {
    const keyring = open()
    let told = 0
    keyring.onChange(() => told++)
    const one = keyring.add(ONE)
    expect(keyring.ring.primary, 'an added key only opens').to.equal('plain')
    keyring.use(one, [], false)
    keyring.remove('plain', [], false)
    expect(readFileSync(path, 'utf8')).to.equal(`${ONE}\n`)
    expect(statSync(path).mode & 0o777).to.equal(0o600)
    expect(open().ring.primary).to.equal(one)
    expect(told).to.equal(3)
  })

  it('refuses a key that another host lacks, and the removal of one that another host uses, unless forced', () => {
    const keyring = open()
    const one = keyring.add(ONE)
    expect(code(() => keyring.use(one, [{ host: h2, holds: ['plain'] }], false))).to.equal('WEFT_KEY_NOT_EVERYWHERE')
    expect(code(() => keyring.use(one, [{ host: h2, holds: undefined }], false))).to.equal('WEFT_KEY_NOT_EVERYWHERE')
    expect(code(() => keyring.use('00000000', [{ host: h2, holds: [] }], false))).to.equal('WEFT_KEY_UNKNOWN')
    expect(keyring.ring.primary).to.equal('plain')
    keyring.use(one, [{ host: h2, holds: ['plain', one] }], false)
    expect(
      code(() => keyring.remove(one, [], true)),
      'the one in use, forced or not',
    ).to.equal('WEFT_KEY_IN_USE')
    const user = [{ host: h2, holds: ['plain', one], uses: 'plain' }]
    expect(code(() => keyring.remove('plain', user, false))).to.equal('WEFT_KEY_IN_USE')
    keyring.remove('plain', user, true)
    const two = keyring.add(TWO)
    keyring.use(two, [{ host: h2, holds: [one] }], true)
    expect(keyring.ring.keys).to.deep.equal([TWO, ONE])
  })

  it('keeps an operator’s comment at the head of the file, and warns where others can read it', () => {
    const keyring = open()
    keyring.add(ONE)
    writeFileSync(path, `# ours\n\n${ONE}\n# old\n${TWO}\n`)
    chmodSync(path, 0o644)
    const again = open()
    expect(log.lines.map(({ level }) => level)).to.include('warn')
    again.remove(again.ring.ids[1] ?? '', [], false)
    expect(readFileSync(path, 'utf8')).to.equal(`# ours\n${ONE}\n`)
    expect(statSync(path).mode & 0o777).to.equal(0o600)
  })

  it('changes nothing when it cannot be written down', () => {
    writeFileSync(join(directory, 'state'), 'no folder')
    const keyring = new Keyring(new KeyFile(join(directory, 'gone.keys'), false), log)
    const broken = new Keyring(new KeyFile(join(directory, 'gone.keys'), false), log)
    Object.assign(broken, { file: new KeyFile(join(directory, 'state', 'gossip.keys'), false) })
    expect(code(() => broken.add(ONE))).to.not.equal(undefined)
    expect(broken.ring.keys).to.deep.equal(keyring.ring.keys)
  })

  it('needs the file that the operator named', () => {
    expect(code(() => new Keyring(new KeyFile(path, true), log))).to.equal('WEFT_CONFIG_FILE')
  })
})
