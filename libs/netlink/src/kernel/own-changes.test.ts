import { expect } from 'chai'
import { describe, it } from 'mocha'
import type { Endpoint } from '#core'
import { RecordingLog } from '#core/testkit'
import { createDesired, diff, type Plan } from '#plan'
import { aCluster, aSegment, inLan, type TestCluster } from '#plan/testkit'
import * as rt from '../abi/rtnetlink.js'
import { eachMessage, type MessageView } from '../codec/messages.js'
import { Connection } from '../socket/connection.js'
import { NetlinkSocket } from '../socket/netlink-socket.js'
import { realClock } from '../testkit/real-clock.js'
import { withHost, type TestHost } from '../testkit/test-host.js'
import { PlanRun } from './apply.js'
import { Devices } from './devices.js'
import { EndpointWiring } from './endpoint-wiring.js'
import { LinkSteps } from './link-steps.js'
import { OwnChanges } from './own-changes.js'
import { SysctlFiles } from './sysctl-files.js'
import { Tables } from './tables.js'

const GROUPS = [rt.RTNLGRP_NEIGH, rt.RTNLGRP_IPV4_ROUTE, rt.RTNLGRP_NEXTHOP]

/** A host with network blue and two peers, whose kernel's notifications are written down. */
interface Watched {
  readonly host: TestHost
  readonly cluster: TestCluster
  /** Brings the kernel to another state of the cluster, as the agent does. */
  change(to: TestCluster): Promise<void>
  /** The notifications since the last call, by the action: those that are taken for somebody else's doing. */
  strange(action: () => Promise<unknown>): Promise<{ readonly all: number; readonly strange: number }>
}

function watched(test: (parts: Watched) => Promise<void>, cluster = aCluster(3)): Promise<void> {
  return withHost(async (host) => {
    const { ns, kernel } = host
    const remembering = createDesired()
    await kernel.apply(diff(remembering(cluster.view, cluster.local(1)), await kernel.observe()))

    const changes = new Connection({
      open: () => new NetlinkSocket({ netns: ns.netns, receiveSize: 32 * 1024, receiveBuffer: 8 << 20 }),
      clock: realClock,
    })
    const listener = new NetlinkSocket({ netns: ns.netns, receiveSize: 32 * 1024, receiveBuffer: 8 << 20 })
    const messages: MessageView[] = []
    listener.onMessage((bytes) => {
      const copy = bytes.slice()
      eachMessage(copy, (message) => messages.push({ ...message }))
    })
    for (const group of GROUPS) listener.join(group)
    const own = new OwnChanges()
    const apply = async (plan: Plan): Promise<void> => {
      const tables = new Tables(changes)
      const devices = new Devices(tables)
      const log = new RecordingLog()
      const links = new LinkSteps(changes, tables, devices, new EndpointWiring(changes, tables, ns.netns, realClock, log), ns.netns, log)
      own.expect(plan, () => changes.port)
      expect(await new PlanRun({ changes, tables, devices, links, sysctls: new SysctlFiles(ns.netns) }).run(plan)).to.deep.equal([])
    }
    let beacons = 0
    try {
      await test({
        host,
        cluster,
        change: async (to) => apply(diff(remembering(to.view, to.local(1)), await kernel.observe())),
        strange: async (action) => {
          messages.length = 0
          await action()
          // The kernel announces in order: what comes before this has been announced.
          const beacon = `10.250.${++beacons}.0`
          await ns.ip('route', 'add', `${beacon}/24`, 'dev', 'under0')
          const isBeacon = ({ type, bytes }: MessageView): boolean =>
            type === rt.RTM_NEWROUTE && Buffer.from(bytes).includes(Buffer.from([10, 250, beacons, 0]))
          while (!messages.some(isBeacon)) await new Promise((resolve) => setImmediate(resolve))
          const all = messages.slice(0, messages.findIndex(isBeacon))
          const names = new Map((await ns.ipJson('link', 'show')).map(({ ifindex, ifname }) => [Number(ifindex), String(ifname)]))
          return { all: all.length, strange: all.filter((message) => !own.has(message, names)).length }
        },
      })
    } finally {
      listener.close()
      changes.close()
    }
  })
}

