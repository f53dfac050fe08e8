import type { AgentStatus } from '#api'
import type { RenewalFigures } from '../failover/renewal-figures.js'
import { PATH_DIRECTIONS, PATH_WAYS, type DirectionQuality } from '#gossip'
import type { GossipFigures } from '../health/host-health.js'
import type { PathFigures } from '../health/path-health.js'
import type { Family, Sample } from './exposition.js'

/** What metrics are made from, at each scrape. */
export interface MetricSources {
  readonly status: AgentStatus
  /** Undefined while there is no gossip: its metrics are then absent. */
  readonly gossip: GossipFigures | undefined
  readonly paths: PathFigures
  readonly failover: FailoverFigures
  /** CPU time of the agent so far, in s. */
  readonly cpuSeconds: number
  readonly memoryBytes: number
}

/** What this host did about failover since its agent's start, and how its renewals go. Times are in ms. */
export interface FailoverFigures {
  readonly adoptions: number
  readonly handOvers: number
  readonly registrations: number
  readonly chainBreaks: number
  readonly refusals: number
  readonly lastGap: number | undefined
  readonly proofMs: number
  readonly renewals: Pick<RenewalFigures, 'sent' | 'answered' | 'roundTrips'>
}

/** One metric of the agent. Names and labels are stable: dashboards and alerts hang on them. */
export interface AgentMetric extends Omit<Family, 'samples'> {
  readonly labels: readonly string[]
  readonly read: (sources: MetricSources) => readonly Sample[]
}

const STORE_STATES = ['connecting', 'connected', 'unreachable'] as const
const NETWORK_STATES = ['ready', 'waiting', 'failed'] as const
const MEMBER_STATES = ['alive', 'suspect', 'agent-down', 'path-broken', 'dead', 'left'] as const

