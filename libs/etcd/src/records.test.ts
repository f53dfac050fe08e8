import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { WeftError, parseHostId, parseIp, parseNetworkName, parsePrefix } from '#core'
import type { Place } from './keys.js'
import { decodeRecord, encodeRecord, type StoredRecord } from './records.js'

const network = parseNetworkName('blue')
const host = parseHostId('h1')
const LEASE = { kind: 'lease', network, subnet: parsePrefix('10.61.3.0/24') } as const

/** Each kind's value as people see it in etcd. */
const EXAMPLES: [Place, string][] = [
  [
    { kind: 'network', network },
    '{"pool":"10.61.0.0/16","subnetSize":24,"vni":7001,"mode":"l3","port":4789,"mtu":1400,"failover":"adopt","format":1}',
  ],
  [LEASE, '{"host":"h1","epoch":5,"state":"held","since":"2026-01-01T00:00:00.000Z","adoptedFrom":"h2","format":1}'],
  [
    { kind: 'lease', network, subnet: parsePrefix('10.61.3.9/32') },
    '{"host":"h1","epoch":5,"state":"held","since":"then","floating":{"on":["h1","h2"],"prefer":"h2","check":{"tcp":80},"failover":"exclusive"},"format":1}',
  ],
  [
    { kind: 'lease', network, subnet: parsePrefix('10.61.3.10/32') },
    '{"host":"h1","epoch":5,"state":"held","since":"then","floating":{"check":{"http":80,"path":"/health"},"failover":"adopt"},"format":1}',
  ],
  [{ kind: 'vtep', network, address: parseIp('10.61.0.7') }, '{"host":"h1","format":1}'],
  [
    { kind: 'endpoint', network, address: parseIp('10.61.3.2') },
    '{"host":"h1","epoch":5,"name":"web","mac":"02:00:00:00:00:01","kind":"attach","format":1}',
  ],
  [{ kind: 'host', host }, '{"machineId":"a","underlay":"192.0.2.1","zone":"east","version":"0.1.0","format":1}'],
  [{ kind: 'status', host }, '{"started":"then","changed":"now","version":"0.1.0","format":1}'],
  [{ kind: 'proof', host }, '{"incarnation":"boot 7","attempt":1,"witnesses":["h2","h3"],"at":"now","format":1}'],
  [{ kind: 'previous', host }, '{"sets":[["h2","h4"],[]],"format":1}'],
]

const faultOf = (text: string, place: Place = LEASE): string => {
  try {
    decodeRecord(place, text)
    return 'fine'
  } catch (error) {
    return error instanceof WeftError ? `${error.code} ${error.field ?? ''}`.trim() : String(error)
  }
}
const lease = (change: object): string => JSON.stringify({ ...JSON.parse(EXAMPLES[1]?.[1] ?? ''), ...change })

