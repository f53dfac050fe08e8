import { expect } from 'chai'
import { describe, it } from 'mocha'
import { EMPTY_VIEW, parseHostId, parseNetworkName, parsePrefix, type SubnetLease } from '#core'
import { RecordingLog } from '#core/testkit'
import { OwnerChanges } from './owner-changes.js'

const lease = (host: string, epoch: number, state: SubnetLease['state'] = 'held'): SubnetLease => ({
  network: parseNetworkName('blue'),
  subnet: parsePrefix('10.61.3.0/24'),
  host: parseHostId(host),
  epoch,
  state,
  since: '2026-01-01T00:00:00.000Z',
})

/** What host h1 tells when it sees these records of one subnet, one after the other. */
function told(...records: (SubnetLease | undefined)[]): string[] {
  const log = new RecordingLog()
  const store = { view: EMPTY_VIEW }
  const changes = new OwnerChanges(parseHostId('h1'), store, log)
  records.forEach((record, at) => {
    store.view = { ...EMPTY_VIEW, revision: at + 1, leases: record ? [record] : [] }
    changes.look()
    changes.look()
  })
  return log.lines.map(({ level, message }) => `${level} ${message}`)
}

/** What host h1 finds to have moved with the last of these records. */
function moved(...records: SubnetLease[]): readonly string[] {
  const store = { view: EMPTY_VIEW }
  const changes = new OwnerChanges(parseHostId('h1'), store, new RecordingLog())
  return (
    records
      .map((record, at) => {
        store.view = { ...EMPTY_VIEW, revision: at + 1, leases: [record] }
        return changes.look()
      })
      .at(-1) ?? []
  )
}

describe('changes of a subnet’s owner', () => {
  it('that concern this host are returned, and no others', () => {
    expect(moved(lease('h1', 1), lease('h2', 2))).to.deep.equal(['10.61.3.0/24'])
    expect(moved(lease('h2', 1), lease('h1', 2))).to.deep.equal(['10.61.3.0/24'])
    expect(moved(lease('h2', 1), lease('h3', 2))).to.deep.equal([])
    expect(moved(lease('h1', 1), lease('h1', 1))).to.deep.equal([])
  })

  it('are told by the host that loses, once', () =>
    expect(told(lease('h1', 1), lease('h2', 2), lease('h2', 2))).to.deep.equal(['warn a subnet of this host is another host’s now']))
  it('are told by the host that gains', () =>
    expect(told(lease('h2', 1), lease('h1', 2))).to.deep.equal(['warn a subnet of another host is this host’s now']))
  for (const [what, ...records] of [
    ['a first view', lease('h1', 1)],
    ['what others do among themselves', lease('h2', 1), lease('h3', 2)],
    ['claiming and releasing', undefined, lease('h1', 1), lease('h1', 1, 'released'), lease('h1', 1)],
    ['claiming what another has released', lease('h2', 1, 'released'), lease('h1', 2)],
    ['the end of a network', lease('h1', 1), undefined],
  ] as const) {
    it(`are not: ${what}`, () => expect(told(...records)).to.deep.equal([]))
  }
})
