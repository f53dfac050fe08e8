import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { after, before, describe, it } from 'mocha'
import { parseHostId, parseIp, parseMac, parseNetworkName, seededRandom, type Host, type HostId } from '#core'
import { RecordingLog } from '#core/testkit'
import { acquireSubnet, acquireVtepAddress, draftNetwork } from '#lease'
import { failure, seen } from '#lease/testkit'
import { EtcdStore } from './etcd-store.js'
import { EtcdCluster, makeAuthority, realClock } from './testkit/index.js'

const run = promisify(execFile)
const SCRIPT = fileURLToPath(new URL('../../../deploy/etcd-roles.sh', import.meta.url))

/** deploy/etcd-roles.sh, on a real etcd with authentication, where certificates say who is who. */
describe('permissions of hosts in etcd', function () {
  this.timeout(60_000)
  let directory: string
  let cluster: EtcdCluster
  const stores: EtcdStore[] = []
  const [h1, h2] = [parseHostId('h1'), parseHostId('h2')]
  const file = (name: string): string => join(directory, name)

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'weft-roles-'))
    const authority = await makeAuthority(directory, 'ca')
    for (const name of ['server', 'root', 'h1', 'h2', 'admin']) await authority.issue(name)
    cluster = await EtcdCluster.start({ tls: { cert: file('server.crt'), key: file('server.key'), clientCa: file('ca.crt') } })
    const env = {
      ...process.env,
      ETCDCTL_API: '3',
      ETCDCTL_ENDPOINTS: cluster.only.url,
      ETCDCTL_CACERT: file('ca.crt'),
      ETCDCTL_CERT: file('root.crt'),
      ETCDCTL_KEY: file('root.key'),
    }
    await run(SCRIPT, ['h1'], { env })
    for (const words of [
      ['user', 'add', 'root', '--no-password'],
      ['user', 'grant-role', 'root', 'root'],
      ['auth', 'enable'],
    ]) {
      await run('etcdctl', words, { env })
    }
    // Again, with authentication on: what is there stays, what is new comes.
    await run(SCRIPT, ['h1', 'h2'], { env })
    await run(SCRIPT, ['--operator', 'admin'], { env })
  })
  after(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await cluster?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  /** A store that shows the certificate of a name. */
  async function as(name: string): Promise<EtcdStore> {
    const tls = { caFile: file('ca.crt'), certFile: file(`${name}.crt`), keyFile: file(`${name}.key`) }
    const store = new EtcdStore({ endpoints: cluster.urls, tls, clock: realClock, random: seededRandom(1), log: new RecordingLog() })
    stores.push(store)
    expect(await store.ready(10_000)).to.equal('store')
    return store
  }
  const facts = (id: HostId): Host => ({ id, machineId: id, underlay: parseIp('192.0.2.1'), version: '1' })

  it('let an agent do all its work', async () => {
    const store = await as('h1')
    await store.registerHost(facts(h1))
    store.announce({ host: h1, started: 'then', changed: 'now', version: '1' })
    await seen(store, (view) => view.statuses.has(h1))
    const blue = parseNetworkName('blue')
    await store.createNetwork((view) => draftNetwork({ name: 'blue', pool: '10.61.0.0/16' }, view, { store: [], routes: [] }))
    const by = { store, host: h1, clock: realClock, random: seededRandom(1), log: new RecordingLog() }
    const { subnet, epoch } = await acquireSubnet(by, blue, 4)
    await acquireVtepAddress(by, blue, 4)
    const address = parseIp(subnet.replace(/0\/24$/, '7'))
    const mac = parseMac('02:00:00:00:00:01')
    const outcome = await store.publishEndpoint({ network: blue, address, host: h1, epoch, name: 'web', mac, kind: 'attach' })
    expect(outcome.won).to.equal(true)
    const record = { host: h1, incarnation: 'boot', attempt: 1, witnesses: [h2] }
    expect((await store.registerProof(0, record, [[h2]])).end).to.equal('won')
  })

  it('let it see the others, and write nothing about them', async () => {
    const [one, two] = [await as('h1'), await as('h2')]
    await two.registerHost(facts(h2))
    await seen(one, (view) => view.hosts.has(h2))
    expect((await failure(() => one.registerHost({ ...facts(h2), underlay: parseIp('192.0.2.66') }))).code).to.equal('WEFT_STORE_REFUSED')
    expect((await failure(() => one.forgetHost(h2))).code).to.equal('WEFT_STORE_REFUSED')
    const record = { host: h2, incarnation: 'forged', attempt: 1, witnesses: [h1] }
    expect((await failure(() => one.registerProof(0, record, []))).code).to.equal('WEFT_STORE_REFUSED')
    one.announce({ host: h2, started: 'forged', changed: 'forged', version: '1' })
    const { hosts, statuses, proofs } = await two.caughtUp()
    expect([hosts.get(h2)?.underlay, statuses.has(h2), proofs.has(h2)]).to.deep.equal(['192.0.2.1', false, false])
  })

  it('let an operator forget a host', async () => {
    const store = await as('admin')
    await store.forgetHost(h2)
    await seen(store, (view) => !view.hosts.has(h2))
  })

  it('refuse a name that is none, before anything is changed', async () => {
    const error: unknown = await run(SCRIPT, ['Bad Name'], { env: { ...process.env, ETCDCTL_ENDPOINTS: cluster.only.url } }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).to.include({ code: 2 })
  })
})
