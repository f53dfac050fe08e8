import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { afterEach, beforeEach, describe, it } from 'mocha'
import { parseHostId, parseIp, seededRandom } from '#core'
import { RecordingLog } from '#core/testkit'
import { failure, seen } from '#lease/testkit'
import { EtcdStore } from './etcd-store.js'
import type { EtcdStoreOptions } from './options.js'
import { EtcdCluster, eventually, makeAuthority, realClock } from './testkit/index.js'

/** How an agent shows who it is: user and password, certificates. */
describe('access to etcd', function () {
  this.timeout(60_000)
  let cluster: EtcdCluster
  let log: RecordingLog
  let endings: (() => Promise<unknown> | void)[]

  beforeEach(() => {
    endings = []
    log = new RecordingLog()
  })
  afterEach(async () => {
    for (const end of endings.toReversed()) await end()
  })

  const open = (options: Partial<EtcdStoreOptions> = {}): EtcdStore => {
    const store = new EtcdStore({ endpoints: cluster.urls, clock: realClock, random: seededRandom(1), log, ...options })
    endings.push(() => store.close())
    return store
  }
  const announce = async (store: EtcdStore): Promise<void> => {
    const host = parseHostId('h1')
    store.announce({ host, started: 'then', changed: 'now', version: '1' })
    await seen(store, (view) => view.statuses.has(host))
  }

  describe('with user and password', () => {
    const user = { name: 'weft', password: 'correct horse' }

    beforeEach(async () => {
      cluster = await EtcdCluster.start({ flags: ['--auth-token-ttl=2'] })
      endings.push(() => cluster.stop())
      await cluster.ctl('user', 'add', 'root:rootpw')
      await cluster.ctl('user', 'grant-role', 'root', 'root')
      await cluster.ctl('role', 'add', 'weft')
      await cluster.ctl('role', 'grant-permission', 'weft', '--prefix=true', 'readwrite', '/weft/v1/')
      await cluster.ctl('user', 'add', 'weft:correct horse')
      await cluster.ctl('user', 'grant-role', 'weft', 'weft')
      await cluster.ctl('auth', 'enable')
    })

    it('works with a role for the prefix alone', async () => {
      const store = open({ user })
      expect(await store.ready(10_000)).to.equal('store')
      await announce(store)
      await store.caughtUp()
    })

    it('gets new tokens when the old ones run out', async () => {
      const store = open({ user })
      await store.ready(10_000)
      await announce(store)
      const host = { id: parseHostId('h1'), machineId: 'a', underlay: parseIp('192.0.2.1') }
      await store.registerHost({ ...host, version: '1' })
      // Longer than the tokens live; they live on while they are used, so nothing may use them meanwhile.
      const start = performance.now()
      await eventually(() => performance.now() - start > 3500)
      await store.registerHost({ ...host, version: '2' })
      await seen(store, (view) => view.hosts.get(host.id)?.version === '2')
    })

    it('gets a new token by itself when etcd has forgotten all', async () => {
      const store = open({ user })
      await store.ready(10_000)
      await cluster.only.kill()
      await eventually(() => store.health.state === 'outage')
      cluster.only.start()
      await eventually(() => store.health.state === 'connected', 30_000)
      const host = { id: parseHostId('h1'), machineId: 'a', underlay: parseIp('192.0.2.1'), version: '2' }
      await store.registerHost(host)
      await seen(store, (view) => view.hosts.get(host.id)?.version === '2')
    })

    it('says what is wrong with a wrong password, and logs none', async () => {
      const store = open({ user: { name: 'weft', password: 'wrong horse' } })
      const error = await failure(() => store.caughtUp())
      expect(error.code).to.equal('WEFT_STORE_REFUSED')
      expect(error.message).to.include("user 'weft'").and.include('authentication failed')
      expect((await failure(() => store.ready(100))).message).to.include('authentication failed')
      expect(JSON.stringify([log.lines, store.health, error])).not.to.include('horse')
    })

    it('says so when no user is given', async () => {
      const error = await failure(() => open().caughtUp())
      expect(error.code).to.equal('WEFT_STORE_REFUSED')
      expect(error.message).to.include('user name is empty')
    })
  })

  describe('with certificates', () => {
    let directory: string
    let file: (name: string) => string

    beforeEach(async () => {
      directory = mkdtempSync(join(tmpdir(), 'weft-tls-'))
      endings.push(() => rmSync(directory, { recursive: true, force: true }))
      file = (name) => join(directory, name)
      const authority = await makeAuthority(directory, 'ca')
      await authority.issue('server')
      await authority.issue('agent')
      cluster = await EtcdCluster.start({ tls: { cert: file('server.crt'), key: file('server.key'), clientCa: file('ca.crt') } })
      endings.push(() => cluster.stop())
    })

    const tls = () => ({ caFile: file('ca.crt'), certFile: file('agent.crt'), keyFile: file('agent.key') })

    it('works when both sides know each other', async () => {
      const store = open({ tls: tls() })
      expect(await store.ready(10_000)).to.equal('store')
      await announce(store)
    })

    it('does not work without a certificate of its own, nor with an unknown authority', async () => {
      const stranger = open({ tls: { caFile: file('ca.crt') } })
      await eventually(() => stranger.health.members[0]?.error !== undefined)
      expect((await failure(() => stranger.ready(100))).code).to.equal('WEFT_STORE_UNREACHABLE')
      await makeAuthority(directory, 'other')
      const misled = open({ tls: { ...tls(), caFile: file('other.crt') } })
      await eventually(() => /certificate/.test(misled.health.members[0]?.error ?? ''))
      expect((await failure(() => misled.ready(100))).message).to.match(/certificate/)
    })

    it('takes renewed files for new connections', async () => {
      const store = open({ tls: tls() })
      await store.ready(10_000)
      // Everything is replaced: the authority, etcd's certificate, the agent's.
      const renewed = mkdtempSync(join(directory, 'renewed-'))
      const authority = await makeAuthority(renewed, 'ca')
      await authority.issue('server')
      await authority.issue('agent')
      await cluster.only.kill()
      for (const name of ['ca.crt', 'server.crt', 'server.key', 'agent.crt', 'agent.key']) copyFileSync(join(renewed, name), file(name))
      cluster.only.start()
      await eventually(() => store.caughtUp(), 30_000)
      await eventually(() => store.health.state === 'connected')
      await announce(store)
    })

    it('names a file that cannot be read', async () => {
      const error = await failure(async () => open({ tls: { ...tls(), keyFile: file('absent.key') } }))
      expect(error.code).to.equal('WEFT_CONFIG_VALUE')
      expect(error.message).to.include('absent.key')
    })
  })
})
