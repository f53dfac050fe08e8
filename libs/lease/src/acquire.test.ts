import { expect } from 'chai'
import fc from 'fast-check'
import { describe, it } from 'mocha'
import {
  isLeasable,
  isVtepAddress,
  parseHostId,
  parseIp,
  parsePrefix,
  seededRandom,
  type Clock,
  type HostId,
  type Layer,
  type NetworkName,
  type Prefix,
} from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import { acquireSubnet, acquireVtepAddress, releaseSubnet, type Acquirer } from './acquire.js'
import { draftNetwork } from './network-rules.js'
import type { Store } from './store.js'
import { MemoryCluster, failure } from './testkit/index.js'

const BLUE = 'blue' as NetworkName

/** Time that passes by itself, so that a back-off never holds a test up. */
class HastyClock extends ManualClock {
  override after(delay: number, action: () => void): ReturnType<Clock['after']> {
    const timer = super.after(delay, action)
    void Promise.resolve().then(() => this.advance(delay))
    return timer
  }
}

const acquirer = (store: Store, host: HostId | string, seed = 1): Acquirer => ({
  store,
  host: parseHostId(host),
  clock: new HastyClock(),
  random: seededRandom(seed),
  log: new RecordingLog(),
})

const clusterWith = (pool: string, subnetSize: number, turn?: (what: string) => Promise<void>): MemoryCluster => {
  const cluster = new MemoryCluster(turn)
  cluster.createNetwork((view) => draftNetwork({ name: 'blue', pool, subnetSize }, view, { store: [], routes: [] }))
  return cluster
}

