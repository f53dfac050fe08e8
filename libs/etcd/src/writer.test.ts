import { expect } from 'chai'
import { after, afterEach, before, beforeEach, describe, it } from 'mocha'
import { parseHostId, parseIp, parseMac, parseNetworkName, parsePrefix, seededRandom, type Endpoint, type SubnetLease } from '#core'
import { RecordingLog } from '#core/testkit'
import { draftNetwork } from '#lease'
import { Keys } from './keys.js'
import { Kv } from './kv.js'
import { Members } from './members.js'
import { Mirror } from './mirror.js'
import { EtcdCluster, realClock } from './testkit/index.js'
import { Writer } from './writer.js'

/** Writes of agents whose copy of etcd is old: etcd itself has to notice. */
describe('writes with a copy that lags', function () {
  this.timeout(30_000)
  const blue = parseNetworkName('blue')
  const lease: SubnetLease = {
    network: blue,
    subnet: parsePrefix('10.61.7.0/24'),
    host: parseHostId('h1'),
    epoch: 9,
    since: 'then',
    state: 'held',
  }
  const endpoint: Endpoint = {
    network: blue,
    address: parseIp('10.61.7.2'),
    host: lease.host,
    epoch: lease.epoch,
    name: 'web',
    mac: parseMac('02:00:00:00:00:01'),
    kind: 'attach',
  }
  let cluster: EtcdCluster
  let members: Members
  let round = 0

  before(async () => {
    cluster = await EtcdCluster.start()
  })
  after(() => cluster.stop())
  beforeEach(() => {
    round++
    members = new Members({ endpoints: cluster.urls, clock: realClock, random: seededRandom(1), log: new RecordingLog() })
  })
  afterEach(() => members.close())

  /** An agent that looks at etcd only when it is told to. */
  const agent = () => {
    const keys = new Keys(`/test/${round}`)
    const kv = new Kv(members)
    const mirror = new Mirror(keys, new RecordingLog())
    let revision = 0
    const look = async (): Promise<void> => {
      const listing = await kv.list(keys.root)
      revision = listing.revision
      mirror.replace(listing.entries, revision)
    }
    const stale = (): Promise<{ view: ReturnType<Mirror['view']>; revision: number }> => Promise.resolve({ view: mirror.view(), revision })
    const shown = (): Promise<void> => Promise.resolve()
    const writer = new Writer({ kv, keys, mirror, shown, caughtUp: stale, clock: realClock, random: seededRandom(1) })
    return { look, writer, view: () => mirror.view() }
  }
  type Agent = ReturnType<typeof agent>
  const makeNetwork = ({ writer }: Agent, name = 'blue', pool = '10.61.0.0/16') =>
    writer.createNetwork((view) => draftNetwork({ name, pool }, view, { store: [], routes: [] }))
  const truth = async () => {
    const fresh = agent()
    await fresh.look()
    return fresh.view()
  }

  /** Two agents; `late` has seen the network, and nothing since. */
  const start = async (): Promise<[Agent, Agent]> => {
    const [early, late] = [agent(), agent()]
    await early.look()
    await makeNetwork(early)
    await early.look()
    await late.look()
    return [early, late]
  }

  it('claim nothing in a network that was deleted', async () => {
    const [early, late] = await start()
    await early.writer.deleteNetwork(blue, false)
    expect(await late.writer.changeLease(undefined, lease)).to.deep.equal({ won: false, current: undefined })
    expect((await late.writer.claimVtep({ network: blue, address: parseIp('10.61.0.7'), host: lease.host })).won).to.equal(false)
    expect(await truth()).to.deep.include({ leases: [], vteps: [] })
  })

  it('claim nothing in a network that was deleted and made anew', async () => {
    const [early, late] = await start()
    await early.writer.deleteNetwork(blue, false)
    await early.look()
    await makeNetwork(early)
    expect((await late.writer.changeLease(undefined, lease)).won).to.equal(false)
    expect((await truth()).leases).to.deep.equal([])
  })

  it('take no subnet and no address that another has, and learn who has it', async () => {
    const [early, late] = await start()
    await early.writer.changeLease(undefined, lease)
    const other = { ...lease, host: parseHostId('h2') }
    expect(await late.writer.changeLease(undefined, other)).to.deep.equal({ won: false, current: lease })
    const claim = { network: blue, address: parseIp('10.61.0.7'), host: lease.host }
    await early.writer.claimVtep(claim)
    expect(await late.writer.claimVtep({ ...claim, host: other.host })).to.deep.equal({ won: false, current: claim })
  })

  it('publish no endpoint under a lease that has moved', async () => {
    const [early, late] = await start()
    await early.writer.changeLease(undefined, lease)
    await early.look()
    await late.look()
    await early.writer.changeLease(lease, { ...lease, host: parseHostId('h2'), epoch: 10 })
    expect((await late.writer.publishEndpoint(endpoint)).won).to.equal(false)
    expect((await truth()).endpoints).to.deep.equal([])
  })

  it('delete no network in which something was attached meanwhile', async () => {
    const [early, late] = await start()
    await early.writer.changeLease(undefined, lease)
    await early.look()
    await early.writer.publishEndpoint(endpoint)
    const attempt = await late.writer.deleteNetwork(blue, false).catch((error: unknown) => error)
    expect(attempt).to.have.property('code', 'WEFT_STORE_CONFLICT')
    expect((await truth()).endpoints).to.have.length(1)
  })

  it('make no network that clashes with one made meanwhile', async () => {
    const [early, late] = await start()
    await makeNetwork(early, 'red', '10.62.0.0/16')
    const attempt = await makeNetwork(late, 'green', '10.62.128.0/17').catch((error: unknown) => error)
    expect(attempt).to.have.property('code', 'WEFT_STORE_CONFLICT')
    expect([...(await truth()).networks.keys()]).to.deep.equal(['blue', 'red'])
  })
})
