import { describe, it } from 'mocha'
import { expect } from 'chai'
import { WeftError } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import { describeObject, desired, diff, type Plan, type StepFailure } from '#plan'
import { aCluster, MemoryKernel } from '#plan/testkit'
import { EventLog } from '../log/event-log.js'
import { reportPass, type PassReport } from './pass-report.js'

const NEVER: PassReport = { state: 'idle', passes: 0, lastChange: null, lastPassMs: null, objects: 0, failures: [], obstacles: [] }
const NOON = '2026-01-01T12:00:00.000Z'
const NOTHING: Plan = { steps: [], obstacles: [] }

describe('report of a pass', () => {
  const cluster = aCluster(2)
  const wanted = desired(cluster.view, cluster.local(1))
  const observed = new MemoryKernel().snapshot()
  const everything = diff(wanted, observed)
  const fail = (index: number, message = 'RTM_NEWLINK: EPERM'): StepFailure => ({
    step: everything.steps[index] as StepFailure['step'],
    error: new WeftError('WEFT_NETLINK', message),
  })
  const eventLog = (): EventLog => new EventLog(new RecordingLog(), new ManualClock())

  it('counts what was done and names the first of it', () => {
    const events = eventLog()
    const report = reportPass(NEVER, { desired: wanted, plan: everything, failures: [], filter: 'unchanged' }, NOON, 1.26, events)
    expect(report).to.deep.equal({
      state: 'in-sync',
      passes: 1,
      lastChange: NOON,
      lastPassMs: 1.3,
      objects: wanted.objects.size,
      failures: [],
      obstacles: [],
    })
    const [event] = events.kept.list()
    expect(event).to.deep.include({ level: 'info', message: 'kernel state changed' })
    expect(event?.fields).to.include({ created: everything.steps.length, replaced: 0, deleted: 0, failed: 0 })
    expect(String(event?.fields['first']).split('; ')).to.have.length(5)
  })

  it('says nothing of a pass that changed nothing', () => {
    const events = eventLog()
    const report = reportPass(
      { ...NEVER, lastChange: NOON },
      { desired: wanted, plan: NOTHING, failures: [], filter: 'unchanged' },
      'later',
      0.1,
      events,
    )
    expect([report.state, report.lastChange, events.kept.list()]).to.deep.equal(['in-sync', NOON, []])
  })

  it('is idle while nothing is desired', () => {
    expect(reportPass(NEVER, { desired: undefined, plan: NOTHING, failures: [], filter: 'unchanged' }, NOON, 0, eventLog())).to.include({
      state: 'idle',
      objects: 0,
    })
  })

  it('tells each failure once, and once that all are mended', () => {
    const events = eventLog()
    const pass = (before: PassReport, failures: StepFailure[]): PassReport =>
      reportPass(
        before,
        { desired: wanted, plan: { steps: failures.map(({ step }) => step), obstacles: [] }, failures, filter: 'unchanged' },
        NOON,
        1,
        events,
      )
    let report = pass(NEVER, [fail(0), fail(1)])
    report = pass(report, [fail(0), fail(1)])
    report = pass(report, [fail(1), fail(0, 'RTM_NEWLINK: EBUSY')])
    expect(report).to.include({ state: 'failing', lastChange: null })
    report = pass(report, [fail(1)])
    report = pass(report, [])
    report = pass(report, [])
    expect(report.state).to.equal('in-sync')
    const told = events.kept
      .list()
      .map(({ message, fields }) => (fields['message'] === undefined ? message : `${message}: ${fields['message'] as string}`))
    expect(told).to.deep.equal([
      'a kernel object could not be programmed: RTM_NEWLINK: EPERM',
      'a kernel object could not be programmed: RTM_NEWLINK: EPERM',
      'a kernel object could not be programmed: RTM_NEWLINK: EBUSY',
      'every kernel object is programmed again',
    ])
  })

  it('does not count what failed as done', () => {
    const events = eventLog()
    const failures = [fail(0), fail(1)]
    reportPass(NEVER, { desired: wanted, plan: everything, failures, filter: 'unchanged' }, NOON, 1, events)
    const changed = events.kept.list().find(({ message }) => message === 'kernel state changed')
    expect(changed?.fields).to.include({ created: everything.steps.length - 2, failed: 2 })
    for (const { step } of failures) expect(changed?.fields['first']).not.to.include(describeObject(step.object))
  })

  it('shows obstacles with what is in the way', () => {
    const [object] = wanted.objects.values()
    const events = eventLog()
    const plan: Plan = {
      steps: [],
      obstacles: [{ object: object as NonNullable<typeof object>, reason: 'dummy device weft-blue is in the way' }],
    }
    const report = reportPass(NEVER, { desired: wanted, plan, failures: [], filter: 'unchanged' }, NOON, 1, events)
    expect(report.state).to.equal('failing')
    expect(report.obstacles[0]).to.deep.include({ code: 'WEFT_KERNEL_OCCUPIED', message: 'dummy device weft-blue is in the way' })
    expect(events.kept.list().map(({ level }) => level)).to.deep.equal(['error'])
  })
})
