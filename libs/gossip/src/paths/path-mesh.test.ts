import { describe, it } from 'mocha'
import { expect } from 'chai'
import { seededRandom, type HostId, type Ip } from '#core'
import { factsOf } from '../testkit/lone-member.js'
import { PathNetwork, type PathPacket } from '../testkit/path-network.js'
import { PathMesh, type PathEffect, type PathEvent } from './path-mesh.js'
import type { PathMessage } from './path-message.js'

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
      expect(Math.max(...perSecond), `${size} hosts`).to.be.below(3)
    }
  })

  it('even while every path loses packets', () => {
    const network = new PathNetwork(names(12))
    network.loses = ({ way }) => way !== 'message' && network.random.next() < 0.3
    network.run(60_000)
    // 22 echoes a second of a thorough bout of its own, and as many of another host's.
    expect(Math.max(...network.probes.values()) / 60).to.be.below(50)
  })

  it('and while every path is a black hole whose size is searched for, again and again', () => {
    const network = new PathNetwork(names(12))
    network.loses = ({ size }) => size > 100 + ((Math.floor(network.now / 3_000) * 377) % 1_200)
    network.run(60_000)
    // Up to 64 echoes a second of a bout of its own, and as many of another host's.
    expect(Math.max(...network.probes.values()) / 60).to.be.within(50, 128)
    for (const [name, sent] of network.probes) {
      const { opened, served } = network.mesh(name).counts
      expect(opened, name).to.be.at.most(61)
      expect(served, name).to.be.at.most(64)
      expect(sent, name).to.be.at.most(64 * (opened + served))
    }
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
    for (const { finding } of network.told) expect(finding.passes, 'told once the size is known').to.be.within(1391, 1399)
    const [found] = network.mesh('h1').findings()
    expect(found?.finding).to.include({ kind: 'mtu', direction: 'out', full: 1450 })
    expect(found?.finding.ways).to.deep.equal(['overlay', 'underlay'])
    expect(found?.finding.passes).to.be.within(1391, 1399)
    network.loses = () => false
    network.run(40_000)
    expect(storyOf(network, 'h1', 'h3')).to.deep.equal(['mtu out', 'mtu out over'])
    expect(storyOf(network, 'h3', 'h1')).to.deep.equal(['mtu in', 'mtu in over'])
  })

  it('finds both directions of a path although only one side asks', () => {
    const network = new PathNetwork(names(2))
    network.step(id('h1'), { kind: 'peers', ids: [] })
    network.loses = ({ from, size }) => size > (from === id('h1') ? 1000 : 1200)
    network.run(60_000)
    expect(network.mesh('h1').counts.opened).to.equal(0)
    const { out, in: into } = network.mesh('h2').qualityOf(id('h1'))?.overlay ?? {}
    expect(into?.passes).to.be.within(992, 1000)
    expect(out?.passes).to.be.within(1192, 1200)
  })

  for (const share of [0.01, 0.03, 0.3]) {
    it(`does not keep two hosts busy about a path that goes on losing ${100 * share} %`, () => {
      const network = new PathNetwork(names(2))
      network.loses = ({ way }) => way !== 'message' && network.random.next() < share
      network.run(400_000)
      // A hundred of them are turns.
      expect(network.mesh('h1').counts.opened).to.be.within(100, 250)
    })
  }

  it('nor about one that is never twice the same', () => {
    const network = new PathNetwork(names(2))
    network.loses = ({ size }) => size > 300 + network.random.next() * 1_100
    network.run(400_000)
    expect(network.mesh('h1').counts.opened).to.be.within(100, 320)
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

  describe('an echo that has arrived and is not read yet', () => {
    const you = id('h2')
    const open = (): PathMesh => {
      const directory = { addressOf: () => factsOf('h2').address, mtuOf: () => 1500 }
      const mesh = new PathMesh({ self: id('h1'), directory, random: seededRandom(1) })
      mesh.step({ kind: 'peers', ids: [you] }, 0)
      return mesh
    }
    const message = (step: PathMessage['step'], bout: number): PathEvent => ({
      kind: 'message',
      from: you,
      message: { kind: 'path', step, bout, slots: [], got: [] },
    })
    const came = (bout: number, byOpener: boolean): PathEvent => ({
      kind: 'came',
      mark: { bout, byOpener, slot: 0, index: 0 },
      source: factsOf('h2').address,
    })
    const sent = (effects: readonly PathEffect[]): PathMessage[] =>
      effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : []))

    it('is counted although the agent that opened the bout did not run meanwhile', () => {
      const mesh = open()
      const at = mesh.wakeAt
      const [{ bout } = { bout: 0 }] = sent(mesh.step({ kind: 'time' }, at))
      mesh.step(message('opened', bout), at + 1)
      const late = at + 5_000
      expect(sent(mesh.step({ kind: 'time' }, late))).to.deep.equal([])
      mesh.step(came(bout, false), late + 1)
      const [close] = sent(mesh.step({ kind: 'time' }, mesh.wakeAt))
      expect(close).to.deep.include({ step: 'close', got: [1] })
    })

    it('is counted by the other side, in time and late', () => {
      for (const late of [0, 5_000]) {
        const mesh = open()
        mesh.step(message('open', 5), 0)
        mesh.step(message('close', 5), 1)
        if (late === 0) for (; mesh.wakeAt <= 10;) expect(sent(mesh.step({ kind: 'time' }, mesh.wakeAt))).to.deep.equal([])
        else expect(sent(mesh.step({ kind: 'time' }, late)).filter(({ step }) => step === 'closed')).to.deep.equal([])
        mesh.step(came(5, true), late + 10)
        const closed = sent(mesh.step({ kind: 'time' }, late + 60)).filter(({ step }) => step === 'closed')
        expect(closed).to.have.length(1)
        expect(closed[0]?.got).to.deep.equal([1])
      }
    })
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

  it('measures a peer at once when somebody wants to know, thoroughly, and others as before', () => {
    const network = new PathNetwork(names(40))
    network.run(10_000)
    const wanted = names(40)
      .map(id)
      .find((one) => one !== id('h1') && !network.mesh('h1').qualityOf(one)) as HostId
    network.step(id('h1'), { kind: 'wish', id: wanted })
    expect(network.mesh('h1').measures(wanted)).to.equal(true)
    network.run(8_000)
    expect(network.mesh('h1').measures(wanted)).to.equal(false)
    expect(network.mesh('h1').qualityOf(wanted)?.overlay.out.loss.measured.samples).to.be.within(20, 32)
    network.step(id('h1'), { kind: 'wish', id: id('nobody') })
    expect(network.mesh('h1').measures(id('nobody'))).to.equal(false)
  })

  it('listens only while a bout is on', () => {
    const network = new PathNetwork(names(3))
    network.run(30_000)
    let listening = 0
    for (let look = 0; look < 1_000; look++) {
      network.run(20)
      if (network.listening.has(id('h1'))) listening++
    }
    // Some 250 ms of each bout of its own and of others, of which there is one every two seconds.
    expect(listening).to.be.within(60, 250)
  })

  it('counts nothing that others send in a peer’s name', () => {
    const bout = 5
    const heard = (source: Ip | undefined): boolean | undefined => {
      const network = new PathNetwork(names(2))
      const step = (event: PathEvent): void => network.step(id('h1'), event)
      step({ kind: 'message', from: id('h2'), message: { kind: 'path', step: 'open', bout, slots: [], got: [] } })
      if (source !== undefined) step({ kind: 'came', mark: { bout, byOpener: true, slot: 0, index: 0 }, source })
      const slots = [{ way: 'overlay', size: 64, count: 1 }] as const
      step({ kind: 'message', from: id('h2'), message: { kind: 'path', step: 'close', bout, slots, got: [] } })
      network.run(100)
      return network.mesh('h1').qualityOf(id('h2'))?.overlay.in.heard
    }
    expect(heard(factsOf('h2').overlay)).to.equal(true)
    expect(heard(factsOf('h3').overlay)).to.equal(false)
    expect(heard(undefined)).to.equal(false)
  })

  it('forgets whom it is told to forget', () => {
    const network = new PathNetwork(names(3))
    network.run(30_000)
    network.mesh('h1').keepOnly((name) => name === id('h2'))
    expect(network.mesh('h1').qualityOf(id('h3'))).to.equal(undefined)
    expect(network.mesh('h1').qualityOf(id('h2'))).to.not.equal(undefined)
  })
})
