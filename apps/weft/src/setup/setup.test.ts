import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { WeftError } from '#core'
import { acceptInvitation, init, invite, renew } from './setup.js'

describe('setting up hosts', function () {
  this.timeout(30_000)
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'weft-setup-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const first = () => join(root, 'first')
  const second = () => join(root, 'second')
  const start = (host = 'h1', address = '192.0.2.10') => init({ directory: first(), host, address, dataDirectory: '/var/lib/weft-etcd' })
  const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8')
  const modes = (directory: string): string[] =>
    readdirSync(directory).map((name) => `${name} ${(statSync(join(directory, name)).mode & 0o777).toString(8)}`)
  const signed = (certificate: string): string =>
    execFileSync('openssl', ['verify', '-x509_strict', '-CAfile', join(first(), 'pki/ca.crt'), certificate], { encoding: 'utf8' }).trim()
  const text = (certificate: string): string =>
    execFileSync('openssl', ['x509', '-noout', '-text', '-in', certificate], { encoding: 'utf8' })
  async function refused(action: Promise<unknown>): Promise<WeftError> {
    const error: unknown = await action.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    if (error instanceof WeftError) return error
    throw new Error('it was not refused')
  }

  it('makes an authority, certificates of it, and configurations; keys are their owner’s alone', async () => {
    await start()
    expect(modes(join(first(), 'pki'))).to.deep.equal([
      'ca.crt 644',
      'ca.key 600',
      'etcd.crt 644',
      'etcd.key 600',
      'host.crt 644',
      'host.key 600',
    ])
    expect(statSync(join(first(), 'pki')).mode & 0o777).to.equal(0o700)
    expect(statSync(join(first(), 'gossip.keys')).mode & 0o777).to.equal(0o600)
    for (const name of ['etcd', 'host']) expect(signed(join(first(), `pki/${name}.crt`))).to.match(/: OK$/)
    expect(text(join(first(), 'pki/etcd.crt')))
      .to.include('IP Address:192.0.2.10')
      .and.include('TLS Web Server Authentication')
    expect(text(join(first(), 'pki/host.crt')))
      .to.include('CN = h1')
      .and.not.include('TLS Web Server Authentication')
    expect(read('first/weftd.yaml')).to.include('  - https://192.0.2.10:2379\n').and.include('underlay-address: 192.0.2.10\n')
    expect(read('first/etcd.yaml').match(/client-cert-auth: true/g)).to.have.length(2)
  })

  it('writes over nothing, and leaves nothing when it fails', async () => {
    await start()
    const before = read('first/pki/ca.crt')
    expect(await refused(start())).to.include({ code: 'WEFT_SETUP' })
    expect(read('first/pki/ca.crt')).to.equal(before)
    for (const [host, address] of [
      ['h 1', '192.0.2.10'],
      ['h1', '192.0.2'],
    ]) {
      rmSync(first(), { recursive: true })
      await refused(start(host, address))
      expect(readdirSync(root)).to.deep.equal([])
      await start()
    }
  })

  it('invites a host, which has a certificate of its own then, and no authority', async () => {
    await start()
    const before = readdirSync(first(), { recursive: true })
    const invitation = await invite(first(), 'h2')
    expect(readdirSync(first(), { recursive: true }), 'its key stays nowhere').to.deep.equal(before)
    expect(await acceptInvitation(second(), invitation, false)).to.equal('h2')
    expect(modes(join(second(), 'pki'))).to.deep.equal(['ca.crt 644', 'host.crt 644', 'host.key 600'])
    expect(signed(join(second(), 'pki/host.crt'))).to.match(/: OK$/)
    expect(text(join(second(), 'pki/host.crt'))).to.include('CN = h2')
    expect(read('second/gossip.keys')).to.equal(read('first/gossip.keys'))
    expect(read('second/weftd.yaml')).to.include('\nhost: h2\n').and.not.include('underlay-address')
    // Again: only with leave, and only for the same host.
    const again = await invite(first(), 'h2')
    expect(await refused(acceptInvitation(second(), again, false))).to.include({ code: 'WEFT_SETUP' })
    const key = read('second/pki/host.key')
    await acceptInvitation(second(), again, true)
    expect(read('second/pki/host.key')).not.to.equal(key)
    expect(await refused(acceptInvitation(second(), await invite(first(), 'h3'), true))).to.include({ code: 'WEFT_SETUP', field: 'host' })
  })

  it('renews certificates under the same authority', async () => {
    await start('h1', '2001:db8::10')
    const [ca, before] = [read('first/pki/ca.crt'), read('first/pki/etcd.crt')]
    await renew(first())
    expect(read('first/pki/ca.crt')).to.equal(ca)
    expect(read('first/pki/etcd.crt')).not.to.equal(before)
    expect(text(join(first(), 'pki/etcd.crt'))).to.include('IP Address:2001:DB8')
    expect(signed(join(first(), 'pki/etcd.crt'))).to.match(/: OK$/)
  })

  it('takes nothing for an invitation that is none, and says what is wrong', async () => {
    await start()
    const good = JSON.parse(await invite(first(), 'h2')) as Record<string, unknown>
    for (const [field, value] of [
      ['format', 2],
      ['host', 7],
      ['etcd', []],
      ['etcd', ['https://a:2379\nhost: evil']],
      ['ca', 'x'],
      ['key', good['certificate']],
      ['gossipKeys', ''],
    ] as const) {
      expect(await refused(acceptInvitation(second(), JSON.stringify({ ...good, [field]: value }), false)), field).to.include({ field })
    }
    for (const junk of ['', 'null', '[]', '7']) await refused(acceptInvitation(second(), junk, false))
    expect(readdirSync(root)).to.deep.equal(['first'])
    expect(await refused(invite(second(), 'h3'))).to.include({ code: 'WEFT_SETUP', hint: 'run it on the host where `weft init` was run' })
  })
})
