import { describe, it } from 'mocha'
import { expect } from 'chai'
import { EMPTY_VIEW, parseHostId, parseIp, parseNetworkName, parsePrefix, type HostId, type SubnetLease } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import type { MemberView } from '#gossip'
import { AddressChecks } from './address-checks.js'

const [h1, h2, h3] = ['h1', 'h2', 'h3'].map(parseHostId) as [HostId, HostId, HostId]
const LEASE: SubnetLease = {
  network: parseNetworkName('blue'),
  subnet: parsePrefix('10.61.9.9/32'),
  host: h1,
  epoch: 7,
  since: 'then',
  state: 'held',
  floating: { failover: 'adopt', check: { tcp: 80 } },
}

function setting(alive: readonly HostId[] = [h2, h3]) {
  const clock = new ManualClock()
  const log = new RecordingLog()
  const state = { passes: true, lease: LEASE, checks: 0, slow: Promise.resolve() }
  const moves: HostId[] = []
  const hosts = new Map([h1, h2, h3].map((id) => [id, { id, machineId: id, underlay: parseIp('192.0.2.1'), version: '1' }]))
  const proofs = new Map([h1, h2, h3].map((host) => [host, { host, incarnation: 'b', attempt: 1, witnesses: [], epoch: 1, at: '' }]))
  const store = {
    get view() {
      return { ...EMPTY_VIEW, leases: [state.lease], hosts, proofs }
    },
  }
  const health = { member: (id: HostId) => ({ health: alive.includes(id) ? 'alive' : 'dead' }) as MemberView }
  const checks = new AddressChecks(h1, store, { move: (_, to) => void moves.push(to) }, health, clock, log, async (check, address) => {
    expect([check, address]).to.deep.equal([{ tcp: 80 }, '10.61.9.9'])
    state.checks++
    await state.slow
    return state.passes ? { passed: true } : { passed: false, why: 'nobody is there' }
  })
  checks.start()
  return {
    state,
    moves,
    checks,
    log,
    async pass(seconds: number): Promise<void> {
      for (let second = 0; second < seconds; second++) {
        clock.advance(1_000)
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
      }
    },
  }
}

describe('checks of floating addresses', () => {
  it('leave an address alone whose check passes', async () => {
    const { moves, pass, state, checks } = setting()
    await pass(60)
    expect(state.checks).to.be.within(50, 60)
    expect(moves).to.deep.equal([])
    expect(checks.stateOf(LEASE)).to.equal('passing')
    checks.close()
  })

  it('have an address move to the next host that is alive, and tell once', async () => {
    const { moves, pass, state, checks, log } = setting([h3])
    await pass(5)
    state.passes = false
    await pass(3)
    expect(moves).to.deep.equal([h3])
    expect(log.lines.map(({ message }) => message)).to.deep.equal([
      'the check of a floating address fails',
      'a floating address moves because its check fails here',
    ])
    checks.close()
  })

  it('are told with their cause', async () => {
    const { pass, state, checks, log } = setting()
    state.passes = false
    await pass(3)
    expect(log.lines[0]).to.deep.include({ level: 'warn', fields: { network: 'blue', address: '10.61.9.9', why: 'nobody is there' } })
    checks.close()
  })

  it('are not begun again while they run, nor believed when the address has gone meanwhile', async () => {
    const { pass, state, checks, log, moves } = setting()
    let go = (): void => undefined
    state.slow = new Promise((resolve) => (go = resolve))
    state.passes = false
    await pass(30)
    expect(state.checks).to.equal(1)
    state.lease = { ...LEASE, epoch: 9 }
    go()
    await pass(1)
    expect(log.lines).to.deep.equal([])
    await pass(6)
    expect(moves).to.have.length(1)
    checks.close()
  })

  it('are not made for addresses of other hosts, nor before what is checked could be there', async () => {
    const { pass, state, checks } = setting()
    state.lease = { ...LEASE, host: h2 }
    await pass(10)
    expect(state.checks).to.equal(0)
    state.lease = { ...LEASE, epoch: 8 }
    await pass(2)
    expect(state.checks).to.equal(0)
    await pass(3)
    expect(state.checks).to.be.above(0)
    checks.close()
  })

  it('begin anew when an address is back', async () => {
    const { moves, pass, state, checks } = setting()
    state.passes = false
    await pass(4)
    expect(checks.stateOf(LEASE)).to.equal('failing')
    state.lease = { ...LEASE, host: h2, epoch: 8 }
    await pass(2)
    state.lease = { ...LEASE, epoch: 9 }
    await pass(1)
    expect(checks.stateOf(LEASE)).to.equal('passing')
    await pass(3)
    expect(moves).to.deep.equal([])
    await pass(1)
    expect(moves).to.deep.equal([h2])
    checks.close()
  })

  it('are forgotten with the address', async () => {
    const { pass, state, checks } = setting([])
    state.passes = false
    await pass(5)
    expect(checks.stateOf(LEASE)).to.equal('failing')
    state.lease = { ...LEASE, floating: { failover: 'adopt' } }
    await pass(1)
    expect(checks.stateOf(LEASE)).to.equal('passing')
    checks.close()
  })

  it('keep an address that could go nowhere', async () => {
    const { moves, pass, state, checks } = setting([])
    state.passes = false
    await pass(20)
    expect(moves).to.deep.equal([])
    expect(checks.stateOf(LEASE)).to.equal('failing')
    checks.close()
    await pass(5)
    expect(state.checks).to.be.below(21)
  })
})
