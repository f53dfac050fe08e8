import { expect } from 'chai'
import { describe, it } from 'mocha'
import { EMPTY_VIEW, parseHostId, parseIp, type ClusterView, type Host } from '#core'
import { judgeIdentity, nameTaken } from './identity.js'

const id = parseHostId('h1')
const self: Host = { id, machineId: 'this', underlay: parseIp('192.0.2.1'), version: '0' }

function registered(host: Partial<Host>, nonce?: string): ClusterView {
  const status = { host: id, started: 'then', changed: 'then', version: '0' }
  const statuses = nonce === undefined ? EMPTY_VIEW.statuses : new Map([[id, { ...status, nonce }]])
  return { ...EMPTY_VIEW, hosts: new Map([[id, { ...self, ...host }]]), statuses }
}

describe('identity of a host', () => {
  for (const [what, view, verdict] of [
    ['a name that nobody has', EMPTY_VIEW, 'ours'],
    ['its own record', registered({}, 'mine'), 'ours'],
    ['its own record and the session of its agent before a restart', registered({}, 'earlier'), 'ours'],
    ['its record at another address, while its own session lasts', registered({ underlay: parseIp('192.0.2.9') }, 'mine'), 'inherited'],
    ['a record of a machine that is gone', registered({ machineId: 'other' }), 'inherited'],
    ['a record of a machine whose agent is there', registered({ machineId: 'other' }, 'theirs'), 'taken'],
    [
      'a clone: the same machine id, another address, an agent that is there',
      registered({ underlay: parseIp('192.0.2.9') }, 'theirs'),
      'taken',
    ],
  ] as const) {
    it(`is ${verdict} with ${what}`, () => {
      expect(judgeIdentity(view, self, 'mine')).to.equal(verdict)
    })
  }

  it('tells a clone from a stranger, and what to do', () => {
    expect(nameTaken(registered({ machineId: 'other', underlay: parseIp('192.0.2.9') }), self)).to.include({
      code: 'WEFT_HOST_NAME_TAKEN',
      field: 'host',
    })
    expect(nameTaken(registered({ machineId: 'other' }), self).message).to.contain('another machine at 192.0.2.1')
    expect(nameTaken(registered({}), self).message).to.contain('a clone?')
    expect(nameTaken(registered({}), self).hint).to.contain('weft host takeover')
  })
})