/** Every metric, in the order in which it is served and documented (docs/metrics.md). */
export const AGENT_METRICS: readonly AgentMetric[] = [
  gauge('weft_build_info', 'Always 1; the label says which version runs.', ['version'], ({ status }) => [
    { labels: { version: status.version }, value: 1 },
  ]),
  counter('weft_cpu_seconds_total', 'CPU time that the agent has used.', [], ({ cpuSeconds }) => one(cpuSeconds)),
  gauge('weft_memory_bytes', 'Resident memory of the agent.', [], ({ memoryBytes }) => one(memoryBytes)),
  gauge('weft_problems', 'What the agent works around; `weft status` names them.', [], ({ status }) => one(status.problems.length)),

  gauge('weft_store_state', '1 for the state that the connection to etcd is in, 0 for the others.', ['state'], ({ status }) =>
    oneOf(STORE_STATES, status.store.state, {}),
  ),
  gauge('weft_store_revision', 'Revision of etcd that the agent works from.', [], ({ status }) => one(status.store.revision)),
  gauge('weft_store_last_contact_seconds', 'How long ago etcd last answered; absent before it ever did.', [], ({ status }) =>
    status.store.lastContactMs === null ? [] : one(status.store.lastContactMs / 1000),
  ),
  gauge('weft_store_alarms', 'Alarms of etcd that an operator must look at (docs/etcd.md).', [], ({ status }) =>
    one(status.store.alarms.length),
  ),

  gauge(
    'weft_network_state',
    '1 for the state that the network is in on this host, 0 for the others.',
    ['network', 'state'],
    ({ status }) => status.networks.flatMap(({ name, state }) => oneOf(NETWORK_STATES, state, { network: name })),
  ),
  gauge('weft_network_peers', 'Other hosts that the network has here.', ['network'], ({ status }) =>
    status.networks.map(({ name, peers }) => ({ labels: { network: name }, value: peers })),
  ),
  gauge('weft_network_direct_peers', 'Those of them that are reached without VXLAN.', ['network'], ({ status }) =>
    status.networks.map(({ name, direct = 0 }) => ({ labels: { network: name }, value: direct })),
  ),
  gauge('weft_network_endpoints', 'Endpoints of the network on this host.', ['network'], ({ status }) =>
    status.networks.map(({ name, endpoints }) => ({ labels: { network: name }, value: endpoints })),
  ),

  counter('weft_reconcile_passes_total', 'Passes over the kernel.', [], ({ status }) => one(status.reconcile.passes)),
  gauge('weft_reconcile_last_pass_seconds', 'How long the last pass took; absent before the first.', [], ({ status }) =>
    status.reconcile.lastPassMs === null ? [] : one(status.reconcile.lastPassMs / 1000),
  ),
  gauge('weft_reconcile_objects', 'Kernel objects that the agent wants.', [], ({ status }) => one(status.reconcile.objects)),
  gauge('weft_reconcile_failures', 'Kernel objects that could not be programmed, and obstacles.', [], ({ status }) =>
    one(status.reconcile.failures.length),
  ),

  gauge('weft_gossip_members', 'Hosts that gossip remembers, this one among them, by state (docs/gossip.md).', ['state'], ({ gossip }) =>
    gossip ? MEMBER_STATES.map((state) => ({ labels: { state }, value: gossip.members.get(state) ?? 0 })) : [],
  ),
  gauge('weft_gossip_awareness', 'How much the agent distrusts itself: 0 is healthy, 7 the worst.', [], ({ gossip }) =>
    gossip ? one(gossip.awareness) : [],
  ),
  gauge('weft_gossip_incarnation', 'This host’s incarnation: it grows with each start and each refutation.', [], ({ gossip }) =>
    gossip ? one(gossip.incarnation) : [],
  ),
  counter('weft_gossip_packets_total', 'Datagrams of gossip.', ['direction'], ({ gossip }) =>
    gossip ? bothWays(gossip.traffic.sent, gossip.traffic.received) : [],
  ),
  counter('weft_gossip_bytes_total', 'Bytes in those datagrams, without UDP and IP headers.', ['direction'], ({ gossip }) =>
    gossip ? bothWays(gossip.traffic.sentBytes, gossip.traffic.receivedBytes) : [],
  ),
  counter('weft_gossip_send_failures_total', 'Datagrams that the kernel did not take.', [], ({ gossip }) =>
    gossip ? one(gossip.traffic.failed) : [],
  ),
  counter('weft_gossip_dropped_total', 'Frames that came and were not taken, by reason.', ['reason'], ({ gossip }) =>
    gossip ? Object.entries(gossip.dropped).map(([reason, value]) => ({ labels: { reason }, value })) : [],
  ),

  counter(
    'weft_path_bouts_total',
    'Measurements of paths: opened by this host, those of them that the other one answered, served for others, and refused to them.',
    ['state'],
    ({ paths }) => Object.entries(paths.counts).map(([state, value]) => ({ labels: { state }, value })),
  ),
  gauge('weft_path_findings', 'Black holes and lossy directions found on the paths to other hosts.', ['kind'], ({ paths }) =>
    (['mtu', 'loss'] as const).map((kind) => ({
      labels: { kind },
      value: paths.findings.filter(({ finding }) => finding.kind === kind).length,
    })),
  ),
  gauge(
    'weft_path_round_trip_seconds',
    'Round trip of kernels. As the next two, for up to four hosts, and eight with a finding: `weft paths` shows all.',
    ['host', 'way'],
    ({ paths }) =>
      paths.paths.flatMap(({ host, quality }) =>
        PATH_WAYS.flatMap((way) => {
          const { roundTrip } = quality[way]
          return roundTrip === undefined ? [] : [{ labels: { host, way }, value: roundTrip / 1000 }]
        }),
      ),
  ),
  gauge(
    'weft_path_loss_ratio',
    'Share of small packets lost lately, 0 to 1; `out` is what this host sends.',
    ['host', 'way', 'direction'],
    ({ paths }) => directions(paths, ({ heard, loss }) => (heard ? loss.measured.share : undefined)),
  ),
  gauge(
    'weft_path_largest_packet_bytes',
    'The largest packet that came through; less than the MTU in a black hole.',
    ['host', 'way', 'direction'],
    ({ paths }) => directions(paths, ({ passes }) => (passes > 0 ? passes : undefined)),
  ),

  counter('weft_failover_adoptions_total', 'Leases that this host took over from dead hosts.', [], ({ failover }) =>
    one(failover.adoptions),
  ),
  gauge(
    'weft_failover_last_gap_seconds',
    'The last adoption: from the last sign of life to the kernel’s serving the lease; absent before the first.',
    [],
    ({ failover }) => (failover.lastGap === undefined ? [] : one(failover.lastGap / 1000)),
  ),
  counter('weft_failover_hand_overs_total', 'Leases that this host handed to others.', [], ({ failover }) => one(failover.handOvers)),
  counter('weft_failover_refusals_total', 'Times that a guard kept this host from adopting.', [], ({ failover }) => one(failover.refusals)),
  counter('weft_failover_registrations_total', 'Registrations with witnesses.', [], ({ failover }) => one(failover.registrations)),
  counter(
    'weft_failover_chain_breaks_total',
    'Times that the witnesses did not answer for longer than a proof lasts.',
    [],
    ({ failover }) => one(failover.chainBreaks),
  ),
  gauge('weft_failover_proof_seconds', 'For how long the present proof lasts; 0 without one.', [], ({ failover }) =>
    one(failover.proofMs / 1000),
  ),
  counter('weft_failover_renewals_total', 'Renewals sent to witnesses, and those that were answered.', ['state'], ({ failover }) => [
    { labels: { state: 'sent' }, value: failover.renewals.sent },
    { labels: { state: 'answered' }, value: failover.renewals.answered },
  ]),
  counter('weft_failover_renewal_seconds_total', 'Sum of the round trips of all answered renewals.', [], ({ failover }) =>
    one(failover.renewals.roundTrips / 1000),
  ),
]

/** All families with their values of now. */
export function families(sources: MetricSources): Family[] {
  return AGENT_METRICS.map(({ name, type, help, read }) => ({ name, type, help, samples: read(sources) }))
}

function gauge(name: string, help: string, labels: readonly string[], read: AgentMetric['read']): AgentMetric {
  return { name, type: 'gauge', help, labels, read }
}

function counter(name: string, help: string, labels: readonly string[], read: AgentMetric['read']): AgentMetric {
  return { name, type: 'counter', help, labels, read }
}

function one(value: number): Sample[] {
  return [{ value }]
}

function oneOf(states: readonly string[], current: string, labels: Readonly<Record<string, string>>): Sample[] {
  return states.map((state) => ({ labels: { ...labels, state }, value: state === current ? 1 : 0 }))
}

function directions(figures: PathFigures, value: (quality: DirectionQuality) => number | undefined): Sample[] {
  return figures.paths.flatMap(({ host, quality }) =>
    PATH_WAYS.flatMap((way) =>
      PATH_DIRECTIONS.flatMap((direction) => {
        const measured = value(quality[way][direction])
        return measured === undefined ? [] : [{ labels: { host, way, direction }, value: measured }]
      }),
    ),
  )
}

function bothWays(sent: number, received: number): Sample[] {
  return [
    { labels: { direction: 'sent' }, value: sent },
    { labels: { direction: 'received' }, value: received },
  ]
}
