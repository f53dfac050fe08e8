import { describe, it } from 'mocha'
import { expect } from 'chai'
import { parseHostId, parseIp, parseNetworkName, parsePrefix, seededRandom, type HostId, type Network } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import type { Health, MemberView, PathFinding, PathMessage, PathQuality } from '#gossip'
import { PathNetwork } from '#gossip/testkit'
import type { PathDriverOptions } from '#net'
import { PathHealth, type PathMeter } from './path-health.js'

const [h1, h2, h3] = ['h1', 'h2', 'h3'].map(parseHostId) as [HostId, HostId, HostId]
const BLACK_HOLE: PathFinding = { kind: 'mtu', direction: 'out', ways: ['overlay', 'underlay'], since: 0, passes: 1345, full: 1450 }
const LOSS: PathFinding = { kind: 'loss', direction: 'in', ways: ['overlay'], since: 0, share: 0.304, oneWay: true }

/** What one host knows of another after so long, in ms. */
function qualityAfter(ms: number): PathQuality {
  const network = new PathNetwork(['h1', 'h2'])
  network.run(ms)
  return network.mesh('h1').qualityOf(h2) as PathQuality
}

describe('path health', () => {
  /** A host h1; gossip and the measuring itself are played. */
  function setting() {
    const clock = new ManualClock()
    const log = new RecordingLog()
    const members = new Map<HostId, Health>([
      [h2, 'alive'],
      [h3, 'dead'],
    ])
    const sent: [HostId, PathMessage][] = []
    const heard: { peers: HostId[][]; kept: HostId[]; messages: [HostId, PathMessage][]; wishes: HostId[] } = {
      peers: [],
      kept: [],
      messages: [],
      wishes: [],
    }
    const found: { id: HostId; finding: PathFinding }[] = []
    const qualities = new Map<HostId, PathQuality>()
    const hooks = { members: () => {}, path: (_from: HostId, _message: PathMessage) => {} }
    const networks = new Map<string, Partial<Network>>([
      ['blue', { pool: parsePrefix('10.61.0.0/16') }],
      ['green', { pool: parsePrefix('10.62.0.0/16'), mtu: 1300 }],
    ])
    const overlays = new Map([
      [h2, '10.61.0.2'],
      [h3, '10.62.0.3'],
    ])
    let options: PathDriverOptions | undefined
    const meter: PathMeter = {
      setPeers: (ids) => void heard.peers.push([...ids]),
      keepOnly: (known) => void (heard.kept = [h2, h3, parseHostId('gone')].filter(known)),
      wish: (id) => void heard.wishes.push(id),
      measures: () => heard.wishes.length > 0 && clock.now() < 3_000,
      receive: (from, message) => void heard.messages.push([from, message]),
      qualityOf: (id) => qualities.get(id),
      partners: [h2],
      findings: () => found,
      counts: { opened: 1, finished: 1, served: 0, refused: 0 },
      close: () => undefined,
    }
    const paths = new PathHealth(
      h1,
      {
        member: (id) =>
          members.has(id)
            ? ({ facts: { address: parseIp(`192.0.2.${id.slice(1)}`), overlay: parseIp(overlays.get(id) ?? '') } } as MemberView)
            : undefined,
        membersHealth: () => members,
        onMembers: (listener) => void (hooks.members = listener),
        onPath: (listener) => void (hooks.path = listener),
        sendPath: (to, message) => void sent.push([to, message]),
      },
      { view: { networks } } as unknown as ConstructorParameters<typeof PathHealth>[2],
      { current: { address: parseIp('192.0.2.1'), interface: 'eth0', mtu: 1500 } },
      { waysTo: () => new Map([[parseNetworkName('blue'), { directly: false, why: 'it is not on this host’s link', forMs: null }]]) },
      clock,
      seededRandom(1),
      log,
      (given) => {
        options = given
        return meter
      },
    )
    const given = options as unknown as PathDriverOptions
    return { clock, log, members, sent, heard, found, qualities, hooks, paths, options: given }
  }

  it('measures hosts whose agents can answer, and looks once when several change', () => {
    const { clock, paths, heard, members, hooks } = setting()
    paths.start()
    clock.advance(1_000)
    expect(heard.peers).to.deep.equal([[h2]])
    expect(heard.kept).to.deep.equal([h2, h3])
    members.set(h3, 'path-broken')
    for (let change = 0; change < 5; change++) hooks.members()
    clock.advance(1_000)
    expect(heard.peers).to.deep.equal([[h2], [h2, h3]])
    hooks.members()
    paths.close()
    clock.advance(1_000)
    expect(heard.peers).to.have.length(2)
  })

  it('hands messages from and to gossip', () => {
    const { paths, hooks, heard, sent, options } = setting()
    const message: PathMessage = { kind: 'path', step: 'open', bout: 1, slots: [], got: [] }
    paths.start()
    hooks.path(h2, message)
    options.send(h3, message)
    expect(heard.messages).to.deep.equal([[h2, message]])
    expect(sent).to.deep.equal([[h3, message]])
  })

  it('asks VTEP and underlay addresses, with packets as large as the device that leads there takes', () => {
    const { directory } = setting().options
    expect(directory.addressOf(h2, 'overlay')).to.equal('10.61.0.2')
    expect(directory.addressOf(h2, 'underlay')).to.equal('192.0.2.2')
    expect(directory.addressOf(h1, 'overlay')).to.equal(undefined)
    expect(directory.mtuOf(h2, 'underlay')).to.equal(1500)
    expect(directory.mtuOf(h2, 'overlay')).to.equal(1450)
    expect(directory.mtuOf(h3, 'overlay')).to.equal(1300)
    expect(directory.mtuOf(h1, 'overlay')).to.equal(undefined)
  })

  it('tells findings and their end as events, with cause and next step', () => {
    const { log, options } = setting()
    options.onFinding({ kind: 'finding', id: h2, finding: BLACK_HOLE, over: false })
    options.onFinding({ kind: 'finding', id: h2, finding: BLACK_HOLE, over: true })
    expect(log.lines.map(({ level }) => level)).to.deep.equal(['warn', 'info'])
    expect(log.lines[0]?.message).to.match(/^packets of more than 1345 bytes to host h2 get lost without a word/)
    expect(log.lines[0]?.fields).to.include({ host: 'h2', direction: 'out', code: 'WEFT_PATH_MTU' })
    expect(log.lines[0]?.fields['hint']).to.match(/^the network between the hosts carries less/)
    expect(log.lines[1]?.message).to.equal('large packets come through again')
  })

  it('shows problems, and not hundreds of them', () => {
    const { paths, found } = setting()
    found.push({ id: h2, finding: LOSS })
    expect(paths.problems).to.have.length(1)
    expect(paths.problems[0]?.message).to.equal(
      'about 30 % of the packets from host h2 get lost on the overlay, while those to it come through',
    )
    expect(paths.problems[0]?.hint).to.match(/the underlay loses none of them: .* on this host$/)
    for (let more = 0; more < 200; more++) found.push({ id: h2, finding: LOSS }, { id: h3, finding: BLACK_HOLE })
    expect(paths.problems).to.have.length(10)
    const told = paths.problems.slice(8).map(({ code, message }) => [code, message])
    expect(told).to.deep.equal([
      ['WEFT_PATH_MTU', '197 more of this kind'],
      ['WEFT_PATH_LOSS', '196 more of this kind'],
    ])
  })

  it('shows what was measured of all, or of one, and what was not', () => {
    const { paths, found, qualities, clock } = setting()
    const network = new PathNetwork(['h1', 'h2'])
    network.loses = ({ from, size }) => from === h1 && size > 1000
    network.run(60_000)
    qualities.set(h2, network.mesh('h1').qualityOf(h2) as PathQuality)
    for (const one of network.mesh('h1').findings()) found.push(one)
    clock.advance(61_000)
    const [view, unmeasured] = paths.views()
    expect(view).to.deep.include({ host: 'h2', state: 'alive' })
    expect(view?.measuredMs).to.be.within(1_000, 10_000)
    expect(view?.ways[0]?.out).to.include({ loss: 0, lossForMs: null, mtu: 'black-hole', full: 1450 })
    expect(view?.ways[0]?.out.passes).to.be.within(992, 1000)
    expect(view?.ways[0]?.in).to.deep.include({ mtu: 'ok', passes: 1450, blackHoleForMs: null })
    expect(view?.problems.map(({ code }) => code)).to.deep.equal(['WEFT_PATH_MTU'])
    expect(unmeasured).to.deep.include({ host: 'h3', state: 'dead', measuredMs: null, problems: [] })
    expect(unmeasured?.ways[1]?.in).to.include({ loss: null, mtu: 'unknown' })
    expect(paths.views(h3)).to.have.length(1)
    expect(() => paths.views(h1)).to.throw('this is the host itself')
    expect(() => paths.views(parseHostId('gone'))).to.throw("gossip knows no host 'gone'")
  })

  it('measures anew when it is asked to, and answers when that is done', async () => {
    const { paths, heard, clock, qualities } = setting()
    qualities.set(h2, qualityAfter(20_000))
    const asked = paths.measure(h2)
    let answered = false
    void asked.then(() => (answered = true))
    for (let at = 0; at < 4_000; at += 100) {
      expect(answered, `after ${at} ms`).to.equal(at >= 3_000)
      if (at === 1_000) qualities.set(h2, qualityAfter(40_000))
      clock.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await asked).to.have.length(1)
    expect(heard.wishes).to.deep.equal([h2])
    expect(await paths.measure(parseHostId('gone')).catch((thrown: unknown) => thrown)).to.have.property('code', 'WEFT_HOST_UNKNOWN')
  })

  it('tells that a host could not be measured anew, and not what was known before', async () => {
    const { paths, clock, qualities } = setting()
    qualities.set(h2, qualityAfter(20_000))
    for (const [host, cause] of [
      [h2, 'its agent did not answer'],
      [h3, 'it is dead'],
    ] as const) {
      const asked = paths.measure(host).catch((thrown: unknown) => thrown)
      for (let at = 0; at < 4_000; at += 100) {
        clock.advance(100)
        await new Promise((resolve) => setImmediate(resolve))
      }
      const refusal = await asked
      expect(refusal).to.have.property('code', 'WEFT_PATH_UNMEASURED')
      expect(refusal).to.have.property('message', `the paths to host ${host} could not be measured anew: ${cause}`)
    }
  })

  it('gives metrics of some hosts, however many have findings', () => {
    const { paths, found, qualities } = setting()
    for (let index = 0; index < 500; index++) {
      const id = parseHostId(`f${index}`)
      qualities.set(id, {} as PathQuality)
      found.push({ id, finding: LOSS }, { id, finding: BLACK_HOLE })
    }
    expect(paths.figures.paths).to.have.length(8)
  })

  it('gives metrics of partners and of hosts with findings alone', () => {
    const { paths, found, qualities } = setting()
    const [mine, other] = [{} as PathQuality, {} as PathQuality]
    qualities.set(h2, mine)
    qualities.set(h3, other)
    expect(paths.figures.paths).to.deep.equal([{ host: h2, quality: mine }])
    found.push({ id: h3, finding: LOSS })
    expect(paths.figures.paths.map(({ host }) => host)).to.deep.equal([h2, h3])
  })
})
