import { expect } from 'chai'
import { describe, it } from 'mocha'
import { RecordingLog } from '#core/testkit'
import { RestoreGuard } from './restore-guard.js'

describe('the guard against a restored store', () => {
  const start = () => {
    const log = new RecordingLog()
    return { log, guard: new RestoreGuard(log) }
  }

  it('admits the same store at the same or a later revision', () => {
    const { guard, log } = start()
    for (const revision of [5, 5, 6]) expect(guard.admits({ clusterId: 'a', revision })).to.equal(true)
    guard.check()
    expect(log.lines).to.deep.equal([])
  })

  it('refuses an earlier revision and another cluster, says so once, and forbids writes', () => {
    for (const [head, alarm] of [
      [{ clusterId: 'a', revision: 8 }, 'revision-regress'],
      [{ clusterId: 'b', revision: 100 }, 'cluster-changed'],
    ] as const) {
      const { guard, log } = start()
      guard.remember({ clusterId: 'a', revision: 5 })
      guard.advance(9)
      expect(guard.admits(head)).to.equal(false)
      expect(guard.admits(head)).to.equal(false)
      expect(guard.alarms).to.deep.equal([alarm])
      expect(log.lines.map(({ level }) => level)).to.deep.equal(['error'])
      expect(() => guard.check())
        .to.throw()
        .with.property('code', 'WEFT_STORE_RESTORED')
    }
  })

  it('admits it after a person accepted it, and guards that one from then on', () => {
    const { guard } = start()
    guard.remember({ clusterId: 'a', revision: 9 })
    expect(guard.admits({ clusterId: 'b', revision: 3 })).to.equal(false)
    guard.accept()
    expect(guard.admits({ clusterId: 'b', revision: 3 })).to.equal(true)
    guard.check()
    expect(guard.admits({ clusterId: 'b', revision: 2 })).to.equal(false)
  })

  it('admits the old cluster again when that returns', () => {
    const { guard } = start()
    guard.remember({ clusterId: 'a', revision: 9 })
    expect(guard.admits({ clusterId: 'b', revision: 3 })).to.equal(false)
    expect(guard.admits({ clusterId: 'a', revision: 9 })).to.equal(true)
    expect(guard.alarms).to.deep.equal([])
  })

  it('does not take a store that went back for sound when its revision has grown past the known one', () => {
    const { guard } = start()
    guard.remember({ clusterId: 'a', revision: 9 })
    expect(guard.admits({ clusterId: 'a', revision: 8 })).to.equal(false)
    expect(guard.admits({ clusterId: 'a', revision: 12 })).to.equal(false)
    expect(guard.alarms).to.deep.equal(['revision-regress'])
    guard.accept()
    expect(guard.admits({ clusterId: 'a', revision: 12 })).to.equal(true)
    expect(guard.alarms).to.deep.equal([])
  })

  it('goes on refusing over a restart of the agent, however far the revision has grown, and says so once more', () => {
    const before = start()
    before.guard.remember({ clusterId: 'a', revision: 9 })
    before.guard.admits({ clusterId: 'a', revision: 8 })
    const { guard, log } = start()
    guard.remember({ clusterId: 'a', revision: 9 }, before.guard.alarms)
    expect(() => guard.check(), 'before etcd has answered').to.throw()
    for (const revision of [20, 21]) expect(guard.admits({ clusterId: 'a', revision })).to.equal(false)
    expect(guard.alarms).to.deep.equal(['revision-regress'])
    expect(log.lines).to.have.length(1)
    guard.accept()
    expect(guard.admits({ clusterId: 'a', revision: 22 })).to.equal(true)
    guard.check()
  })
})
