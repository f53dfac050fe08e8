import { expect } from 'chai'
import { describe, it } from 'mocha'
import { EMPTY_VIEW, parseHostId, parseIp, seededRandom, type ClusterView, type Host } from '#core'
import { ManualClock } from '#core/testkit'
import type { Store } from '#lease'
import { Presence } from './presence.js'

const HOUR = 3_600_000
const HOURS_GRACE = 24

/** A cluster whose records the test writes, with a presence for each host; a record that is to be written is. */
class Cluster {
  readonly clock = new ManualClock()
  health = { state: 'connected' } as Store['health']
  view: ClusterView = EMPTY_VIEW
  writes = 0
  private readonly agents: { readonly host: string; readonly presence: Presence }[] = []

  /** An agent starts, which writes its host's record. */
  start(host: string): void {
    const presence = new Presence(parseHostId(host), HOURS_GRACE, this, this.clock, seededRandom(this.agents.length + 1))
    this.agents.push({ host, presence })
    this.put(host, presence.hour)
  }

  end(host: string): void {
    const [agent] = this.agents.splice(
      this.agents.findIndex((each) => each.host === host),
      1,
    )
    agent?.presence.close()
  }

  put(host: string, hour: number): void {
    const id = parseHostId(host)
    const record: Host = { id, machineId: host, underlay: parseIp('192.0.2.1'), version: '0', hour }
    this.view = { ...this.view, revision: this.view.revision + 1, hosts: new Map(this.view.hosts).set(id, record) }
    this.writes++
    for (const agent of this.agents) agent.presence.look(() => this.put(agent.host, agent.presence.hour))
  }

  hours(count: number): void {
    for (let minute = 0; minute < count * 60; minute++) this.clock.advance(HOUR / 60)
  }

  hour(host: string): number {
    return this.view.hosts.get(parseHostId(host))?.hour ?? NaN
  }
}

describe('presence', () => {
  it('counts hours, and keeps the record of each host that is there within an eighth of the grace period', () => {
    const cluster = new Cluster()
    for (const host of ['h1', 'h2', 'h3']) cluster.start(host)
    expect([cluster.hour('h1'), cluster.hour('h2'), cluster.writes]).to.deep.equal([0, 0, 3])
    cluster.hours(100)
    const hours = ['h1', 'h2', 'h3'].map((host) => cluster.hour(host))
    expect(Math.max(...hours)).to.be.within(90, 100)
    expect(Math.max(...hours) - Math.min(...hours)).to.be.at.most(4)
    expect(cluster.writes, 'one an hour for the cluster, and one each now and then').to.be.below(200)
  })

  it('leaves a host behind that is gone, and takes up its record when it is back', () => {
    const cluster = new Cluster()
    for (const host of ['h1', 'h2']) cluster.start(host)
    cluster.end('h2')
    const last = cluster.hour('h2')
    cluster.hours(50)
    expect(cluster.hour('h2')).to.equal(last)
    expect(cluster.hour('h1')).to.be.at.least(45)
    cluster.start('h2')
    expect(cluster.hour('h2')).to.equal(cluster.hour('h1'))
  })

  it('counts no hour in which etcd was away, however many', () => {
    const cluster = new Cluster()
    for (const host of ['h1', 'h2']) cluster.start(host)
    cluster.health = { ...cluster.health, state: 'outage' }
    cluster.hours(500)
    expect(cluster.writes).to.equal(2)
    cluster.health = { ...cluster.health, state: 'connected' }
    cluster.hours(0.1)
    expect(Math.max(cluster.hour('h1'), cluster.hour('h2'))).to.equal(1)
  })

  it('follows a number that somebody wrote by hand, at once', () => {
    const cluster = new Cluster()
    for (const host of ['h1', 'h2']) cluster.start(host)
    cluster.put('h9', 1_000)
    expect([cluster.hour('h1'), cluster.hour('h2')]).to.deep.equal([1_000, 1_000])
  })

  it('leaves no timer behind', () => {
    const cluster = new Cluster()
    cluster.start('h1')
    cluster.end('h1')
    expect(cluster.clock.pending).to.equal(0)
  })
})
