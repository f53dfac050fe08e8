import { expect } from 'chai'
import { beforeEach, describe, it } from 'mocha'
import { parsePrefix, WeftError } from '#core'
import { RecordingLog } from '#core/testkit'
import { desiredFirewall } from '#plan'
import { aCluster, MemoryFirewall } from '#plan/testkit'
import { FilterStage } from './filter-stage.js'

describe('packet filter’s part of a pass', () => {
  const cluster = aCluster(2)
  const wanted = desiredFirewall(cluster.view, cluster.local(1))
  let firewall: MemoryFirewall
  let log: RecordingLog
  let stage: FilterStage
  beforeEach(() => {
    firewall = new MemoryFirewall()
    log = new RecordingLog()
    stage = new FilterStage(firewall, log)
  })
  const told = (): string[] => log.lines.map(({ level, message }) => `${level}: ${message}`)

  it('applies what is asked and tells only of changes', async () => {
    expect(await stage.apply(wanted)).to.equal('changed')
    expect(await stage.apply(wanted)).to.equal('unchanged')
    expect(firewall.applied).to.equal(wanted)
    expect(told()).to.deep.equal(['info: packet filter changed'])
    expect(await stage.inspect(wanted)).to.deep.equal([])
  })

  it('asks to be tried again after a failure, tells it once, and tells that it is over', async () => {
    for (let attempt = 0; attempt < 2; attempt++) {
      firewall.refusal = new WeftError('WEFT_FIREWALL', 'table is busy')
      expect(await stage.apply(wanted)).to.equal('failed')
    }
    expect(stage.problems.map(({ code }) => code)).to.deep.equal(['WEFT_FIREWALL'])
    expect(await stage.apply(wanted)).to.equal('changed')
    expect(stage.problems).to.deep.equal([])
    expect(told()).to.deep.equal([
      'error: the packet filter is not as it should be',
      'info: packet filter changed',
      'info: the packet filter is as it should be again',
    ])
  })

  it('shows what others have put in the way without trying again at once', async () => {
    firewall.obstacles = [new WeftError('WEFT_KERNEL_OCCUPIED', 'FORWARD drops', { hint: 'accept' })]
    expect(await stage.apply(wanted)).to.equal('changed')
    expect(await stage.apply(wanted)).to.equal('unchanged')
    expect(stage.problems).to.deep.equal([{ code: 'WEFT_KERNEL_OCCUPIED', message: 'FORWARD drops', hint: 'accept' }])
  })

  it('ends the connections of addresses that are gone', async () => {
    await stage.forget([])
    await stage.forget([parsePrefix('10.61.1.2/32')])
    expect(firewall.forgotten).to.deep.equal(['10.61.1.2/32'])
  })

  it('lets a host without a filter forward, and says so', async () => {
    const bare = new FilterStage(new WeftError('WEFT_KERNEL_MISSING', 'no libnftables'), log)
    expect(await bare.apply(wanted)).to.equal('unchanged')
    await bare.forget([parsePrefix('10.61.1.2/32')])
    bare.distrust()
    bare.onChange(() => undefined)()
    bare.close()
    expect(bare.problems.map(({ code }) => code)).to.deep.equal(['WEFT_KERNEL_MISSING'])
    expect(told()).to.have.length(1)
  })
})