describe('acquiring a subnet', () => {
  describe('where none is left', () => {
    /** Two hosts have the network's only two subnets, as of an hour of the cluster; a third one is at hour 100. */
    async function full(hours: Readonly<Record<'h1' | 'h2', number>>) {
      const cluster = clusterWith('10.61.0.0/22', 24)
      const host = (id: string, hour: number) => ({
        id: parseHostId(id),
        machineId: id,
        underlay: parseIp('192.0.2.1'),
        version: '0',
        hour,
      })
      for (const [id, hour] of Object.entries({ ...hours, h3: 100, h4: 100 })) {
        cluster.registerHost(host(id, hour), false)
        if (id === 'h4') continue
        await acquireSubnet(acquirer(cluster.store(), id), BLUE, 4)
        await acquireVtepAddress(acquirer(cluster.store(), id), BLUE, 4)
      }
      const log = new RecordingLog()
      const by = (answers: string[] = []): Acquirer => ({
        ...acquirer(cluster.store(), 'h4'),
        log,
        grace: { hours: 24, answers: (id) => answers.includes(id) },
      })
      const held = (): string[] =>
        cluster.view.leases.filter(({ state }) => state === 'held').map((lease) => `${lease.host} ${lease.subnet}`)
      return { cluster, by, log, held, host }
    }

    it('takes that of the host that has been gone for longest, with a new epoch, and says so', async () => {
      const { cluster, by, log, held } = await full({ h1: 60, h2: 50 })
      const before = cluster.view.leases.find((lease) => lease.host === 'h2')
      const taken = await acquireSubnet(by(), BLUE, 4)
      expect([taken.subnet, taken.host]).to.deep.equal([before?.subnet, 'h4'])
      expect(taken.epoch).to.be.greaterThan(before?.epoch ?? Infinity)
      expect([...cluster.view.hosts.keys()]).to.deep.equal(['h1', 'h3', 'h4'])
      expect(held().map((line) => line.slice(0, 2))).to.have.members(['h1', 'h3', 'h4'])
      expect(log.lines.map(({ fields }) => [fields?.['host'], fields?.['hours']])).to.deep.equal([['h2', 50]])
      await acquireVtepAddress(by(), BLUE, 4)
      expect([...cluster.view.hosts.keys()], 'no other one has to go').to.deep.equal(['h1', 'h3', 'h4'])
    })

    it('takes nothing within the grace period, from a host that answers, or without a rule', async () => {
      const { cluster, by, held } = await full({ h1: 90, h2: 50 })
      const before = held()
      expect((await failure(() => acquireSubnet(by(['h2']), BLUE, 4))).code).to.equal('WEFT_POOL_EXHAUSTED')
      expect((await failure(() => acquireSubnet(acquirer(cluster.store(), 'h4'), BLUE, 4))).code).to.equal('WEFT_POOL_EXHAUSTED')
      expect(held()).to.deep.equal(before)
    })

    it('is overtaken by the host’s return', async () => {
      const { cluster, by, held, host } = await full({ h1: 90, h2: 50 })
      const before = held()
      const taker = by()
      const { forgetHost } = taker.store
      taker.store.forgetHost = (id, options) => {
        cluster.registerHost(host('h2', 100), false)
        return forgetHost.call(taker.store, id, options)
      }
      expect((await failure(() => acquireSubnet(taker, BLUE, 4))).code).to.equal('WEFT_POOL_EXHAUSTED')
      expect(held()).to.deep.equal(before)
      // It has its subnet as before.
      expect((await acquireSubnet(acquirer(cluster.store(), 'h2'), BLUE, 4)).host).to.equal('h2')
    })
  })

  it('claims one, and gets the same one after a restart, also from the copy on disk', async () => {
    const cluster = clusterWith('10.61.0.0/16', 24)
    const first = await acquireSubnet(acquirer(cluster.store(), 'h1'), BLUE, 4)
    expect(first).to.include({ host: 'h1', state: 'held', network: 'blue' })
    expect(await acquireSubnet(acquirer(cluster.store(), 'h1'), BLUE, 4)).to.equal(first)
    cluster.outage = true
    expect(await acquireSubnet(acquirer(cluster.store('cache'), 'h1'), BLUE, 4)).to.equal(first)
  })

  it('raises the epoch with the owner and with nothing else', async () => {
    const cluster = clusterWith('10.61.0.0/23', 24)
    const [one, two] = [acquirer(cluster.store(), 'h1'), acquirer(cluster.store(), 'h2')]
    const first = await acquireSubnet(one, BLUE, 4)
    await releaseSubnet(one, first)
    const back = await acquireSubnet(one, BLUE, 4)
    expect(back.epoch).to.equal(first.epoch)
    await releaseSubnet(one, back)
    await releaseSubnet(one, back)
    const other = await acquireSubnet(two, BLUE, 4)
    expect(other.subnet).to.equal(first.subnet)
    expect(other.epoch).to.be.greaterThan(first.epoch)
    await releaseSubnet(one, back)
    expect(cluster.view.leases).to.deep.equal([other])
    expect((await failure(() => acquireSubnet(one, BLUE, 4))).code).to.equal('WEFT_POOL_EXHAUSTED')
  })

  it('follows a hint', async () => {
    const cluster = clusterWith('10.61.0.0/16', 24)
    const hint = parsePrefix('10.61.99.0/24')
    expect((await acquireSubnet(acquirer(cluster.store(), 'h1'), BLUE, 4, hint)).subnet).to.equal(hint)
    expect((await acquireSubnet(acquirer(cluster.store(), 'h2'), BLUE, 4, hint)).subnet).not.to.equal(hint)
  })

  it('says that a network is unknown, and that the store is out of reach', async () => {
    const cluster = new MemoryCluster()
    const by = acquirer(cluster.store(), 'h1')
    expect((await failure(() => acquireSubnet(by, BLUE, 4))).code).to.equal('WEFT_NETWORK_UNKNOWN')
    cluster.outage = true
    expect((await failure(() => acquireSubnet(by, BLUE, 4))).code).to.equal('WEFT_STORE_UNREACHABLE')
  })

  it('gives ten agents that start at once ten subnets and VTEP addresses, whoever comes first at each step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer(), async (scheduler, seed) => {
        // 16 subnets, one of them reserved: enough room for every host, and much for collisions.
        const cluster = clusterWith('10.61.0.0/20', 24, (what) => scheduler.schedule(Promise.resolve(), what))
        const network = cluster.view.networks.get(BLUE)
        if (!network) throw new Error('the network was made')
        const work = Array.from({ length: 10 }, async (_, index) => {
          const by = acquirer(cluster.store(), `h${index}`, seed + index)
          // All remember the same subnet, as clones of one machine image would.
          const lease = await acquireSubnet(by, BLUE, 4, parsePrefix('10.61.3.0/24'))
          const claim = await acquireVtepAddress(by, BLUE, 4)
          return { lease, claim }
        })
        const got = await scheduler.waitFor(Promise.all(work))
        const subnets = new Set<Prefix>(got.map(({ lease }) => lease.subnet))
        expect(subnets.size).to.equal(10)
        expect(new Set(got.map(({ claim }) => claim.address)).size).to.equal(10)
        for (const { lease, claim } of got) {
          expect(isLeasable(network as Layer, lease.subnet)).to.equal(true)
          expect(isVtepAddress(network as Layer, claim.address)).to.equal(true)
          expect(cluster.view.leases).to.include(lease)
        }
        expect(new Set(cluster.view.leases.map(({ epoch }) => epoch)).size, 'epochs of different claims').to.be.greaterThan(1)
      }),
      { numRuns: 60 },
    )
  }).timeout(60_000)
})
