import { expect } from 'chai'
import { describe, it } from 'mocha'
import { ManualClock, RecordingLog } from '#core/testkit'
import { parseIp, parseMac } from '#core'
import { keyOf, type Touched } from '#plan'
import { RTM_NEWADDR, RTM_NEWLINK, RTM_NEWNEIGH, RTM_NEWROUTE } from '../abi/rtnetlink.js'
import { MessageWriter } from '../codec/message-writer.js'
import type { MessageView } from '../codec/messages.js'
import { neighbourIndex } from '../codec/neighbour.js'
import { ScriptedKernel } from '../testkit/scripted-kernel.js'
import { ChangeEvents } from './change-events.js'

/** What the tests' notifications are about, by their type: neighbours are single objects, addresses nothing of Weft's. */
function touchedBy(message: MessageView): Touched | undefined {
  if (message.type === RTM_NEWADDR) return []
  if (message.type !== RTM_NEWNEIGH) return 'anything'
  const index = neighbourIndex(message)
  const dev = 'weft-a'
  const object = { kind: 'neighbour' as const, dev, address: parseIp(`10.61.0.${index}`), mac: parseMac('02:00:00:00:00:01') }
  return index === UNHEARD ? undefined : [{ object, ours: true }]
}

const UNHEARD = 3

function setUp(): {
  kernel: ScriptedKernel
  clock: ManualClock
  events: ChangeEvents
  told: Touched[]
  calls: () => number
  stop: () => void
} {
  const kernel = new ScriptedKernel()
  const clock = new ManualClock()
  const events = new ChangeEvents({ open: kernel.open, clock, log: new RecordingLog(), touchedBy })
  const told: Touched[] = []
  const stop = events.listen((touched) => told.push(touched))
  return { kernel, clock, events, told, calls: () => told.length, stop }
}

/** A notification whose fixed part names an interface where neighbours do. */
function notification(type: number, index: number): Uint8Array {
  const writer = new MessageWriter()
  writer.begin(type, 0)
  writer.u32(2)
  writer.u32(index)
  writer.u32(0)
  writer.end()
  return writer.finish().slice()
}

const delivered = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('ChangeEvents', () => {
  it('calls once for a swarm of changes', async () => {
    const { kernel, clock, calls } = setUp()
    for (let count = 0; count < 100; count++) kernel.notify(notification(RTM_NEWROUTE, 0))
    await delivered()
    expect(calls()).to.equal(0)
    clock.advance(20)
    expect(calls()).to.equal(1)
    clock.advance(1000)
    expect(calls()).to.equal(1)
  })

  it('listens to nothing between the first change and the call, and to everything from the call on', async () => {
    const { kernel, clock } = setUp()
    const all = kernel.groups.size
    expect(all).to.be.greaterThan(5)
    kernel.notify(notification(RTM_NEWLINK, 3))
    await delivered()
    expect(kernel.groups.size).to.equal(0)
    clock.advance(20)
    expect(kernel.groups.size).to.equal(all)
  })

  it('passes over what nobody needs to hear of', async () => {
    const { kernel, clock, calls } = setUp()
    kernel.notify(notification(RTM_NEWNEIGH, UNHEARD))
    await delivered()
    clock.advance(100)
    expect([calls(), clock.pending]).to.deep.equal([0, 0])
  })

  it('names what the changes of a swarm were about, and goes on listening meanwhile', async () => {
    const { kernel, clock, told } = setUp()
    for (const index of [5, UNHEARD, 6]) kernel.notify(notification(RTM_NEWNEIGH, index))
    kernel.notify(notification(RTM_NEWADDR, 9))
    await delivered()
    expect(kernel.groups.size).to.be.greaterThan(5)
    clock.advance(20)
    kernel.notify(notification(RTM_NEWADDR, 9))
    await delivered()
    clock.advance(20)
    const keys = told.map((touched) => (touched === 'anything' ? touched : touched.map(({ object }) => keyOf(object))))
    expect(keys).to.deep.equal([['neighbour weft-a 10.61.0.5', 'neighbour weft-a 10.61.0.6'], []])
  })

  it('names nothing any more once anything may have changed, before or after', async () => {
    const { kernel, clock, told } = setUp()
    for (const type of [RTM_NEWNEIGH, RTM_NEWLINK, RTM_NEWNEIGH]) kernel.notify(notification(type, 5))
    await delivered()
    clock.advance(20)
    kernel.notify(notification(RTM_NEWNEIGH, 5))
    await delivered()
    clock.advance(20)
    expect(told.map((touched) => touched === 'anything')).to.deep.equal([true, false])
  })

  it('reads few of a large swarm', async () => {
    const { kernel, clock, told } = setUp()
    for (let count = 0; count < 257; count++) kernel.notify(notification(count % 2 === 0 ? RTM_NEWNEIGH : RTM_NEWADDR, 5))
    await delivered()
    expect(kernel.groups.size).to.equal(0)
    clock.advance(20)
    expect([told, kernel.groups.size > 5]).to.deep.equal([['anything'], true])
  })

  it('takes a notification that was cut short for a change', async () => {
    const { kernel, clock, calls } = setUp()
    kernel.notify(notification(RTM_NEWLINK, 3).slice(0, 24))
    await delivered()
    clock.advance(20)
    expect(calls()).to.equal(1)
  })

  it('takes a lost notification for a change of anything, whatever is received next', async () => {
    const { kernel, clock, told } = setUp()
    kernel.lose()
    kernel.notify(notification(RTM_NEWNEIGH, UNHEARD))
    await delivered()
    clock.advance(20)
    expect(told).to.deep.equal(['anything'])
  })

  it('takes a broken socket for a change and goes on', async () => {
    const { kernel, clock, calls } = setUp()
    kernel.breakAll()
    await delivered()
    clock.advance(20)
    expect([calls(), kernel.openSockets]).to.deep.equal([1, 1])
    kernel.notify(notification(RTM_NEWROUTE, 0))
    await delivered()
    clock.advance(20)
    expect(calls()).to.equal(2)
  })

  it('tries again when no socket is to be had', async () => {
    const kernel = new ScriptedKernel()
    const clock = new ManualClock()
    const log = new RecordingLog()
    let failures = 0
    const open = (): ReturnType<typeof kernel.open> => {
      if (failures > 0) {
        failures--
        throw new Error('too many open files')
      }
      return kernel.open()
    }
    const events = new ChangeEvents({ open, clock, log, touchedBy })
    let calls = 0
    events.listen(() => calls++)
    failures = 2
    kernel.breakAll()
    await delivered()
    expect(kernel.openSockets).to.equal(0)
    clock.advance(2000)
    expect(kernel.openSockets).to.equal(1)
    expect(calls).to.be.greaterThan(0)
    expect(log.lines.filter(({ level }) => level === 'warn').length).to.equal(2)
    events.close()
    expect(clock.pending).to.equal(0)
  })

  it('calls every listener until each is stopped, and holds no socket afterwards', async () => {
    const { kernel, clock, events, calls, stop } = setUp()
    let others = 0
    const stopOther = events.listen(() => others++)
    kernel.notify(notification(RTM_NEWROUTE, 0))
    await delivered()
    clock.advance(20)
    expect([calls(), others]).to.deep.equal([1, 1])
    stop()
    stop()
    kernel.notify(notification(RTM_NEWROUTE, 0))
    await delivered()
    clock.advance(20)
    expect([calls(), others, kernel.openSockets]).to.deep.equal([1, 2, 1])
    stopOther()
    expect([kernel.openSockets, clock.pending]).to.deep.equal([0, 0])
  })
})
