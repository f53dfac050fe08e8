import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { GossipFigures } from '../health/host-health.js'
import type { PathFigures } from '../health/path-health.js'
import { TestAgent } from '../testkit/test-agent.js'
import { AGENT_METRICS, families, type FailoverFigures, type MetricSources } from './agent-metrics.js'

const GOSSIP = {
  members: new Map([
    ['alive', 3],
    ['dead', 1],
  ]),
  awareness: 1,
  incarnation: 1_800_000_000,
  traffic: { sent: 10, sentBytes: 1000, received: 9, receivedBytes: 900, failed: 2 },
  dropped: { truncated: 4, foreign: 0 },
} as unknown as GossipFigures

const WELL = { heard: true, passes: 1450, loss: { measured: { share: 0 } } }
const LOSSY = { heard: true, passes: 0, loss: { measured: { share: 0.25 } } }
const UNKNOWN = { heard: false, passes: 0, loss: { measured: { share: 0 } } }
const PATHS = {
  counts: { opened: 9, finished: 8, served: 7, refused: 6 },
  findings: [{ finding: { kind: 'loss' } }],
  paths: [
    {
      host: 'h2',
      quality: { overlay: { roundTrip: 0.5, out: WELL, in: LOSSY }, underlay: { roundTrip: undefined, out: UNKNOWN, in: UNKNOWN } },
    },
  ],
} as unknown as PathFigures

const FAILOVER: FailoverFigures = {
  adoptions: 2,
  handOvers: 3,
  registrations: 4,
  chainBreaks: 1,
  refusals: 5,
  lastGap: 1_250,
  proofMs: 3_700,
  renewals: { sent: 20, answered: 18, roundTrips: 45 },
}

describe('metrics of the agent', () => {
  async function sources(gossip: GossipFigures | undefined, paths: PathFigures = PATHS): Promise<MetricSources> {
    const agent = await TestAgent.inBlue()
    const status = agent.status.status()
    await agent.close()
    return { status, gossip, paths, failover: FAILOVER, cpuSeconds: 1.5, memoryBytes: 8e7 }
  }
  const shown = (from: MetricSources): Record<string, number> =>
    Object.fromEntries(
      families(from).flatMap(({ name, samples }) =>
        samples.map(({ labels = {}, value }) => [[name, ...Object.values(labels)].join(' '), value] as const),
      ),
    )

  it('tell how store, networks, kernel and gossip are', async () => {
    expect(shown(await sources(GOSSIP))).to.deep.include({
      weft_cpu_seconds_total: 1.5,
      weft_memory_bytes: 8e7,
      'weft_store_state connected': 1,
      'weft_store_state unreachable': 0,
      'weft_network_state blue ready': 1,
      'weft_network_state blue failed': 0,
      'weft_network_peers blue': 0,
      'weft_network_direct_peers blue': 0,
      weft_reconcile_failures: 0,
      'weft_gossip_members alive': 3,
      'weft_gossip_members dead': 1,
      'weft_gossip_members agent-down': 0,
      'weft_gossip_packets_total sent': 10,
      'weft_gossip_bytes_total received': 900,
      weft_gossip_send_failures_total: 2,
      'weft_gossip_dropped_total truncated': 4,
      'weft_gossip_dropped_total foreign': 0,
      weft_failover_adoptions_total: 2,
      weft_failover_last_gap_seconds: 1.25,
      weft_failover_hand_overs_total: 3,
      weft_failover_refusals_total: 5,
      weft_failover_registrations_total: 4,
      weft_failover_chain_breaks_total: 1,
      weft_failover_proof_seconds: 3.7,
      'weft_failover_renewals_total sent': 20,
      'weft_failover_renewals_total answered': 18,
      weft_failover_renewal_seconds_total: 0.045,
    })
  })

  it('tell what paths carry, and nothing of what was not measured', async () => {
    const told = Object.entries(shown(await sources(GOSSIP))).filter(([name]) => name.startsWith('weft_path'))
    expect(Object.fromEntries(told)).to.deep.equal({
      'weft_path_bouts_total opened': 9,
      'weft_path_bouts_total finished': 8,
      'weft_path_bouts_total served': 7,
      'weft_path_bouts_total refused': 6,
      'weft_path_findings mtu': 0,
      'weft_path_findings loss': 1,
      'weft_path_round_trip_seconds h2 overlay': 0.0005,
      'weft_path_loss_ratio h2 overlay out': 0,
      'weft_path_loss_ratio h2 overlay in': 0.25,
      'weft_path_largest_packet_bytes h2 overlay out': 1450,
    })
  })

  it('are silent about gossip while there is none', async () => {
    expect(Object.keys(shown(await sources(undefined))).filter((name) => name.includes('gossip'))).to.deep.equal([])
  })

  it('bear names and labels as Prometheus wants them, and exactly the labels that are documented', async () => {
    const from = await sources(GOSSIP)
    expect(new Set(AGENT_METRICS.map(({ name }) => name)).size).to.equal(AGENT_METRICS.length)
    for (const { name, type, labels, help, read } of AGENT_METRICS) {
      expect(name).to.match(/^weft_[a-z]+(_[a-z]+)*$/)
      expect(name.endsWith('_total'), name).to.equal(type === 'counter')
      expect(help, name).to.match(/\.$/)
      const samples = read(from)
      expect(samples, name).not.to.have.length(0)
      for (const sample of samples) {
        expect(Object.keys(sample.labels ?? {}).sort(), name).to.deep.equal([...labels].sort())
        expect(sample.value, name).to.satisfy(Number.isFinite)
      }
    }
  })
})
