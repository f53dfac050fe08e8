import { describe, it } from 'mocha'
import { expect } from 'chai'
import { WeftError } from '#core'
import { ATTACH, checkRequest, CREATE_NETWORK } from './requests.js'

describe('checked requests', () => {
  const refusal = (schema: typeof ATTACH | typeof CREATE_NETWORK, body: unknown): WeftError => {
    try {
      checkRequest<unknown>(schema, body)
    } catch (thrown) {
      if (thrown instanceof WeftError) return thrown
      throw thrown
    }
    throw new Error('nothing was refused')
  }

  it('pass as they are', () => {
    const network = { name: 'blue', pool: '10.61.0.0/16', subnetSize: 24, mode: 'l3', vni: 7, port: 4789, mtu: 1400, failover: 'hold' }
    expect(checkRequest(CREATE_NETWORK, network)).to.deep.equal(network)
    const attach = { network: 'blue', netns: '4711', name: 'web', address: '10.61.1.2', interface: 'eth0', defaultRoute: false }
    expect(checkRequest(ATTACH, attach)).to.deep.equal(attach)
  })

  const NETWORK = { name: 'blue', pool: '10.61.0.0/16' }
  const WEB = { network: 'blue', netns: '/run/netns/web' }
  const wrong: readonly (readonly [schema: typeof ATTACH | typeof CREATE_NETWORK, body: unknown, field: string | undefined])[] = [
    [CREATE_NETWORK, undefined, undefined],
    [CREATE_NETWORK, [], undefined],
    [CREATE_NETWORK, 'blue', undefined],
    [CREATE_NETWORK, { pool: '10.61.0.0/16' }, 'name'],
    [CREATE_NETWORK, { ...NETWORK, name: '' }, 'name'],
    [CREATE_NETWORK, { ...NETWORK, name: 7 }, 'name'],
    [CREATE_NETWORK, { ...NETWORK, pool: 'x'.repeat(5_000) }, 'pool'],
    [CREATE_NETWORK, { ...NETWORK, vni: '7' }, 'vni'],
    [CREATE_NETWORK, { ...NETWORK, subnetSize: 24.5 }, 'subnetSize'],
    [CREATE_NETWORK, { ...NETWORK, colour: 'red' }, 'colour'],
    [ATTACH, { network: 'blue' }, 'netns'],
    [ATTACH, { ...WEB, netns: 4711 }, 'netns'],
    [ATTACH, { ...WEB, defaultRoute: 'no' }, 'defaultRoute'],
    [ATTACH, { ...WEB, interface: 'lo' }, 'interface'],
    [ATTACH, { ...WEB, interface: '..' }, 'interface'],
    [ATTACH, { ...WEB, interface: 'a b' }, 'interface'],
    [ATTACH, { ...WEB, interface: 'a/b' }, 'interface'],
    [ATTACH, { ...WEB, interface: 'x'.repeat(16) }, 'interface'],
    [ATTACH, { ...WEB, pid: 7 }, 'pid'],
  ]
  for (const [schema, body, field] of wrong) {
    it(`are refused with the field: ${(JSON.stringify(body) ?? 'nothing').slice(0, 80)}`, () => {
      expect(refusal(schema, body)).to.include({ code: 'WEFT_REQUEST_INVALID', field })
    })
  }
})
