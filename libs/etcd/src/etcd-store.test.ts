import { expect } from 'chai'
import { after, afterEach, before, describe, it } from 'mocha'
import { parseHostId, parseIp, seededRandom, type NetworkName } from '#core'
import { RecordingLog } from '#core/testkit'
import { acquireSubnet, acquireVtepAddress, draftNetwork } from '#lease'
import { describeStoreContract, failure, seen } from '#lease/testkit'
import { EtcdStore } from './etcd-store.js'
import type { EtcdStoreOptions } from './options.js'
import { EtcdCluster, eventually, freePorts, realClock } from './testkit/index.js'

describe('EtcdStore', function () {
  this.timeout(60_000)
  let cluster: EtcdCluster
  let log: RecordingLog
  let round = 0
  const open: EtcdStore[] = []

  before(async () => {
    cluster = await EtcdCluster.start()
  })
  after(() => cluster.stop())
  afterEach(async () => {
    await Promise.all(open.splice(0).map((store) => store.close()))
  })

  /** A store of a prefix of the test's own. */
  const make = (options: Partial<EtcdStoreOptions> = {}): EtcdStore => {
    log = new RecordingLog()
    const prefix = `/test/${round}`
    const store = new EtcdStore({ endpoints: cluster.urls, prefix, clock: realClock, random: seededRandom(round), log, ...options })
    open.push(store)
    return store
  }
  const fresh = async (options: Partial<EtcdStoreOptions> = {}): Promise<EtcdStore> => {
    round++
    const store = make(options)
    await store.ready(10_000)
    return store
  }
  const put = (key: string, value: string | object): Promise<void> =>
    cluster.put(`/test/${round}/${key}`, typeof value === 'string' ? value : JSON.stringify(value))
  const get = async (key: string): Promise<string> => (await cluster.ctl('get', '--print-value-only', `/test/${round}/${key}`)).trimEnd()
  const BLUE = { pool: '10.61.0.0/16', subnetSize: 24, vni: 7001, mode: 'l3', port: 4789, failover: 'adopt', format: 1 }
  const blue = 'blue' as NetworkName
  const LEASE = { host: 'h1', epoch: 5, state: 'held', since: '2026-01-01T00:00:00.000Z' }

  describeStoreContract('EtcdStore', () => {
    round++
    return Promise.resolve({ open: () => Promise.resolve(make()), end: () => Promise.resolve() })
  })

  it('writes values that people can read, on one line', async () => {
    const store = await fresh()
    await store.createNetwork((view) => draftNetwork({ name: 'blue', pool: '10.61.0.0/16' }, view, { store: [], routes: [] }))
    expect(await get('networks/blue/config')).to.equal(JSON.stringify(BLUE))
    await store.registerHost({ id: parseHostId('h1'), machineId: 'a', underlay: parseIp('192.0.2.1'), version: '0.1.0' })
    expect(await get('hosts/h1')).to.equal('{"machineId":"a","underlay":"192.0.2.1","version":"0.1.0","format":1}')
  })

  it('ignores a broken value, says so once, and shows it among the problems until it is mended', async () => {
    const store = await fresh()
    await put('networks/blue/config', BLUE)
    await put('networks/blue/leases/10.61.3.0-24', { ...LEASE, epoch: 'five' })
    await put('networks/blue/leases/10.61.4.0-24', LEASE)
    await seen(store, (view) => view.leases.length === 1)
    expect(store.problems).to.have.length(1)
    expect(store.problems[0]).to.include({
      key: `/test/${round}/networks/blue/leases/10.61.3.0-24`,
      field: 'epoch',
      code: 'WEFT_STORE_VALUE',
    })
    await put('networks/blue/leases/10.61.5.0-24', LEASE)
    await seen(store, (view) => view.leases.length === 2)
    expect(log.lines.filter(({ level }) => level === 'warn')).to.have.length(1)
    await put('networks/blue/leases/10.61.3.0-24', LEASE)
    await seen(store, (view) => view.leases.length === 3)
    expect(store.problems).to.deep.equal([])
  })

  it('keeps the last good value while a hand has broken it', async () => {
    const store = await fresh()
    await put('networks/blue/config', BLUE)
    await put('networks/blue/leases/10.61.4.0-24', LEASE)
    const before = await seen(store, (view) => view.leases.length === 1)
    await put('networks/blue/leases/10.61.4.0-24', '{"host":')
    await put('networks/blue/config', { ...BLUE, pool: '0.0.0.0/0' })
    await eventually(() => store.problems.length === 2)
    expect(store.view.leases).to.equal(before.leases)
    expect(store.view.networks).to.deep.equal(before.networks)
  })

  it('does not show a proof that a hand has broken or written again as the proof that it was', async () => {
    const store = await fresh()
    const proof = { incarnation: 'boot 1', attempt: 1, witnesses: ['h2', 'h3'], at: 'now' }
    await put('proofs/h1', proof)
    await put('proofs/h1/previous', { sets: [['h4'], []] })
    const first = await seen(store, (view) => view.proofs.size === 1 && view.previousProofs.size === 1)
    const [host, before] = [...first.proofs][0] ?? []
    if (!host || !before) throw new Error('there is one')
    expect(before).to.deep.include({ host: 'h1', ...proof })
    expect(first.previousProofs.get(host)?.sets).to.deep.equal([['h4'], []])
    await put('proofs/h1', proof)
    const again = await seen(store, (view) => view.proofs.get(host) !== before)
    expect(again.proofs.get(host)?.epoch).to.be.greaterThan(before.epoch)
    await put('proofs/h1', '{"incarnation":')
    await put('proofs/h1/previous', { sets: [['not a host']] })
    await seen(store, (view) => view.proofs.size === 0 && view.previousProofs.size === 0)
    expect(store.problems).to.have.length(2)
  })

  it('leaves out a lease outside its pool, a network over another, and a key with a spelling of its own', async () => {
    const store = await fresh()
    await put('networks/blue/config', BLUE)
    await put('networks/red/config', { ...BLUE, pool: '10.61.16.0/20', vni: 7002 })
    await put('networks/blue/leases/10.99.4.0-24', LEASE)
    await put('networks/blue/vteps/010.61.0.4', { host: 'h1' })
    await put('hosts/H1', { machineId: 'a', underlay: '192.0.2.1', version: '1' })
    await put('policies/h1', 'for a newer version')
    await eventually(() => store.problems.length === 4)
    expect(store.problems.map(({ code }) => code).toSorted()).to.deep.equal([
      'WEFT_LEASE_OUTSIDE_POOL',
      'WEFT_POOL_OVERLAP',
      'WEFT_STORE_VALUE',
      'WEFT_STORE_VALUE',
    ])
    expect([...store.view.networks.keys()]).to.deep.equal(['blue'])
    expect(store.view.leases).to.deep.equal([])
    await store.caughtUp()
  })

  it('keeps unknown fields when it rewrites a record, and leaves a newer format alone', async () => {
    const store = await fresh()
    await put('networks/blue/config', BLUE)
    await put('networks/blue/leases/10.61.4.0-24', { ...LEASE, colour: 'green', format: 1 })
    await put('networks/blue/leases/10.61.5.0-24', { ...LEASE, format: 2 })
    const { leases } = await seen(store, (view) => view.leases.length === 2)
    const [older, newer] = leases.toSorted((a, b) => a.subnet.localeCompare(b.subnet))
    if (!older || !newer) throw new Error('two leases were seen')
    expect((await store.changeLease(older, { ...older, state: 'released' })).won).to.equal(true)
    expect(JSON.parse(await get('networks/blue/leases/10.61.4.0-24'))).to.deep.equal({
      ...LEASE,
      state: 'released',
      colour: 'green',
      format: 1,
    })
    expect((await failure(() => store.changeLease(newer, { ...newer, state: 'released' }))).code).to.equal('WEFT_STORE_FORMAT')
    expect(JSON.parse(await get('networks/blue/leases/10.61.5.0-24'))).to.have.property('state', 'held')
  })

  it('writes the status key again when a hand deletes it', async () => {
    const store = await fresh()
    const host = parseHostId('h1')
    store.announce({ host, started: 'then', changed: 'now', version: '1' })
    const before = await seen(store, (view) => view.statuses.has(host))
    await cluster.ctl('del', `/test/${round}/status/h1`)
    // The deletion may be over before it is shown; what stands there then is another object.
    await seen(store, (view) => view.statuses.has(host) && view.statuses.get(host) !== before.statuses.get(host))
  })

  it('makes a new session when the old one is revoked', async () => {
    const store = await fresh()
    const host = parseHostId('h1')
    store.announce({ host, started: 'then', changed: 'now', version: '1' })
    const before = await seen(store, (view) => view.statuses.has(host))
    const session = BigInt(/"lease":(\d+)/.exec(await cluster.ctl('get', '-w', 'json', `/test/${round}/status/h1`))?.[1] ?? 0)
    await cluster.ctl('lease', 'revoke', session.toString(16))
    await seen(store, (view) => view.statuses.has(host) && view.statuses.get(host) !== before.statuses.get(host))
  })

  it('gives ten agents that start at once ten subnets and ten VTEP addresses', async () => {
    const first = await fresh()
    await first.createNetwork((view) =>
      draftNetwork({ name: 'blue', pool: '10.61.0.0/20', subnetSize: 24 }, view, { store: [], routes: [] }),
    )
    const hosts = Array.from({ length: 10 }, (_, index) => parseHostId(`h${index}`))
    const got = await Promise.all(
      hosts.map(async (host) => {
        const store = make()
        await store.ready(10_000)
        const by = { store, host, clock: realClock, random: seededRandom(host.length), log }
        return [(await acquireSubnet(by, blue, 4)).subnet, (await acquireVtepAddress(by, blue, 4)).address] as const
      }),
    )
    expect(new Set(got.map(([subnet]) => subnet)).size).to.equal(10)
    expect(new Set(got.map(([, address]) => address)).size).to.equal(10)
    const view = await first.caughtUp()
    expect(view.leases.map(({ host }) => host).toSorted()).to.deep.equal(hosts)
    expect(view.vteps.map(({ host }) => host).toSorted()).to.deep.equal(hosts)
  })

  it('says who does not answer, and that it may be asked again', async () => {
    const [port] = await freePorts(1)
    const store = make({ endpoints: [`http://127.0.0.1:${port}`] })
    const error = await failure(() => store.ready(300))
    expect(error.code).to.equal('WEFT_STORE_UNREACHABLE')
    expect(error.message).to.match(/ECONNREFUSED/)
    expect(error.hint).to.be.a('string')
    expect(store.health.state).to.equal('starting')
    expect(store.health.members[0]).to.include({ healthy: false, watching: false })
  })

  it('refuses endpoints that cannot work', async () => {
    const codeOf = (endpoints: string[]): Promise<string> =>
      failure(() => Promise.resolve().then(() => make({ endpoints }))).then(({ code }) => code)
    expect(await codeOf([])).to.equal('WEFT_NO_STORE')
    expect(await codeOf(['10.0.0.1:2379'])).to.equal('WEFT_CONFIG_VALUE')
    expect(await codeOf(['http://10.0.0.1:2379', 'https://10.0.0.2:2379'])).to.equal('WEFT_CONFIG_VALUE')
  })
})