describe('records', () => {
  for (const [place, text] of EXAMPLES) {
    it(`reads and writes a ${place.kind}`, () => {
      const record: StoredRecord = decodeRecord(place, text)
      expect(encodeRecord(place, record)).to.equal(text)
      expect(Object.values(record)).not.to.include(undefined)
    })
  }

  it('names the field that is broken', () => {
    expect(faultOf('')).to.equal('WEFT_STORE_VALUE')
    expect(faultOf('{"host":')).to.equal('WEFT_STORE_VALUE')
    expect(faultOf('[]')).to.equal('WEFT_STORE_VALUE')
    expect(faultOf('null')).to.equal('WEFT_STORE_VALUE')
    expect(faultOf(lease({ pad: 'x'.repeat(20_000) }))).to.equal('WEFT_STORE_VALUE')
    expect(faultOf(lease({ host: 'not a host' }))).to.equal('WEFT_STORE_VALUE host')
    expect(faultOf(lease({ host: 7 }))).to.equal('WEFT_STORE_VALUE host')
    expect(faultOf(lease({ epoch: 0 }))).to.equal('WEFT_STORE_VALUE epoch')
    expect(faultOf(lease({ epoch: '5' }))).to.equal('WEFT_STORE_VALUE epoch')
    expect(faultOf(lease({ state: 'lost' }))).to.equal('WEFT_STORE_VALUE state')
    expect(faultOf(lease({ floating: { failover: 'hold' } }))).to.equal('WEFT_STORE_VALUE floating.failover')
    for (const check of [{ tcp: 0 }, { http: 80, path: 'health' }, { http: 80 }, { exec: '../sh' }, {}]) {
      const fault = faultOf(lease({ floating: { failover: 'adopt', check } }))
      expect(fault, JSON.stringify(check)).to.equal('WEFT_STORE_VALUE floating.check')
    }
    expect(faultOf(lease({ floating: { failover: 'adopt', check: { exec: 'web' } } }))).to.equal('fine')
    expect(faultOf(lease({ format: 'one' }))).to.equal('WEFT_STORE_VALUE format')
  })

  it('refuses an endpoint with a MAC address of nobody, or of all', () => {
    const [place, text] = EXAMPLES.find(([{ kind }]) => kind === 'endpoint') ?? []
    if (!place || !text) throw new Error('there is an example of an endpoint')
    for (const mac of ['ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', '00:00:00:00:00:00'])
      expect(faultOf(text.replace('02:00:00:00:00:01', mac), place)).to.equal('WEFT_STORE_VALUE mac')
  })

  it('refuses a network that would swallow the world', () => {
    const [place, text] = EXAMPLES[0] ?? []
    if (!place || !text) throw new Error('the first example is a network')
    expect(faultOf(text.replace('10.61.0.0/16', '0.0.0.0/0'), place)).to.equal('WEFT_STORE_VALUE pool')
    expect(faultOf(text.replace('"subnetSize":24', '"subnetSize":16'), place)).to.equal('WEFT_STORE_VALUE subnetSize')
    expect(faultOf(text.replace('7001', '16777216'), place)).to.equal('WEFT_STORE_VALUE vni')
  })

  it('reads what a newer version wrote, keeps its fields, and does not overwrite a newer format', () => {
    const newer = lease({ colour: 'green', format: 2 })
    const record = decodeRecord(LEASE, newer)
    expect(record).not.to.have.property('colour')
    const before = lease({ colour: 'green', nested: { a: [1] } })
    expect(JSON.parse(encodeRecord(LEASE, { ...record, epoch: 6 }, before))).to.deep.equal({
      ...JSON.parse(before),
      epoch: 6,
    })
    expect(() => encodeRecord(LEASE, record, newer))
      .to.throw(WeftError)
      .with.property('code', 'WEFT_STORE_FORMAT')
  })

  it('drops an optional field that the new record does not have, and what cannot be read', () => {
    const { adoptedFrom: _, ...plain } = decodeRecord(LEASE, lease({}))
    expect(JSON.parse(encodeRecord(LEASE, plain, lease({})))).not.to.have.property('adoptedFrom')
    expect(JSON.parse(encodeRecord(LEASE, plain, '{"host":'))).to.deep.equal({ ...JSON.parse(lease({ adoptedFrom: undefined })) })
  })

  it('takes any JSON without another error than its own', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.constantFrom(...EXAMPLES.map(([place]) => place)), (text, place) => {
        expect(faultOf(text, place)).to.match(/^WEFT_STORE_VALUE/)
      }),
    )
    fc.assert(
      fc.property(fc.constantFrom(...EXAMPLES), fc.string(), fc.jsonValue(), ([place, text], extra, value) => {
        const fields = JSON.parse(text) as Record<string, unknown>
        const names = Object.keys(fields)
        for (const name of [...names, extra]) {
          expect(faultOf(JSON.stringify({ ...fields, [name]: value }), place)).to.match(/^(fine|WEFT_STORE_VALUE)/)
        }
      }),
    )
  })
})
