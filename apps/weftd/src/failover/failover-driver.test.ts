import { afterEach, beforeEach, describe, it } from 'mocha'
import { expect } from 'chai'
import { parseHostId, parseIp, parseNetworkName, parsePrefix, WeftError, type ClusterView, type SubnetLease } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import type { FailoverEffect, FailoverEvent, FailoverMessage, FailoverStory, MemberHealth, ProofView, StoreHealth } from '#lease'
import { MemoryCluster } from '#lease/testkit'
import { FailoverDriver } from './failover-driver.js'
import { Transactions } from './transactions.js'

const [h1, h2, h3] = [parseHostId('h1'), parseHostId('h2'), parseHostId('h3')]
const blue = parseNetworkName('blue')
const SUBNET = parsePrefix('10.61.3.0/24')
const LEASE: SubnetLease = { network: blue, subnet: SUBNET, host: h1, epoch: 7, since: 'then', state: 'held' }
const ACK: FailoverMessage = { kind: 'ack', epoch: 1, nonce: 1, witnessIncarnation: 'b/1' }
const CHAIN = { bootId: 'b', epoch: 4, witnesses: [], gated: false, closedUntil: 0, provenAt: 0 }
const ARM: FailoverEffect = { kind: 'arm', nonce: 5, timeout: 4_000 }
const BROKEN = new WeftError('WEFT_FIREWALL', 'no such table', { hint: 'look at nft' })

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Says what it is told to, and remembers what it heard. */
class ScriptedMachine {
  readonly heard: FailoverEvent[] = []
  wakeAt = Number.POSITIVE_INFINITY
  proof: ProofView = { epoch: 4, witnesses: [h2], validUntil: 0, granted: [], gated: false }
  /** What it answers to events of a kind, once each. */
  readonly answers = new Map<FailoverEvent['kind'], FailoverEffect[]>()

  step(event: FailoverEvent): readonly FailoverEffect[] {
    this.heard.push(event)
    if (event.kind === 'time') this.wakeAt = Number.POSITIVE_INFINITY
    const answer = this.answers.get(event.kind) ?? []
    this.answers.delete(event.kind)
    return answer
  }

  get kinds(): string[] {
    return this.heard.map(({ kind }) => kind)
  }
}

