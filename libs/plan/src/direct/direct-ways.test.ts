import { describe, it } from 'mocha'
import { expect } from 'chai'
import fc from 'fast-check'
import { parseHostId, parseIp, parseMac, parseNetworkName } from '#core'
import { DIRECT_DEFAULTS, DirectWays, type Try, type WayChange } from './direct-ways.js'
import type { NearPeer } from './near-peers.js'

const BLUE = parseNetworkName('blue')
const peer = (number: number): NearPeer => ({
  network: BLUE,
  host: parseHostId(`h${number}`),
  underlay: parseIp(`192.0.2.${number}`),
  mac: parseMac(`02:00:00:00:00:0${number}`),
  vtep: parseIp(`10.61.0.${number}`),
  from: parseIp('10.61.0.9'),
})

/** Lets time pass; which tries are answered, at once, is asked for each. */
class Course {
  now = 0
  readonly ways = new DirectWays()
  readonly changes: string[] = []
  readonly tries: Try[] = []
  answers: (attempt: Try) => boolean = () => true

  note(changes: readonly WayChange[]): void {
    for (const {
      peer: { host },
      directly,
    } of changes)
      this.changes.push(`${this.now} ${host} ${directly ? 'direct' : 'vxlan'}`)
  }

  run(duration: number): this {
    const end = this.now + duration
    while (this.ways.wakeAt <= end) {
      this.now = Math.max(this.now, this.ways.wakeAt)
      const { tries, changes } = this.ways.step(this.now)
      this.note(changes)
      for (const attempt of tries) {
        this.tries.push(attempt)
        if (this.answers(attempt)) this.note(this.ways.answered(attempt.number, this.now))
      }
    }
    this.now = end
    return this
  }

  with(...numbers: readonly number[]): this {
    this.note(this.ways.setPeers(numbers.map(peer), this.now))
    return this
  }
}

describe('ways to peers on the link', () => {
  it('are taken after three answers in a row', () => {
    const course = new Course().with(1).run(5_000)
    expect(course.changes).to.deep.equal(['400 h1 direct'])
    expect([...(course.ways.direct.get(BLUE) ?? [])]).to.deep.equal([['h1', '192.0.2.1']])
  })

  it('are not taken while nobody answers, and tried ever more seldom', () => {
    const course = new Course().with(1)
    course.answers = () => false
    course.run(600_000)
    expect(course.changes).to.deep.equal([])
    expect(course.ways.stateOf(BLUE, peer(1).host)?.why).to.equal('silent')
    expect(course.tries.length).to.be.within(12, 20)
    course.answers = () => true
    expect(course.run(62_000).changes).to.have.length(1)
  })

  it('are given up when the peer answers by VXLAN alone, in less than three seconds, and held off for longer each time', () => {
    const course = new Course().with(1).run(10_000)
    const held: number[] = []
    for (let fall = 0; fall < 3; fall++) {
      const cut = course.now
      course.answers = ({ by }) => by === 'vxlan'
      course.run(3_000)
      expect(course.changes.at(-1)).to.match(/vxlan$/)
      expect(Number(course.changes.at(-1)?.split(' ')[0]) - cut).to.be.lessThan(3_000)
      expect(course.ways.stateOf(BLUE, peer(1).host)?.why).to.equal('given-up')
      const fell = Number(course.changes.at(-1)?.split(' ')[0])
      course.answers = () => true
      course.run(100_000)
      held.push(Number(course.changes.at(-1)?.split(' ')[0]) - fell)
    }
    expect(held).to.deep.equal([10_400, 20_400, 40_400])
  })

  it('stay when the peer answers on neither way: it is dead, or this agent was asleep', () => {
    const course = new Course().with(1).run(10_000)
    course.answers = () => false
    course.run(100_000)
    expect(course.changes).to.deep.equal(['400 h1 direct'])
    course.answers = () => true
    course.run(10_000)
    expect(course.changes).to.deep.equal(['400 h1 direct'])
  })

  it('stay when answers come too late: they count for nothing', () => {
    const course = new Course().with(1).run(10_000)
    course.answers = (attempt) => {
      // The last but one may be of the same round.
      for (const { number } of course.tries) if (number < attempt.number - 1) course.note(course.ways.answered(number, course.now))
      return false
    }
    expect(course.run(60_000).changes).to.deep.equal(['400 h1 direct'])
  })

  it('stay with a lossy link', () => {
    let seed = 1
    const course = new Course().with(1)
    course.run(1_000)
    course.answers = () => (seed = (seed * 48_271) % 0x7fff_ffff) % 100 >= 2
    expect(course.run(600_000).changes).to.deep.equal(['400 h1 direct'])
  })

  it('begin anew with who has moved or is gone', () => {
    const course = new Course().with(1, 2).run(2_000)
    course.note(course.ways.setPeers([{ ...peer(1), underlay: parseIp('192.0.2.77') }], course.now))
    expect(course.changes.slice(2)).to.deep.equal(['2000 h1 vxlan', '2000 h2 vxlan'])
    expect(course.ways.direct.size).to.equal(0)
    course.run(1_000)
    expect([...(course.ways.direct.get(BLUE) ?? [])]).to.deep.equal([['h1', '192.0.2.77']])
    const { direct } = course.ways
    course.with().run(1_000)
    expect(direct).not.to.equal(course.ways.direct)
    expect(course.ways.wakeAt).to.equal(Number.POSITIVE_INFINITY)
  })

  it('are tried at a bounded pace, however many there are', () => {
    const course = new Course()
    const many = Array.from({ length: 1_000 }, (_, at) => ({ ...peer(1), host: parseHostId(`h${at}`) }))
    course.note(course.ways.setPeers(many, 0))
    course.run(60_000)
    expect(course.changes).to.have.length(1_000)
    const before = course.tries.length
    course.run(60_000)
    expect((course.tries.length - before) / 60).to.be.within(40, 60)
  })

  it('never follow an answer to an earlier try, and say what is in use', () => {
    const event = fc.oneof(
      fc.record({ pass: fc.integer({ min: 0, max: 3_000 }) }),
      fc.record({ answer: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ peers: fc.subarray([1, 2, 3]) }),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 80 }), (events) => {
        const course = new Course()
        course.answers = () => false
        const inUse = new Set<string>()
        for (const each of events) {
          const noted = course.changes.length
          if ('pass' in each) course.run(each.pass)
          else if ('peers' in each) course.with(...each.peers)
          else course.note(course.ways.answered(each.answer, course.now))
          for (const change of course.changes.slice(noted)) {
            const [, host = '', way] = change.split(' ')
            expect(inUse.has(host)).to.equal(way === 'vxlan')
            if (way === 'vxlan') inUse.delete(host)
            else inUse.add(host)
          }
          expect([...(course.ways.direct.get(BLUE)?.keys() ?? [])].sort()).to.deep.equal([...inUse].sort())
          expect(course.ways.wakeAt).to.be.at.least(course.now)
        }
      }),
    )
  })

  it('have settings that find a fault within three seconds', () => {
    const { interval, patience, quick, doubts } = DIRECT_DEFAULTS
    expect(interval + patience + doubts * patience + (doubts - 1) * quick).to.be.at.most(3_000)
  })
})
