import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  callAgent,
  PATHS,
  type AgentStatus,
  type EndpointView,
  type EventView,
  type HostView,
  type LeaseView,
  type NetworkView,
  type PathView,
  type PlanView,
} from '#api'
import type { CniService } from '../cni/cni-service.js'
import { cniRoutes } from '../cni/cni-routes.js'
import { TestAgent } from '../testkit/test-agent.js'
import { routes, type ApiParts } from './routes.js'

/** The API over its real socket, on an agent whose store and kernel are in memory. */
describe('API of the agent', () => {
  let agent: TestAgent
  beforeEach(async () => {
    agent = new TestAgent()
    await agent.start()
    agent.namespaces.set('/run/netns/web', '4:web')
  })
  afterEach(() => agent.close())

  /** Asks, while the agent's clock goes on. */
  async function call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const answer = callAgent<T>({ socket: join(agent.directory, 'weft.sock'), timeout: 30_000 }, method, path, body)
    const done = answer.then(
      () => true,
      () => true,
    )
    // The answer comes through a socket, which the agent's clock knows nothing of.
    while (!(await Promise.race([done, agent.pass(1).then(() => false)])));
    return answer
  }
  const refusal = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> =>
    call(method, path, body).catch((thrown: unknown) => thrown)
  const blue = (): Promise<NetworkView> => call<NetworkView>('POST', PATHS.networks, { name: 'blue', pool: '10.61.0.0/16' })

  it('makes, lists and removes networks', async () => {
    const made = await blue()
    expect(made).to.deep.include({ name: 'blue', pool: '10.61.0.0/16', vni: 7001, subnetSize: 24 })
    await agent.idle()
    expect(await call<NetworkView[]>('GET', PATHS.networks)).to.deep.equal([{ ...made, leased: 1 }])
    expect(await call('DELETE', PATHS.network('blue'))).to.deep.equal({ removed: 'blue' })
    await agent.idle()
    expect(await call('GET', PATHS.networks)).to.deep.equal([])
  })

  it('asks a host whether it answers', async () => {
    expect(await call('POST', PATHS.ping('h2'))).to.deep.include({ host: 'h2', ok: true })
    expect(await refusal('POST', PATHS.ping('no name'))).to.have.property('code', 'WEFT_NAME_INVALID')
  })

  it('shows the paths to all hosts, or to one', async () => {
    expect(await call('GET', PATHS.paths)).to.deep.equal([
      { host: 'h2', state: 'alive', measuredMs: null, ways: [], networks: [], problems: [] },
    ])
    expect(await call<PathView[]>('GET', PATHS.path('h3'))).to.have.nested.property('[0].host', 'h3')
    expect(await call<PathView[]>('POST', PATHS.path('h3'))).to.have.nested.property('[0].measuredMs', 1)
    expect(await refusal('GET', PATHS.path('no name'))).to.have.property('code', 'WEFT_NAME_INVALID')
  })

  it('changes keys of gossip while the others can follow', async () => {
    const key = Buffer.alloc(32, 1).toString('base64')
    const { added } = await call<{ added: string }>('POST', PATHS.keyring, { key })
    expect(await call('GET', PATHS.keyring)).to.deep.include({
      uses: 'plain',
      keys: ['plain', added],
      hosts: [
        { host: 'h1', self: true, uses: 'plain', holds: ['plain', added] },
        { host: 'h2', self: false, uses: 'plain', holds: ['plain'] },
      ],
    })
    expect(await refusal('POST', `${PATHS.key(added)}/use`)).to.include({ code: 'WEFT_KEY_NOT_EVERYWHERE' })
    expect(await call('POST', `${PATHS.key(added)}/use?force=true`)).to.deep.equal({ using: added })
    expect(await refusal('DELETE', PATHS.key('plain'))).to.include({ code: 'WEFT_KEY_IN_USE' })
    expect(await call('DELETE', `${PATHS.key('plain')}?force=true`)).to.deep.equal({ removed: 'plain' })
    expect(await refusal('POST', PATHS.keyring, { key: 'secret' })).to.include({ code: 'WEFT_KEY_INVALID' })
  })

  it('attaches, lists and detaches endpoints', async () => {
    await blue()
    await agent.idle()
    const web = await call<EndpointView>('POST', PATHS.endpoints, { network: 'blue', netns: '/run/netns/web' })
    expect(web).to.deep.include({ network: 'blue', name: 'web', host: 'h1', kind: 'attach', netns: '/run/netns/web', interface: 'eth0' })
    await agent.idle()
    expect(await call('GET', PATHS.endpoints)).to.deep.equal([{ ...web, published: true }])
    expect(await refusal('DELETE', PATHS.network('blue'))).to.include({ code: 'WEFT_NETWORK_IN_USE' })
    expect(await call('DELETE', `${PATHS.endpoint('web')}?network=blue`)).to.deep.equal({ detached: 'web', address: web.address })
    expect(await call('GET', PATHS.endpoints)).to.deep.equal([])
  })

  it('removes a network with its endpoints by force', async () => {
    await blue()
    await agent.idle()
    await call('POST', PATHS.endpoints, { network: 'blue', netns: '/run/netns/web' })
    await agent.idle()
    expect(await call('DELETE', `${PATHS.network('blue')}?force=true`)).to.deep.equal({ removed: 'blue' })
    await agent.idle()
    expect(await call('GET', PATHS.endpoints)).to.deep.equal([])
  })

  it('shows leases and hosts of the whole cluster', async () => {
    await blue()
    const other = new TestAgent(agent.cluster, 'h2')
    await other.start()
    await agent.idle()
    await other.idle()
    const leases = await call<LeaseView[]>('GET', PATHS.leases)
    expect(leases.map(({ network, host, state }) => `${network} ${host} ${state}`)).to.deep.equal(['blue h1 held', 'blue h2 held'])
    const hosts = await call<HostView[]>('GET', PATHS.hosts)
    expect(hosts.map(({ host, self, underlay, agent: session, subnets }) => ({ host, self, underlay, session, subnets }))).to.deep.equal([
      { host: 'h1', self: true, underlay: '192.0.2.1', session: 'connected', subnets: [leases[0]?.subnet] },
      { host: 'h2', self: false, underlay: '192.0.2.2', session: 'connected', subnets: [leases[1]?.subnet] },
    ])
    await other.close()
    await agent.idle()
    const after = await call<HostView[]>('GET', PATHS.hosts)
    expect(after.map(({ agent: session, since }) => [session, since === null])).to.deep.equal([
      ['connected', false],
      ['no-session', true],
    ])
  })

  it('shows the plan: nothing to do, or the drift, with reasons and the whole wish', async () => {
    await blue()
    await agent.idle()
    const calm = await call<PlanView>('GET', PATHS.plan)
    expect([calm.steps, calm.obstacles, calm.text]).to.deep.equal([[], [], 'nothing to do: the kernel is as the leases say\n'])
    expect(calm.desired.some((line) => line.startsWith('link weft-blue vxlan id 7001 '))).to.equal(true)

    await agent.reconciler.close()
    agent.kernel.remove('link wbr-blue')
    const drifted = await call<PlanView>('GET', PATHS.plan)
    expect(drifted.steps[0]).to.deep.include({ do: 'create' })
    expect(drifted.steps[0]?.object).to.include('link wbr-blue bridge')
    expect(drifted.steps[0]?.why).to.include('(see: ip -d link show wbr-blue)')
    expect(drifted.text).to.include('+ link wbr-blue bridge')
  })

  it('shows events, oldest first', async () => {
    await blue()
    await agent.idle()
    const events = await call<EventView[]>('GET', PATHS.events)
    const messages = events.map(({ message }) => message)
    for (const message of ['underlay chosen', 'host registered', 'network created', 'subnet leased', 'kernel state changed'])
      expect(messages).to.include(message)
    expect(events.map(({ sequence }) => sequence)).to.deep.equal(events.map((_, index) => index + 1))
  })

  describe('status', () => {
    const status = (): Promise<AgentStatus> => call<AgentStatus>('GET', PATHS.status)

    it('is calm when all is well', async () => {
      await blue()
      await agent.idle()
      const shown = await status()
      expect(shown).to.deep.include({
        host: 'h1',
        pid: process.pid,
        underlay: { address: '192.0.2.1', interface: 'eth0', mtu: 1500, mac: '02:00:00:00:00:01' },
        problems: [],
      })
      expect(shown.store).to.deep.include({ state: 'connected', cached: false, outageMs: null, alarms: [] })
      expect(shown.networks).to.have.length(1)
      expect(shown.networks[0]).to.deep.include({
        name: 'blue',
        state: 'ready',
        device: 'weft-blue',
        bridge: 'wbr-blue',
        mtu: 1450,
        peers: 0,
        endpoints: 0,
      })
      expect(shown.reconcile).to.deep.include({ state: 'in-sync', failures: [] })
    })

    it('says what is missing in a network, and what is in the kernel’s way', async () => {
      agent.kernel.putForeign('link weft-blue', 'dummy device weft-blue')
      await blue()
      await agent.idle()
      agent.cluster.outage = true
      agent.cluster.edit(({ networks }) => {
        const red = [...networks.values()].map((network) => ({
          ...network,
          name: 'red' as never,
          vni: 7002,
          pool: '10.62.0.0/16' as never,
        }))
        return { networks: new Map([...networks, ...red.map((network) => [network.name, network] as const)]) }
      })
      agent.cluster.restore()
      agent.cluster.outage = true
      await agent.idle()
      const { networks, reconcile, store } = await status()
      expect(networks.map(({ name, state, problem }) => [name, state, problem?.code])).to.deep.equal([
        ['blue', 'ready', undefined],
        ['red', 'failed', 'WEFT_STORE_UNREACHABLE'],
      ])
      expect(reconcile.state).to.equal('failing')
      expect(reconcile.failures[0]).to.deep.include({ code: 'WEFT_KERNEL_OCCUPIED' })
      expect(store.state).to.equal('unreachable')
      expect(store.outageReason).to.be.a('string')
      agent.cluster.restore()
    })

    it('says why the host is not registered', async () => {
      agent.cluster.outage = true
      const second = new TestAgent(agent.cluster, 'h2')
      await second.start()
      await second.pass(20_000)
      expect(second.status.status().problems.map(({ code }) => code)).to.deep.equal(['WEFT_STORE_UNREACHABLE'])
      expect(second.status.status().store.state).to.equal('connecting')
      agent.cluster.restore()
      for (let wait = 0; wait < 20; wait++) await second.pass(1_000)
      expect(second.status.status().problems).to.deep.equal([])
      await second.close()
    })

    it('shows values in the store that are broken', async () => {
      agent.store.problems.push({ key: '/weft/v1/networks/x/config', field: 'pool', code: 'WEFT_STORE_VALUE', message: 'is no prefix' })
      expect((await status()).problems).to.deep.equal([
        {
          code: 'WEFT_STORE_VALUE',
          field: '/weft/v1/networks/x/config pool',
          message: 'is no prefix',
          hint: 'look with `etcdctl get /weft/v1/networks/x/config` and mend or delete it',
        },
      ])
    })
  })

  it('forgets a host that is gone and frees its leases, but none that is there', async () => {
    await blue()
    const other = new TestAgent(agent.cluster, 'h2')
    await other.start()
    await agent.idle()
    await other.idle()
    expect(await refusal('DELETE', PATHS.host('h2')))
      .to.be.an('error')
      .with.property('code')
      .that.matches(/^WEFT_/)
    await other.close()
    await agent.idle()
    expect(await call('DELETE', PATHS.host('h2'))).to.deep.equal({ forgotten: 'h2' })
    await agent.idle()
    const hosts = await call<HostView[]>('GET', PATHS.hosts)
    expect(hosts.map(({ host }) => host)).to.deep.equal(['h1'])
    const leases = await call<LeaseView[]>('GET', PATHS.leases)
    expect(leases.map(({ host, state }) => `${host} ${state}`)).to.deep.equal(['h1 held', 'h2 released'])
  })

  it('takes a name over when told to', async () => {
    expect(await call('POST', PATHS.takeover)).to.deep.equal({ host: 'h1' })
  })

  it('refuses what is wrong, and says what: the same codes for every way in', async () => {
    const wrong: readonly (readonly ['GET' | 'POST' | 'DELETE', string, unknown, string, string | undefined])[] = [
      ['POST', PATHS.networks, { name: 'blue' }, 'WEFT_REQUEST_INVALID', 'pool'],
      ['POST', PATHS.networks, { name: 'blue', pool: 'fd61::/48', mode: 'l2' }, 'WEFT_NOT_BUILT', 'mode'],
      ['POST', PATHS.networks, { name: 'blue', pool: '10.61.0.0' }, 'WEFT_PREFIX_INVALID', undefined],
      ['POST', PATHS.endpoints, { network: 'green', netns: '/run/netns/web' }, 'WEFT_NETWORK_UNKNOWN', 'network'],
      ['POST', PATHS.endpoints, { netns: '/run/netns/web' }, 'WEFT_REQUEST_INVALID', 'network'],
      ['DELETE', PATHS.endpoint('none'), undefined, 'WEFT_ENDPOINT_UNKNOWN', 'endpoint'],
      ['DELETE', PATHS.network('none'), undefined, 'WEFT_NETWORK_UNKNOWN', 'network'],
      ['GET', '/v2/status', undefined, 'WEFT_REQUEST_INVALID', undefined],
    ]
    for (const [method, path, body, code, field] of wrong)
      expect(await refusal(method, path, body), `${method} ${path}`).to.include({ code, field })
    expect(agent.log.lines.filter(({ level }) => level === 'error')).to.deep.equal([])
  })

  it('ends a request that waits when the agent stops', async () => {
    await blue()
    await agent.idle()
    const apply = agent.firewall.apply.bind(agent.firewall)
    let answer: (() => void) | undefined
    const filterAnswers = new Promise<void>((resolve) => (answer = resolve))
    agent.firewall.apply = (firewall) => filterAnswers.then(() => apply(firewall))
    agent.reconciler.request()
    await agent.idle()
    // The pass that waits for the filter has read what is desired: the request waits for the one after it.
    const attaching = refusal('POST', PATHS.endpoints, { network: 'blue', netns: '/run/netns/web' })
    while (agent.registry.list().length === 0) await new Promise((resolve) => setImmediate(resolve))
    const stopping = agent.agent.stop()
    answer?.()
    await agent.settle(stopping)
    expect(await attaching)
      .to.be.an('error')
      .with.property('code')
      .that.matches(/^WEFT_(NOT_READY|API_UNREACHABLE)$/)
  })
})

describe('docs/api.md', () => {
  it('has a row for every request', () => {
    const document = readFileSync(new URL('../../../../docs/api.md', import.meta.url), 'utf8')
    const parts = { events: {}, ownership: {} } as unknown as ApiParts
    const requests = [...routes(parts), ...cniRoutes({} as CniService)].map(({ method, path }) => `${method} ${path}`)
    const isThere = (request: string): boolean => ['`', '?'].some((end) => document.includes(`\`${request}${end}`))
    expect(requests.filter((request) => !isThere(request))).to.deep.equal([])
  })
})