describe('failover driver', () => {
  let machine: ScriptedMachine
  let clock: ManualClock
  let log: RecordingLog
  let cluster: MemoryCluster
  let registration: { registered: boolean; refused: boolean }
  let storeHealth: Partial<StoreHealth>
  let members: Map<typeof h1, MemberHealth>
  let membersChange: () => void
  let message: (from: typeof h1, message: FailoverMessage) => void
  /** What the driver did, in its order. */
  let done: string[]
  /** What is to be called when an echo is answered, by the order in which they were sent. */
  let echoes: (() => void)[]
  let gateFails: boolean
  let slept: number
  let saves: boolean
  let driver: FailoverDriver

  beforeEach(() => {
    machine = new ScriptedMachine()
    clock = new ManualClock()
    log = new RecordingLog()
    cluster = new MemoryCluster()
    registration = { registered: true, refused: false }
    storeHealth = {}
    members = new Map()
    done = []
    echoes = []
    gateFails = false
    saves = true
    slept = 0
    const gateDoes = async (what: string): Promise<void> => {
      done.push(what)
      await turn()
      if (gateFails) throw BROKEN
    }
    const memory = cluster.store()
    const store = new Proxy(memory, {
      get: (target, name) => {
        if (name === 'health') return { ...target.health, ...storeHealth }
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    driver = new FailoverDriver(h1, machine, {
      store,
      health: {
        onMembers: (listener) => void (membersChange = listener),
        membersHealth: () => members,
        onFailover: (listener) => void (message = listener),
        sendFailover: (to, sent, byStream) => void done.push(`${sent.kind} to ${to}${byStream ? ' by stream' : ''}`),
        suspect: (host) => void done.push(`suspect ${host}`),
      },
      registration,
      gate: {
        arm: (nonce, timeout) => gateDoes(`arm ${nonce} ${timeout}`),
        flip: (nonce) => gateDoes(`flip ${nonce}`),
        grant: (leases) => gateDoes(`grant ${leases.join(' ')}`),
      },
      transactions: new Transactions(h1, store, clock, log),
      chain: {
        load: () => undefined,
        save: ({ epoch }: { epoch: number }) => {
          done.push(`save ${epoch}`)
          return saves
        },
      } as never,
      echo: {
        send: (address, answered) => {
          done.push(`echo ${address}`)
          echoes.push(answered)
        },
      },
      suspends: {
        slept: () => {
          const by = slept
          slept = 0
          return by
        },
      } as never,
      clock,
      log,
    })
  })
  afterEach(async () => {
    await driver.close()
    expect(clock.pending, 'timers left behind').to.equal(0)
  })

  /** Shows the machine something, to which it answers with effects. */
  function when(event: 'message' | 'time', ...effects: FailoverEffect[]): void {
    machine.answers.set(event, effects)
    if (event === 'message') message(h2, ACK)
    else clock.advance(500)
  }
  async function settled(): Promise<void> {
    for (let turns = 0; turns < 12; turns++) await turn()
  }
  function started(): void {
    driver.start()
    machine.heard.length = 0
  }

  describe('when it starts', () => {
    it('tells how the store is, who is there, and what the records say', () => {
      members.set(h2, 'alive')
      driver.start()
      expect(machine.heard).to.deep.equal([
        { kind: 'store', state: 'live' },
        { kind: 'members', members },
        { kind: 'view', view: cluster.view },
      ])
    })

    it('tells a store that does not answer, one that shows its copy on disk, and one that went back from one that serves', () => {
      const states: string[] = []
      for (const health of [
        { state: 'outage' as const },
        { source: 'cache' as const },
        { alarms: ['revision-regress' as const] },
        { alarms: ['cluster-changed' as const] },
        { alarms: ['no-space' as const] },
      ]) {
        storeHealth = health
        if (states.length === 0) driver.start()
        else clock.advance(500)
        const told = machine.heard.findLast(({ kind }) => kind === 'store')
        states.push(told?.kind === 'store' ? told.state : '')
      }
      expect(states).to.deep.equal(['stale', 'stale', 'frozen', 'frozen', 'live'])
    })

    it('counts a store as stale until this host is registered in it', () => {
      registration.registered = false
      driver.start()
      expect(machine.heard[0]).to.deep.equal({ kind: 'store', state: 'stale' })
      registration.registered = true
      driver.viewChanged()
      expect(machine.heard.findLast(({ kind }) => kind === 'store')).to.deep.equal({ kind: 'store', state: 'live' })
    })

    it('does so once, and hears nothing before', () => {
      driver.viewChanged()
      driver.fence(h2)
      expect(machine.heard).to.deep.equal([])
      driver.start()
      const { length } = machine.heard
      driver.start()
      expect(machine.heard).to.have.length(length)
    })
  })

  describe('effects', () => {
    it('are begun in their order, and the gate’s carried out one after the other', async () => {
      started()
      when(
        'message',
        ARM,
        { kind: 'send', to: h2, message: { kind: 'renew', host: h1, epoch: 4, nonce: 5, incarnation: 'b/1' } },
        { kind: 'flip', nonce: 5 },
        { kind: 'send', to: h3, message: { kind: 'renew', host: h1, epoch: 4, nonce: 5, incarnation: 'b/1' }, again: true },
        { kind: 'grant', nonce: 6, leases: [LEASE], leaving: [] },
        { kind: 'suspect', host: h2 },
      )
      await settled()
      expect(done).to.deep.equal(['renew to h2', 'renew to h3 by stream', 'suspect h2', 'arm 5 4000', 'flip 5', 'grant 10.61.3.0/24'])
      expect(machine.heard.slice(1)).to.deep.equal([
        { kind: 'armed', nonce: 5, done: true },
        { kind: 'granted', nonce: 6, done: true },
      ])
      expect(driver.figures.sent).to.equal(2)
    })

    it('that are answered at once are answered after all of their step', () => {
      started()
      saves = false
      machine.answers.set('saved', [{ kind: 'suspect', host: h3 }])
      when('message', { kind: 'save', chain: CHAIN }, { kind: 'suspect', host: h2 })
      expect(done).to.deep.equal(['save 4', 'suspect h2', 'suspect h3'])
      expect(machine.heard.slice(1)).to.deep.equal([{ kind: 'saved', epoch: 4, done: false }])
    })

    it('of the store are answered with how they ended', async () => {
      started()
      const record = { host: h1, incarnation: 'b/1', attempt: 9, witnesses: [h2] }
      when('message', { kind: 'register', expected: 0, record, previous: [] })
      await settled()
      expect(machine.heard.findLast(({ kind }) => kind === 'registered')).to.deep.equal({
        kind: 'registered',
        attempt: 9,
        result: { end: 'won', epoch: 2, leases: [] },
      })
    })

    it('that tell a story reach those who listen', () => {
      const stories: FailoverStory[] = []
      started()
      driver.onStory((story) => stories.push(story))
      const story: FailoverStory = { about: 'refused', host: h2, guard: 'isolated' }
      when('message', { kind: 'tell', story })
      expect(stories).to.deep.equal([story])
    })
  })

  describe('its wake-up', () => {
    it('comes when the machine wants it, and every half second', () => {
      machine.wakeAt = 120
      started()
      clock.advance(119)
      expect(machine.kinds).to.deep.equal([])
      clock.advance(1)
      expect(machine.kinds).to.deep.equal(['time'])
      clock.advance(499)
      expect(machine.kinds).to.deep.equal(['time'])
      clock.advance(1)
      expect(machine.kinds).to.deep.equal(['time', 'time'])
    })

    it('is brought forward by what happens', () => {
      started()
      machine.wakeAt = 30
      message(h2, ACK)
      clock.advance(30)
      expect(machine.kinds).to.deep.equal(['message', 'time'])
    })

    it('tells a machine that slept before anything else', () => {
      started()
      slept = 3_000
      storeHealth = { state: 'outage' }
      clock.advance(500)
      expect(machine.heard).to.deep.equal([{ kind: 'resumed', by: 3_000 }, { kind: 'store', state: 'stale' }, { kind: 'time' }])
    })

    it('comes a turn after members have changed, once for all of them', async () => {
      started()
      members.set(h2, 'dead')
      membersChange()
      membersChange()
      expect(machine.kinds).to.deep.equal([])
      await settled()
      expect(machine.heard).to.deep.equal([{ kind: 'members', members }, { kind: 'time' }])
    })
  })

  describe('after a pause', () => {
    /** The process was stopped: its timer is late, and messages wait in its sockets, one for each turn in which they are read. */
    function paused(waiting: number): void {
      started()
      const late = clock.now.bind(clock)
      clock.now = () => late() + 3_000
      const read = (left: number): void => {
        if (left === 0) return
        message(h2, ACK)
        setImmediate(() => read(left - 1))
      }
      // Sockets are read before what was put off for a turn.
      setImmediate(() => read(waiting))
      clock.advance(500)
    }

    it('hears all messages that wait before it judges', async () => {
      paused(5)
      await settled()
      expect(machine.kinds.slice(0, 6)).to.deep.equal([...Array<string>(5).fill('message'), 'time'])
    })

    it('is not hurried by members that change meanwhile', async () => {
      paused(5)
      await turn()
      membersChange()
      await settled()
      expect(machine.kinds.slice(0, 7)).to.deep.equal([...Array<string>(5).fill('message'), 'members', 'time'])
    })

    it('judges some time, however many messages come', async () => {
      paused(200)
      for (let turns = 0; turns < 210; turns++) await turn()
      expect(machine.kinds.indexOf('time')).to.be.within(40, 60)
    })
  })

  describe('echoes', () => {
    beforeEach(() => {
      const vtep = (network: string, address: string, host: typeof h1) => ({
        network: parseNetworkName(network),
        address: parseIp(address),
        host,
      })
      cluster.edit(() => ({
        hosts: new Map(
          [h1, h2, h3].map((id, index) => [id, { id, machineId: id, underlay: parseIp(`192.0.2.${index + 1}`), version: '1' }]),
        ),
        vteps: [vtep('blue', '10.61.0.1', h1), vtep('red', '10.62.0.2', h2), vtep('blue', '10.61.0.2', h2), vtep('red', '10.62.0.3', h3)],
      }))
    })

    it('go through a network that both hosts are in, else on the underlay, and to nobody who is not known', async () => {
      await settled()
      started()
      when(
        'message',
        { kind: 'echo', host: h2, path: 'overlay', nonce: 1 },
        { kind: 'echo', host: h2, path: 'underlay', nonce: 2 },
        { kind: 'echo', host: h3, path: 'overlay', nonce: 3 },
        { kind: 'echo', host: parseHostId('h9'), path: 'overlay', nonce: 4 },
      )
      expect(done).to.deep.equal(['echo 10.61.0.2', 'echo 192.0.2.2', 'echo 192.0.2.3'])
    })

    it('are waited for after a pause, as messages are', async () => {
      await settled()
      started()
      when('message', { kind: 'echo', host: h2, path: 'underlay', nonce: 77 })
      const late = clock.now.bind(clock)
      clock.now = () => late() + 3_000
      setImmediate(() => {
        echoes[0]?.()
        setImmediate(() => message(h2, ACK))
      })
      clock.advance(500)
      machine.heard.length = 0
      await settled()
      expect(machine.kinds.slice(0, 3)).to.deep.equal(['echo', 'message', 'time'])
    })

    it('come back with the machine’s nonce', async () => {
      await settled()
      started()
      when(
        'message',
        { kind: 'echo', host: h2, path: 'overlay', nonce: 2 ** 40 },
        { kind: 'echo', host: h2, path: 'underlay', nonce: 2 ** 40 + 1 },
      )
      echoes[1]?.()
      echoes[0]?.()
      expect(machine.heard.slice(1)).to.deep.equal([
        { kind: 'echo', nonce: 2 ** 40 + 1 },
        { kind: 'echo', nonce: 2 ** 40 },
      ])
    })
  })

  describe('a gate that cannot be worked', () => {
    const errors = (): unknown[] => log.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields)

    it('is told to the machine each time, and to people after three times, while there is something to let through', async () => {
      started()
      gateFails = true
      machine.proof = { ...machine.proof, granted: [LEASE] }
      for (let time = 1; time <= 5; time++) {
        when('message', ARM)
        await settled()
        expect(machine.heard.at(-1), `after ${time}`).to.deep.equal({ kind: 'armed', nonce: 5, done: false })
        expect(errors(), `after ${time}`).to.have.length(time < 3 ? 0 : 1)
      }
      expect(errors()).to.deep.equal([{ code: 'WEFT_FIREWALL', error: 'no such table', hint: 'look at nft' }])
      gateFails = false
      when('message', { kind: 'flip', nonce: 5 })
      await settled()
      expect(log.lines.at(-1)).to.deep.include({ level: 'info', message: 'the gate of exclusive leases works again' })
    })

    it('is nothing to tell on a host without exclusive leases', async () => {
      started()
      gateFails = true
      for (let time = 1; time <= 5; time++) {
        when('message', { kind: 'grant', nonce: 8, leases: [], leaving: [] })
        await settled()
      }
      expect(errors()).to.deep.equal([])
      expect(machine.heard.at(-1)).to.deep.equal({ kind: 'granted', nonce: 8, done: false })
    })
  })

  describe('while another machine goes by this host’s name', () => {
    it('nothing is heard or said in that name; then everything is told', async () => {
      registration.refused = true
      registration.registered = false
      driver.start()
      members.set(h2, 'alive')
      membersChange()
      message(h2, ACK)
      await settled()
      clock.advance(5_000)
      expect(machine.heard).to.deep.equal([])
      registration.refused = false
      registration.registered = true
      clock.advance(500)
      expect(machine.heard).to.deep.equal([{ kind: 'store', state: 'live' }, { kind: 'members', members }, { kind: 'time' }])
    })

    it('it looks at that twice a second, however often members change', async () => {
      registration.refused = true
      driver.start()
      for (let change = 0; change < 10; change++) {
        membersChange()
        await turn()
        clock.advance(10)
      }
      expect(clock.pending).to.equal(1)
      machine.wakeAt = 0
      clock.advance(10_000)
      expect(clock.pending).to.equal(1)
    })

    it('what was asked for before is answered afterwards, for the machine waits for it', async () => {
      started()
      when('message', ARM, { kind: 'retire', epoch: 3 })
      registration.refused = true
      await settled()
      expect(machine.kinds).to.deep.equal(['message'])
      registration.refused = false
      clock.advance(500)
      expect(machine.kinds.toSorted()).to.deep.equal(['armed', 'message', 'retired', 'time'])
    })
  })

  describe('the view', () => {
    const other: SubnetLease = { ...LEASE, subnet: parsePrefix('10.61.4.0/24') }
    beforeEach(() => cluster.edit(() => ({ leases: [LEASE, other] })))
    const ownerOf = (view: ClusterView) => view.leases.map(({ subnet, host, epoch }) => `${subnet} ${host} ${epoch}`)

    it('is the store’s, unless somebody knows better than the copy on disk', async () => {
      await settled()
      storeHealth = { source: 'cache' }
      started()
      const stories: FailoverStory[] = []
      driver.onStory((story) => stories.push(story))
      expect(driver.view.leases).to.deep.equal([LEASE, other])
      when('message', { kind: 'outranked', network: blue, subnet: SUBNET, owner: h2, epoch: 9 })
      expect(ownerOf(driver.view)).to.deep.equal(['10.61.3.0/24 h2 9', '10.61.4.0/24 h1 7'])
      expect(driver.view).to.equal(driver.view)
      expect(driver.view.leases[1]).to.equal(other)
      expect(stories).to.deep.equal([{ about: 'lost', network: blue, subnet: SUBNET, owner: h2, epoch: 9 }])
    })

    it('stays what others said while the copy on disk is all there is, and is the store’s again when that answers', async () => {
      await settled()
      storeHealth = { source: 'cache' }
      started()
      when('message', { kind: 'outranked', network: blue, subnet: SUBNET, owner: h2, epoch: 9 })
      driver.viewChanged()
      expect(ownerOf(driver.view)[0]).to.equal('10.61.3.0/24 h2 9')
      storeHealth = {}
      driver.viewChanged()
      expect(driver.view.leases).to.deep.equal([LEASE, other])
    })

    it('takes no lower epoch from others', async () => {
      await settled()
      storeHealth = { source: 'cache' }
      started()
      when('message', { kind: 'outranked', network: blue, subnet: SUBNET, owner: h2, epoch: 7 })
      expect(driver.view.leases).to.deep.equal([LEASE, other])
    })

    it('is told the machine with each change', async () => {
      started()
      cluster.edit(() => ({ leases: [] }))
      await settled()
      driver.viewChanged()
      expect(machine.heard).to.deep.equal([{ kind: 'view', view: cluster.view }])
    })
  })

  describe('an operator’s word', () => {
    it('is handed on', () => {
      started()
      driver.fence(h2)
      driver.move(LEASE, h3)
      driver.restored()
      expect(machine.heard).to.deep.equal([
        { kind: 'fence', host: h2 },
        { kind: 'move', network: blue, subnet: SUBNET, to: h3 },
        { kind: 'restored' },
      ])
    })
  })

  describe('when it is closed', () => {
    it('waits for the gate, hears nothing more and leaves no timer', async () => {
      started()
      when('message', ARM, { kind: 'flip', nonce: 5 })
      await driver.close()
      expect(done).to.deep.equal(['arm 5 4000', 'flip 5'])
      machine.heard.length = 0
      message(h2, ACK)
      membersChange()
      driver.viewChanged()
      driver.start()
      await settled()
      clock.advance(5_000)
      expect(machine.heard).to.deep.equal([])
    })

    it('ends also in the middle of a pause’s messages', async () => {
      started()
      const late = clock.now.bind(clock)
      clock.now = () => late() + 3_000
      clock.advance(500)
      await driver.close()
      await settled()
      expect(machine.heard).to.deep.equal([])
    })
  })
})
