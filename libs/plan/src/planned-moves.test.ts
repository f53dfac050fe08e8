import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { Endpoint, HostId } from '#core'
import { PlannedMoves, type Moving } from './planned-moves.js'
import { aCluster, BLUE, hostId, type TestCluster } from './testkit/index.js'

const everybody = (): boolean => true

/** Who holds 10.61.2.0/24 in what a host programs, who else may send from it, and until when that holds. */
function shown({ view, also, until }: Moving): string {
  const holder = view.leases.find(({ subnet }) => subnet === '10.61.2.0/24')?.host
  return `${holder}, also ${also.map(({ host }) => host).join(' ') || 'nobody'}, until ${until ?? 'a change'}`
}

/** What `host` programs at these times after the subnet of h2 has passed to h3. */
function story(
  host: number,
  times: readonly number[],
  heard: (id: HostId) => boolean = everybody,
  before: TestCluster = aCluster(4),
): string[] {
  const moves = new PlannedMoves(hostId(host))
  moves.look(before.view, -1000, heard)
  const after = before.adopted(2, 3)
  return times.map((time) => shown(moves.look(after.view, time, heard)))
}

describe('planned moves of leases', () => {
  it('others follow when the new host serves, and take the last packets of the former one', () =>
    expect(story(1, [0, 299, 300, 599, 600])).to.deep.equal([
      'h2, also h3, until 300',
      'h2, also h3, until 300',
      'h3, also h2, until 600',
      'h3, also h2, until 600',
      'h3, also nobody, until a change',
    ]))

  it('the new host serves at once', () =>
    expect(story(3, [0, 600])).to.deep.equal(['h3, also h2, until 600', 'h3, also nobody, until a change']))

  it('the former host serves until nobody sends to it any more', () =>
    expect(story(2, [0, 999, 1000])).to.deep.equal([
      'h2, also h3, until 1000',
      'h2, also h3, until 1000',
      'h3, also nobody, until a change',
    ]))

  it('what a silent host had moves at once', () => {
    expect(story(1, [0], (id) => id !== 'h2')).to.deep.equal(['h3, also nobody, until a change'])
    let silent = false
    const moves = new PlannedMoves(hostId(1))
    moves.look(aCluster(4).view, 0, everybody)
    const { view } = aCluster(4).adopted(2, 3)
    const heard = (id: HostId): boolean => !silent || id !== 'h2'
    expect(shown(moves.look(view, 0, heard))).to.include('h2, also h3')
    silent = true
    expect(shown(moves.look(view, 10, heard))).to.equal('h3, also nobody, until a change')
  })

  it('what is exclusive moves at once', () =>
    expect(story(1, [0], everybody, aCluster(4, { ...BLUE, failover: 'exclusive' }))).to.deep.equal(['h3, also nobody, until a change']))

  it('a first view, a released lease and a new one are no moves', () => {
    const cluster = aCluster(2)
    const moves = new PlannedMoves(hostId(1))
    expect(moves.look(cluster.view, 0, everybody)).to.deep.equal({ view: cluster.view, also: [], until: undefined })
    const released = cluster.with({
      leases: cluster.view.leases.map((lease) => (lease.host === 'h2' ? { ...lease, state: 'released' } : lease)),
    })
    expect(moves.look(released.view, 1, everybody)).to.deep.equal({ view: released.view, also: [], until: undefined })
    expect(moves.look(cluster.view, 2, everybody)).to.deep.equal({ view: cluster.view, also: [], until: undefined })
  })

  it('a lease that moves back in the middle has never been away for those who had not followed', () => {
    const before = aCluster(4)
    const there = before.adopted(2, 3)
    const moves = new PlannedMoves(hostId(1))
    for (const [time, { view }] of [
      [0, before],
      [10, there],
    ] as const)
      moves.look(view, time, everybody)
    const back = there.adopted(2, 2)
    expect(shown(moves.look(back.view, 20, everybody))).to.match(/^h[23], also/)
    expect(shown(moves.look(back.view, 320, everybody))).to.equal('h2, also h3, until 620')
    expect(shown(moves.look(back.view, 620, everybody))).to.equal('h2, also nobody, until a change')
  })

  it('a lease goes home at once from a host that has nothing in it, and packets of that host are taken a while longer', () => {
    const home = aCluster(4)
    const away = home.adopted(2, 3)
    for (const host of [1, 3]) {
      const moves = new PlannedMoves(hostId(host))
      moves.look(away.view, -1_000, everybody)
      expect(shown(moves.look(home.view, 0, everybody))).to.equal('h2, also h3, until 600')
    }
  })

  it('… and not so from one that has', () => {
    const home = aCluster(4)
    const away = home.adopted(2, 3)
    const { network, epoch } = away.view.leases.find(({ adoptedFrom }) => adoptedFrom) ?? {}
    const there = {
      network,
      epoch,
      host: hostId(3),
      address: '10.61.2.9',
      name: 'c1',
      mac: '02:00:00:00:00:01',
      kind: 'attach',
    } as Endpoint
    const moves = new PlannedMoves(hostId(3))
    moves.look(away.with({ endpoints: [there] }).view, -1_000, everybody)
    expect(shown(moves.look(home.with({ endpoints: [there] }).view, 0, everybody))).to.equal('h3, also h2, until 1000')
  })

  it('shows the same objects while nothing is different, and follows what else changes', () => {
    const before = aCluster(4)
    const after = before.adopted(2, 3)
    const moves = new PlannedMoves(hostId(1))
    moves.look(before.view, 0, everybody)
    const first = moves.look(after.view, 0, everybody).view
    expect(moves.look(after.view, 100, everybody).view).to.equal(first)
    const moved = after.moved(4, '192.0.2.99')
    const next = moves.look(moved.view, 100, everybody).view
    expect(next.leases).to.equal(first.leases)
    expect(next.hosts).to.equal(moved.view.hosts)
    expect(moves.look(moved.view, 300, everybody).view).to.equal(moved.view)
  })
})
