import {
  EMPTY_VIEW,
  hostPrefix,
  layersOf,
  leasableSubnetAt,
  parseHostId,
  parseIp,
  parseMac,
  parseNetworkName,
  parsePrefix,
  vtepAddressAt,
  addressAt,
  type ClusterView,
  type FloatingSpec,
  type Host,
  type HostId,
  type Ip,
  type Layer,
  type Mac,
  type Network,
  type Prefix,
  type SubnetLease,
  type VtepClaim,
} from '#core'
import type { LocalEndpoint, LocalHost } from '../local-host.js'

export const BLUE: Layer = {
  name: parseNetworkName('blue'),
  pool: parsePrefix('10.61.0.0/16'),
  subnetSize: 24,
  vni: 100,
  mode: 'l3',
  port: 4789,
  failover: 'adopt',
}

/** With a pool of each family. */
export const DUAL: Network = { ...BLUE, second: { pool: parsePrefix('fd61::/48'), subnetSize: 64 } }

/** Hosts h1, h2, … with the underlay addresses 192.0.2.1, 192.0.2.2, … (on into 192.0.3.0/24), each with one subnet of each layer of network blue. */
export function aCluster(hosts: number, network: Network = BLUE): TestCluster {
  const view: ClusterView = { ...EMPTY_VIEW, networks: new Map([[network.name, network]]) }
  const cluster = new TestCluster(view, network)
  const numbers = Array.from({ length: hosts }, (_, index) => index + 1)
  return new TestCluster(
    {
      ...view,
      revision: 1,
      hosts: new Map(numbers.map((number) => [hostId(number), cluster.hostRecord(number)])),
      leases: layersOf(network).flatMap((layer) => numbers.map((number) => cluster.leaseRecord(number, number, layer))),
      vteps: layersOf(network).flatMap((layer) => numbers.map((number) => cluster.claimRecord(number, layer))),
    },
    network,
  )
}

/** A cluster's records, to be varied step by step; each variation is a new cluster with a new view that shares all other records. */
export class TestCluster {
  constructor(
    readonly view: ClusterView,
    private readonly network: Network,
  ) {}

  /** Host `number` as it sees itself, with an underlay MTU of 1500. */
  local(number: number, ...endpoints: readonly LocalEndpoint[]): LocalHost {
    const underlay = this.view.hosts.get(hostId(number))?.underlay ?? underlayOf(number)
    return { id: hostId(number), underlay, underlayMtu: 1500, endpoints }
  }

  /** An endpoint at an offset within the first subnets of host `number`. */
  endpoint(number: number, name: string, offset: number, defaultRoute = true): LocalEndpoint {
    const [first, second] = layersOf(this.network).map((layer) => addressAt(leasableSubnetAt(layer, number - 1), offset))
    const address = first as Ip
    const mac = '02:00:00:00:00:01' as LocalEndpoint['mac']
    const attached = { mac, netns: `/run/netns/${name}`, ifname: 'eth0', defaultRoute }
    return { network: this.network.name, name, address, ...(second !== undefined && { second: { address: second } }), ...attached }
  }

  /** Host `number`, which reaches these others without VXLAN by eth0, and takes such packets. */
  directly(number: number, ...others: readonly number[]): LocalHost {
    const peers = new Map(others.map((other) => [hostId(other), this.view.hosts.get(hostId(other))?.underlay ?? underlayOf(other)]))
    const direct = { dev: 'eth0', peers: new Map([[this.network.name, peers]]), takes: new Map([[this.network.name, 'all' as const]]) }
    return { ...this.local(number), direct }
  }

  /** All hosts say which MAC address they have. */
  withMacs(): TestCluster {
    return this.with({ hosts: new Map([...this.view.hosts.values()].map((host, index) => [host.id, { ...host, mac: macOf(index + 1) }])) })
  }

  /** The host's records are deleted: facts, leases and claim. */
  without(number: number): TestCluster {
    const gone = hostId(number)
    return this.with({
      hosts: new Map([...this.view.hosts].filter(([id]) => id !== gone)),
      leases: this.view.leases.filter(({ host }) => host !== gone),
      vteps: this.view.vteps.filter(({ host }) => host !== gone),
    })
  }

  /** The host has another underlay address. */
  moved(number: number, underlay: string): TestCluster {
    const record = { ...this.hostRecord(number), underlay: parseIp(underlay) }
    return this.with({ hosts: new Map([...this.view.hosts, [record.id, record]]) })
  }

  /** The first subnets of host `from` belong to host `to`, one epoch later. */
  adopted(from: number, to: number): TestCluster {
    const subnets = layersOf(this.network).map((layer) => leasableSubnetAt(layer, from - 1))
    return this.with({
      leases: this.view.leases.map((lease) =>
        subnets.includes(lease.subnet) ? { ...lease, host: hostId(to), epoch: lease.epoch + 1, adoptedFrom: hostId(from) } : lease,
      ),
    })
  }

  /** Host `number` holds a floating address. */
  floating(number: number, address: string, spec: FloatingSpec = { failover: 'adopt' }): TestCluster {
    const subnet = hostPrefix(parseIp(address))
    const others = this.view.leases.filter((lease) => lease.subnet !== subnet)
    return this.with({ leases: [...others, { ...this.leaseRecord(number, 1), subnet, floating: spec }] })
  }

  /** Any other records instead of those of the view. */
  with(records: Partial<ClusterView>): TestCluster {
    return new TestCluster({ ...this.view, ...records, revision: this.view.revision + 1 }, this.network)
  }

  hostRecord(number: number): Host {
    return { id: hostId(number), machineId: `machine-${number}`, underlay: underlayOf(number), version: '0.1.0' }
  }

  /** A lease of the leasable subnet at `index`, counted from 1, by host `number`. */
  leaseRecord(number: number, index: number, layer = this.first): SubnetLease {
    const subnet: Prefix = leasableSubnetAt(layer, index - 1)
    return { network: this.network.name, subnet, host: hostId(number), epoch: 1, since: '2026-01-01T00:00:00.000Z', state: 'held' }
  }

  claimRecord(number: number, layer = this.first): VtepClaim {
    return { network: this.network.name, address: vtepAddressAt(layer, number - 1), host: hostId(number) }
  }

  private get first(): Layer {
    return layersOf(this.network)[0] as Layer
  }
}

export function hostId(number: number): HostId {
  return parseHostId(`h${number}`)
}

function macOf(number: number): Mac {
  return parseMac(`02:00:00:00:01:${number.toString(16).padStart(2, '0')}`)
}

function underlayOf(number: number): Ip {
  return addressAt(parsePrefix('192.0.0.0/10'), 512 + number)
}
