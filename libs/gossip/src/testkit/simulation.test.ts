import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import type { HostId } from '#core'
import type { Packet } from '../packet.js'
import type { Fault } from './simulated-network.js'
import { Simulation, type SimulatedHost, type Sighting } from './simulation.js'

/** Kills a host and returns the ms until everybody else held it for dead. */
function timeToDeath(simulation: Simulation, victim: SimulatedHost, limit = 20_000): number {
  const from = simulation.now
  simulation.kill(victim)
  const known = (): boolean => simulation.running.every((host) => simulation.health(host, victim) === 'dead')
  return simulation.runUntil(known, limit) ? simulation.now - from : Number.POSITIVE_INFINITY
}

/** Deaths that were imagined: the kernel was there. */
function falseDeaths(simulation: Simulation): Sighting[] {
  return simulation.sightings.filter(({ after, subject }) => after === 'dead' && simulation.hosts[subject]?.up)
}

const host = (simulation: Simulation, number: number): SimulatedHost => simulation.hosts[number] as SimulatedHost
const touches =
  (number: number): Fault =>
  (from, to) =>
    (from === number) !== (to === number)

describe('detection', () => {
  it('of a dead host takes under 1.5 s at 100 members, for the slowest of 30', () => {
    const times: number[] = []
    for (const seed of [1, 2, 3]) {
      const simulation = new Simulation({ members: 100, seed })
      simulation.run(5_000)
      for (let victim = 0; victim < 10; victim++) {
        times.push(timeToDeath(simulation, host(simulation, victim * 9 + seed)))
        simulation.run(800 + 37 * victim)
      }
      expect(falseDeaths(simulation)).to.deep.equal([])
    }
    expect(Math.max(...times)).to.be.below(1_500)
  })

  it('takes under 3 s at 1,000 members', () => {
    const simulation = new Simulation({ members: 1_000, seed: 4 })
    simulation.run(2_000)
    const victims = [3, 500, 997].map((number) => host(simulation, number))
    for (const victim of victims) simulation.kill(victim)
    const known = (): boolean => simulation.running.every((one) => victims.every((victim) => simulation.health(one, victim) === 'dead'))
    expect(simulation.runUntil(known, 3_000)).to.equal(true)
    expect(falseDeaths(simulation)).to.deep.equal([])
  })

  for (const members of [2, 3, 5, 20]) {
    it(`takes under 1.5 s among ${members}`, () => {
      const simulation = new Simulation({ members, seed: members })
      simulation.run(5_000)
      expect(timeToDeath(simulation, host(simulation, 1))).to.be.below(1_500)
    })
  }

  it('of ten hosts that die together takes no longer', () => {
    const simulation = new Simulation({ members: 100, seed: 5 })
    simulation.run(5_000)
    const victims = simulation.hosts.slice(20, 30)
    for (const victim of victims) simulation.kill(victim)
    const known = (): boolean => victims.every((victim) => simulation.running.every((one) => simulation.health(one, victim) === 'dead'))
    expect(simulation.runUntil(known, 2_500)).to.equal(true)
  })

  it('takes the long timers of memberlist where no ICMP gets through', () => {
    const simulation = new Simulation({ members: 30, seed: 6, kernelEchoes: false })
    simulation.run(5_000)
    const time = timeToDeath(simulation, host(simulation, 7), 60_000)
    expect(time).to.be.within(5_900, 36_000)
    expect(host(simulation, 0).gossip.member('h7' as HostId)?.why).to.be.oneOf(['timeout', 'kernels-silent'])
    expect(host(simulation, 0).gossip.member('h7' as HostId)?.kernelAsked).to.equal(false)
  })
})

