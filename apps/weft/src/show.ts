import type {
  AddressView,
  AgentStatus,
  EndpointView,
  EventView,
  HostView,
  LeaseHistoryView,
  LeaseView,
  LeftView,
  NetworkView,
  OwnershipView,
  PlanView,
  PoolView,
  Problem,
  StoreStatus,
} from '#api'
import { table } from './table.js'

/** What people read; programs take `-o json`. */

export function showStatus(status: AgentStatus): string {
  const { host, version, pid, started, underlay, store, networks, noShortcuts, reconcile, problems } = status
  const lines = [
    `host       ${host}, weftd ${version}, pid ${pid}, since ${started}`,
    `underlay   ${underlay.address} on ${underlay.interface}, MTU ${underlay.mtu}`,
    `store      ${storeText(store)}`,
    ...store.endpoints.map(
      ({ url, healthy, watching, error }) =>
        `           ${url} ${healthy === null ? 'not tried' : healthy ? 'healthy' : 'unhealthy'}${watching ? ', watched' : ''}${error === undefined ? '' : `: ${error}`}`,
    ),
    ...store.alarms.map((alarm) => `           ALARM ${alarm}`),
    `kernel     ${reconcile.state}, ${reconcile.objects} objects, ${reconcile.passes} passes, last change ${reconcile.lastChange ?? 'none'}`,
    '',
  ]
  const rows = networks.map((network) => [
    network.name,
    network.state,
    network.subnets.join(' ') || '-',
    [network.vtep ?? '-', network.secondVtep ?? []].flat().join(' '),
    network.device,
    network.mtu,
    network.direct === undefined ? network.peers : `${network.peers}, ${network.direct} direct`,
    network.endpoints,
  ])
  const sections = [
    lines.join('\n'),
    table(
      ['NETWORK', 'STATE', 'SUBNET', 'VTEP', 'DEVICE', 'MTU', 'PEERS', 'ENDPOINTS'],
      rows,
      'no network yet: `weft network create NAME --pool CIDR`',
    ),
  ]
  const refused = networks.flatMap(({ name, directRefused }) => (directRefused === undefined ? [] : `${name}: ${directRefused}`))
  if (noShortcuts !== undefined) sections.push(`no shortcuts past the packet filters of this host: ${noShortcuts}\n`)
  if (refused.length > 0) sections.push(`not taken of peers without VXLAN\n${refused.map((line) => `  ${line}\n`).join('')}`)
  const wrong = [...networks.flatMap(({ problem }) => problem ?? []), ...reconcile.failures, ...problems]
  if (wrong.length > 0) sections.push(`problems\n${wrong.map(problemText).join('\n')}\n`)
  return sections.join('\n')
}

