import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { parseHostId, parseIp } from '#core'
import { failure, seen } from '#lease/testkit'
import type { EtcdStore } from './etcd-store.js'
import { FaultRig, eventually } from './testkit/index.js'

/** What may happen to etcd (PROTOCOL.md C), and that nobody notices beyond a line in the log. */
describe('a store whose etcd fails', function () {
  this.timeout(90_000)
  let rig: FaultRig

  beforeEach(() => {
    rig = new FaultRig()
  })
  afterEach(() => rig.end())

  const warnings = (): string[] => rig.log.lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ message }) => message)
  const outage = (store: EtcdStore): Promise<unknown> => eventually(() => store.health.state === 'outage')

  it('goes on when etcd is killed and comes back; one line in the log for each', async () => {
    await rig.startCluster()
    const store = await rig.openStore()
    const view = store.view
    await rig.cluster.only.kill()
    await outage(store)
    expect(store.view).to.equal(view)
    await eventually(() => rig.log.lines.length > 0)
    expect(store.health.outage?.reason).to.be.a('string')
    rig.cluster.only.start()
    await rig.cluster.healthy()
    await rig.scribe.expectFlow(store)
    await rig.scribe.expectSame(store)
    expect(store.health).to.include({ state: 'connected', outage: undefined })
    expect(warnings()).to.deep.equal(['etcd is out of reach; everything goes on with what is known'])
    expect(rig.log.lines.filter(({ message }) => message === 'etcd is back')).to.have.length(1)
  })

  it('goes on when etcd is frozen for a while', async () => {
    await rig.startCluster()
    const store = await rig.openStore()
    await rig.cluster.only.freeze()
    expect((await failure(() => store.caughtUp())).code).to.equal('WEFT_STORE_UNREACHABLE')
    rig.cluster.only.thaw()
    await rig.scribe.expectFlow(store)
    await rig.scribe.expectSame(store)
  })

  it('leaves a connection that swallows everything, and returns when it is open again', async () => {
    await rig.startCluster()
    const proxy = await rig.startProxy()
    const store = await rig.openStore({ endpoints: [proxy.url] })
    proxy.freeze()
    await outage(store)
    await rig.scribe.write(10, 20)
    proxy.pass()
    await rig.scribe.expectFlow(store)
    await rig.scribe.expectSame(store)
  })

  it('makes a new connection when the old one leads nowhere any more', async () => {
    await rig.startCluster()
    const proxy = await rig.startProxy()
    const store = await rig.openStore({ endpoints: [proxy.url] })
    await eventually(() => store.health.state === 'connected')
    proxy.strand()
    await outage(store)
    await rig.scribe.expectFlow(store)
    await rig.scribe.expectSame(store)
  })

  it('moves from a frozen member to another', async () => {
    await rig.startCluster({ size: 3 })
    const store = await rig.openStore()
    const watched = await eventually(() => store.health.members.find(({ watching }) => watching)?.url ?? false)
    const member = rig.cluster.members.find(({ url }) => url === watched)
    if (!member) throw new Error('the watched member is one of the cluster')
    await member.freeze()
    await rig.scribe.write(10, 20)
    await eventually(() => store.health.members.some(({ url, watching }) => watching && url !== watched))
    await rig.scribe.expectFlow(store)
    await rig.scribe.expectSame(store)
    const host = { id: parseHostId('h1'), machineId: 'a', underlay: parseIp('192.0.2.1'), version: '1' }
    await store.registerHost(host)
    member.thaw()
  })

  it('waits out a lost quorum', async () => {
    await rig.startCluster({ size: 3 })
    // On the member that survives: it must not act as if all were well.
    const store = await rig.openStore({ endpoints: [rig.cluster.only.url] })
    await eventually(() => store.health.members[0]?.watching ?? false)
    const [, second, third] = rig.cluster.members
    await second?.kill()
    await third?.kill()
    await outage(store)
    expect((await failure(() => store.caughtUp())).code).to.equal('WEFT_STORE_UNREACHABLE')
    second?.start()
    third?.start()
    await rig.cluster.healthy()
    await rig.scribe.expectFlow(store)
    await rig.scribe.expectSame(store)
  })

  it('lists again what was compacted while it was away, and shows what went as gone', async () => {
    await rig.startCluster()
    const proxy = await rig.startProxy()
    const store = await rig.openStore({ endpoints: [proxy.url] })
    const before = store.view
    proxy.cut()
    await outage(store)
    await rig.scribe.remove(0, 5)
    await rig.scribe.write(5, 2, 'renamed')
    await rig.scribe.write(10, 20)
    await rig.scribe.compact()
    proxy.pass()
    await rig.scribe.expectSame(store)
    await rig.scribe.expectFlow(store)
    const kept = store.view.endpoints.filter(({ address }) => address === '10.40.0.8')
    expect(kept).to.have.length(1)
    expect(before.endpoints).to.include(kept[0])
  })

  it('sees 5,001 of 5,001 events when the stream breaks again and again while it catches up', async () => {
    await rig.startCluster()
    const proxy = await rig.startProxy()
    const store = await rig.openStore({ endpoints: [proxy.url] })
    proxy.cut()
    await rig.scribe.write(10, 5001)
    // Each connection gives up a little later, at places that have nothing to do with messages: in the handshake, at `created`,
    // within a batch of events, after it.
    let bytes = 60
    proxy.pass()
    for (; bytes < 2_000_000; bytes = Math.ceil(bytes * 1.6)) {
      proxy.truncateAnswers(bytes)
      proxy.reset()
      const cuts = proxy.truncated
      await eventually(() => proxy.truncated > cuts || store.view.endpoints.length === 5011)
    }
    proxy.pass()
    await rig.scribe.expectSame(store)
    await rig.scribe.expectFlow(store)
  })

  it('answers writes whose answers were lost, without doing anything twice', async () => {
    await rig.startCluster()
    const proxy = await rig.startProxy()
    const store = await rig.openStore({ endpoints: [proxy.url] })
    const id = parseHostId('h1')
    for (let round = 0; round < 40; round++) {
      // Requests pass; the answers are cut somewhere, on two connections in a row.
      proxy.truncateAnswers(round * 20, 2)
      proxy.reset()
      const underlay = parseIp(`192.0.2.${round}`)
      await store.registerHost({ id, machineId: 'a', underlay, version: '1' })
      await seen(store, (view) => view.hosts.get(id)?.underlay === underlay)
    }
    expect(proxy.truncated).to.be.greaterThan(40)
  })

  it('keeps the view and writes nothing when etcd was restored from a backup, until that is accepted', async () => {
    await rig.startCluster()
    const store = await rig.openStore()
    const snapshot = `${rig.cluster.only.dataDirectory}.snapshot`
    await rig.cluster.ctl('snapshot', 'save', snapshot)
    await rig.scribe.write(10, 20)
    await rig.scribe.expectSame(store)
    const view = store.view
    await rig.cluster.only.restore(snapshot)
    await rig.cluster.healthy()
    await eventually(() => store.health.alarms.length > 0)
    expect(store.health.alarms[0]).to.be.oneOf(['revision-regress', 'cluster-changed'])
    expect(store.view).to.equal(view)
    const host = { id: parseHostId('h1'), machineId: 'a', underlay: parseIp('192.0.2.1'), version: '1' }
    expect((await failure(() => store.registerHost(host))).code).to.equal('WEFT_STORE_RESTORED')
    store.acceptRestore()
    await rig.scribe.expectSame(store)
    await store.registerHost(host)
    expect(store.health.alarms).to.deep.equal([])
    await rig.scribe.expectFlow(store)
  })

  it('says that etcd is full, goes on reading, and writes again afterwards', async () => {
    await rig.startCluster({ flags: ['--quota-backend-bytes=4000000'] })
    const store = await rig.openStore()
    const host = { id: parseHostId('h1'), machineId: 'a', underlay: parseIp('192.0.2.1'), version: '1' }
    await store.registerHost(host)
    for (let filled = 0; filled < 8; filled++) await rig.cluster.put('/filler', 'x'.repeat(100_000)).catch(() => undefined)
    await eventually(async () => {
      await rig.cluster.put('/filler', 'x'.repeat(100_000)).catch(() => undefined)
      return (await rig.cluster.ctl('alarm', 'list')).includes('NOSPACE')
    }, 30_000)
    const error = await failure(() => store.registerHost({ ...host, version: '2' }))
    expect(error.code).to.equal('WEFT_STORE_REFUSED')
    expect(error.hint).to.include('compact')
    expect(store.health.alarms).to.deep.equal(['no-space'])
    await store.caughtUp()
    await rig.cluster.ctl('del', '/filler')
    await rig.scribe.compact()
    await rig.cluster.ctl('defrag')
    await rig.cluster.ctl('alarm', 'disarm')
    await store.registerHost({ ...host, version: '2' })
    await rig.scribe.expectFlow(store)
    await eventually(() => store.health.alarms.length === 0, 30_000)
  })
})