describe('no death is imagined', () => {
  it('at 20 % loss, and the dead are still found', () => {
    const simulation = new Simulation({ members: 100, seed: 7, network: { loss: 0.2 } })
    simulation.run(30_000)
    expect(falseDeaths(simulation)).to.deep.equal([])
    expect(timeToDeath(simulation, host(simulation, 42))).to.be.below(5_000)
    expect(falseDeaths(simulation)).to.deep.equal([])
  })

  it('with 30 % loss in one direction of random pairs', () => {
    const simulation = new Simulation({ members: 60, seed: 8 })
    let draws = 0
    simulation.network.break((from, to) => (from * 31 + to * 17) % 7 < 3 && (draws++ * 7_919) % 10 < 3)
    simulation.run(30_000)
    expect(falseDeaths(simulation)).to.deep.equal([])
  })

  it('with 30 % of the agents starved 5 s out of 10', () => {
    const simulation = new Simulation({ members: 60, seed: 9 })
    simulation.run(3_000)
    for (let round = 0; round < 2; round++) {
      for (const one of simulation.hosts) if (one.number % 10 < 3) simulation.stall(one, 5_000)
      simulation.run(10_000)
    }
    expect(falseDeaths(simulation)).to.deep.equal([])
    expect(simulation.sightings.some(({ after, subject }) => after === 'agent-down' && subject % 10 < 3)).to.equal(true)
    expect(simulation.sightings.filter(({ subject }) => subject % 10 >= 3).length, 'nor is anybody else accused').to.equal(0)
  })

  it('with one member that stalls 3 s every 10', () => {
    const simulation = new Simulation({ members: 100, seed: 10 })
    simulation.run(3_000)
    for (let round = 0; round < 3; round++) {
      simulation.stall(host(simulation, 5), 3_000)
      simulation.run(10_000)
    }
    expect(falseDeaths(simulation)).to.deep.equal([])
    expect(simulation.sightings.every(({ subject }) => subject === 5)).to.equal(true)
  })

  it('while the whole cluster pauses for 5 s, with its kernels or without', () => {
    const simulation = new Simulation({ members: 100, seed: 11 })
    simulation.run(3_000)
    for (const kernel of [true, false]) {
      for (const one of simulation.hosts) simulation.stall(one, 5_000 + (one.number % 7) * 20, kernel)
      simulation.run(10_000)
    }
    expect(simulation.sightings).to.deep.equal([])
  })

  it('of an agent that is frozen for a minute; when its kernel dies as well, that is seen', () => {
    const simulation = new Simulation({ members: 20, seed: 12 })
    simulation.run(5_000)
    simulation.stall(host(simulation, 1), 120_000)
    simulation.run(60_000)
    expect(simulation.running.filter((one) => one.number !== 1).map((one) => simulation.health(one, host(simulation, 1)))).to.satisfy(
      (all: string[]) => all.every((health) => health === 'agent-down'),
    )
    expect(timeToDeath(simulation, host(simulation, 1))).to.be.below(3_000)
  })
})

describe('paths', () => {
  it('a blocked VXLAN port is path-broken within 3 s everywhere, and nobody dies of it', () => {
    const simulation = new Simulation({ members: 20, seed: 13 })
    simulation.run(5_000)
    const mend = simulation.network.break((from, to, traffic) => traffic === 'overlay' && touches(3)(from, to, traffic))
    const seen = (health: string): boolean =>
      simulation.hosts.every((one) => one.number === 3 || simulation.health(one, host(simulation, 3)) === health)
    expect(simulation.runUntil(() => seen('path-broken'), 3_000)).to.equal(true)
    simulation.run(20_000)
    expect(falseDeaths(simulation)).to.deep.equal([])
    mend()
    expect(simulation.runUntil(() => seen('alive'), 3_000)).to.equal(true)
  })

  it('blocked datagrams with working streams are a state of their own', () => {
    const simulation = new Simulation({ members: 20, seed: 14 })
    simulation.run(5_000)
    simulation.network.break((from, to, traffic) => traffic === 'datagram' && touches(1)(from, to, traffic))
    simulation.run(15_000)
    const views = simulation.hosts.filter(({ number }) => number !== 1).map((one) => one.gossip.member('h1' as HostId))
    expect(views.filter((view) => view?.health === 'path-broken' && view.why === 'datagrams-blocked').length).to.be.above(15)
    expect(falseDeaths(simulation)).to.deep.equal([])
  })

  it('a host that hears but is not heard is found, and accuses nobody', () => {
    const simulation = new Simulation({ members: 30, seed: 15 })
    simulation.run(5_000)
    simulation.network.break((from) => from === 4)
    simulation.run(5_000)
    expect(
      simulation.hosts.filter(({ number }) => number !== 4).every((one) => simulation.health(one, host(simulation, 4)) === 'dead'),
    ).to.equal(true)
    expect(
      simulation.sightings.filter(({ subject, observer, after }) => subject !== 4 && observer !== 4 && after === 'dead'),
    ).to.deep.equal([])
  })

  it('a host that is heard but does not hear makes nobody else die', () => {
    const simulation = new Simulation({ members: 30, seed: 16 })
    simulation.run(5_000)
    simulation.network.break((_, to) => to === 4)
    simulation.run(20_000)
    expect(
      simulation.sightings.filter(({ subject, observer, after }) => subject !== 4 && observer !== 4 && after === 'dead'),
    ).to.deep.equal([])
  })

  it('two members that cannot reach each other hold each other for alive while others can', () => {
    const simulation = new Simulation({ members: 10, seed: 17 })
    simulation.run(5_000)
    simulation.network.break((from, to) => from + to === 3 && from * to === 2)
    simulation.run(60_000)
    expect(falseDeaths(simulation)).to.deep.equal([])
  })
})