describe('own changes among the kernel’s notifications', () => {
  it('are those of peers that come, move, take over a subnet and go', () =>
    watched(async ({ cluster, change, strange }) => {
      const steps: readonly TestCluster[] = [
        aCluster(4),
        aCluster(4).moved(4, '198.51.100.4'),
        aCluster(4).adopted(2, 3),
        aCluster(4).without(2),
        cluster,
        aCluster(4).moved(4, '198.51.100.4'),
        cluster,
      ]
      for (const to of steps) {
        const { all, strange: others } = await strange(() => change(to))
        expect(all, 'notifications').to.be.greaterThan(0)
        expect(others).to.equal(0)
      }
    }))

  it('are those of peers and endpoints of a segment', () =>
    watched(async ({ change, strange }) => {
      const moves: readonly (readonly Endpoint[])[] = [[inLan(2, '10.62.2.9')], [inLan(3, '10.62.2.9'), inLan(2, '10.62.99.7')], []]
      for (const endpoints of moves) {
        const { all, strange: others } = await strange(() => change(aSegment(4, ...endpoints)))
        expect(all, 'notifications').to.be.greaterThan(0)
        expect(others).to.equal(0)
      }
      expect((await strange(() => change(aSegment(2)))).strange).to.equal(0)
    }, aSegment(3)))

  it('of others are seen in a segment, too', () =>
    watched(async ({ host: { ns }, change, strange }) => {
      const endpoint = inLan(2, '10.62.2.9')
      await change(aSegment(3, endpoint))
      const { mac, address } = endpoint
      for (const words of [
        `fdb del ${mac} dev weft-lan master`,
        `fdb add 02:00:00:00:00:77 dev weft-lan master static`,
        `fdb del ${mac} dev weft-lan self`,
        `fdb del 00:00:00:00:00:00 dev weft-lan dst 192.0.2.3`,
        `fdb append 00:00:00:00:00:00 dev weft-lan dst 192.0.2.77`,
      ]) {
        expect((await strange(() => ns.exec('bridge', ...words.split(' ')))).strange, words).to.be.greaterThan(0)
      }
      expect((await strange(() => ns.ip('neigh', 'del', address, 'dev', 'wbr-lan'))).strange).to.be.greaterThan(0)
    }, aSegment(3)))

  it('are not those of others, even where they follow on ours', () =>
    watched(async ({ host: { ns, kernel }, change, strange }) => {
      await change(aCluster(4).moved(4, '198.51.100.4'))
      const { objects } = await kernel.observe()
      const entry = [...objects.values()].find(({ object }) => object.kind === 'fdb' && object.to === '198.51.100.4')?.object as {
        mac: string
      }
      const others: readonly (() => Promise<unknown>)[] = [
        () => ns.exec('bridge', 'fdb', 'replace', entry.mac, 'dev', 'weft-blue', 'dst', '198.51.100.5', 'self', 'permanent'),
        () => ns.exec('bridge', 'fdb', 'del', entry.mac, 'dev', 'weft-blue', 'self'),
        () => ns.ip('neigh', 'replace', '10.61.0.4', 'lladdr', '02:00:00:00:00:01', 'dev', 'weft-blue', 'nud', 'permanent'),
        () => ns.ip('neigh', 'del', '10.61.0.4', 'dev', 'weft-blue'),
        () => ns.ip('route', 'del', '10.61.4.0/24'),
        () => ns.ip('nexthop', 'flush', 'proto', '87'),
      ]
      for (const action of others) expect((await strange(action)).strange).to.be.greaterThan(0)
    }))

  it('are none of a plan with links or of many steps', () =>
    watched(async ({ change, strange }) => {
      const { all, strange: others } = await strange(() => change(aCluster(100)))
      expect([all > 256, others]).to.deep.equal([true, all])
    }))
})
