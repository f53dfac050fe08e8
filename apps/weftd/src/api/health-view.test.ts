import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseHostId, parseIp } from '#core'
import type { MemberView } from '#gossip'
import { healthView } from './health-view.js'

const MEMBER: MemberView = {
  id: parseHostId('h2'),
  health: 'alive',
  why: 'joined',
  since: 1_000,
  incarnation: 1,
  facts: { address: parseIp('192.0.2.2'), port: 7788, version: '1', protocolMin: 1, protocolMax: 1 },
  kernelAsked: false,
}

describe('health view', () => {
  it('says that a thing is not known by null', () => {
    expect(healthView(MEMBER, 3_000.4)).to.deep.equal({
      state: 'alive',
      why: 'joined',
      sinceMs: 2_000,
      lastHeardMs: null,
      roundTripMs: null,
      overlayRoundTripMs: null,
      overlayLoss: null,
      kernelAsked: false,
    })
  })

  it('gives ages, and figures with as many digits as they are good for', () => {
    const member = { ...MEMBER, lastHeard: 2_900, roundTrip: 0.4449, overlayRoundTrip: 12.06, overlayLoss: 0.01234, kernelAsked: true }
    expect(healthView(member, 3_000)).to.include({
      lastHeardMs: 100,
      roundTripMs: 0.4,
      overlayRoundTripMs: 12.1,
      overlayLoss: 0.012,
      kernelAsked: true,
    })
  })
})