describe('coming back', () => {
  it('a host whose link was cut is alive everywhere within 1 s after it is mended, and so are all for it', () => {
    for (const members of [2, 3, 20]) {
      const simulation = new Simulation({ members, seed: 18 })
      simulation.run(5_000)
      const mend = simulation.network.break(touches(1))
      simulation.run(60_000)
      expect(simulation.health(host(simulation, 0), host(simulation, 1))).to.equal('dead')
      const healed = simulation.now
      mend()
      expect(
        simulation.runUntil(() => simulation.agrees, 1_000),
        `${members} members`,
      ).to.equal(true)
      // What it believed while it was alone is believed by nobody.
      const imagined = simulation.sightings.filter(({ at, subject, after }) => at >= healed && subject !== 1 && after === 'dead')
      expect(imagined).to.deep.equal([])
    }
  })

  it('two halves that were apart are one again within two exchanges', () => {
    const simulation = new Simulation({ members: 40, seed: 19 })
    simulation.run(3_000)
    const mend = simulation.network.partition((number) => number < 20)
    simulation.run(60_000)
    expect(simulation.health(host(simulation, 0), host(simulation, 30))).to.equal('dead')
    simulation.sightings.length = 0
    mend()
    expect(simulation.runUntil(() => simulation.agrees, 60_000, 100)).to.equal(true)
    const half = (number: number): boolean => number < 20
    const own = simulation.sightings.filter(({ observer, subject, after }) => half(observer) === half(subject) && after === 'dead')
    expect(own, 'nobody believes the other half about his own').to.deep.equal([])
  })

  it('a restarted agent is alive at once, and nobody calls it cloned', () => {
    const simulation = new Simulation({ members: 20, seed: 20 })
    simulation.run(5_000)
    simulation.killAgent(host(simulation, 6))
    simulation.run(300)
    simulation.restart(host(simulation, 6))
    simulation.run(1_000)
    expect(simulation.agrees).to.equal(true)
    expect(
      simulation.sightings.filter(({ observer, subject, after }) => observer !== 6 && subject === 6 && after !== 'alive'),
    ).to.deep.equal([])
    expect(simulation.alarms.filter(({ effect }) => effect.alarm === 'cloned-id')).to.deep.equal([])
  })

  it('an agent whose clock was set back an hour joins all the same', () => {
    const simulation = new Simulation({ members: 10, seed: 21 })
    simulation.run(3_000)
    expect(timeToDeath(simulation, host(simulation, 6))).to.be.below(1_500)
    // Its state directory was lost too: nothing but the wrong clock is left.
    host(simulation, 6).lastIncarnation -= 3_600
    simulation.restart(host(simulation, 6))
    expect(simulation.runUntil(() => simulation.agrees, 5_000)).to.equal(true)
  })

  it('a rolling restart of 60 members loses nobody', () => {
    const simulation = new Simulation({ members: 60, seed: 22 })
    simulation.run(3_000)
    for (const one of simulation.hosts) {
      simulation.killAgent(one)
      simulation.after(250, () => simulation.restart(one))
      simulation.run(500)
    }
    expect(simulation.runUntil(() => simulation.agrees, 10_000, 100)).to.equal(true)
    expect(falseDeaths(simulation)).to.deep.equal([])
  })

  it('a host that leaves is gone everywhere and is not missed; it may come again', () => {
    const simulation = new Simulation({ members: 20, seed: 23 })
    simulation.run(3_000)
    simulation.leave(host(simulation, 8))
    simulation.run(2_000)
    expect(simulation.running.every((one) => simulation.health(one, host(simulation, 8)) === 'left')).to.equal(true)
    expect(simulation.sightings.some(({ after }) => after === 'suspect' || after === 'dead')).to.equal(false)
    simulation.restart(host(simulation, 8))
    expect(simulation.runUntil(() => simulation.agrees, 3_000)).to.equal(true)
  })
})

