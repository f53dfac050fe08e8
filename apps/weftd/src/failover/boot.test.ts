import { describe, it } from 'mocha'
import { expect } from 'chai'
import { bootId, SuspendWatch } from './boot.js'

describe('boot', () => {
  it('has an id', () => expect(bootId()).to.match(/^[0-9a-f-]{36}$/))

  it('knows when the machine slept, once, and by how much', () => {
    const clocks = { monotonic: 5_000, uptime: 65_000 }
    const watch = new SuspendWatch(
      () => clocks.monotonic,
      () => clocks.uptime,
    )
    clocks.monotonic += 1_000
    clocks.uptime += 1_010
    expect(watch.slept()).to.equal(0)
    clocks.uptime += 7_000
    expect(watch.slept()).to.be.within(7_000, 7_010)
    expect(watch.slept()).to.equal(0)
  })

  it('reads the clocks of a real machine', () => {
    const watch = new SuspendWatch(() => Number(process.hrtime.bigint()) / 1e6)
    expect(watch.slept()).to.equal(0)
  })
})
