import { describe, it } from 'mocha'
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHostId, parseIp, parsePrefix, seededRandom, VERSION, WeftError, type HostId, type Ip } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import type { Effect, Health, KnownHost, MemberFacts, MemberView, PathMessage, Why } from '#gossip'
import type { FailoverMessage } from '#lease'
import { MemoryCluster } from '#lease/testkit'
import type { GossipNodeOptions, PingResult, PingTarget } from '#net'
import type { HostLink } from '#netlink'
import { BLUE } from '#plan/testkit'
import { EventLog } from '../log/event-log.js'
import { UnderlayWatch } from '../host/underlay-watch.js'
import { HostHealth, type HealthNode } from './host-health.js'
import { IncarnationFile } from './incarnation-file.js'
import { KeyFile } from './key-file.js'
import { Keyring } from './keyring.js'

const [h1, h2, h3] = ['h1', 'h2', 'h3'].map(parseHostId) as [HostId, HostId, HostId]

/** Stands in for GossipNode: remembers what it is told, and says what the test wants. */
class PlayedNode implements HealthNode {
  known: readonly KnownHost[] = []
  readonly told: MemberFacts[] = []
  readonly views = new Map<HostId, MemberView>()
  readonly awareness = 2
  readonly traffic = { sent: 4, sentBytes: 400, received: 3, receivedBytes: 300, failed: 0 }
  closed = false
  readonly pinged: PingTarget[] = []

  constructor(readonly options: GossipNodeOptions) {}

  get facts(): MemberFacts {
    return this.options.facts
  }
  get incarnation(): number {
    return this.options.incarnation
  }
  know(hosts: readonly KnownHost[]): void {
    this.known = hosts
  }
  setFacts(facts: MemberFacts): void {
    this.told.push(facts)
  }
  member(id: HostId): MemberView | undefined {
    return this.views.get(id)
  }
  members(): MemberView[] {
    return [...this.views.values()]
  }
  ping(target: PingTarget): Promise<readonly PingResult[]> {
    this.pinged.push(target)
    return Promise.resolve([{ way: 'underlay', address: target.address, sent: 3, answered: 0 }])
  }
  readonly sent: [HostId, FailoverMessage, boolean][] = []
  readonly suspected: HostId[] = []
  sendFailover(to: HostId, message: FailoverMessage, byStream = false): void {
    this.sent.push([to, message, byStream])
  }
  readonly pathSteps: [HostId, PathMessage][] = []
  sendPath(to: HostId, message: PathMessage): void {
    this.pathSteps.push([to, message])
  }
  silence(id: HostId): void {
    this.suspected.push(id)
  }
  close(): Promise<void> {
    this.closed = true
    return Promise.resolve()
  }

  becomes(id: HostId, after: Health, before: Health | undefined = 'alive', why: Why = 'kernels-silent'): void {
    this.says({ kind: 'change', id, before, after, why })
  }
  says(effect: Extract<Effect, { kind: 'change' | 'alarm' | 'incarnation' }>): void {
    this.options.onEffect(effect)
  }
}

function link(address: string): HostLink {
  return { name: 'eth0', mtu: 1400, up: true, addresses: [{ address: parseIp(address), prefix: parsePrefix(`${address}/32`) }] }
}

