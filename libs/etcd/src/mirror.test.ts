import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import { parseHostId, parseNetworkName, type ClusterView } from '#core'
import { RecordingLog } from '#core/testkit'
import { Keys } from './keys.js'
import type { Stored } from './kv.js'
import { Mirror, type Change } from './mirror.js'

const root = '/weft/v1/'
const BLUE = { pool: '10.61.0.0/16', subnetSize: 24, vni: 7001, mode: 'l3', port: 4789, failover: 'adopt' }
const LEASE = { host: 'h1', epoch: 3, state: 'held', since: 'then' }

describe('the copy of etcd', () => {
  const start = () => {
    const log = new RecordingLog()
    let revision = 0
    const mirror = new Mirror(new Keys(), log)
    const put = (key: string, value: object | string): Stored => {
      revision++
      return {
        key: root + key,
        value: typeof value === 'string' ? value : JSON.stringify(value),
        modRevision: revision,
        createRevision: revision,
      }
    }
    const remove = (key: string): Change => ({ key: root + key, modRevision: ++revision })
    return { log, mirror, put, remove }
  }

  it('becomes what is listed, and keeps the objects of what is the same', () => {
    const { mirror, put } = start()
    const config = put('networks/blue/config', BLUE)
    mirror.replace(
      [config, put('networks/blue/leases/10.61.3.0-24', LEASE), put('hosts/h2', { machineId: 'b', underlay: '192.0.2.2', version: '1' })],
      9,
    )
    const before = mirror.view()
    // Written again with the same content, as a restore from a backup would.
    mirror.replace([config, put('networks/blue/leases/10.61.3.0-24', LEASE), put('networks/blue/leases/10.61.4.0-24', LEASE)], 12)
    const after = mirror.view()
    expect(after.revision).to.equal(12)
    expect(after.hosts.size).to.equal(0)
    expect(after.leases.map(({ subnet }) => subnet)).to.deep.equal(['10.61.3.0/24', '10.61.4.0/24'])
    expect(after.leases[0]).to.equal(before.leases[0])
    expect(after.networks).to.equal(before.networks)
    expect(mirror.size).to.equal(3)
  })

  it('keeps whole parts of the view when nothing in them changed', () => {
    const { mirror, put } = start()
    mirror.apply([put('networks/blue/config', BLUE), put('networks/blue/leases/10.61.3.0-24', LEASE)])
    const before = mirror.view()
    mirror.apply([put('networks/blue/leases/10.61.3.0-24', LEASE), put('proofs/h1', 'unknown')])
    const after = mirror.view()
    expect({ ...after, revision: 0 }).to.deep.equal({ ...before, revision: 0 })
    for (const part of ['networks', 'hosts', 'leases', 'vteps', 'endpoints', 'statuses'] as const)
      expect(after[part]).to.equal(before[part])
  })

  it('shows records once their network is there, and not when it is gone', () => {
    const { mirror, put, remove, log } = start()
    const host = parseHostId('h1')
    mirror.apply([put('networks/blue/leases/10.61.3.0-24', LEASE), put('networks/blue/vteps/10.61.0.3', { host })])
    expect(mirror.view()).to.deep.include({ leases: [], vteps: [] })
    expect(mirror.problems.map(({ code }) => code)).to.deep.equal(['WEFT_NETWORK_UNKNOWN', 'WEFT_NETWORK_UNKNOWN'])
    mirror.view()
    expect(log.lines).to.have.length(2)
    mirror.apply([put('networks/blue/config', BLUE)])
    expect(mirror.view().leases).to.have.length(1)
    expect(mirror.problems).to.deep.equal([])
    mirror.apply([remove('networks/blue/config'), remove('networks/blue/leases/10.61.3.0-24'), remove('networks/blue/vteps/10.61.0.3')])
    expect(mirror.view()).to.deep.include({ leases: [], vteps: [] })
    expect(mirror.problems).to.deep.equal([])
  })

  it('believes the network that was there first, and lets none go that nobody edited', () => {
    const { mirror, put, remove } = start()
    const [blue, red] = [parseNetworkName('blue'), parseNetworkName('red')]
    const first = put('networks/blue/config', BLUE)
    const second = put('networks/red/config', { ...BLUE, pool: '10.62.0.0/16', vni: 7002 })
    mirror.apply([first, second])
    expect(mirror.view().networks.size).to.equal(2)
    mirror.apply([{ ...put('networks/red/config', { ...BLUE, vni: 7002 }), createRevision: second.createRevision }])
    expect(mirror.view().networks.get(red)?.pool, 'what it was before').to.equal('10.62.0.0/16')
    expect(mirror.problems.map(({ code, key }) => `${code} ${key}`)).to.deep.equal(['WEFT_POOL_OVERLAP /weft/v1/networks/red/config'])
    const good = put('networks/red/config', { ...BLUE, pool: '10.62.0.0/16', vni: 7002 })
    mirror.apply([{ ...good, createRevision: second.createRevision }])
    mirror.view()
    mirror.apply([{ ...put('networks/blue/config', { ...BLUE, pool: '10.62.0.0/17' }), createRevision: first.createRevision }])
    expect(Array.from(mirror.view().networks.values(), ({ pool }) => pool).toSorted()).to.deep.equal(['10.61.0.0/16', '10.62.0.0/16'])
    expect(mirror.problems.map(({ code, key }) => `${code} ${key}`)).to.deep.equal(['WEFT_POOL_OVERLAP /weft/v1/networks/blue/config'])
    mirror.apply([
      { ...put('networks/red/config', { ...BLUE, vni: 7002 }), createRevision: second.createRevision },
      remove('networks/blue/config'),
    ])
    expect(mirror.view().networks.get(red)?.pool).to.equal('10.61.0.0/16')
    expect(mirror.view().networks.has(blue)).to.equal(false)
  })

  it('takes a second pool of the other family, and names two of one, keeping what was there', () => {
    const { mirror, put } = start()
    const second = { pool: 'fd61::/48', subnetSize: 64 }
    const dual = put('networks/blue/config', { ...BLUE, second })
    mirror.apply([dual, put('networks/blue/leases/fd61:0:0:3::-64', LEASE), put('networks/blue/vteps/fd61::3', { host: 'h1' })])
    const name = parseNetworkName('blue')
    expect(mirror.view().networks.get(name)?.second).to.deep.equal(second)
    expect([mirror.view().leases.length, mirror.view().vteps.length, mirror.problems.length]).to.deep.equal([1, 1, 0])
    for (const wrong of [{ pool: '10.62.0.0/16', subnetSize: 24 }, { ...second, subnetSize: 40 }, { pool: 'fd61::/48' }, 'fd61::/48']) {
      mirror.apply([{ ...put('networks/blue/config', { ...BLUE, second: wrong }), createRevision: dual.createRevision }])
      expect(mirror.view().networks.get(name)?.second).to.deep.equal(second)
      expect(mirror.problems.map(({ code, key }) => `${code} ${key}`)).to.deep.equal(['WEFT_STORE_VALUE /weft/v1/networks/blue/config'])
    }
    // Of a pool that the network does not have.
    mirror.apply([put('networks/blue/config', BLUE)])
    expect(mirror.view().leases).to.deep.equal([])
  })

  it('comes out the same whichever way it came to it', () => {
    const kinds = [
      'networks/blue/config',
      'networks/red/config',
      'networks/blue/leases/10.61.3.0-24',
      'networks/blue/leases/10.62.3.0-24',
      'hosts/h1',
      'hosts/H1',
      'x',
    ]
    const values = [
      BLUE,
      { ...BLUE, pool: '10.62.0.0/16' },
      { ...BLUE, vni: 7002 },
      LEASE,
      { ...LEASE, epoch: 4 },
      { machineId: 'a', underlay: '192.0.2.1', version: '1' },
      '{',
    ]
    const step = fc.record({ key: fc.constantFrom(...kinds), value: fc.option(fc.constantFrom(...values)) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { mirror, put, remove } = start()
        const truth = new Map<string, Stored>()
        for (const { key, value } of steps) {
          if (value === null) {
            truth.delete(root + key)
            mirror.apply([remove(key)])
          } else {
            const written = put(key, value)
            const stored = { ...written, createRevision: truth.get(written.key)?.createRevision ?? written.createRevision }
            truth.set(stored.key, stored)
            mirror.apply([stored])
          }
          mirror.view()
        }
        // Judged by a second copy that is listed at once. What was good before it was broken is remembered only by the first.
        const other = new Mirror(new Keys(), new RecordingLog())
        const usable = [...truth.values()].filter(({ value }) => value !== '{')
        other.replace(usable, mirror.revision)
        mirror.replace(usable, mirror.revision)
        if (mirror.problems.length > 0) return
        expect(sorted(mirror.view())).to.deep.equal(sorted(other.view()))
        expect(mirror.size).to.equal(other.size)
      }),
    )
  })
})

function sorted(view: ClusterView): object {
  return {
    ...view,
    networks: Array.from(view.networks).toSorted(([a], [b]) => a.localeCompare(b)),
    hosts: Array.from(view.hosts).toSorted(([a], [b]) => a.localeCompare(b)),
    leases: view.leases.toSorted((a, b) => a.subnet.localeCompare(b.subnet)),
  }
}