function storeText(store: StoreStatus): string {
  const contact = store.lastContactMs === null ? 'never heard' : `last heard ${seconds(store.lastContactMs)} ago`
  const outage =
    store.outageMs === null ? '' : `, out for ${seconds(store.outageMs)}${store.outageReason === null ? '' : ` (${store.outageReason})`}`
  const cache = store.cached ? `, working from the copy on disk of ${store.cacheSavedAt ?? 'an unknown time'}` : ''
  return `${store.state}, revision ${store.revision}, ${contact}${outage}${cache}`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function problemText({ code, message, field, hint }: Problem): string {
  return `  ${code}${field === undefined ? '' : ` ${field}`}: ${message}${hint === undefined ? '' : `\n    hint: ${hint}`}`
}

export function showHosts(hosts: readonly HostView[]): string {
  const rows = hosts.map(({ host, self, underlay, subnets, endpoints, agent, version, health }) => [
    self ? `${host} *` : host,
    self ? 'this host' : (health?.state ?? 'unknown'),
    health ? seconds(health.sinceMs) : '-',
    health?.why ?? '-',
    known(health?.overlayRoundTripMs, (ms) => `${ms} ms`),
    known(health?.overlayLoss, (share) => `${Math.round(share * 100)} %`),
    underlay,
    subnets.join(' ') || '-',
    endpoints,
    agent,
    version,
  ])
  const head = ['HOST', 'STATE', 'FOR', 'WHY', 'RTT', 'LOSS', 'UNDERLAY', 'SUBNETS', 'ENDPOINTS', 'SESSION', 'VERSION']
  return table(head, rows, 'no host is registered')
}

/** A measured value, or a dash for what was not measured. */
function known(value: number | null | undefined, text: (value: number) => string): string {
  return value === null || value === undefined ? '-' : text(value)
}

export function showLeases(leases: readonly LeaseView[]): string {
  const rows = leases.map(({ network, subnet, host, epoch, state, since, policy, adoptedFrom, witnesses, proofMs, gate }) => [
    network,
    subnet,
    host,
    epoch,
    state,
    since,
    policy,
    adoptedFrom ?? '-',
    witnesses === null ? '-' : witnesses.join(',') || 'none',
    proofMs === null ? '-' : `${proofMs} ms`,
    gate ?? '-',
  ])
  const heads = ['NETWORK', 'SUBNET', 'HOST', 'EPOCH', 'STATE', 'SINCE', 'FAILOVER', 'ADOPTED FROM', 'WITNESSES', 'PROOF', 'GATE']
  return table(heads, rows, 'no subnet is leased')
}

export function showLeaseHistory({ versions, complete }: LeaseHistoryView): string {
  const rows = versions.map(({ since, host, epoch, state, adoptedFrom, revision }) => [
    since,
    host,
    epoch,
    state,
    adoptedFrom ?? '-',
    revision,
  ])
  const text = table(['SINCE', 'HOST', 'EPOCH', 'STATE', 'ADOPTED FROM', 'REVISION'], rows, 'nobody has owned it')
  return complete ? text : `${text}what was before, etcd no longer knows\n`
}

export function showLeft({ host, left }: LeftView, done: string): string {
  if (left.length === 0) return `host ${host} ${done}: it has no lease that moves\n`
  return `host ${host} ${done}; these have not moved yet: ${left.map(({ network, subnet }) => `${subnet} (${network})`).join(', ')}\n`
}

export function showAddresses(addresses: readonly AddressView[]): string {
  const rows = addresses.map(({ address, network, host, epoch, failover, on, prefer, check, checkState }) => [
    address,
    network,
    host,
    epoch,
    failover,
    on?.join(',') ?? 'any',
    prefer ?? '-',
    check === null ? '-' : checkState === null ? check : `${check} ${checkState}`,
  ])
  return table(['ADDRESS', 'NETWORK', 'HOST', 'EPOCH', 'FAILOVER', 'ON', 'PREFERRED', 'CHECK'], rows, 'no address floats')
}

export function showNetworks(networks: readonly NetworkView[]): string {
  const rows = networks.map(({ name, mode, vni, port, mtu, failover, direct, shortcut, ...pools }) => [
    name,
    ofPools(pools, ({ pool }) => pool),
    ofPools(pools, ({ subnetSize }) => `/${subnetSize}`),
    mode,
    vni,
    port,
    mtu ?? 'auto',
    failover,
    direct,
    shortcut,
    ofPools(pools, ({ leased, leasable }) => `${leased} of ${leasable}`, ', '),
  ])
  return table(
    ['NETWORK', 'POOL', 'SUBNETS', 'MODE', 'VNI', 'PORT', 'MTU', 'FAILOVER', 'DIRECT', 'SHORTCUT', 'LEASED'],
    rows,
    'no network yet: `weft network create NAME --pool CIDR`',
  )
}

export function showNetwork(network: NetworkView): string {
  const pools = ofPools(network, ({ pool, subnetSize }) => `pool ${pool}, /${subnetSize} for each host`, '; ')
  return `network ${network.name} created: ${pools}, VNI ${network.vni}\n`
}

function ofPools(network: Pick<NetworkView, keyof PoolView | 'second'>, text: (pool: PoolView) => string, between = ' '): string {
  return [network, ...(network.second ? [network.second] : [])].map(text).join(between)
}

export function showEndpoints(endpoints: readonly EndpointView[]): string {
  const rows = endpoints.map((endpoint) => [
    endpoint.network,
    endpoint.name,
    addressesText(endpoint),
    endpoint.host,
    endpoint.kind,
    endpoint.mac,
    endpoint.netns ?? '-',
    endpoint.published ? 'yes' : 'not yet',
  ])
  return table(
    ['NETWORK', 'NAME', 'ADDRESS', 'HOST', 'KIND', 'MAC', 'NETNS', 'PUBLISHED'],
    rows,
    'nothing is attached: `weft attach --netns PATH --network NAME`',
  )
}

function addressesText({ address, second }: EndpointView): string {
  return second === undefined ? address : `${address} ${second}`
}

export function showEndpoint(endpoint: EndpointView): string {
  return `${endpoint.name} attached to ${endpoint.network}: ${addressesText(endpoint)} on ${endpoint.interface} in ${endpoint.netns}\n`
}

export function showPlan(plan: PlanView, all: boolean): string {
  if (!all) return ended(plan.text)
  return `${ended(plan.text)}\nall that Weft wants in this kernel:\n${plan.desired.map((line) => `  ${line}`).join('\n')}\n`
}

export type AnyEvent = EventView | OwnershipView

export function showEvents(events: readonly AnyEvent[]): string {
  return events.length === 0 ? 'nothing happened yet\n' : `${events.map(showEvent).join('\n')}\n`
}

/** One event on a line. */
export function showEvent(event: AnyEvent): string {
  if (!('event' in event)) return `${event.time} ${event.level.padEnd(5)} ${event.message}${fieldsOf(event.fields)}`
  const { sequence: _, format: __, time, event: name, host: ___, ...fields } = event
  return `${time} ${name}${fieldsOf(fields)}`
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('')
}

function ended(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`
}
