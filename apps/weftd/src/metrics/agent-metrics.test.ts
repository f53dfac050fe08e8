import { describe, it } from 'mocha'
import { expect } from 'chai'
import type { GossipFigures } from '../health/host-health.js'
import { TestAgent } from '../testkit/test-agent.js'
import { AGENT_METRICS, families, type MetricSources } from './agent-metrics.js'

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

describe('metrics of the agent', () => {
  async function sources(gossip: GossipFigures | undefined): Promise<MetricSources> {
    const agent = await TestAgent.inBlue()
    const status = agent.status.status()
    await agent.close()
    return { status, gossip, cpuSeconds: 1.5, memoryBytes: 8e7 }
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
      weft_reconcile_failures: 0,
      'weft_gossip_members alive': 3,
      'weft_gossip_members dead': 1,
      'weft_gossip_members agent-down': 0,
      'weft_gossip_packets_total sent': 10,
      'weft_gossip_bytes_total received': 900,
      weft_gossip_send_failures_total: 2,
      'weft_gossip_dropped_total truncated': 4,
      'weft_gossip_dropped_total foreign': 0,
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
