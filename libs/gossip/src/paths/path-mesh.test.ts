import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { HostId } from '#core'
import { PathNetwork, type PathPacket } from '../testkit/path-network.js'

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `h${at + 1}`)
const id = (name: string): HostId => name as HostId

/** What was told by one host about another, in order. */
function storyOf(network: PathNetwork, by: string, about: string): string[] {
  return network.told
    .filter((told) => told.by === by && told.id === about)
    .map(({ finding: { kind, direction }, over }) => `${kind} ${direction}${over ? ' over' : ''}`)
}

describe('PathMesh', () => {
  it('measures every path in both directions, and finds nothing wrong where nothing is', () => {
    const network = new PathNetwork(names(5))
    network.run(120_000)
    for (const one of names(5)) {
      for (const other of names(5)) {
        if (one === other) continue
        const quality = network.mesh(one).qualityOf(id(other))
        expect(quality?.overlay).to.include({ roundTrip: 2 })
        expect(quality?.overlay.out).to.include({ full: 1450, passes: 1450 })
        expect(quality?.underlay.in).to.include({ full: 1500, passes: 1500, heard: true })
        expect(quality?.underlay.in.loss.measured).to.include({ lost: 0 })
      }
    }
    expect(network.told).to.deep.equal([])
    expect(network.mesh('h1').counts).to.include({ refused: 0, opened: 30, finished: 30 })
  })

  it('costs a host the same at any size', () => {
    for (const size of [3, 20, 60]) {
      const network = new PathNetwork(names(size))
      network.run(60_000)
      const perSecond = [...network.probes.values()].map((count) => count / 60)
      expect(Math.max(...perSecond), `${size} hosts`).to.be.below(4)
    }
  })

  it('even while every path is bad', () => {
    const network = new PathNetwork(names(12))
    network.loses = ({ way }) => way !== 'message' && network.random.next() < 0.3
    network.run(60_000)
    // A thorough bout of 44 echoes a second of its own, and one of another host.
    expect(Math.max(...network.probes.values()) / 60).to.be.below(50)
  })

  it('reaches everybody in the end, partners sooner', () => {
    const network = new PathNetwork(names(20))
    network.run(8_000 * 20)
    const mesh = network.mesh('h1')
    for (const name of names(20).slice(1)) expect(mesh.qualityOf(id(name))?.measuredAt, name).to.be.a('number')
    for (const partner of mesh.partners) expect(network.now - (mesh.qualityOf(partner)?.measuredAt ?? 0)).to.be.below(40_000)
    expect(mesh.partners).to.have.length(4)
  })

  it('finds large packets that get lost one way, at both ends, and from which size on', () => {
    const network = new PathNetwork(names(3))
    network.run(20_000)
    network.loses = ({ from, to, size }) => from === id('h1') && to === id('h3') && size > 1399
    network.run(40_000)
    expect(storyOf(network, 'h1', 'h3')).to.deep.equal(['mtu out'])
    expect(storyOf(network, 'h3', 'h1')).to.deep.equal(['mtu in'])
    expect(network.told).to.have.length(2)
    const [found] = network.mesh('h1').findings()
    expect(found?.finding).to.include({ kind: 'mtu', direction: 'out', full: 1450 })
    expect(found?.finding.ways).to.deep.equal(['overlay', 'underlay'])
    expect(found?.finding.passes).to.be.within(1391, 1399)
    network.loses = () => false
    network.run(40_000)
    expect(storyOf(network, 'h1', 'h3')).to.deep.equal(['mtu out', 'mtu out over'])
    expect(storyOf(network, 'h3', 'h1')).to.deep.equal(['mtu in', 'mtu in over'])
  })

  for (const seed of [1, 2, 3, 4, 5]) {
    it(`tells loss of one direction from loss of both (seed ${seed})`, () => {
      const network = new PathNetwork(names(3), seed)
      const drops = (share: number, where: (packet: PathPacket) => boolean) => (packet: PathPacket) =>
        where(packet) && network.random.next() < share
      network.run(20_000)
      network.loses = drops(0.3, ({ from, to }) => from === id('h1') && to === id('h2'))
      network.run(60_000)
      expect(storyOf(network, 'h1', 'h2')[0]).to.equal('loss out')
      expect(storyOf(network, 'h2', 'h1')[0]).to.equal('loss in')
      for (const { finding } of network.mesh('h1').findings()) expect(finding).to.include({ kind: 'loss', direction: 'out', oneWay: true })
      expect(network.told.every(({ id: about, by }) => about !== 'h3' && by !== 'h3')).to.equal(true)
      expect(network.told.every(({ finding }) => finding.kind === 'loss')).to.equal(true)
      network.loses = () => false
      network.run(60_000)
      for (const name of names(3)) expect(network.mesh(name).findings()).to.deep.equal([])
    })
  }

  it('counts nothing against a path because an agent was stopped, at either end', () => {
    for (const stopped of ['h1', 'h2']) {
      const network = new PathNetwork(names(2))
      for (let pause = 0; pause < 60; pause++) {
        network.stopped.add(id(stopped))
        network.run(700 + 37 * pause)
        network.stopped.delete(id(stopped))
        network.run(900)
      }
      expect(network.told, stopped).to.deep.equal([])
      expect(network.mesh('h1').qualityOf(id('h2'))?.overlay.out.loss.measured.lost, stopped).to.equal(0)
    }
  })

  it('keeps quiet about agents that do not answer, and goes on with others', () => {
    const network = new PathNetwork(names(3))
    network.loses = ({ to, way }) => to === id('h3') && way === 'message'
    network.run(60_000)
    expect(network.mesh('h1').qualityOf(id('h3'))?.measuredAt).to.equal(undefined)
    expect(network.mesh('h1').qualityOf(id('h2'))?.measuredAt).to.be.above(40_000)
    expect(network.told).to.deep.equal([])
  })

  it('judges the underlay alone where there is no overlay', () => {
    const network = new PathNetwork(names(2), 1, { underlay: 1500 })
    network.loses = ({ from, size }) => from === id('h2') && size > 1400
    network.run(60_000)
    expect(storyOf(network, 'h1', 'h2')).to.deep.equal(['mtu in'])
    expect(network.mesh('h1').findings()[0]?.finding.ways).to.deep.equal(['underlay'])
  })

  it('serves no more than one bout a second, whoever asks how often', () => {
    const network = new PathNetwork(names(2))
    for (let bout = 0; bout < 1_000; bout++) {
      const message = { kind: 'path', step: 'open', bout, slots: [{ way: 'underlay', size: 0, count: 64 }], got: [] } as const
      network.step(id('h1'), { kind: 'message', from: id('h2'), message })
      network.run(10)
    }
    expect(network.mesh('h1').counts.served).to.be.within(10, 15)
  })

  it('forgets whom it is told to forget', () => {
    const network = new PathNetwork(names(3))
    network.run(30_000)
    network.mesh('h1').keepOnly((name) => name === id('h2'))
    expect(network.mesh('h1').qualityOf(id('h3'))).to.equal(undefined)
    expect(network.mesh('h1').qualityOf(id('h2'))).to.not.equal(undefined)
  })
})
