import { expect } from 'chai'
import { describe, it } from 'mocha'
import { WeftError, parseHostId, parseIp, parseNetworkName, parsePrefix } from '#core'
import { Keys, type Place } from './keys.js'

const keys = new Keys()
const network = parseNetworkName('blue')
const host = parseHostId('h1')

const EXAMPLES: [string, Place][] = [
  ['/weft/v1/networks/blue/config', { kind: 'network', network }],
  ['/weft/v1/networks/blue/leases/10.61.3.0-24', { kind: 'lease', network, subnet: parsePrefix('10.61.3.0/24') }],
  ['/weft/v1/networks/blue/leases/fd61:3::-64', { kind: 'lease', network, subnet: parsePrefix('fd61:3::/64') }],
  ['/weft/v1/networks/blue/vteps/10.61.0.7', { kind: 'vtep', network, address: parseIp('10.61.0.7') }],
  ['/weft/v1/networks/blue/endpoints/10.61.3.2', { kind: 'endpoint', network, address: parseIp('10.61.3.2') }],
  ['/weft/v1/hosts/h1', { kind: 'host', host }],
  ['/weft/v1/status/h1', { kind: 'status', host }],
  ['/weft/v1/proofs/h1', { kind: 'proof', host }],
  ['/weft/v1/proofs/h1/previous', { kind: 'previous', host }],
]

describe('keys', () => {
  for (const [key, place] of EXAMPLES) {
    it(`reads and writes ${key}`, () => {
      expect(keys.of(place)).to.equal(key)
      expect(keys.place(key)).to.deep.equal(place)
    })
  }

  it('leaves keys of other versions and programs alone', () => {
    for (const key of [
      '/weft/v1',
      '/weft/v1/',
      '/weft/v2/hosts/h1',
      '/weft/v1/proofs/h1/next',
      '/weft/v1/hosts/h1/x',
      '/weft/v1/networks/blue/policy',
      '/weft/v1/networks/blue/dns/x',
    ]) {
      expect(keys.place(key), key).to.equal(undefined)
    }
  })

  it('refuses broken keys, and spellings of which there could be two', () => {
    for (const key of [
      '/weft/v1/hosts/H1',
      '/weft/v1/hosts/',
      '/weft/v1/networks/Blue/config',
      '/weft/v1/networks/blue/leases/10.61.3.0',
      '/weft/v1/networks/blue/leases/10.61.3.1-24',
      '/weft/v1/networks/blue/leases/10.61.3.0-024',
      '/weft/v1/networks/blue/vteps/10.61.0.07',
      '/weft/v1/networks/blue/vteps/FD61::1',
      '/weft/v1/networks/blue/endpoints/web',
    ]) {
      expect(() => keys.place(key), key)
        .to.throw(WeftError)
        .with.property('code', 'WEFT_STORE_VALUE')
    }
  })

  it('takes any prefix', () => {
    expect(new Keys('/a/b/').of({ kind: 'host', host })).to.equal('/a/b/hosts/h1')
    expect(new Keys('/a/b').place('/a/b/hosts/h1')).to.deep.equal({ kind: 'host', host })
  })
})