describe('membership', () => {
  it('grows from one seed', () => {
    const simulation = new Simulation({ members: 40, seed: 24, joined: false })
    expect(simulation.runUntil(() => simulation.agrees, 5_000)).to.equal(true)
  })

  it('joins islands although the host that connected them is gone', () => {
    const simulation = new Simulation({ members: 9, seed: 25 })
    simulation.run(3_000)
    const mend = simulation.network.partition((number) => number < 4)
    simulation.run(30_000)
    simulation.kill(host(simulation, 0))
    simulation.run(5_000)
    mend()
    expect(simulation.runUntil(() => simulation.agrees, 60_000, 100)).to.equal(true)
  })

  it('takes another host at the address of one that died', () => {
    const simulation = new Simulation({ members: 10, seed: 26 })
    simulation.run(3_000)
    const old = host(simulation, 4)
    expect(timeToDeath(simulation, old)).to.be.below(1_500)
    const heir = simulation.addHost('heir')
    simulation.boot(heir)
    simulation.tell(heir, simulation.hosts.slice(0, 3))
    simulation.run(5_000)
    expect(simulation.running.every((one) => simulation.health(one, heir) === 'alive')).to.equal(true)
    expect(simulation.running.every((one) => one === heir || simulation.health(one, old) === 'dead')).to.equal(true)
  })

  it('raises an alarm for a cloned id', () => {
    const simulation = new Simulation({ members: 10, seed: 27 })
    simulation.run(3_000)
    const clone = simulation.addHost('h4')
    simulation.boot(clone)
    simulation.tell(clone, simulation.hosts.slice(0, 3))
    simulation.run(10_000)
    expect(simulation.alarms.some(({ effect }) => effect.alarm === 'cloned-id' && effect.id === 'h4')).to.equal(true)
  })

  it('is not moved by packets that are played again', () => {
    const simulation = new Simulation({ members: 10, seed: 28 })
    const recorded: Packet[] = []
    simulation.onDatagram = (to, packet) => void (to.number === 0 && packet.from === 'h4' && recorded.push(packet))
    simulation.run(5_000)
    expect(timeToDeath(simulation, host(simulation, 4))).to.be.below(1_500)
    simulation.onDatagram = undefined
    expect(recorded.length).to.be.above(10)
    for (const packet of recorded) simulation.inject(host(simulation, 0), packet, host(simulation, 4).facts)
    simulation.run(2_000)
    expect(simulation.health(host(simulation, 0), host(simulation, 4))).to.equal('dead')
  })

  it('runs the same again with the same seed', () => {
    const run = (seed: number): string => {
      const simulation = new Simulation({ members: 12, seed, network: { loss: 0.1 } })
      simulation.run(3_000)
      simulation.kill(host(simulation, 2))
      simulation.run(5_000)
      return JSON.stringify([simulation.sightings, simulation.traffic])
    }
    expect(run(1)).to.equal(run(1))
    expect(run(1)).to.not.equal(run(2))
  })
})

describe('whatever happens', () => {
  const happening = fc.record({
    what: fc.constantFrom('kill', 'killAgent', 'restart', 'leave', 'stall', 'cut', 'split', 'mend', 'lossy'),
    which: fc.nat(24),
    pause: fc.integer({ min: 0, max: 4_000 }),
  })

  it('two minutes later all agree again, and agree with the truth', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 25 }), fc.nat(), fc.array(happening, { maxLength: 12 }), (members, seed, happenings) => {
        const simulation = new Simulation({ members, seed })
        simulation.run(1_000)
        let mends: (() => void)[] = []
        const mendAll = (): void => {
          for (const mend of mends) mend()
          mends = []
          simulation.network.model = { ...simulation.network.model, loss: 0 }
        }
        for (const { what, which, pause } of happenings) {
          const one = host(simulation, which % members)
          if (what === 'kill' && one.up) simulation.kill(one)
          if (what === 'killAgent' && one.agentUp) simulation.killAgent(one)
          if (what === 'restart' && !one.agentUp) simulation.restart(one)
          if (what === 'leave' && one.agentUp && one.stalled === 0) simulation.leave(one)
          if (what === 'stall' && one.agentUp) simulation.stall(one, pause)
          if (what === 'cut') mends.push(simulation.network.break(touches(one.number)))
          if (what === 'split') mends.push(simulation.network.partition((number) => number <= one.number))
          if (what === 'lossy') simulation.network.model = { ...simulation.network.model, loss: 0.2 }
          if (what === 'mend') mendAll()
          simulation.run(pause)
        }
        mendAll()
        simulation.run(5_000)
        if (!simulation.runUntil(() => simulation.agrees, 120_000, 500)) {
          const wrong = simulation.running.flatMap((one) =>
            simulation.hosts.map((other) => `${one.id}:${other.id}=${simulation.health(one, other)}`),
          )
          throw new Error(`no agreement: ${wrong.join(' ')}`)
        }
      }),
      { numRuns: 25 },
    )
  }).timeout(60_000)
})
