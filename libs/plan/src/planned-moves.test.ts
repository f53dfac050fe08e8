import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parsePrefix, type Endpoint, type HostId, type SubnetLease } from '#core'
import { desired } from './desired.js'
import { PlannedMoves, type Moving, type SignsOfLife } from './planned-moves.js'
import { aCluster, BLUE, hostId, type TestCluster } from './testkit/index.js'

const everybody: SignsOfLife = { heard: () => true, answers: () => true }

const NOTHING = { also: [], waiting: [], released: [], sentOn: [], until: undefined }

/** Who holds h2's subnet in what a host programs, who else may send from it, and until when that holds. */
function shown({ view, also, until }: Moving): string {
  const holder = view.leases.find(({ subnet }) => subnet === '10.61.2.0/24' || subnet === 'fd61:0:0:2::/64')?.host
  return `${holder}, also ${also.map(({ host }) => host).join(' ') || 'nobody'}, until ${until ?? 'a change'}`
}

/** What `host` programs at these times after the subnet of h2 has passed to h3. */
function story(host: number, times: readonly number[], signs = everybody, before: TestCluster = aCluster(4)): string[] {
  const moves = new PlannedMoves(hostId(host))
  moves.look(before.view, -1000, signs)
  const after = before.adopted(2, 3)
  return times.map((time) => shown(moves.look(after.view, time, signs)))
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
    expect(story(1, [0], { ...everybody, heard: (id) => id !== 'h2' })).to.deep.equal(['h3, also nobody, until a change'])
    let silent = false
    const moves = new PlannedMoves(hostId(1))
    moves.look(aCluster(4).view, 0, everybody)
    const { view } = aCluster(4).adopted(2, 3)
    const signs = { ...everybody, heard: (id: HostId): boolean => !silent || id !== 'h2' }
    expect(shown(moves.look(view, 0, signs))).to.include('h2, also h3')
    silent = true
    expect(shown(moves.look(view, 10, signs))).to.equal('h3, also nobody, until a change')
  })

  for (const pool of [BLUE, { ...BLUE, pool: parsePrefix('fd61::/48'), subnetSize: 64 }])
    describe(`what is exclusive, of ${pool.pool}`, () => {
      const before = aCluster(4, { ...pool, failover: 'exclusive' })
      const draining = before.with({
        hosts: new Map([...before.view.hosts].map(([id, host]) => [id, id === hostId(2) ? { ...host, draining: true as const } : host])),
      })
      const looks = (host: number, times: readonly number[], cluster = draining, servedAt = 0): string[] => {
        const moves = new PlannedMoves(hostId(host))
        moves.look(cluster.view, -1000, everybody)
        const after = cluster.adopted(2, 3)
        return times.map((time) => {
          if (time >= servedAt) for (const lease of moves.look(after.view, time, everybody).waiting) moves.served(lease)
          const moving = moves.look(after.view, time, everybody)
          const names = (leases: readonly SubnetLease[]): string => leases.map(({ host: id }) => id).join(' ') || 'nobody'
          return `${shown(moving)}; released to ${names(moving.released)}, sent on by ${names(moving.sentOn)}`
        })
      }

      it('comes to others by its former host until the new one serves', () =>
        expect(looks(1, [0, 999, 1000])).to.deep.equal([
          'h2, also h3, until 1000; released to nobody, sent on by nobody',
          'h2, also h3, until 1000; released to nobody, sent on by nobody',
          'h3, also nobody, until 2500; released to nobody, sent on by nobody',
        ]))

      it('is served by the new host at once, which takes what the former one sends on', () =>
        expect(looks(3, [0, 2499, 2500])).to.deep.equal([
          'h3, also nobody, until 2500; released to nobody, sent on by h2',
          'h3, also nobody, until 2500; released to nobody, sent on by h2',
          'h3, also nobody, until a change; released to nobody, sent on by nobody',
        ]))

      it('is no longer its former host’s, which keeps what comes until the new one serves and the others have followed', () => {
        const kept = (until: number): string => `h3, also nobody, until ${until}; released to nobody, sent on by nobody`
        const sentOn = 'h3, also nobody, until 2500; released to h3, sent on by nobody'
        const over = 'h3, also nobody, until a change; released to nobody, sent on by nobody'
        const times = [0, 249, 250, 799, 800, 1999, 2000, 2499, 2500]
        expect(looks(2, times)).to.deep.equal([kept(250), kept(250), ...Array<string>(6).fill(sentOn), over])
        expect(looks(2, times, draining, 800)).to.deep.equal([...Array<string>(4).fill(kept(2000)), ...Array<string>(4).fill(sentOn), over])
        expect(looks(2, times, draining, Infinity)).to.deep.equal([...Array<string>(6).fill(kept(2000)), sentOn, sentOn, over])
      })

      it('… and stays in the network for that', () => {
        const moved = before.with({
          leases: before.view.leases.map((lease) => (lease.host === 'h2' ? { ...lease, host: hostId(3), epoch: 9 } : lease)),
        })
        const moves = new PlannedMoves(hostId(2))
        moves.look(before.view, 0, everybody)
        const { view } = moves.look(moved.view, 0, everybody)
        expect(desired(view, before.local(2)).objects.has('link weft-blue')).to.equal(true)
        expect(desired(moved.view, before.local(2)).objects.has('link weft-blue')).to.equal(false)
      })

      it('goes on from each of its former hosts when it moves twice in a row', () => {
        const first = before.with({
          leases: before.view.leases.map((lease) => (lease.host === 'h2' ? { ...lease, host: hostId(3), epoch: 9 } : lease)),
        })
        const second = first.with({
          leases: first.view.leases.map((lease) => (lease.epoch === 9 ? { ...lease, host: hostId(4), epoch: 10 } : lease)),
        })
        const seenBy = (host: number): string => {
          const moves = new PlannedMoves(hostId(host))
          moves.look(before.view, -1000, everybody)
          moves.look(first.view, 0, everybody)
          for (const lease of moves.look(second.view, 100, everybody).waiting) moves.served(lease)
          const moving = moves.look(second.view, 350, everybody)
          const names = (leases: readonly SubnetLease[]): string => leases.map(({ host: id }) => id).join(' ') || 'nobody'
          return `${shown(moving)}; released to ${names(moving.released)}, sent on by ${names(moving.sentOn)}`
        }
        expect(seenBy(1)).to.equal('h3, also h4, until 1100; released to nobody, sent on by nobody')
        for (const giver of [2, 3]) expect(seenBy(giver)).to.equal('h4, also nobody, until 2600; released to h4, sent on by nobody')
        expect(seenBy(4)).to.equal('h4, also nobody, until 2600; released to nobody, sent on by h2 h3')
      })

      it('waits at a host whose agent is slow, and not at one that is dead', () => {
        const first = (signs: SignsOfLife): string | undefined => story(1, [0], signs, draining)[0]
        expect(first({ ...everybody, heard: () => false })).to.equal('h2, also h3, until 1000')
        expect(first({ heard: () => false, answers: () => false })).to.equal('h3, also nobody, until a change')
      })

      it('is the new host’s for everybody at once when it was not handed over but taken', () =>
        expect(looks(1, [0], before)[0]).to.include('h3, also nobody, until a change'))
    })

  it('a first view, a released lease and a new one are no moves', () => {
    const cluster = aCluster(2)
    const moves = new PlannedMoves(hostId(1))
    expect(moves.look(cluster.view, 0, everybody)).to.deep.equal({ view: cluster.view, ...NOTHING })
    const released = cluster.with({
      leases: cluster.view.leases.map((lease) => (lease.host === 'h2' ? { ...lease, state: 'released' } : lease)),
    })
    expect(moves.look(released.view, 1, everybody)).to.deep.equal({ view: released.view, ...NOTHING })
    expect(moves.look(cluster.view, 2, everybody)).to.deep.equal({ view: cluster.view, ...NOTHING })
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