describe('host health', () => {
  /** A host h1 whose gossip is played; `fails` makes opening it fail. */
  async function setting() {
    const directory = mkdtempSync(join(tmpdir(), 'weft-health-'))
    const cluster = new MemoryCluster()
    const store = cluster.store()
    const clock = new ManualClock()
    const log = new RecordingLog()
    const host = { links: [link('192.0.2.1')] }
    const underlay = new UnderlayWatch(
      { interface: 'eth0' },
      [],
      async () => ({ links: host.links, routes: [] }),
      clock,
      seededRandom(1),
      new EventLog(new RecordingLog(), clock),
    )
    await underlay.refresh()
    const nodes: PlayedNode[] = []
    const play: { fails?: WeftError; held?: Promise<void> } = {}
    const file = new IncarnationFile(join(directory, 'incarnation'))
    const keyring = new Keyring(new KeyFile(join(directory, 'gossip.keys'), false), log)
    const health = new HostHealth(
      { host: h1, gossipPort: 7788, cluster: '/weft/v1', keyring, echo: { send: () => undefined } },
      store,
      underlay,
      file,
      clock,
      seededRandom(1),
      log,
      async (options) => {
        await play.held
        if (play.fails) throw play.fails
        const node = new PlayedNode(options)
        nodes.push(node)
        return node
      },
    )
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    return {
      health,
      cluster,
      clock,
      nodes,
      play,
      file,
      settle,
      log,
      messages: () => log.lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level}: ${message}`),
      async open(): Promise<PlayedNode> {
        health.request()
        await settle()
        return nodes.at(-1) as PlayedNode
      },
      async moveTo(address: string): Promise<void> {
        host.links = [link(address)]
        await underlay.refresh()
      },
      async end(): Promise<void> {
        await health.close()
        await store.close()
        rmSync(directory, { recursive: true })
      },
    }
  }

  function register(cluster: MemoryCluster, id: HostId, underlay: string, gossipPort: number | undefined): void {
    cluster.edit((view) => ({
      hosts: new Map(view.hosts).set(id, {
        id,
        machineId: `machine of ${id}`,
        underlay: parseIp(underlay),
        version: VERSION,
        ...(gossipPort === undefined ? {} : { gossipPort }),
      }),
    }))
  }

  it('says where this host is, and knows the others that gossip by their records', async () => {
    const { cluster, open, health, settle, end } = await setting()
    register(cluster, h1, '192.0.2.1', 7788)
    register(cluster, h2, '192.0.2.2', 7799)
    register(cluster, h3, '192.0.2.3', undefined)
    await settle()
    const node = await open()
    expect(node.facts).to.deep.include({ address: '192.0.2.1', port: 7788, version: VERSION })
    expect(node.options.mtu).to.equal(1400)
    expect(node.known).to.deep.equal([{ id: 'h2', address: '192.0.2.2', port: 7799 }])
    register(cluster, h3, '192.0.2.3', 7788)
    await settle()
    health.update()
    expect(node.known.map(({ id }) => id)).to.deep.equal(['h2', 'h3'])
    await end()
  })

  it('tells its VTEP address when it has one, and again only when it has another', async () => {
    const { cluster, open, health, settle, end } = await setting()
    const node = await open()
    expect(node.facts).not.to.have.property('overlay')
    for (const address of ['10.61.0.1', '10.61.0.1', '10.61.0.7'] as Ip[]) {
      cluster.edit(() => ({
        vteps: [
          { network: BLUE.name, address, host: h1 },
          { network: BLUE.name, address: parseIp('10.61.0.9'), host: h2 },
        ],
      }))
      await settle()
      health.update()
    }
    expect(node.told.map(({ overlay }) => overlay)).to.deep.equal(['10.61.0.1', '10.61.0.7'])
    await end()
  })

  it('holds as dead who is dead, and calls back only when that changes', async () => {
    const { health, open, messages, end } = await setting()
    const node = await open()
    const seen: string[][] = []
    health.onChange(() => seen.push([...health.dead]))
    node.becomes(h2, 'alive', undefined, 'joined')
    node.becomes(h2, 'suspect')
    node.becomes(h2, 'dead', 'suspect')
    node.becomes(h3, 'agent-down')
    node.becomes(h3, 'dead', 'agent-down')
    node.becomes(h2, 'agent-down', 'dead', 'kernel-answers')
    node.becomes(h3, 'left', 'dead', 'left')
    expect(seen).to.deep.equal([['h2'], ['h2', 'h3'], ['h3'], []])
    expect(messages()).to.deep.equal([
      'info: host is alive',
      'error: host is dead',
      'warn: host is agent-down',
      'error: host is dead',
      'warn: host is agent-down',
      'info: host is left',
    ])
    await end()
  })

  it('does not tell a suspicion that comes to nothing', async () => {
    const { open, messages, end } = await setting()
    const node = await open()
    node.becomes(h2, 'suspect', 'alive', 'silence')
    node.becomes(h2, 'alive', 'suspect', 'refuted')
    expect(messages()).to.deep.equal([])
    await end()
  })

  it('tells alarms in words, isolation also when it is over', async () => {
    const { open, messages, end } = await setting()
    const node = await open()
    node.says({ kind: 'alarm', alarm: 'isolated', over: false })
    node.says({ kind: 'alarm', alarm: 'isolated', over: true })
    node.says({ kind: 'alarm', alarm: 'stalled', by: 1234.5 })
    node.says({ kind: 'alarm', alarm: 'cloned-id', id: h2, nonces: [1, 2] })
    node.says({ kind: 'alarm', alarm: 'wrong-target', id: h2, answeredBy: h3, contact: { address: parseIp('192.0.2.2'), port: 7788 } })
    expect(messages()).to.deep.equal([
      'warn: nobody is heard: it may be this host that is cut off',
      'info: other hosts are heard again',
      'warn: this agent did not run for a while; nobody is judged by that time',
      'error: two agents go by one name',
      'error: a host answers at the address of another',
    ])
    await end()
  })

  it('opens anew where the underlay address changes, with a larger incarnation, and forgets no dead host by that', async () => {
    const { health, open, moveTo, nodes, end } = await setting()
    const first = await open()
    first.becomes(h2, 'dead')
    expect(await open()).to.equal(first)
    await moveTo('192.0.2.9')
    const second = await open()
    expect(nodes).to.have.length(2)
    expect(first.closed).to.equal(true)
    expect(second.facts.address).to.equal('192.0.2.9')
    expect(second.incarnation).to.be.greaterThan(first.incarnation)
    expect([...health.dead]).to.deep.equal(['h2'])
    second.becomes(h2, 'alive', undefined, 'joined')
    expect([...health.dead]).to.deep.equal([])
    await end()
  })

  it('keeps an incarnation that grew while it ran', async () => {
    const { open, file, end } = await setting()
    const node = await open()
    expect(file.load()).to.equal(node.incarnation)
    node.says({ kind: 'incarnation', incarnation: node.incarnation + 5 })
    expect(file.load()).to.equal(node.incarnation + 5)
    await end()
  })

  it('goes on trying when its port is taken, says so once, and says what it needs while it lasts', async () => {
    const { health, open, play, clock, settle, nodes, messages, end } = await setting()
    play.fails = new WeftError('WEFT_GOSSIP_PORT', 'taken')
    await open()
    for (let second = 0; second < 30; second++) {
      clock.advance(1_000)
      await settle()
    }
    expect(nodes).to.have.length(0)
    expect(health.problems.map(({ code }) => code)).to.deep.equal(['WEFT_GOSSIP_PORT'])
    expect(health.figures).to.equal(undefined)
    expect(messages()).to.deep.equal(['error: this host cannot gossip: nobody knows whether it is alive'])
    delete play.fails
    for (let second = 0; second < 15; second++) {
      clock.advance(1_000)
      await settle()
    }
    expect(nodes).to.have.length(1)
    expect(health.problems).to.deep.equal([])
    await end()
  })

  it('closed while it opens, it leaves no socket behind', async () => {
    const { health, play, settle, nodes, end } = await setting()
    let release: () => void = () => undefined
    play.held = new Promise((resolve) => (release = resolve))
    health.request()
    await settle()
    const closing = health.close()
    release()
    await closing
    expect(nodes.map(({ closed }) => closed)).to.deep.equal([true])
    await end()
  })

  it('counts for metrics what its members are, and what was dropped', async () => {
    const { health, open, end } = await setting()
    const node = await open()
    for (const [id, state] of [
      [h1, 'alive'],
      [h2, 'dead'],
      [h3, 'alive'],
    ] as const) {
      node.views.set(id, { id, health: state, why: 'joined', since: 0, incarnation: 1, facts: node.facts, kernelAsked: true })
    }
    node.options.wire.open(Buffer.from('garbage from a stranger'))
    const { figures } = health
    expect(Object.fromEntries(figures?.members ?? [])).to.deep.equal({ alive: 2, dead: 1 })
    expect(figures).to.deep.include({ awareness: 2, incarnation: node.incarnation, traffic: node.traffic })
    expect(Object.values(figures?.dropped ?? {}).reduce((sum, count) => sum + count, 0)).to.equal(1)
    await end()
  })
})
