import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseIp, parseMac, parseNetworkName, parsePrefix } from '#core'
import type { AttachedEndpoint } from './attached-endpoint.js'
import { EndpointFile } from './endpoint-file.js'

const ENDPOINT: AttachedEndpoint = {
  network: parseNetworkName('blue'),
  name: 'web',
  address: parseIp('10.61.3.2'),
  mac: parseMac('02:00:00:00:00:02'),
  kind: 'attach',
  subnet: parsePrefix('10.61.3.0/24'),
  netns: '/run/netns/web',
  netnsIdentity: '4:4026532001',
  ifname: 'eth0',
  defaultRoute: true,
}

describe('file of endpoints', () => {
  let directory: string
  let path: string
  let file: EndpointFile
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'weft-endpoints-'))
    path = join(directory, 'state', 'endpoints.json')
    file = new EndpointFile(path)
  })
  afterEach(() => rmSync(directory, { recursive: true }))

  const write = (text: string): void => {
    mkdirSync(join(directory, 'state'), { recursive: true })
    writeFileSync(path, text)
  }
  const stored = (...endpoints: object[]): string => JSON.stringify({ format: 1, endpoints })

  it('gives back what was saved', () => {
    const second = { ...ENDPOINT, name: 'db', address: parseIp('10.61.3.3'), netns: '/proc/77/ns/net', defaultRoute: false }
    file.save([ENDPOINT, second])
    expect(new EndpointFile(path).load()).to.deep.equal([ENDPOINT, second])
    file.save([second])
    expect(new EndpointFile(path).load()).to.deep.equal([second])
  })

  it('is empty while it does not exist', () => expect(file.load()).to.deep.equal([]))

  it('is for its owner’s eyes only, and leaves no other file behind', () => {
    file.save([ENDPOINT])
    expect(statSync(path).mode & 0o777).to.equal(0o600)
    expect(statSync(join(directory, 'state')).mode & 0o777).to.equal(0o700)
    expect(readdirSync(join(directory, 'state'))).to.deep.equal(['endpoints.json'])
  })

  it('is still the old one when the new one was not written to its end', () => {
    file.save([ENDPOINT])
    writeFileSync(`${path}.new`, '{"format":1,"endpoi')
    expect(file.load()).to.deep.equal([ENDPOINT])
    file.save([])
    expect([file.load(), readdirSync(join(directory, 'state'))]).to.deep.equal([[], ['endpoints.json']])
  })

  it('stays as it is when the new one cannot be written', () => {
    file.save([ENDPOINT])
    mkdirSync(`${path}.new`)
    expect(() => file.save([]))
      .to.throw('cannot be written')
      .with.property('code', 'WEFT_STATE_FILE')
    expect(file.load()).to.deep.equal([ENDPOINT])
  })

  it('can be read by a person', () => {
    file.save([ENDPOINT])
    expect(readFileSync(path, 'utf8').split('\n').length).to.be.greaterThan(10)
  })

  const damaged: readonly (readonly [what: string, text: string, message: string])[] = [
    ['cut off', '{"format":1,"endpoi', 'is damaged: it is not JSON'],
    ['empty', '', 'is damaged: it is not JSON'],
    ['a list', '[]', 'is damaged: '],
    ['of a later format', JSON.stringify({ format: 2, endpoints: [] }), 'is damaged at format: '],
    ['without endpoints', JSON.stringify({ format: 1 }), 'is damaged at endpoints: '],
    [
      'with a wrong address',
      stored(ENDPOINT, { ...ENDPOINT, address: '10.61.3' }),
      "is damaged at endpoints.1.address: '10.61.3' is not an IP address",
    ],
    ['with a wrong subnet', stored({ ...ENDPOINT, subnet: '10.61.3.1/24' }), 'is damaged at endpoints.0.subnet: '],
    ['with a wrong MAC', stored({ ...ENDPOINT, mac: 'x' }), 'is damaged at endpoints.0.mac: '],
    ['with a wrong network', stored({ ...ENDPOINT, network: 'Blue!' }), 'is damaged at endpoints.0.network: '],
    ['with a wrong name', stored({ ...ENDPOINT, name: '../x' }), 'is damaged at endpoints.0.name: '],
    ['with a wrong kind', stored({ ...ENDPOINT, kind: 'pod' }), 'is damaged at endpoints.0.kind: '],
    ['with a relative path', stored({ ...ENDPOINT, netns: 'web' }), 'is damaged at endpoints.0.netns: '],
    ['with a long interface name', stored({ ...ENDPOINT, ifname: 'x'.repeat(16) }), 'is damaged at endpoints.0.ifname: '],
    ['with a field missing', stored({ ...ENDPOINT, netnsIdentity: undefined }), 'is damaged at endpoints.0.netnsIdentity: '],
  ]
  for (const [what, text, message] of damaged) {
    it(`is refused when it is ${what}, and kept`, () => {
      write(text)
      expect(() => file.load())
        .to.throw(`${path} ${message}`)
        .that.includes({ code: 'WEFT_STATE_FILE', field: path })
      expect(readFileSync(path, 'utf8')).to.equal(text)
    })
  }

  it('is refused when it cannot be read', () => {
    mkdirSync(path, { recursive: true })
    expect(() => file.load())
      .to.throw('cannot be read: EISDIR')
      .with.property('code', 'WEFT_STATE_FILE')
  })
})
