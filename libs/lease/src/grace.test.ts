import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  EMPTY_VIEW,
  parseHostId,
  parseIp,
  parsePrefix,
  type ClusterView,
  type Host,
  type HostId,
  type Layer,
  type NetworkName,
} from '#core'
import { clusterHour, longestGone, type GraceRule, type Scarce } from './grace.js'

const NETWORK: Layer = {
  name: 'blue' as NetworkName,
  pool: parsePrefix('10.61.0.0/16'),
  subnetSize: 24,
  vni: 7001,
  mode: 'l3',
  port: 4789,
  failover: 'hold',
}
const SELF = parseHostId('h0')

/** A host `h1`, `h2`, … by its place in the list. */
interface Played {
  readonly hour: number | undefined
  readonly has: 'lease' | 'released' | 'vtep' | 'nothing'
  readonly connected: boolean
  readonly answers: boolean
}

const id = (at: number): HostId => parseHostId(`h${at}`)

function viewOf(played: readonly Played[]): ClusterView {
  const hosts = new Map<HostId, Host>()
  const view = { ...EMPTY_VIEW, revision: 9, hosts, leases: [...EMPTY_VIEW.leases], vteps: [...EMPTY_VIEW.vteps] }
  const statuses = new Map(EMPTY_VIEW.statuses)
  for (const [at, { hour, has, connected }] of played.entries()) {
    const base = { id: id(at), machineId: `m${at}`, underlay: parseIp('192.0.2.1'), version: '0' }
    hosts.set(id(at), hour === undefined ? base : { ...base, hour })
    if (connected) statuses.set(id(at), { host: id(at), started: 't', changed: 't', version: '0' })
    const common = { network: NETWORK.name, host: id(at) }
    if (has === 'vtep') view.vteps.push({ ...common, address: parseIp(`10.61.0.${at + 1}`) })
    if (has === 'lease' || has === 'released') {
      const subnet = parsePrefix(`10.61.${at + 1}.0/24`)
      view.leases.push({ ...common, subnet, epoch: 1, since: 't', state: has === 'lease' ? 'held' : 'released' })
    }
  }
  return { ...view, statuses }
}
const ruleOf = (played: readonly Played[], hours = 24): GraceRule => ({
  hours,
  answers: (host) => played[Number(host.slice(1))]?.answers ?? false,
})
const gone = (played: readonly Played[], hours?: number, scarce: Scarce = 'subnet'): Host | undefined =>
  longestGone(viewOf(played), NETWORK, scarce, SELF, ruleOf(played, hours))

const there: Played = { hour: 100, has: 'lease', connected: true, answers: true }
const away = (more: Partial<Played> = {}): Played => ({ hour: 10, has: 'lease', connected: false, answers: false, ...more })

const anyPlayed: fc.Arbitrary<Played> = fc.record({
  hour: fc.option(fc.nat(60), { nil: undefined }),
  has: fc.constantFrom('lease', 'released', 'vtep', 'nothing'),
  connected: fc.boolean(),
  answers: fc.boolean(),
})

const anyScarce = fc.constantFrom<Scarce[]>('subnet', 'VTEP address')

describe('the grace period', () => {
  for (const [what, played, expected] of [
    ['a host that was there hours ago', [there, away()], 'h1'],
    ['the one that has been gone for longest', [there, away({ hour: 20 }), away(), away({ hour: 30 })], 'h2'],
    ['of equals the first by name', [there, away(), away()], 'h1'],
    ['none that has but a VTEP address, where subnets are scarce', [there, away({ has: 'vtep' })], undefined],
    ['none within the period', [there, away({ hour: 76 })], undefined],
    ['one just past it', [there, away({ hour: 75 })], 'h1'],
    ['none whose agent is connected', [there, away({ connected: true })], undefined],
    ['none that answers, although it is cut off from etcd', [there, away({ answers: true })], undefined],
    ['none of which nobody knows when it was there', [there, away({ hour: undefined })], undefined],
    ['none that has nothing in the network', [there, away({ has: 'nothing' }), away({ has: 'released' })], undefined],
    ['not this host itself', [away(), { ...there, has: 'nothing' }], undefined],
  ] as const) {
    it(`picks ${what}`, () => {
      expect(gone(played)?.id).to.equal(expected)
    })
  }

  it('never picks one that is there in any way, and always one that has been gone for no less than any other', () => {
    fc.assert(
      fc.property(fc.array(anyPlayed, { maxLength: 8 }), fc.integer({ min: 1, max: 40 }), anyScarce, (played, hours, scarce) => {
        const now = clusterHour(viewOf(played))
        const may = ({ hour, has, connected, answers }: Played, at: number): boolean =>
          at > 0 && hour !== undefined && now - hour > hours && !connected && !answers && has === (scarce === 'subnet' ? 'lease' : 'vtep')
        const free = played.flatMap((each, at) => (may(each, at) ? [{ at, hour: each.hour ?? 0 }] : []))
        const [oldest] = free.toSorted((a, b) => a.hour - b.hour || (id(a.at) < id(b.at) ? -1 : 1))
        expect(gone(played, hours, scarce)?.id).to.equal(oldest && id(oldest.at))
      }),
    )
  })

  it('does not run while nobody writes hours: an outage of etcd of whatever length frees nothing', () => {
    fc.assert(
      fc.property(fc.array(anyPlayed, { minLength: 1, maxLength: 8 }), (played) => {
        // All sessions are gone and nobody is heard; the hours are those of the last minute before.
        const dark = played.map((each) => ({ ...each, hour: 50, connected: false, answers: false }))
        expect(gone(dark, 1)).to.equal(undefined)
        // The first to return makes the next hour begin.
        expect(gone([{ ...there, hour: 51 }, ...dark], 1)).to.equal(undefined)
      }),
    )
  })
})
