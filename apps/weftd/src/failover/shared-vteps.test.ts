import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseHostId, parseIp, parseNetworkName, type VtepClaim } from '#core'
import { SharedVteps } from './shared-vteps.js'

const claim = (network: string, host: string, address: string): VtepClaim => ({
  network: parseNetworkName(network),
  host: parseHostId(host),
  address: parseIp(address),
})

describe('shared VTEP addresses', () => {
  const vteps = [
    claim('blue', 'h2', '10.61.2.0'),
    claim('green', 'h2', '10.62.2.0'),
    claim('red', 'h3', '10.63.3.0'),
    claim('green', 'h1', '10.62.1.0'),
  ]
  const shared = new SharedVteps(parseHostId('h1'))
  const of = (host: string, claims = vteps): string | undefined => shared.of({ vteps: claims }, parseHostId(host))

  it('are those of networks that both hosts are in', () => expect(of('h2')).to.equal('10.62.2.0'))
  it('are none where there is no such network', () => expect([of('h3'), of('h4')]).to.deep.equal([undefined, undefined]))
  it('are of a family that both hosts have in the network', () => {
    const dual = [claim('green', 'h4', 'fd62::4'), claim('green', 'h4', '10.62.4.0')]
    expect(of('h4', [...vteps, ...dual])).to.equal('10.62.4.0')
    expect(of('h4', [...vteps, ...dual.slice(0, 1)])).to.equal(undefined)
  })
  it('follow the claims', () => {
    expect(of('h3', [...vteps, claim('red', 'h1', '10.63.1.0')])).to.equal('10.63.3.0')
    expect(of('h2', vteps.slice(0, 3))).to.equal(undefined)
  })
})
