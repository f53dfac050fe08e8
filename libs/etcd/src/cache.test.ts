import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { parseHostId, parseNetworkName, seededRandom, type ClusterView } from '#core'
import { RecordingLog } from '#core/testkit'
import { acquireSubnet, type Acquirer } from '#lease'
import { failure, seen } from '#lease/testkit'
import { EtcdStore } from './etcd-store.js'
import { EtcdCluster, Scribe, eventually, realClock } from './testkit/index.js'

/** What an agent knows of the cluster while etcd is out of reach, from its very start. */
describe('a store that starts without etcd', function () {
  this.timeout(60_000)
  const blue = parseNetworkName('blue')
  const host = parseHostId('h1')
  let directory: string
  let cluster: EtcdCluster
  let scribe: Scribe
  let log: RecordingLog
  const open: EtcdStore[] = []

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weft-state-'))
    cluster = await EtcdCluster.start()
    scribe = new Scribe(cluster, '/weft/v1')
    await scribe.network()
    await scribe.write(0, 10)
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()))
    scribe.close()
    await cluster.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  const make = (): EtcdStore => {
    log = new RecordingLog()
    const cacheFile = join(directory, 'store.json')
    const store = new EtcdStore({ endpoints: cluster.urls, cacheFile, clock: realClock, random: seededRandom(1), log })
    open.push(store)
    return store
  }
  const by = (store: EtcdStore): Acquirer => ({ store, host, clock: realClock, random: seededRandom(1), log })

  it('shows the last view, keeps its lease, and takes up the difference when etcd is back', async () => {
    const first = make()
    expect(await first.ready(10_000)).to.equal('store')
    const lease = await acquireSubnet(by(first), blue, 4)
    first.announce({ host, started: 'then', changed: 'now', version: '1' })
    await seen(first, (view) => view.statuses.has(host))
    await scribe.expectSame(first)
    const last = first.view
    await first.close()
    await cluster.only.kill()

    const second = make()
    expect(await second.ready(10_000)).to.equal('cache')
    expect(second.health).to.include({ state: 'starting', source: 'cache' })
    expect(second.health.cacheSavedAt).to.match(/^20/)
    expect(second.view.endpoints).to.deep.equal(last.endpoints)
    expect(second.view.statuses.size, 'a status says who is there now').to.equal(0)
    expect(await acquireSubnet(by(second), blue, 4)).to.deep.equal(lease)
    const views: ClusterView[] = []
    second.onChange((view) => views.push(view))
    const cached = second.view

    cluster.only.start()
    await cluster.healthy()
    await scribe.write(20, 1)
    await scribe.expectSame(second)
    expect(second.health).to.include({ state: 'connected', source: 'store' })
    expect(views.length, 'nothing comes and goes').to.be.lessThan(5)
    for (const view of views) expect(view.leases).to.equal(cached.leases)
    expect(second.view.endpoints).to.include(cached.endpoints[0])
  })

  it('has nothing to show without a copy, and shows the store as soon as that is there', async () => {
    await cluster.only.kill()
    const store = make()
    expect((await failure(() => store.ready(200))).code).to.equal('WEFT_STORE_UNREACHABLE')
    expect(store.view.revision).to.equal(0)
    cluster.only.start()
    expect(await store.ready(30_000)).to.equal('store')
    await scribe.expectSame(store)
  })

  it('notices that etcd is another one, over a restart', async () => {
    const first = make()
    await first.ready(10_000)
    await scribe.expectSame(first)
    await first.close()
    await cluster.only.kill()
    await cluster.only.wipe()
    const second = make()
    expect(await second.ready(10_000)).to.equal('cache')
    await eventually(() => second.health.alarms.length > 0)
    expect(second.view.endpoints).to.have.length(10)
    expect(second.health.source).to.equal('cache')
    second.acceptRestore()
    await seen(second, (view) => view.endpoints.length === 0)
  })
})
