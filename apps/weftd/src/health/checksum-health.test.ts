import { expect } from 'chai'
import { describe, it } from 'mocha'
import { parseHostId, parseIp, parseNetworkName, parsePrefix, seededRandom, type HostId } from '#core'
import { ManualClock, RecordingLog } from '#core/testkit'
import type { ChecksumOutcome, Health, MemberView } from '#gossip'
import { ChecksumHealth } from './checksum-health.js'

const [h1, h2, h3] = ['h1', 'h2', 'h3'].map(parseHostId) as [HostId, HostId, HostId]
const FAULT: ChecksumOutcome = { ordinary: false, complete: true }
const WELL: ChecksumOutcome = { ordinary: true, complete: true }

describe('checksum health', () => {
  /** A host h1; what becomes of datagrams is played. */
  function setting(outcomes: Record<string, ChecksumOutcome>) {
    const clock = new ManualClock()
    const log = new RecordingLog()
    const members = new Map<HostId, Health>([[h2, 'alive']])
    const overlays = new Map([
      [h2, '10.61.0.2'],
      [h3, 'fd61::3'],
    ])
    const tried: string[] = []
    const [blue, six] = ['blue', 'six'].map(parseNetworkName)
    const networks = new Map([
      [six, { name: six, pool: parsePrefix('fd61::/48') }],
      [blue, { name: blue, pool: parsePrefix('fd62::/48'), second: { pool: parsePrefix('10.61.0.0/16') } }],
    ])
    const vteps = [
      { network: blue, host: h2, address: parseIp('10.61.0.2') },
      { network: blue, host: h1, address: parseIp('fd62::1') },
      { network: blue, host: h1, address: parseIp('10.61.0.1') },
    ]
    const health = new ChecksumHealth(
      h1,
      {
        member: (id) => ({ facts: { address: parseIp('192.0.2.9'), overlay: parseIp(overlays.get(id) ?? '') } }) as MemberView,
        membersHealth: () => members,
      },
      { view: { networks, vteps } } as unknown as ConstructorParameters<typeof ChecksumHealth>[2],
      clock,
      seededRandom(1),
      log,
      (from, to) => {
        tried.push(`${from} ${to}`)
        return Promise.resolve(outcomes[to])
      },
    )
    /** Lets so many ms pass, and what follows from them. */
    const pass = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000)
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    return { clock, log, members, tried, health, outcomes, pass }
  }

  it('tries the VTEP addresses of one network, ten seconds after the start and then once a minute', async () => {
    const { health, tried, pass, log } = setting({ '10.61.0.2': WELL })
    health.start()
    await pass(9_000)
    expect(tried).to.deep.equal([])
    await pass(122_000)
    expect(tried).to.deep.equal(['10.61.0.1 10.61.0.2', '10.61.0.1 10.61.0.2', '10.61.0.1 10.61.0.2'])
    health.close()
    await pass(120_000)
    expect(tried).to.have.length(3)
    expect([health.problems, log.lines]).to.deep.equal([[], []])
  })

  it('tells a fault once, with the remedy, and that it is over', async () => {
    const { health, outcomes, pass, log } = setting({ '10.61.0.2': FAULT })
    health.start()
    await pass(18_000)
    expect(health.problems).to.deep.equal([])
    await pass(30_000)
    const [problem] = health.problems
    expect(problem).to.include({ code: 'WEFT_CHECKSUM_OFFLOAD', field: 'paths h2' })
    expect(problem?.hint).to.contain('ethtool -K weft-blue tx-checksum-ip-generic off')
    outcomes['10.61.0.2'] = WELL
    await pass(4_000)
    expect(health.problems).to.deep.equal([])
    expect(log.lines.map(({ level, fields }) => `${level} ${String(fields['host'])}`)).to.deep.equal(['warn h2', 'info h2'])
    health.close()
  })

  it('asks others when the one is gone, and leaves those out that it cannot try', async () => {
    const { health, members, tried, pass, outcomes } = setting({ '10.61.0.2': FAULT })
    health.start()
    await pass(30_000)
    expect(health.problems).to.have.length(1)
    members.set(h2, 'dead')
    const before = tried.length
    await pass(10_000)
    members.set(h3, 'alive')
    await pass(10_000)
    expect(tried).to.have.length(before)
    // It is back, and well.
    outcomes['10.61.0.2'] = WELL
    members.set(h2, 'alive')
    members.delete(h3)
    await pass(4_000)
    expect(health.problems).to.deep.equal([])
    health.close()
  })
})
